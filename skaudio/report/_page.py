"""HTML pages of one file each: style, tables, sounds and files to save are parts of the page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --mark: #4477aa; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: middle; }
td.number, th.number { text-align: right; }
.bar { background: var(--soft); width: 12rem; height: .7rem; display: inline-block; }
.bar i { background: var(--mark); height: 100%; display: block; }
.bars { display: flex; align-items: flex-end; gap: 2px; height: 7rem; max-width: 40rem; }
.bars i { flex: 1; background: var(--mark); min-height: 0; }
.beside { display: flex; flex-wrap: wrap; gap: 2rem; align-items: flex-start; }
.matrix td { text-align: center; min-width: 1.6rem; border: 1px solid var(--soft); }
.matrix th.top { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; font-weight: normal; }
.note { color: color-mix(in srgb, currentColor 65%, transparent); }
audio { height: 2rem; width: 16rem; }
pre { overflow-x: auto; background: var(--soft); padding: .8rem; }
"""


class Html(str):
    """Text that is HTML already."""


def page(title: str, parts: Sequence[str]) -> str:
    """Return a whole page. Style, images and sounds are inside it, and its policy forbids it to load or run more."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(parts) + "\n</body>\n</html>\n"
    )


def heading(text: str) -> str:
    """Return a heading of a part."""
    return f"<h2>{escape(text)}</h2>"


def paragraph(text: str, *, note: bool = False) -> str:
    """Return a paragraph, a quieter one as a note."""
    return f'<p class="note">{escape(text)}</p>' if note else f"<p>{escape(text)}</p>"


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a table. All cells but `Html` ones are escaped, and columns of numbers are aligned to the right."""
    numeric = [bool(rows) and all(isinstance(row[i], (int, float)) for row in rows) for i in range(len(columns))]
    kinds = [' class="number"' if each else "" for each in numeric]
    head = "".join(f"<th{kind}>{escape(name)}</th>" for kind, name in zip(kinds, columns))
    lines = [
        "<tr>" + "".join(f"<td{kind}>{_cell(cell)}</td>" for kind, cell in zip(kinds, row)) + "</tr>" for row in rows
    ]
    return f'<div class="scroll"><table><tr>{head}</tr>\n' + "\n".join(lines) + "</table></div>"


def bar(share: float) -> Html:
    """Return a bar that is as long as a share from 0 to 1; an empty text for any other number."""
    if not 0 <= share <= 1:
        return Html("")
    return Html(f'<span class="bar"><i style="width:{100 * share:.1f}%"></i></span>')


def bars(heights: Sequence[float], labels: Sequence[str]) -> Html:
    """Return bars side by side, the highest of full height, each with a label for the pointer."""
    most = max(*heights, 1e-12)
    each = (
        f'<i style="height:{100 * height / most:.1f}%" title="{escape(label)}"></i>'
        for height, label in zip(heights, labels)
    )
    return Html(f'<div class="bars">{"".join(each)}</div>')


def matrix(names: Sequence[str], counts: Any) -> str:
    """Return a confusion matrix, true classes down and predicted ones across, each cell as dark as its share."""
    top = "".join(f'<th class="top">{escape(name)}</th>' for name in names)
    lines = []
    for name, row in zip(names, counts):
        n = max(1, int(sum(row)))
        cells = "".join(
            f'<td style="background:color-mix(in srgb, var(--mark) {round(100 * int(each) / n)}%, transparent)">'
            f"{int(each) or ''}</td>"
            for each in row
        )
        lines.append(f"<tr><th>{escape(name)}</th>{cells}</tr>")
    return f'<div class="scroll"><table class="matrix"><tr><th></th>{top}</tr>\n' + "\n".join(lines) + "</table></div>"


def data_uri(content: bytes, kind: str) -> str:
    """Return content as a ``data:`` URI."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def link(content: bytes, kind: str, name: str) -> str:
    """Return a link that saves content as a file."""
    return f'<p><a download="{escape(name)}" href="{data_uri(content, kind)}">{escape(name)}</a></p>'


def _cell(value: Any) -> str:
    if isinstance(value, Html):
        return value
    if isinstance(value, float):
        return "" if value != value else f"{value:.3f}"
    return escape(str(value))
