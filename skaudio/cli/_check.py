"""``skaudio check``: what is wrong with which file."""

from __future__ import annotations

from skaudio.cli._data import Source
from skaudio.cli._report import console, print_json, print_table, progress
from skaudio.inspection import check_clips


def check_dataset(data: Source, *, n_jobs: int | None, as_json: bool) -> int:
    """Print the problems and return the exit status: 1 if there are any."""
    clips = data.clips()
    problems = check_clips(clips, n_jobs=n_jobs, verbose=progress())
    n_bad = problems.index.nunique()
    if as_json:
        print_json({"data": str(data), "n_clips": len(clips), "problems": problems.to_dict("records")})
    else:
        if n_bad:
            rows = problems[["path", "problem", "detail"]].to_numpy().tolist()
            print_table("", ["file", "problem", "detail"], rows)
        console.print(f"{len(clips)} files: {n_bad} with problems, {len(clips) - n_bad} without")
    return int(n_bad > 0)
