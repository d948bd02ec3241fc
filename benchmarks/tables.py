"""The tables of the README and the docs, from the JSON of the benchmarks.

    python benchmarks/tables.py [--check]

Writes anew, in README.md and the pages of docs/, what stands between

- ``<!-- KIND: FILE -->`` and ``<!-- end -->``: the table of that kind, of `_tables.py`;
- ``<!-- value: FILE KEY/KEY FORMAT -->`` and ``<!-- end -->``: one number in a sentence, which may not begin a line:
  Markdown ends a paragraph there,

from benchmarks/results/FILE, as the benchmark of that kind writes it by --json. --check only tells whether anything
would change, by its status. FORMAT is Python's; of a share, ``%`` gives the number before the sign.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from _tables import TABLES

ROOT = Path(__file__).parents[1]
_TABLE = re.compile(r"(<!-- (\w+): (\S+\.json) -->\n).*?(<!-- end -->)", re.DOTALL)
_VALUE = re.compile(r"(<!-- value: (\S+\.json) (\S.*?) (\S+) -->).*?(<!-- end -->)")


def written(text: str) -> str:
    """Return a document with its tables written anew."""

    def table(match: re.Match) -> str:
        return match[1] + TABLES[match[2]](_results(match[3])) + match[4]

    def value(match: re.Match) -> str:
        found = _results(match[2])
        for key in match[3].split("/"):
            found = found[int(key)] if isinstance(found, list) else found[key]
        spec = ".0%" if match[4] == "%" else match[4]
        return match[1] + format(found, spec).rstrip("%") + match[5]

    return _VALUE.sub(value, _TABLE.sub(table, text))


def _results(name: str) -> dict:
    return json.loads((ROOT / "benchmarks" / "results" / name).read_text("utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    changed = []
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        text = path.read_text("utf-8")
        if written(text) != text:
            changed.append(str(path.relative_to(ROOT)))
            if not check:
                path.write_text(written(text), "utf-8")
    print("\n".join(changed) or "all tables are as the results are")
    sys.exit(bool(check and changed))


if __name__ == "__main__":
    main()
