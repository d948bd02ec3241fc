"""The store and parameters: what changes the numbers is extracted anew once, and what leaves them alone is found."""

import os

import numpy as np
import pytest
import scipy.signal
from sklearn.base import clone
from storing import clips, log, n_decodes, numbers, store  # noqa: F401 - fixtures

from skaudio import MFCCTransformer
from skaudio.exceptions import AudioReadError, AudioReadWarning


def test_other_coefficients_and_statistics_need_no_decoding(clips, store, log):
    MFCCTransformer(cache=store).transform(clips[:8])
    for n_mfcc in (1, 13, 20, 128):
        for statistics in (("mean",), ("kurtosis", "median"), ("mean", "std", "min", "max", "skew")):
            mfcc = MFCCTransformer(n_mfcc=n_mfcc, statistics=statistics)
            found = clone(mfcc).set_params(cache=store).transform(clips[:8])
            assert n_decodes(log) == 8
            assert found.tobytes() == mfcc.transform(clips[:8]).tobytes()
            os.truncate(log, 0)
            MFCCTransformer(cache=store).transform(clips[:8])
            assert n_decodes(log) == 0
            with open(log, "w") as file:
                file.writelines("0 skaudio.decode x\n" for _ in range(8))


@pytest.mark.parametrize(
    "changed",
    [
        {"deltas": 1},
        {"statistics": ("p5",)},
        {"statistics": None, "duration": 0.5},
        {"n_fft": 1024},
        {"hop_length": 256},
        {"window": "hamming"},
        {"win_length": 1000},
        {"center": False},
        {"power": 1.0},
        {"fmin": 50.0},
        {"fmax": 8000.0},
        {"htk": True},
        {"mel_norm": None},
        {"dct_type": 3},
        {"norm": None},
        {"lifter": 22},
        {"top_db": None},
        {"offset": 0.1},
        {"duration": 0.4},
        {"channel": 0},
        {"n_mels": 64},
        {"sample_rate": 16000},
        {"res_type": "soxr_vhq"},
    ],
    ids=str,
)
def test_whatever_changes_the_numbers_is_extracted_anew_once(clips, store, log, changed):
    MFCCTransformer(cache=store).transform(clips[:3])
    mfcc = MFCCTransformer(**changed)
    for _ in range(2):
        found = clone(mfcc).set_params(cache=store).transform(clips[:3])
    assert n_decodes(log) == 6
    assert found.tobytes() == mfcc.transform(clips[:3]).tobytes()


@pytest.mark.parametrize(
    "same",
    [
        {"n_jobs": 2},
        {"on_error": "nan"},
        {"max_duration": 60},
        {"n_fft": np.int64(2048)},
        {"sample_rate": 22050.0},
        {"win_length": 2048},
        {"fmin": 0},
        {"window": scipy.signal.get_window("hann", 2048)},
        {"mel_norm": "slaney", "center": np.True_},
    ],
    ids=lambda same: str(same)[:40],
)
def test_what_leaves_the_numbers_alone_is_found(clips, store, log, same):
    MFCCTransformer(cache=store).transform(clips[:3])
    MFCCTransformer(cache=store, **same).transform(clips[:3])
    assert n_decodes(log) == 3


def test_fewer_derivatives_are_found_and_more_are_extracted_anew(clips, store, log):
    for deltas, n in ((2, 3), (1, 0), (0, 0), (3, 3), (2, 0)):
        n_before = n_decodes(log)
        found = MFCCTransformer(cache=store, deltas=deltas, statistics=("mean", "skew")).transform(clips[:3])
        assert n_decodes(log) - n_before == n
        expected = MFCCTransformer(deltas=deltas, statistics=("mean", "skew")).transform(clips[:3])
        assert found.tobytes() == expected.tobytes()


def test_a_clip_longer_than_max_duration_is_refused_warm_as_cold(clips, store):
    mfcc = MFCCTransformer(cache=store, max_duration=0.5)
    with pytest.raises(AudioReadError, match=r"clip 0, .*longer than max_duration=0\.5 s") as cold:
        mfcc.transform(clips[:3])
    MFCCTransformer(cache=store).transform(clips[:3])
    with pytest.raises(AudioReadError) as warm:
        mfcc.transform(clips[:3])
    assert str(warm.value) == str(cold.value)
    mfcc.set_params(on_error="nan")
    with pytest.warns(AudioReadWarning, match="3 of 4 clips"):
        rows = mfcc.transform([clips[0], *clips[:2], (clips[0], 0, 0.25)])
    assert np.isnan(rows[:3]).all()
    assert np.isfinite(rows[3]).all()
    assert mfcc.set_params(max_duration=1.0, on_error="raise").transform(clips[:3]).shape == (3, 40)


def test_parts_of_a_file_are_one_entry_however_their_numbers_are_written(clips, store):
    forms = [(clips[0], 0, 0.5), (clips[0], 0.0, 0.5), (clips[0], np.int64(0), np.float64(0.5))]
    for form in forms:
        MFCCTransformer(cache=store).transform([form])
    assert numbers(store) == {"clips": 1, "hits": 2, "misses": 1, "extractions": 1}
