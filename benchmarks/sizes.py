"""How much of a disk the package and each of its extras take, installed into a fresh virtual environment.

    python benchmarks/sizes.py [--json FILE]

The package is installed from this checkout, its requirements from wherever pip takes them. An extra's size is that of
the environment with it, less that of the environment without any. Bytecode is not counted, which Python writes when a
module is first imported.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

from _measure import finish

ROOT = Path(__file__).parents[1]
LEFT_OUT = ("bench", "test", "test-core")  # for those who work on skaudio itself


def megabytes(extra: str) -> float:
    """Return the size of an environment with the package and an extra."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        what = f"{ROOT}[{extra}]" if extra else str(ROOT)
        pip = [os.path.join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", "--no-compile", what]
        subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
        return (
            sum(path.stat().st_size for path in Path(folder).rglob("*") if not path.is_symlink() and path.is_file())
            / 1e6
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json")
    options = parser.parse_args()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    alone = megabytes("")
    results = {"platform": sys.platform, "MB": {"": alone}}
    print(f"{'no extra':10} {alone:8.0f} MB")
    for name in extras:
        if name not in LEFT_OUT:
            results["MB"][name] = megabytes(name) - alone
            print(f"{name:10} {results['MB'][name]:8.0f} MB more", flush=True)
    finish(results, options.json)


if __name__ == "__main__":
    main()
