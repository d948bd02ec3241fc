"""Docstrings: complete, in numpydoc's form, true to the signatures, and with what they share filled in."""

import importlib
import inspect
import re
import sys
from dataclasses import is_dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages import ROOT

from skaudio._docstrings import fill_placeholders

sys.path.append(str(ROOT / "docs/_ext"))
from public_names import SECTIONS, public_names

# Parameters: missing, unknown, in another order, without a type or a text. Results and what is yielded: missing.
_RULES = {
    "PR01",
    "PR02",
    "PR03",
    "PR04",
    "PR07",
    "RT01",
    "RT03",
    "YD01",
    "GL01",
    "GL03",
    "GL05",
    "GL07",
    "GL08",
    "SS01",
}
_TOLD_ELSEWHERE = re.compile(r"(Qdrant|Usearch)Engine\.(add|remove|query|count)$")  # by `VectorEngine`


def _public():
    for module_name in SECTIONS:
        for name in public_names(module_name)[0]:
            thing = getattr(importlib.import_module(module_name), name)
            yield f"{module_name}.{name}", thing
            if inspect.isclass(thing):
                for member, value in inspect.getmembers(thing, inspect.isfunction):
                    if not member.startswith("_") and value.__module__.startswith("skaudio"):
                        yield f"{module_name}.{name}.{member}", value


def _has_no_constructor(thing):
    """Tell whether a class is made by this package, so that its attributes are what is told."""
    return inspect.isclass(thing) and (
        is_dataclass(thing) or issubclass(thing, (tuple, dict, Exception)) or getattr(thing, "_is_protocol", False)
    )


PUBLIC = dict(_public())


@pytest.mark.parametrize("name", [name for name in PUBLIC if not _TOLD_ELSEWHERE.search(name)])
def test_docstrings_are_complete(name):
    validate = pytest.importorskip("numpydoc.validate", reason="needs the extra docs").validate
    rules = _RULES - {"PR01"} if _has_no_constructor(PUBLIC[name]) else _RULES
    assert [each for each in validate(name)["errors"] if each[0] in rules] == []


@pytest.mark.parametrize("name", PUBLIC)
def test_defaults_are_those_of_the_signature(name):
    thing = PUBLIC[name]
    text = inspect.getdoc(thing) or ""
    assert not re.search(r"^ *\{\w+\}$", text, re.MULTILINE), "a shared text was not filled in"
    if inspect.isclass(thing) and thing.__init__ in (Exception.__init__, ValueError.__init__, UserWarning.__init__):
        return  # which takes what it is given
    signature = inspect.signature(thing).parameters
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-+\n|\Z)", text, re.MULTILINE | re.DOTALL)
    for names, told in re.findall(r"^(\w[\w, ]*) : .*?default=(.+?)$", section[1] if section else "", re.MULTILINE):
        names = names.split(", ")
        values = [told] if len(names) == 1 else told.split(", ")
        assert len(values) in (1, len(names)), names
        for each, value in zip(names, values * len(names) if len(values) == 1 else values):
            default = signature[each].default
            assert default is not inspect.Parameter.empty, each
            assert value in (repr(default), repr(default).replace("'", '"'), str(default)) or _is_same(value, default)


def _is_same(told, default):
    try:
        return eval(told, {}) == default
    except (NameError, SyntaxError):
        return False


@given(st.text("ab \n{}", max_size=40), st.text("cd \n", max_size=20))
def test_what_names_no_text_stays(docstring, text):
    assert fill_placeholders(docstring, {"other": text}) == docstring


def test_texts_are_indented_as_their_place():
    assert (
        fill_placeholders("A.\n    {seed}\n", {"seed": "seed : int\n    It.\n"}) == "A.\n    seed : int\n        It.\n"
    )
    assert fill_placeholders(None, {}) is None
