"""A file that is long has a reason to be."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = 300
REASONS = {
    "skaudio/augmentation/_classifier.py": "one estimator; half of it are the docstrings of its seven public methods",
    "skaudio/dsp/_native/lanes.h": "the kernel for one width of vectors, which is compiled as a whole for each",
    "skaudio/library/page/static/app.js": "it ties the page's other scripts together, and does nothing else",
}


def _lengths():
    folders = ("skaudio", "tests", "benchmarks", "examples", "docs/_ext", ".ci")
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".pyi", ".c", ".h", ".js", ".css", ".html", "") and path.is_file():
                yield path.relative_to(ROOT).as_posix(), len(path.read_text("utf-8").splitlines())


@pytest.mark.skipif(not (ROOT / "benchmarks").is_dir(), reason="only a checkout has all folders")
def test_a_file_is_short_unless_there_is_a_reason():
    assert {name for name, length in _lengths() if length > LONGEST} == set(REASONS)
