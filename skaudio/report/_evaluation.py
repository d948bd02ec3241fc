"""`evaluation_report`: what a cross-validation found, as one HTML file."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix

from skaudio.report._page import bar, heading, link, matrix, page, paragraph, table
from skaudio.report._players import SECONDS, player

_WRONG = 12  # wrongly classified clips that get a player, at most


def evaluation_report(
    found: dict[str, Any], predictions: pd.DataFrame, clips: Any, *, sentences: list[str], pipeline: str, csv: str
) -> str:
    """Return a page with the scores, the confusion matrix, and players of the clips that were most confidently wrong.

    Parameters
    ----------
    found : dict
        What `skaudio evaluate --json` prints.
    predictions : DataFrame
        A row a clip: ``path``, ``label``, ``predicted``, ``fold``, and ``p_NAME`` for each class.
    clips : sequence of clips
        The clips themselves, row by row.
    sentences : list of str
        Sentences on the accuracy, a paragraph each.
    pipeline : str
        The pipeline that was evaluated, as text.
    csv : str
        The predictions as CSV, for the page's link that saves them.

    Returns
    -------
    str
        HTML that needs no other file and no network.
    """
    names = list(found["classes"])
    scoring = found["scoring"]
    folds = [
        [
            str(each["fold"]),
            each["n_test"],
            float(each["score"]),
            bar(each["score"] if scoring != "neg_log_loss" else 0),
        ]
        for each in found["folds"]
    ]
    parts = [
        paragraph(f"{found['data']}: {found['n_clips']} clips, {len(names)} classes. {found['protocol']}"),
        *map(paragraph, sentences),
        heading("Folds"),
        table(["fold", "clips", scoring, ""], folds),
        paragraph(f"mean {found['mean_score']:.3f}, sd {found['sd_score']:.3f} over {len(folds)} folds"),
    ]
    beside = found["random_split"]
    if beside is not None:
        parts += [
            heading("What a random split would promise"),
            paragraph("Leaked are the test clips whose recording, or other source, is in training too."),
            table(
                ["split", "leaked", "accuracy"],
                [
                    ["these folds", beside["leaked_own"], float(found["mean_accuracy"])],
                    ["a random split", beside["leaked"], beside["accuracy"]],
                ],
            ),
        ]
    counts = confusion_matrix(predictions["label"], predictions["predicted"], labels=names)
    by_class = [
        [name, each["precision"], each["recall"], each["f1-score"], int(each["support"])]
        for name, each in found["classes"].items()
    ]
    parts += [
        heading("Confusion matrix"),
        paragraph("True classes down, predicted ones across. A cell is as dark as its share of its class.", note=True),
        matrix(names, counts),
        heading("Classes"),
        table(["class", "precision", "recall", "F1", "clips"], by_class),
        *_most_wrong(predictions, clips),
    ]
    if found["failures"]:
        rows = [[each["path"], each["error"]] for each in found["failures"]]
        parts += [heading("Clips that cannot be read"), table(["clip", "why"], rows)]
    parts += [
        heading("All predictions"),
        link(csv.encode("utf-8", "surrogateescape"), "text/csv", "predictions.csv"),
        heading("What was evaluated"),
        f"<pre>{escape(pipeline)}</pre>",
        paragraph(f"skaudio {found['version']}, seed {found['seed']}", note=True),
    ]
    return page("Evaluation by folds", parts)


def _most_wrong(predictions: pd.DataFrame, clips: Any) -> list[str]:
    wrong = np.flatnonzero(predictions["label"] != predictions["predicted"])
    if not len(wrong):
        return [heading("Most confidently wrong"), paragraph("No clip was taken for another class.")]
    given = [predictions.at[row, f"p_{predictions.at[row, 'predicted']}"] for row in wrong]
    first = wrong[np.argsort(given, kind="stable")[::-1][:_WRONG]]
    rows = [
        [
            predictions.at[row, "path"],
            predictions.at[row, "label"],
            predictions.at[row, "predicted"],
            float(predictions.at[row, f"p_{predictions.at[row, 'predicted']}"]),
            player(clips[row]),
        ]
        for row in first
    ]
    note = f"{len(first)} of {len(wrong)} clips that were taken for another class; {SECONDS:g} s are heard at most."
    return [
        heading("Most confidently wrong"),
        paragraph(note, note=True),
        table(["clip", "class", "predicted", "probability", ""], rows),
    ]
