"""Text of strangers moves no cursor, breaks no file and computes nothing."""

import pandas as pd
import pytest

from skaudio._shown import escape_unsafe
from skaudio.cli._csv import csv_of


@pytest.mark.parametrize(
    "text, expected",
    [
        ("dog bark, naïve 犬 🐕", "dog bark, naïve 犬 🐕"),
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
        ("abc\u202etxt.exe", r"abc\u202etxt.exe"),
        ("a\udcff", r"a\xff"),
        ("\ud800", r"\ud800"),
        (3, "3"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_as_its_code(text, expected):
    assert escape_unsafe(text) == expected
    escape_unsafe(text).encode()


def test_what_a_spreadsheet_would_compute_has_an_apostrophe_where_asked_for():
    table = pd.DataFrame({"label": ["=1+1", "+2", "-3", "@x", "\tx", "dog"], "-n": [-1.5, 2, 3, 4, 5, 6]})
    assert csv_of(table) == table.to_csv(index=False)
    assert csv_of(table, safe=True).splitlines() == [
        "label,'-n", "'=1+1,-1.5", "'+2,2.0", "'-3,3.0", "'@x,4.0", "'\tx,5.0", "dog,6.0"
    ]  # fmt: skip
