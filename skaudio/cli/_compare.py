"""``skaudio evaluate --model compare`` and ``--compare preset,preset``: which is best on a dataset's folds."""

from __future__ import annotations

from dataclasses import replace

from skaudio.cli._data import Source, keep_readable
from skaudio.cli._evaluate import describe_folds
from skaudio.cli._processes import quiet_workers
from skaudio.cli._progress import progress
from skaudio.cli._quiet import import_keras_quietly
from skaudio.cli._report import console, failures_of, print_json, print_table, tell_failures
from skaudio.cli._scoring import find_scorer
from skaudio.cli._settings import Setup, temporary_store
from skaudio.model_selection import compare
from skaudio.neural import find_keras
from skaudio.pipeline import MODELS, NETWORKS, SEQUENCE_MODELS


def compare_setups(
    data: Source,
    setup: Setup,
    presets: str | None,
    *,
    scoring: str,
    n_jobs: int | None,
    as_json: bool,
    on_error: str,
) -> int:
    """Rank presets, or all models, by their score over the folds, with the intervals of their differences."""
    if presets is None:
        named, left_out = _models(setup)
    else:
        chosen = [name.strip() for name in presets.split(",") if name.strip()]
        named, left_out = {name: _with_preset(setup, name) for name in chosen}, {}
    pipelines = {name: each.pipeline(n_jobs=None) for name, each in named.items()}
    dataset = data.load()
    scorer = find_scorer(scoring, dataset.target_names)
    networks = any(each.needs_keras for each in named.values())
    if networks:
        import_keras_quietly()
    first = next(iter(pipelines.values()))
    with temporary_store(first), quiet_workers(networks=networks):
        dataset, failures = keep_readable(dataset, first, on_error)
        for each in pipelines.values():
            each.set_params(features__cache=first.get_params()["features__cache"])
        table = compare(
            pipelines,
            dataset.data,
            dataset.target,
            cv=dataset.cv,
            scoring=scorer,
            n_jobs=n_jobs,
            verbose=progress(),
        )
    folds = [str(name) for name in dataset.cv.get_fold_names()]
    if as_json:
        rows = table.rename_axis("name").reset_index().to_dict("records")
        print_json(
            {
                "data": str(data),
                "n_clips": len(dataset.data),
                "folds": folds,
                "scoring": scoring,
                "ranking": [{**row, "scores": table.attrs["scores"][row["name"]]} for row in rows],
                "left_out": list(left_out),
                "failures": failures_of(failures),
                "seed": setup.seed,
            }
        )
        return tell_failures(failures)
    rows = [
        [
            name,
            f"{row['mean']:.3f}",
            f"{row['sd']:.3f}",
            "" if row["low"] != row["low"] else f"{row['low']:+.3f} to {row['high']:+.3f}",
            f"{row['fit_seconds']:.1f}",
        ]
        for name, row in table.iterrows()
    ]
    console.print(f"{data}: {len(dataset.data)} clips, {len(dataset.target_names)} classes")
    columns = ["", scoring, "sd", "behind the first", "s a fold"]
    what = "Accuracy" if scoring == "accuracy" else scoring
    print_table(f"{what} over {len(folds)} folds: {describe_folds(dataset)}", columns, rows)
    console.print(
        "behind the first: the 95 % interval of the difference, by the corrected resampled t-test; where it holds 0, "
        "these folds do not tell the two apart."
    )
    for name, reason in left_out.items():
        console.print(f"{name} is left out: {reason}")
    return tell_failures(failures)


def _with_preset(setup: Setup, name: str) -> Setup:
    return replace(setup, preset=name, model_file=setup.model_file if name == "embedding" else None)


def _models(setup: Setup) -> tuple[dict[str, Setup], dict[str, str]]:
    """Return a setup for each model that can be fitted here, and why the others cannot be."""
    try:
        find_keras()
        absent: dict[str, str] = {}
    except ImportError:
        absent = dict.fromkeys(NETWORKS, 'it needs pip install "skaudio[keras]"')
    if setup.preset == "embedding":
        absent |= dict.fromkeys(SEQUENCE_MODELS, "it takes sequences, and embeddings are rows")
    named = {name: replace(setup, model=name) for name in MODELS if name not in absent}
    if setup.preset == "cnn":
        raise ValueError("--preset cnn gives sequences, which most models do not take; compare them on another preset")
    return named, absent
