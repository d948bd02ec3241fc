"""The tables of the README and the docs are those of the benchmarks' results."""

import json
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


def test_the_readme_says_what_the_results_are():
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    rows = json.loads((ROOT / "benchmarks" / "results" / "esc10.json").read_text("utf-8"))["rows"]
    tutorial, strong, logistic = (rows[name] for name in ("tutorial network", "strong network", "strong logistic"))
    for expected in (
        f"give {tutorial['accuracy']:.1f} % (folds ± {tutorial['sd_folds']:.1f}",
        f"default {strong['accuracy']:.1f} (± {strong['sd_folds']:.1f}",
        f"in its place {logistic['accuracy']:.1f} (± {logistic['sd_folds']:.1f})",
    ):
        assert expected in readme
