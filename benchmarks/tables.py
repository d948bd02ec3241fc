"""The tables of the README and the docs, from the JSON of the benchmarks.

    python benchmarks/tables.py [--check]

Writes anew what stands between ``<!-- KIND: FILE -->`` and ``<!-- end -->`` in README.md and the pages of docs/, from
benchmarks/results/FILE, as the benchmark of that kind writes it by --json. --check only tells whether anything would
change, by its status.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PLACE = re.compile(r"(<!-- (\w+): (\S+\.json) -->\n).*?(<!-- end -->)", re.DOTALL)


def published_table(results: dict) -> str:
    """Return the rows of published.py as a table of Markdown."""
    what = f"{results['data']}, {results['n_clips']} clips, {results['n_folds']} official folds"
    lines = [
        f"| {what} | published | accuracy | ± folds | ± seeds | settings | seconds | random split |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, row in results["rows"].items():
        published = "" if row["published"] is None else f"{row['published']:.1f}"
        seeds = "" if row["sd_seeds"] is None else f"{row['sd_seeds']:.1f}"
        random = "" if row["random_split"] is None else f"{row['random_split']:.1f}"
        lines.append(
            f"| {name} | {published} | {row['accuracy']:.1f} | {row['sd_folds']:.1f} | {seeds} | "
            f"{row['settings']} | {row['seconds']:.0f} + {row['feature_seconds']:.0f} | {random} |"
        )
    return "\n".join(lines) + "\n"


def presets_table(results: dict) -> str:
    """Return the rows of presets.py as a table of Markdown."""
    lines = [
        f"| {results['data']}, {results['n_clips']} clips | accuracy | ± folds | ± seeds | settings | seconds |",
        "|---|---|---|---|---|---|",
    ]
    for row in results["rows"]:
        seeds = f"{100 * row['sd_seeds']:.1f}" if row["sd_seeds"] else ""
        lines.append(
            f"| {row['preset']}, {row['classifier']} | {100 * row['accuracy']:.1f} | {100 * row['sd_folds']:.1f} | "
            f"{seeds} | {row['settings']} | {row['seconds']:.0f} |"
        )
    return "\n".join(lines) + "\n"


def urbansound8k_table(results: dict) -> str:
    """Return accuracies on real slices, those of a random split beside them."""
    lines = [
        f"| {results['data']}, {results['n_clips']} clips | official folds | random split: not comparable |",
        "|---|---|---|",
    ]
    for name, accuracy in results["rows"].items():
        random = results["random_split"].get(name)
        lines.append(f"| {name} | {accuracy:.1f} | {'' if random is None else f'{random:.1f}'} |")
    return "\n".join(lines) + "\n"


def _where(results: dict) -> str:
    return f"{results['date']}, {results['machine']['cores']} cores, Python {results['machine']['python']}"


def extraction_table(results: dict) -> str:
    """Return the milliseconds a clip of extraction.py, of 16-bit WAV."""
    rows = results["wav"]
    tutorial = next(iter(rows.values()))["ms_per_clip"]
    lines = [
        f"| {results['clips']} clips of {results['data']} as WAV, {results['repeats']} repeats ({_where(results)}) | "
        "ms a clip | spread | times as fast as the tutorial |",
        "|---|---|---|---|",
    ]
    for name, row in rows.items():
        lines.append(
            f"| {name} | {row['ms_per_clip']:.2f} | {row['spread']:.0%} | {tutorial / row['ms_per_clip']:.1f} |"
        )
    return "\n".join(lines) + "\n"


def library_table(results: dict) -> str:
    """Return what library.py measures."""
    index = results["index"]
    lines = [f"| a library of sounds ({_where(results)}) | |", "|---|---|"]
    lines += [
        f"| precision at 10, ESC-10, {name} | {value:.3f} |" for name, value in results["precision at 10"].items()
    ]
    lines += [
        f"| first index of 3000 clips of 4 s, s | {index['first']:.1f} |",
        f"| the same folder again, s; files decoded | {index['again']:.2f}; {index['again, decoded']} |",
    ]
    lines += [f"| a query among {name} values, ms | {row['ms']:.0f} |" for name, row in results["query"].items()]
    return "\n".join(lines) + "\n"


def labelling_table(results: dict) -> str:
    """Return how many labels each strategy needs."""
    lines = [
        f"| labels until 95 % of the accuracy with all ({_where(results)}) | mean of folds and seeds | by seed |",
        "|---|---|---|",
    ]
    for name, row in results["strategies"].items():
        by_seed = ", ".join("more" if each is None else f"{each:.0f}" for each in row["by_seed"])
        lines.append(f"| {name} | {'more' if row['labels'] is None else format(row['labels'], '.0f')} | {by_seed} |")
    return "\n".join(lines) + "\n"


TABLES = {
    "extraction": extraction_table,
    "library": library_table,
    "labelling": labelling_table,
    "published": published_table,
    "presets": presets_table,
    "urbansound8k": urbansound8k_table,
}


def written(text: str) -> str:
    """Return a document with its tables written anew."""

    def table(match: re.Match) -> str:
        results = json.loads((ROOT / "benchmarks" / "results" / match[3]).read_text("utf-8"))
        return match[1] + TABLES[match[2]](results) + match[4]

    return _PLACE.sub(table, text)


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
