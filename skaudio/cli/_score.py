"""``skaudio score``: what a saved model is worth on clips that it was not trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import ConfusionMatrixDisplay, classification_report

from skaudio._shown import escape_unsafe
from skaudio._writing import check_output, replacing
from skaudio.cli._csv import csv_of, write_text
from skaudio.cli._data import Source, table_of
from skaudio.cli._model import find_model, load_model
from skaudio.cli._output import new_axes, save_figure
from skaudio.cli._report import (
    console,
    describe_accuracy,
    failures_of,
    print_classes,
    print_json,
    tell_failures,
)
from skaudio.exceptions import DatasetError
from skaudio.pipeline import predict_readable


def score_model(
    model: Path,
    data: Source,
    *,
    output: Path | None,
    figure: Path | None,
    allow_pickle: bool,
    on_error: str,
    as_json: bool,
    safe_csv: bool,
) -> int:
    """Print accuracy, balanced accuracy and a report by class; write predictions and a figure where asked to."""
    for path in (output, figure):
        if path is not None:
            check_output(path)
    find_model(model, allow_pickle)
    dataset = data.load(folds=False)
    pipeline = load_model(model, allow_pickle)
    unknown = sorted(set(dataset.target_names) - set(map(str, pipeline.classes_)))
    if unknown:
        raise DatasetError(
            f"{str(data)!r} has classes that the model does not know: {', '.join(unknown)}; it knows "
            f"{', '.join(map(str, pipeline.classes_))}"
        )
    labels, failures = predict_readable(pipeline, dataset.data)
    if failures and (on_error == "raise" or len(failures) == len(dataset.data)):
        raise failures[0]
    rows = np.setdiff1d(np.arange(len(dataset.data)), [failure.position for failure in failures])
    predicted, true = np.asarray(labels[rows]).astype(str), dataset.target[rows]
    words, result = describe_accuracy(predicted == true, None if dataset.groups is None else dataset.groups[rows])
    present = sorted(set(true))
    balanced = float(np.mean([(predicted[true == name] == name).mean() for name in present]))
    report = classification_report(true, predicted, labels=present, output_dict=True, zero_division=0)
    by_class = {name: report[name] for name in present}
    if output is not None:
        shares, _ = predict_readable(pipeline, dataset.data, method="predict_proba")
        _write(output, dataset, rows, predicted, np.asarray(shares[rows]), pipeline.classes_, safe_csv)
    if figure is not None:
        names = np.union1d(true, predicted)
        n_classes = len(names)
        side = max(5.0, 2.0 + 0.3 * n_classes)  # room for a number in each cell, however many there are
        display = ConfusionMatrixDisplay.from_predictions(
            true,
            predicted,
            labels=names,
            display_labels=[escape_unsafe(name).replace("$", r"\$") for name in names],  # and no formula
            ax=new_axes(width=side + 1, height=side),
            xticks_rotation="vertical",
            colorbar=False,
        )
        save_figure(display.figure_, figure)
    if as_json:
        print_json(
            {
                "model": str(model),
                "data": str(data),
                "n_clips": len(rows),
                **result,
                "balanced_accuracy": balanced,
                "classes": by_class,
                "files": [str(path) for path in (output, figure) if path is not None],
                "failures": failures_of(failures),
            }
        )
        return tell_failures(failures)
    console.print(f"{model} on {data}: {len(rows)} clips, {len(present)} classes\n{words}")
    console.print(f"balanced accuracy {balanced:.3f}, the mean over the classes of the share that is found\n")
    print_classes("By class", by_class)
    for path, what in ((output, "a row a clip, with its classes' probabilities"), (figure, "the confusion matrix")):
        if path is not None:
            console.print(f"{path}: {what}", soft_wrap=True)
    return tell_failures(failures)


def _write(output: Path, dataset: Any, rows: Any, predicted: Any, shares: Any, names: Any, safe: bool) -> None:
    table = table_of([dataset.data[row] for row in rows]).assign(label=dataset.target[rows], predicted=predicted)
    table = pd.concat([table, pd.DataFrame(shares, columns=[f"p_{name}" for name in names])], axis=1)
    with replacing(output) as name:
        write_text(name, csv_of(table, safe=safe))
