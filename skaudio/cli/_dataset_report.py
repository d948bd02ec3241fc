"""``skaudio report``: a page on a dataset, before any model."""

from __future__ import annotations

from pathlib import Path

from skaudio._writing import check_output, replacing
from skaudio.cli._csv import write_text
from skaudio.cli._data import Source
from skaudio.cli._progress import progress
from skaudio.cli._report import console, print_json
from skaudio.report import dataset_report


def report_dataset(data: Source, output: Path, *, nearly: bool, threads: int | None, as_json: bool) -> None:
    """Write the page."""
    check_output(output)
    if output.suffix not in (".html", ".htm"):
        raise ValueError(f"{str(output)!r} must end in .html, which is what is written")
    dataset = data.load(folds=False)
    name = data.path.resolve().name
    page = dataset_report(dataset, name=name, duplicates=nearly, n_jobs=threads, verbose=progress())
    with replacing(output) as path:
        write_text(path, page)
    if as_json:
        print_json({"data": str(data), "n_clips": len(dataset.data), "output": str(output)})
    else:
        console.print(f"{output}: {len(dataset.data)} clips", soft_wrap=True)
