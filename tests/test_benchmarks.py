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


def test_the_readme_has_every_protocol_that_was_run():
    readme = (ROOT / "README.md").read_text("utf-8")
    results = json.loads((ROOT / "benchmarks" / "results" / "esc10.json").read_text("utf-8"))
    assert {"cnn", "strong network", "average of strong network and cnn"} <= set(results["rows"])
    for name, row in results["rows"].items():
        assert f"| {name} |" in readme
        assert f"{row['accuracy']:.1f} (folds" in readme
