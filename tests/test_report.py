"""The report of an evaluation: one file, nothing beside it, whatever the names in it."""

import base64
import io
import re
import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile
from markup import Page
from running import skaudio_command, skaudio_commands

from skaudio.datasets import make_urban_sounds


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """Sounds of classes with names that are HTML, one of them unreadable, evaluated."""
    folder = tmp_path_factory.mktemp("report")
    dataset = make_urban_sounds(folder / "urban", n_per_class=5)
    names = {name: name for name in dataset.target_names} | {"siren": "<script>alert(1)</script>", "dog_bark": "a & b"}
    table = pd.DataFrame({"path": dataset.data, "label": [names[each] for each in dataset.target]})
    broken = folder / "<b>broken.wav"
    broken.write_bytes(b"")
    table.loc[len(table)] = [str(broken), "a & b"]
    table.assign(fold=np.arange(len(table)) % 3, group=[*dataset.groups, "none"]).to_csv(
        folder / "clips.csv", index=False
    )
    arguments = "clips.csv --model lda --preset tutorial --on-error skip --out out --json"
    done = skaudio_command("evaluate", *arguments.split(), cwd=folder)
    assert done.returncode == 3
    return folder / "out"


def test_it_needs_nothing_beside_it_and_shows_names_as_they_are(evaluated):
    text = (evaluated / "report.html").read_text("utf-8")
    page = Page(text)
    assert "script" not in page.elements
    assert all(address.startswith("data:") for address in page.addresses)
    assert "http" not in re.sub(r"data:[^\"]*", "", text).replace("http-equiv", "")
    words = "".join(page.text)
    for expected in (
        "<script>alert(1)</script>",
        "a & b",
        "<b>broken.wav",
        "the file is empty (0 bytes)",
        "50 clips, 10 classes",
        "a random split",
        "95 % interval",
        "Pipeline(steps=",
    ):
        assert expected in words


def test_what_is_confidently_wrong_can_be_heard(evaluated):
    page = Page((evaluated / "report.html").read_text("utf-8"))
    table = pd.read_csv(evaluated / "predictions.csv")
    wrong = table[table["label"] != table["predicted"]]
    sounds = [address for address in page.addresses if address.startswith("data:audio")]
    assert len(sounds) == min(12, len(wrong)) > 0
    given = np.array([row[f"p_{row['predicted']}"] for _, row in wrong.iterrows()])
    first = wrong.iloc[int(given.argmax())]["path"]
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(sounds[0].partition(",")[2])))
    source = soundfile.info(first)
    assert rate == 22050
    assert len(samples) / rate == pytest.approx(source.frames / source.samplerate, abs=0.15)
    words = "".join(page.text)
    assert words.index(first) == min(words.index(path) for path in wrong["path"] if path in words)


def test_the_predictions_are_a_file_and_in_the_page(evaluated):
    page = Page((evaluated / "report.html").read_text("utf-8"))
    (saved,) = [address for address in page.addresses if address.startswith("data:text/csv")]
    assert base64.b64decode(saved.partition(",")[2]) == (evaluated / "predictions.csv").read_bytes()
    table = pd.read_csv(evaluated / "predictions.csv")
    shares = table.filter(regex="^p_")
    assert list(table.columns[:4]) == ["path", "label", "predicted", "fold"]
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    assert (shares.columns[shares.to_numpy().argmax(axis=1)] == "p_" + table["predicted"]).all()


@pytest.mark.slow
def test_scores_of_other_names(evaluated):
    base = ["clips.csv", "--model", "lda", "--preset", "tutorial", "--on-error", "skip"]
    loss, search, compared, unknown, unfit, several, taken = skaudio_commands(
        [
            ["evaluate", *base, "--scoring", "neg_log_loss", "--no-random-split"],
            ["search", *base, "--scoring", "f1_macro", "--json"],
            ["evaluate", *base, "--compare", "tutorial,speech", "--scoring", "balanced_accuracy"],
            ["evaluate", *base, "--scoring", "precise"],
            ["evaluate", *base, "--scoring", "r2"],
            ["evaluate", *base, "--model", "compare", "--out", "report"],
            ["evaluate", *base, "--out", "clips.csv"],
        ],
        cwd=evaluated.parent,
    )
    assert re.search(r"mean -\d\.\d{3}, sd", loss.stdout)
    assert "neg_log_loss" in loss.stdout
    assert "random split" not in loss.stdout
    assert '"scoring": "f1_macro"' in search.stdout
    assert "balanced_accuracy over 3 folds" in compared.stdout
    for done, words in (
        (unknown, "--scoring 'precise' is unknown; scikit-learn's names are expected, such as accuracy"),
        (unfit, "--scoring 'r2' does not score 10 classes by name"),
        (several, "--out writes a report on one pipeline, and several are compared"),
        (taken, "'clips.csv' is a file; a folder to write to is expected"),
    ):
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
    shutil.rmtree(evaluated.parent / "skaudio-search")
