"""The documentation: its code runs, its links lead somewhere, and the messages that it explains are the package's."""

import ast
import os
import re
import shutil
import subprocess
import sys

import pytest
from pages import PAGES, ROOT, blocks, furnish, script_of

_WITH_CODE = [page for page in PAGES if blocks(page)]
# What Sphinx makes, and git ignores.
_MADE = [ROOT / line for line in (ROOT / ".gitignore").read_text("utf-8").split() if line.startswith("docs/")]
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


def _name(page):
    return str(page.relative_to(ROOT / "docs"))


@pytest.fixture(scope="module")
def furnished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("furnished")
    furnish(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", _WITH_CODE, ids=_name)
def test_every_block_runs(page, furnished, tmp_path):
    place = tmp_path / "place"
    shutil.copytree(furnished, place)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests"), str(place)]),
        "MPLBACKEND": "agg",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "COLUMNS": "120",
    }
    done = subprocess.run(
        [sys.executable, "-c", script_of(page)], cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page):
    for target, _ in _LINK.findall(page.read_text("utf-8")):
        path = (page.parent / target).resolve()
        if "://" not in target and not any(path.is_relative_to(each) for each in _MADE):
            assert path.exists(), target


def test_messages_are_those_of_the_package():
    said = []
    for path in (ROOT / "skaudio").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                said.append("".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.append(node.value)
    text = (ROOT / "docs/reference/errors.md").read_text("utf-8")
    messages = re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)
    assert len(messages) > 30
    assert [each for each in messages if not any(each in one for one in said)] == []
