"""MFCCDisplay: what the transformer computes, at its time and frequency."""

import inspect

import numpy as np
import pytest
from drawing import (
    NOISE,
    RATE,
    tick_names,
)

from skaudio import MFCCTransformer, load_audio
from skaudio.dsp import cepstrum, log_mel, mel_frequencies
from skaudio.plotting import (
    MFCCDisplay,
)

pytestmark = pytest.mark.usefixtures("no_windows")


TRANSFORMERS = [
    {},
    {"n_mfcc": 13, "n_mels": 40},
    {"sample_rate": 16000, "hop_length": 300},
    {"n_fft": 1000, "hop_length": 333, "center": False},
    {"center": False},
    {"htk": True, "fmin": 100.0, "fmax": 6000.0, "n_mels": 40},
    {"lifter": 22, "norm": None, "dct_type": 3},
    {"offset": 0.2, "top_db": None, "power": 1.0},
    {"window": "hamming", "win_length": 1024, "mel_norm": None},
    {"channel": 1},
]


def mel_bands(clip, transformer):
    names = ("sample_rate", "offset", "channel")
    waveform, _ = load_audio(clip, **{name: getattr(transformer, name) for name in names})
    known = inspect.signature(log_mel).parameters
    return log_mel(waveform, **{name: value for name, value in transformer.get_params().items() if name in known})


def frame_times(display):
    """Return where the middle of each column of the image lies."""
    left, right, bottom, top = display.image_.get_extent()
    n_values, n_frames = display.image_.get_array().shape
    assert (bottom, top) == (-0.5, n_values - 0.5)
    return left + (np.arange(n_frames) + 0.5) * (right - left) / n_frames


@pytest.mark.parametrize("parameters", TRANSFORMERS, ids=str)
def test_heat_map_is_what_the_transformer_computes(parameters):
    clip = (np.stack([NOISE, np.roll(NOISE, 7) ** 2]), RATE)
    transformer = MFCCTransformer(**parameters)
    bands = mel_bands(clip, transformer)
    image = MFCCDisplay.from_clip(clip, transformer=transformer, kind="mel").image_
    np.testing.assert_allclose(image.get_array().T, bands, rtol=0, atol=1e-3)

    image = MFCCDisplay.from_clip(clip, transformer=transformer).image_
    names = ("dct_type", "norm", "lifter")
    expected = cepstrum(bands, transformer.n_mfcc, **{name: getattr(transformer, name) for name in names})
    np.testing.assert_allclose(image.get_array().T, expected, rtol=0, atol=1e-3)
    frames = MFCCTransformer(**parameters, statistics=None, duration=1 - transformer.offset).transform([clip])
    np.testing.assert_allclose(image.get_array().T, frames[0], rtol=0, atol=1e-3)
    assert image.origin == "lower"


def test_default_transformer_is_the_default_one():
    display = MFCCDisplay.from_clip(NOISE)
    expected = MFCCTransformer(statistics=None, duration=1).transform([NOISE])
    np.testing.assert_array_equal(display.image_.get_array().T, expected[0])


@pytest.mark.parametrize("kind", ["mfcc", "mel"])
@pytest.mark.parametrize(
    "parameters, rate, start, step",
    [
        ({}, 22050, 0, 512),
        ({"hop_length": 100}, 22050, 0, 100),
        ({"sample_rate": 8000}, 8000, 0, 512),
        ({"center": False}, 22050, 1024, 512),
        ({"center": False, "n_fft": 1000, "hop_length": 250, "sample_rate": 16000}, 16000, 500, 250),
    ],
)
def test_each_frame_lies_at_its_time_in_seconds(kind, parameters, rate, start, step):
    display = MFCCDisplay.from_clip((NOISE, RATE), transformer=MFCCTransformer(**parameters), kind=kind)
    n_fft = parameters.get("n_fft", 2048)
    n_frames = 1 + (rate - (0 if start == 0 else n_fft)) // step
    expected = [(start + i * step) / rate for i in range(n_frames)]
    np.testing.assert_allclose(frame_times(display), expected, atol=1e-9)
    np.testing.assert_allclose(display.times, expected)
    assert display.ax_.get_xlim() == pytest.approx((expected[0] - step / rate / 2, expected[-1] + step / rate / 2))


def test_a_click_is_drawn_when_it_sounds():
    click = np.zeros(RATE)
    click[RATE // 2] = 1
    for center in (True, False):
        transformer = MFCCTransformer(center=center, hop_length=64, n_fft=512)
        display = MFCCDisplay.from_clip(click, kind="mel", transformer=transformer)
        loudest = display.image_.get_array().sum(axis=0).argmax()
        assert frame_times(display)[loudest] == pytest.approx(0.5, abs=64 / RATE)


@pytest.mark.parametrize(
    "parameters", [{}, {"n_mels": 40}, {"htk": True}, {"fmin": 300.0, "fmax": 5000.0}, {"sample_rate": 48000}]
)
def test_frequencies_stand_at_their_place_on_the_mel_scale(parameters):
    transformer = MFCCTransformer(**parameters)
    n, highest = transformer.n_mels, transformer.fmax or transformer.sample_rate / 2
    display = MFCCDisplay.from_clip((NOISE, RATE), kind="mel", transformer=transformer)
    assert len(display.frequencies) == n
    # Bands are evenly spaced on the mel scale: between two of them, 1000 steps.
    finely = mel_frequencies(1000 * (n + 1) + 1, fmin=transformer.fmin, fmax=highest, htk=transformer.htk)
    places = display.ax_.get_yticks()
    frequencies = [int(name) for name in tick_names(display.ax_.yaxis)]
    assert len(frequencies) >= 3
    for place, frequency in zip(places, frequencies, strict=True):
        assert place == pytest.approx(np.searchsorted(finely, frequency) / 1000 - 1, abs=0.02)
        assert 0 <= place <= n - 1


@pytest.mark.parametrize("frequency", [440, 1000, 5000])
def test_a_tone_is_drawn_at_its_frequency(frequency):
    tone = np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE)
    display = MFCCDisplay.from_clip(tone, kind="mel")
    loudest = display.image_.get_array().mean(axis=1).argmax()
    assert display.frequencies[loudest] == pytest.approx(frequency, rel=0.06)


def test_narrow_bands_have_a_frequency_at_their_axis_as_well():
    transformer = MFCCTransformer(fmin=2100, fmax=4000, n_mels=20, n_mfcc=20)
    display = MFCCDisplay.from_clip(NOISE, kind="mel", transformer=transformer)
    assert [name for name in tick_names(display.ax_.yaxis) if name]


@pytest.mark.parametrize("kind, label", [("mfcc", "coefficient"), ("mel", "dB")])
def test_colours_are_explained(kind, label):
    display = MFCCDisplay.from_clip(NOISE, kind=kind)
    assert display.image_.colorbar.ax.get_ylabel() == label
    assert display.image_.colorbar.ax.figure is display.figure_


def test_the_first_coefficient_does_not_set_the_range_of_colours():
    display = MFCCDisplay.from_clip(NOISE / 1000)
    low, high = display.image_.get_clim()
    others = display.values[:, 1:]
    assert display.values[:, 0].max() < others.min() <= low < high <= others.max()


@pytest.mark.parametrize("kind", ["mfcc", "mel"])
def test_options_of_the_heat_map_reach_matplotlib(kind):
    display = MFCCDisplay.from_clip(NOISE, kind=kind)
    first = display.image_
    again = display.plot(cmap="gray", vmin=-7, vmax=11, alpha=0.5)
    assert again is display
    assert display.image_ is not first
    assert display.image_.get_cmap().name == "gray"
    assert display.image_.get_clim() == (-7, 11)
    assert display.image_.get_alpha() == 0.5


@pytest.mark.parametrize("option", [{"interpolation": "bilinear"}, {"aspect": "equal"}, {"norm": "log"}], ids=str)
def test_options_that_the_heat_map_sets_itself_can_be_set(option):
    display = MFCCDisplay(np.arange(1, 13).reshape(3, 4), times=[0, 1, 2]).plot(**option)
    assert display.image_.figure is display.figure_


@pytest.mark.parametrize("kind", ["mfcc", "mel"])
@pytest.mark.parametrize(
    "clip, parameters, shape",
    [
        (NOISE[:1], {}, (40, 1)),
        (NOISE[:100], {}, (40, 1)),
        (NOISE[:2048], {"center": False}, (40, 1)),
        (NOISE, {"n_mfcc": 1}, (1, 44)),
        (NOISE, {"n_mfcc": 1, "n_mels": 1}, (1, 44)),
        (NOISE[:100], {"n_mfcc": 1}, (1, 1)),
        (0 * NOISE, {}, (40, 44)),
        (0 * NOISE, {"n_mfcc": 1, "top_db": None}, (1, 44)),
        (0 * NOISE[:1], {}, (40, 1)),
    ],
    ids=["sample", "frame", "frame, not centred", "coefficient", "band", "number", "silence", "flat", "silent sample"],
)
def test_the_smallest_clips_and_silence_are_drawn(clip, parameters, shape, kind, tmp_path):
    transformer = MFCCTransformer(**parameters)
    display = MFCCDisplay.from_clip(clip, transformer=transformer, kind=kind)
    assert display.image_.get_array().shape == ((transformer.n_mels, shape[1]) if kind == "mel" else shape)
    display.figure_.savefig(tmp_path / "figure.png")
    left, right = display.ax_.get_xlim()
    assert left < right
    assert np.isfinite(display.image_.get_clim()).all()


@pytest.mark.parametrize("kind", ["MFCC", "spectrogram", None])
def test_unknown_kind_is_a_value_error_naming_it(kind):
    with pytest.raises(ValueError, match=f"kind={kind!r}.*'mfcc'.*'mel'"):
        MFCCDisplay.from_clip("missing.wav", kind=kind)


@pytest.mark.parametrize("X", [[NOISE, NOISE], np.zeros((2, 4000))], ids=["list", "table"])
def test_transformer_is_left_as_it_was(X):
    transformer = MFCCTransformer(n_mfcc=13).fit(X)
    before = dict(vars(transformer))
    MFCCDisplay.from_clip(NOISE, transformer=transformer)
    assert vars(transformer) == before
