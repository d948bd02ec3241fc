"""The augmentations: what each does to a sound, and how any callable is called."""

import random
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skaudio.augmentation import Gain, MixWithinClass, Noise, PitchShift, TimeShift, TimeStretch
from skaudio.augmentation._calls import apply_augmentation, check_augmentations, hash_augmentations

RATE = 22050
ALL = [TimeShift(), TimeShift(0.2, roll=False), Gain(), Noise(), TimeStretch(), PitchShift(), MixWithinClass()]


def tone(hertz, seconds=1.0):
    return np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE).astype(np.float32)


def called(augmentation, samples, seed=0, partner=None):
    return apply_augmentation(augmentation, samples, RATE, np.random.RandomState(seed), partner)


def peak_hertz(samples):
    return np.abs(np.fft.rfft(samples, RATE)).argmax()


@pytest.mark.parametrize("augmentation", ALL, ids=repr)
@settings(max_examples=15, deadline=None)
@given(n=st.integers(1, 5000), seed=st.integers(0, 2**32 - 1))
def test_any_length_and_seed(augmentation, n, seed):
    samples = np.random.default_rng(0).normal(size=n).astype(np.float32)
    before = samples.copy()
    found = called(augmentation, samples, seed, samples[::-1].copy())
    assert found.dtype == np.float32
    assert found.ndim == 1
    assert len(found) == n or isinstance(augmentation, TimeStretch)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(samples, before)
    np.testing.assert_array_equal(found, called(augmentation, samples, seed, samples[::-1].copy()))


@pytest.mark.parametrize("augmentation", ALL, ids=repr)
def test_another_seed_is_another_sound(augmentation):
    sounds = {called(augmentation, tone(440), seed, tone(300)).tobytes() for seed in range(8)}
    assert len(sounds) == 8


@pytest.mark.parametrize("augmentation", ALL, ids=repr)
def test_silence_stays_silence(augmentation):
    assert not called(augmentation, np.zeros(3000, np.float32), 0, np.zeros(10, np.float32)).any()


def test_a_shift_moves_samples_and_nothing_else():
    samples = np.arange(1, RATE + 1, dtype=np.float32)
    for seed in range(10):
        rolled, moved = (called(TimeShift(0.5, roll=roll), samples, seed) for roll in (True, False))
        n = int(np.flatnonzero(rolled == 1)[0])
        assert min(n, RATE - n) <= 0.5 * RATE
        np.testing.assert_array_equal(np.sort(rolled), samples)
        inside = moved != 0
        np.testing.assert_array_equal(moved[inside], rolled[inside])
        assert (~inside).sum() == min(n, RATE - n)


def test_gain_and_noise_are_in_decibels():
    samples = tone(440)
    for seed in range(10):
        gain = 20 * np.log10(np.abs(called(Gain(-3, 9), samples, seed)).max() / np.abs(samples).max())
        assert -3.01 <= gain <= 9.01
        noise = called(Noise(5, 15), samples, seed) - samples
        assert 4.8 <= 10 * np.log10(np.mean(samples**2) / np.mean(noise**2)) <= 15.2


def test_stretching_keeps_the_pitch_and_shifting_the_length():
    samples = tone(1000)
    slow, high = called(TimeStretch(0.5, 0.5), samples), called(PitchShift(7.0, 7.0), samples)
    assert len(slow) == 2 * len(samples)
    assert abs(peak_hertz(slow[:RATE]) - 1000) <= 5
    assert len(high) == len(samples)
    assert abs(peak_hertz(high) - 1000 * 2 ** (7 / 12)) <= 8


def test_a_mix_is_of_both_at_equal_power():
    mixed = called(MixWithinClass(0.25, 0.25), tone(440), 0, 0.01 * tone(2000, 0.5))
    spectrum = np.abs(np.fft.rfft(mixed[: RATE // 2], RATE))
    assert spectrum[2000] / spectrum[440] == pytest.approx(1 / 3, rel=0.05)
    np.testing.assert_allclose(mixed[RATE // 2 :], 0.75 * tone(440)[RATE // 2 :], atol=1e-6)


def test_a_probability_leaves_some_as_they_are():
    same = [np.array_equal(called(Gain(6, 6, p=0.3), tone(440), seed), tone(440)) for seed in range(200)]
    assert 110 < sum(same) < 170


@pytest.mark.parametrize(
    ("augmentations", "error", "message"),
    [
        ([], ValueError, "augmentations=\\[\\] holds none"),
        ([Noise], TypeError, "holds the class Noise"),
        (["noise"], TypeError, "holds 'noise'; a callable"),
        (Noise(20, 10), ValueError, "min_snr=20 of Noise is out of range: it is above max_snr=10"),
        (Noise(float("nan")), ValueError, "min_snr=nan of Noise"),
        (Gain("6"), ValueError, "min_gain='6' of Gain"),
        (Gain(p=1.5), ValueError, "p=1.5 of Gain"),
        (TimeShift(0.0), ValueError, "max_shift=0.0 of TimeShift"),
        (TimeStretch(0.0, 1.0), ValueError, "min_rate=0.0 of TimeStretch"),
        (MixWithinClass(0.5, 1.5), ValueError, "max_share=1.5 of MixWithinClass"),
    ],
)
def test_bad_augmentations_are_named(augmentations, error, message):
    with pytest.raises(error, match=message):
        check_augmentations(augmentations)


def fails(samples, sample_rate, random_state):
    raise KeyError("impulse response")


def gives_nothing(samples, sample_rate, random_state):
    return samples[:0]


def gives_stereo(samples, sample_rate, random_state):
    return np.stack([samples, samples])


def gives_nan(samples, sample_rate, random_state):
    return samples * np.nan


def draws_elsewhere(samples, sample_rate, random_state):
    return samples + np.random.default_rng().normal(size=len(samples))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (fails, "augmentation fails fails: KeyError: 'impulse response'"),
        (gives_nothing, r"gives_nothing gives an array of shape \(0,\)"),
        (gives_stereo, r"gives_stereo gives an array of shape \(2, 22050\)"),
        (gives_nan, "gives_nan gives samples that are not finite"),
    ],
)
def test_a_function_at_fault_is_named(function, message):
    with pytest.raises(RuntimeError, match=message):
        called(function, tone(440))


def test_a_function_that_draws_elsewhere_is_refused():
    with pytest.raises(ValueError, match="draws_elsewhere makes two sounds of one sound and one seed"):
        hash_augmentations((draws_elsewhere,))


def test_augmentations_are_known_by_what_they_hold_and_do():
    def louder(factor):
        return lambda samples, sample_rate, random_state: samples * factor

    names = [
        hash_augmentations(each)
        for each in [(Gain(),), (Gain(0, 1),), (Gain(p=0.5),), (Gain(), Noise()), (louder(2),), (louder(3),), (fails,)]
    ]
    assert len(set(names)) == len(names)
    assert hash_augmentations((louder(2),)) == hash_augmentations((louder(2),))
    assert hash_augmentations((Gain(-6.0, 6.0),)) == hash_augmentations((Gain(),))


def test_audiomentations_are_repeated_by_their_seed_in_any_thread():
    audiomentations = pytest.importorskip("audiomentations")
    compose = audiomentations.Compose(
        [
            audiomentations.AddGaussianNoise(p=1.0),
            audiomentations.OneOf([audiomentations.Gain(p=1.0), audiomentations.PolarityInversion(p=1.0)]),
            audiomentations.Shift(p=0.5),
        ]
    )
    before = np.random.get_state()[1].tolist(), random.getstate()  # noqa: NPY002
    name = hash_augmentations((compose,))
    expected = [called(compose, tone(440), seed) for seed in range(12)]
    found = {}
    threads = [
        threading.Thread(target=lambda seed=seed: found.update({seed: called(compose, tone(440), seed)}))
        for seed in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(12):
        np.testing.assert_array_equal(found[seed], expected[seed])
    assert len({each.tobytes() for each in expected}) == 12
    assert (np.random.get_state()[1].tolist(), random.getstate()) == before  # noqa: NPY002
    assert hash_augmentations((compose,)) == name  # what was drawn meanwhile is no part of it
    assert hash_augmentations((audiomentations.AddGaussianNoise(p=0.9),)) != hash_augmentations(
        (audiomentations.AddGaussianNoise(p=1.0),)
    )
