"""The tables of the README and the docs are those of the benchmarks' results."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_tables_are_as_the_results_are():
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "tables.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"run benchmarks/tables.py: {done.stdout} {done.stderr}"


def test_the_docs_have_every_protocol_that_was_run():
    page = (ROOT / "docs" / "which_model.md").read_text("utf-8")
    results = json.loads((ROOT / "benchmarks" / "results" / "esc10.json").read_text("utf-8"))
    assert {"cnn", "strong network", "average of strong network and cnn"} <= set(results["rows"])
    for name, row in results["rows"].items():
        assert f"| {name} |" in page
        assert f"| {row['accuracy']:.1f} | {row['sd_folds']:.1f} |" in page


def test_numbers_in_sentences_are_those_of_the_results(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    spec = importlib.util.spec_from_file_location("benchmarks_tables", ROOT / "benchmarks" / "tables.py")
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    esc10 = json.loads((ROOT / "benchmarks" / "results" / "esc10.json").read_text("utf-8"))
    accuracy = esc10["rows"]["strong logistic"]["accuracy"]
    text = (
        "of <!-- value: esc10.json n_clips d -->1<!-- end --> clips "
        "<!-- value: esc10.json rows/strong logistic/accuracy .1f -->?<!-- end --> %, and "
        "<!-- value: leakage.json share % -->0<!-- end --> % of a random split"
    )
    share = json.loads((ROOT / "benchmarks" / "results" / "leakage.json").read_text("utf-8"))["share"]
    found = re.sub("<!--.*?-->", "", tables.written(text))
    assert found == f"of {esc10['n_clips']} clips {accuracy:.1f} %, and {100 * share:.0f} % of a random split"


def test_no_number_of_the_results_begins_a_line():
    """There it would end the paragraph: Markdown takes such a line for HTML."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    assert not [page for page in pages if re.search(r"^ *<!-- value:", page.read_text("utf-8"), re.MULTILINE)]
