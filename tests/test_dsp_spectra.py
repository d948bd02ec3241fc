"""Spectra have the same bits however the waveform is cut."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from skaudio.dsp import (
    SpectraStream,
    n_frames,
)


def in_pieces(waveform, lengths, n_fft, **parameters):
    stream = SpectraStream(np.hanning(n_fft).astype(np.float32), **parameters)
    groups, start = [], 0
    for length in lengths:
        groups += [group.copy() for group in stream.add(waveform[start : start + length])]
        start += length
    groups += [group.copy() for group in stream.add(waveform[start:])]
    groups += [group.copy() for group in stream.end()]
    return groups


@settings(deadline=None, max_examples=200)
@given(
    n_samples=st.integers(1, 30_000),
    n_fft=st.integers(2, 300),
    hop_length=st.one_of(st.integers(1, 40), st.integers(1, 2000)),
    center=st.booleans(),
    lengths=st.lists(st.integers(0, 9000), max_size=12),
)
def test_the_spectra_have_the_same_bits_however_the_waveform_is_cut(n_samples, n_fft, hop_length, center, lengths):
    assume(center or n_samples >= n_fft)
    waveform = np.random.default_rng(n_samples).normal(0, 0.1, n_samples).astype(np.float32)
    parameters = {"n_fft": n_fft, "hop_length": hop_length, "center": center}
    whole = in_pieces(waveform, [], **parameters)
    parts = in_pieces(waveform, lengths, **parameters)
    # Groups of the same frames, since the bits of a mel product may depend on them.
    assert [len(group) for group in parts] == [len(group) for group in whole]
    assert np.concatenate(parts).tobytes() == np.concatenate(whole).tobytes()
    assert sum(map(len, whole)) == n_frames(n_samples, **parameters)
    padded = np.pad(waveform, n_fft // 2 if center else 0)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length] * np.hanning(n_fft)
    exact = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    np.testing.assert_allclose(np.concatenate(whole), exact, rtol=1e-3, atol=1e-5 * max(1.0, exact.max()))


def test_two_streams_do_not_disturb_each_other():
    rng = np.random.default_rng(0)
    waveforms = rng.normal(size=(2, 9000)).astype(np.float32)
    parameters = {"n_fft": 64, "hop_length": 16, "center": True}
    alone = [in_pieces(waveform, [], **parameters) for waveform in waveforms]
    streams = [SpectraStream(np.hanning(64).astype(np.float32), hop_length=16, center=True) for _ in waveforms]
    found = [[], []]
    for step in ("add", "end"):
        for k, stream in enumerate(streams):
            groups = stream.add(waveforms[k]) if step == "add" else stream.end()
            found[k] += [group.copy() for group in groups]
    for one, both in zip(alone, found):
        assert np.concatenate(one).tobytes() == np.concatenate(both).tobytes()


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("more", [0, 1, 2, 30, 59, 60, 61])
def test_samples_between_two_frames_are_skipped_where_a_piece_ends_among_them(more, center):
    """With a step longer than a frame, the next frame may begin in the next piece, or in the one after that."""
    parameters = {"n_fft": 40, "hop_length": 100, "center": center}
    waveform = np.random.default_rng(0).normal(0, 0.1, 80_000).astype(np.float32)
    first = 255 * 100 + 40 - (20 if center else 0) + more  # the first group of frames is just complete
    expected = np.concatenate(in_pieces(waveform, [], **parameters))
    for lengths in ([first], [first, 1, 1, 5], [first, 25_600 - 1, 2]):
        assert np.concatenate(in_pieces(waveform, lengths, **parameters)).tobytes() == expected.tobytes()
