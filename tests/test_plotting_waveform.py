"""WaveformDisplay: every sample has its place."""

import numpy as np
import pytest
import soundfile
from drawing import NOISE, RATE, coloured_pixels

from skaudio import load_audio
from skaudio.plotting import (
    WaveformDisplay,
)

pytestmark = pytest.mark.usefixtures("no_windows")


@pytest.mark.parametrize("n, rate", [(2, 8000), (800, 8000), (4000, 44100)])
def test_line_goes_through_every_sample(n, rate):
    display = WaveformDisplay.from_clip((NOISE[:n], rate))
    np.testing.assert_allclose(display.artist_.get_xdata(), [i / rate for i in range(n)])
    np.testing.assert_array_equal(display.artist_.get_ydata(), NOISE[:n])
    assert display.ax_.get_xlim() == (0, n / rate)


@pytest.mark.parametrize("n", [4001, 9999, RATE])
def test_area_of_a_long_clip_reaches_from_lowest_to_highest_everywhere(n):
    display = WaveformDisplay.from_clip((NOISE[:n], RATE))
    (path,) = display.artist_.get_paths()
    columns = {}
    for x, y in path.vertices:
        columns.setdefault(round(x * RATE), []).append(y)
    starts = sorted(columns)
    assert starts[0] == 0
    assert len(starts) >= 2000  # more than a screen shows
    for start, stop in zip(starts, [*starts[1:], n]):
        samples = NOISE[start:stop]
        assert (min(columns[start]), max(columns[start])) == (samples.min(), samples.max())
    assert display.ax_.get_xlim() == (0, n / RATE)


def test_single_loud_samples_of_a_long_clip_are_drawn():
    samples = np.zeros(1_000_000, np.float32)
    samples[[123_456, 765_432]] = 1, -1
    display = WaveformDisplay.from_clip((samples, 48000))
    (path,) = display.artist_.get_paths()
    high, low = path.vertices[path.vertices[:, 1].argmax()], path.vertices[path.vertices[:, 1].argmin()]
    assert (high[1], low[1]) == (1, -1)
    assert (high[0], low[0]) == pytest.approx((123_456 / 48000, 765_432 / 48000), abs=250 / 48000)
    bottom, top = display.ax_.get_ylim()
    assert bottom <= -1 < 1 <= top


def test_clip_is_drawn_at_the_rate_asked_for(tmp_path):
    path = tmp_path / "sound.wav"
    soundfile.write(path, np.stack([NOISE, 0 * NOISE], axis=1)[:2000], RATE, subtype="FLOAT")
    for sample_rate, rate in [(None, RATE), (8000, 8000)]:
        display = WaveformDisplay.from_clip(path, sample_rate=sample_rate)
        expected, _ = load_audio(path, sample_rate=sample_rate)
        np.testing.assert_array_equal(display.artist_.get_ydata(), expected)
        np.testing.assert_allclose(np.diff(display.artist_.get_xdata()), 1 / rate)
        assert display.sample_rate == rate


@pytest.mark.parametrize("n", [800, RATE])
def test_silent_waveform_is_drawn(n):
    display = WaveformDisplay.from_clip((np.zeros(n), RATE))
    assert coloured_pixels(display) > 200
    bottom, top = display.ax_.get_ylim()
    assert bottom < 0 < top


@pytest.mark.parametrize("n", [800, RATE])
@pytest.mark.parametrize("width", ["linewidth", "lw"])
def test_options_of_the_waveform_reach_matplotlib(n, width):
    display = WaveformDisplay(NOISE[:n], sample_rate=RATE).plot(color="red", alpha=0.5, **{width: 3})
    assert display.artist_.get_alpha() == 0.5
    assert np.ravel(display.artist_.get_linewidth()) == [3]
    assert coloured_pixels(display) > 200
    red, green, blue = np.asarray(display.figure_.canvas.buffer_rgba())[..., :3].reshape(-1, 3).astype(int).T
    assert (green == blue).all()
    assert (red > green).any()
