"""A dataset without the clips that cannot be read, and the fitted pipeline it leads to."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from counting import listening
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB

from skaudio import MFCCTransformer, make_audio_pipeline
from skaudio.datasets import load_audio_table, make_urban_sounds, select_clips
from skaudio.exceptions import AudioReadError
from skaudio.inspection import drop_unreadable

BROKEN = {2: b"", 9: b"text", 16: b"RIFF\0\0\0\0WAVE"}


@pytest.fixture
def dataset(tmp_path):
    dataset = make_urban_sounds(tmp_path / "data", n_per_class=3)
    for position, content in BROKEN.items():
        with open(dataset.data[position], "wb") as file:
            file.write(content)
    return dataset


@pytest.mark.parametrize("with_transformer", [False, True])
def test_the_others_are_kept_with_their_labels_folds_and_groups(dataset, with_transformer):
    kept, failures = drop_unreadable(dataset, MFCCTransformer() if with_transformer else None)
    assert [failure.position for failure in failures] == list(BROKEN)
    assert [failure.path for failure in failures] == [dataset.data[position] for position in BROKEN]
    assert "empty" in failures[0].reason
    rest = np.setdiff1d(np.arange(30), list(BROKEN))
    assert kept.data.tolist() == dataset.data[rest].tolist()
    assert kept.target.tolist() == dataset.target[rest].tolist()
    assert kept.folds.tolist() == dataset.folds[rest].tolist()
    assert kept.groups.tolist() == dataset.groups[rest].tolist()
    assert kept.metadata["path"].tolist() == kept.data.tolist()
    assert kept.cv.fold_of(kept.data).tolist() == kept.folds.tolist()
    assert "3 clips that cannot be read are left out." in kept.DESCR
    assert set(kept) == set(dataset)
    assert len(dataset.data) == 30


def test_from_bad_clips_to_a_fitted_pipeline_in_two_lines(dataset):
    kept, _ = drop_unreadable(dataset)
    model = make_audio_pipeline(classifier=GaussianNB()).fit(kept.data, kept.target)
    assert len(cross_val_score(model, kept.data, kept.target, cv=kept.cv, error_score="raise")) == len(set(kept.folds))


def test_what_a_transformer_stores_is_not_extracted_again(dataset, tmp_path):
    features = MFCCTransformer(cache=tmp_path / "store", n_mfcc=8)
    kept, _ = drop_unreadable(dataset, features)
    with listening() as events:
        features.fit_transform(kept.data)
    assert events == []
    assert features.on_error == "raise"


def test_a_transformer_says_what_it_cannot_read(dataset):
    kept, failures = drop_unreadable(dataset, MFCCTransformer(max_duration=1.0))
    assert len(failures) > len(BROKEN)
    assert any("longer than max_duration" in failure.reason for failure in failures)
    MFCCTransformer(max_duration=1.0).transform(kept.data)


def test_where_all_is_well_the_dataset_is_returned(tmp_path):
    dataset = make_urban_sounds(tmp_path / "data", n_per_class=2)
    assert drop_unreadable(dataset) == (dataset, [])


def test_where_nothing_can_be_read_the_first_error_is_raised(dataset):
    with pytest.raises(AudioReadError, match="empty"):
        drop_unreadable(select_clips(dataset, list(BROKEN)))


def test_samples_that_are_none_are_no_sound(tmp_path):
    paths = [str(tmp_path / f"{name}.wav") for name in ("good", "nan", "none")]
    for path, samples in zip(paths, (np.ones(900), np.full(900, np.nan), np.ones(0))):
        soundfile.write(path, samples, 8000, subtype="FLOAT")
    table = {"path": paths, "label": ["a", "b", "b"], "day": [1, 2, 3]}
    dataset = load_audio_table(pd.DataFrame(table), path_column="path", label_column="label", group_column="day")
    kept, failures = drop_unreadable(dataset)
    assert kept.data.tolist() == paths[:1]
    assert kept.target_names.tolist() == ["a"]
    assert [failure.reason for failure in failures] == [
        "it holds samples that are NaN or infinite",
        "it holds no samples",
    ]


@pytest.mark.parametrize("rows", [[5, 1, 1], np.arange(30) < 4, slice(0, 30, 7)])
def test_some_clips_of_a_dataset(dataset, rows):
    chosen = select_clips(dataset, rows, "others are left out")
    positions = np.arange(30)[rows]
    assert chosen.data.tolist() == dataset.data[positions].tolist()
    assert chosen.target_names.tolist() == sorted(set(dataset.target[positions]))
    assert chosen.cv.fold_of(chosen.data).tolist() == dataset.folds[positions].tolist()
    assert "\nOthers are left out.\n" in chosen.DESCR
    assert f"{len(positions)} clips" in chosen.DESCR
