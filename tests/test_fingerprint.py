"""What features are stored under: whatever changes the numbers changes it, and nothing else does."""

import importlib.metadata
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
import soundfile

import skaudio.dsp._mel
from skaudio import MFCCTransformer
from skaudio.dsp import describe_kernel, kernel
from skaudio.dsp._native import _halving, _log_mel
from skaudio.extraction import _fingerprint
from skaudio.extraction._fingerprint import fingerprint, reader_fingerprint
from skaudio.feature_extraction import LogMelTransformer
from skaudio.store import FeatureStore


@pytest.fixture(autouse=True)
def afresh():
    _fingerprint._fingerprint.cache_clear()
    yield
    _fingerprint._fingerprint.cache_clear()


def known(transformer=None, **changed):
    transformer = MFCCTransformer(statistics=("mean", "std")) if transformer is None else transformer
    transformer.set_params(**changed)
    (feature,) = transformer._features()
    return fingerprint(transformer._reader(), feature)


def test_it_is_the_same_in_another_process():
    script = """
from skaudio import MFCCTransformer
from skaudio.dsp import describe_kernel, kernel
from skaudio.dsp._native import _halving, _log_mel
from skaudio.extraction._fingerprint import fingerprint
mfcc = MFCCTransformer(statistics=("mean", "std"))
print(fingerprint(mfcc._reader(), mfcc._features()[0]).hex())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == known().hex()


@pytest.mark.parametrize(
    "changed",
    [
        {"n_mfcc": 20},
        {"statistics": ("std",)},
        {"deltas": 1},
        {"n_mels": 64},
        {"n_fft": 1024},
        {"hop_length": 500},
        {"win_length": 2000},
        {"window": "hamming"},
        {"center": False},
        {"power": 1.0},
        {"fmin": 1.0},
        {"fmax": 11000.0},
        {"htk": True},
        {"mel_norm": None},
        {"dct_type": 3},
        {"norm": None},
        {"lifter": 22},
        {"top_db": 79.0},
        {"offset": 0.5},
        {"duration": 3.0},
        {"channel": 1},
        {"sample_rate": 22000},
        {"res_type": "soxr_vhq"},
    ],
    ids=str,
)
def test_each_parameter_that_changes_numbers_changes_it(changed):
    assert known(**changed) != known()


@pytest.mark.parametrize(
    "same",
    [
        {"n_fft": np.int64(2048)},
        {"sample_rate": np.float32(22050)},
        {"win_length": 2048},
        {"fmax": 11025},
        {"center": np.True_},
        {"max_duration": 3},
        {"on_error": "nan", "n_jobs": 3, "verbose": 1},
        {"statistics": ["mean", "std"]},
    ],
    ids=str,
)
def test_what_changes_no_number_leaves_it(same):
    assert known(**same) == known()


CONSTANTS = {
    "the floor of decibels": ("skaudio.dsp._mel._FLOOR", 1e-9),
    "the width of derivatives": ("skaudio.dsp._cepstrum._DELTA_WIDTH", 11),
    "how samples are scaled": ("skaudio.audio._convert.to_float", lambda block: block.astype(np.float32) / 32767),
    "how channels are mixed": ("skaudio.clips._reader.mix", lambda block, channel: block[:, 0].copy()),
    "the mel filters": (
        "skaudio.dsp._mel.mel_matrix",
        lambda *_, **__: scipy.sparse.eye_array(128, 1025, dtype="f", format="csr"),
    ),
}


@pytest.mark.parametrize("place, value", CONSTANTS.values(), ids=CONSTANTS)
def test_a_changed_constant_changes_it(monkeypatch, place, value):
    monkeypatch.setenv("SKAUDIO_KERNEL", "numpy")
    before = known(deltas=1)
    monkeypatch.setattr(place, value)
    _fingerprint._fingerprint.cache_clear()
    assert known(deltas=1) != before


@pytest.mark.skipif(kernel() != "native", reason=describe_kernel())
def test_changed_tables_of_the_native_kernel_change_it(monkeypatch):
    before = {known(deltas=1)}
    for tables, name, value in [
        (_halving.halving, "skaudio.dsp._native._halving._taps", lambda: np.ones(5, np.float32) / 5),
        (_log_mel.filters_of, *CONSTANTS["the mel filters"]),
    ]:
        with monkeypatch.context() as patch:
            patch.setattr(name.replace("dsp._mel", "dsp._native._log_mel"), value)
            tables.cache_clear()
            _fingerprint._fingerprint.cache_clear()
            before.add(known(deltas=1))
        tables.cache_clear()
    _fingerprint._fingerprint.cache_clear()
    assert len(before) == 3


def test_another_version_of_a_library_changes_it(monkeypatch):
    reader = MFCCTransformer()._reader()
    before = known(), reader_fingerprint(reader)
    original = importlib.metadata.version
    for package in ("soundfile", "soxr"):
        with monkeypatch.context() as patch:
            patch.setattr(
                "skaudio.audio._convert.version", lambda name, p=package: "99" if name == p else original(name)
            )
            assert known() != before[0]
            assert reader_fingerprint(reader) != before[1]
    with monkeypatch.context() as patch:
        patch.setattr(soundfile, "__libsndfile_version__", "99.0")
        assert known() != before[0]
    assert (known(), reader_fingerprint(reader)) == before
    wrapped = replace(reader, res_type="fft")
    assert "scipy=" in wrapped.what_changes_numbers()
    assert "librosa=" in wrapped.what_changes_numbers()


def test_another_fft_changes_it_at_once(monkeypatch):
    import scipy.fft

    before = known()
    original = scipy.fft.rfft
    monkeypatch.setattr(scipy.fft, "rfft", lambda *a, **k: np.nextafter(original(*a, **k).real, 9) * (1 + 0j))
    assert known() != before


def test_a_frame_longer_than_the_signal_has_one_too():
    long = {"n_fft": 2**17, "center": False}
    assert known(LogMelTransformer(**long)) != known(LogMelTransformer(**long, hop_length=256))


def test_a_changed_number_is_extracted_anew(tmp_path, monkeypatch):
    path, store = tmp_path / "dog.wav", FeatureStore(tmp_path / "features.sqlite")
    soundfile.write(path, np.r_[np.zeros(9000), np.ones(9000)], 22050)
    rows = MFCCTransformer(cache=store, top_db=None).transform([path])
    monkeypatch.setattr(skaudio.dsp._mel, "_FLOOR", 1e-6)
    _fingerprint._fingerprint.cache_clear()
    found = MFCCTransformer(cache=store, top_db=None).transform([path])
    assert found.tobytes() == MFCCTransformer(top_db=None).transform([path]).tobytes() != rows.tobytes()
    assert store.info()["extractions"] == 2
