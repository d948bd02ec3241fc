"""What all displays have in common: axes, figures, labels, titles."""

import os
import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
import soundfile
from drawing import DATASET, IN_FOLDS, NOISE, RATE, SCORES, Network, artists, coloured_pixels, drawn_texts, fitted
from matplotlib.figure import Figure

from skaudio.exceptions import AudioReadError
from skaudio.plotting import (
    ClassCountDisplay,
    FoldScoresDisplay,
    MFCCDisplay,
    TrainingHistoryDisplay,
    WaveformDisplay,
)

pytestmark = pytest.mark.usefixtures("no_windows")

BARS = {
    "class counts": lambda ax: ClassCountDisplay.from_dataset(DATASET, ax=ax),
    "fold scores": lambda ax: FoldScoresDisplay.from_cv_results(SCORES, ax=ax),
}
DRAW = {
    **BARS,
    "class counts by fold": lambda ax: ClassCountDisplay.from_dataset(IN_FOLDS, by_fold=True, ax=ax),
    "waveform": lambda ax: WaveformDisplay.from_clip((NOISE[:800], RATE), ax=ax),
    "long waveform": lambda ax: WaveformDisplay.from_clip((NOISE, RATE), ax=ax),
    "coefficients": lambda ax: MFCCDisplay.from_clip(NOISE, ax=ax),
    "mel bands": lambda ax: MFCCDisplay.from_clip(NOISE, kind="mel", ax=ax),
    "training": lambda ax: TrainingHistoryDisplay.from_estimator(fitted(Network()), ax=ax),
}


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_own_axes_are_drawn_on_and_no_figure_is_opened(draw):
    ax = Figure().subplots()
    display = draw(ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert artists(display)
    assert set(artists(display)) <= set(ax.get_children())
    assert plt.get_fignums() == []


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_without_axes_a_figure_is_made(draw):
    display = draw(None)
    assert display.ax_.figure is display.figure_
    assert plt.get_fignums() == [display.figure_.number]


@pytest.mark.parametrize("draw", BARS.values(), ids=BARS)
def test_plot_draws_again_elsewhere_with_the_options_of_the_bars(draw):
    display = draw(None)
    first = display.ax_
    again = display.plot(ax=Figure().subplots(), color="black")
    assert again is display
    assert display.ax_ is not first
    assert {bar.get_facecolor() for bar in display.bars_} == {(0.0, 0.0, 0.0, 1.0)}


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_figure_is_saved(draw, tmp_path):
    draw(Figure().subplots()).figure_.savefig(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_importing_the_displays_does_not_import_matplotlib_and_own_axes_need_no_pyplot():
    script = """
import sys
import numpy as np
from skaudio.plotting import MFCCDisplay, WaveformDisplay
print("matplotlib" in sys.modules)
from matplotlib.figure import Figure
WaveformDisplay.from_clip(np.zeros(9000), sample_rate=9000, ax=Figure().subplots())
MFCCDisplay.from_clip(np.zeros(9000), ax=Figure().subplots())
print("matplotlib.pyplot" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("draw", DRAW.values(), ids=DRAW)
def test_drawing_is_seen(draw):
    assert coloured_pixels(draw(None)) > 200


@pytest.mark.parametrize(
    "draw, xlabel, ylabel",
    [
        ("class counts", "clips", ""),
        ("class counts by fold", "clips", ""),
        ("waveform", "time in s", "amplitude"),
        ("long waveform", "time in s", "amplitude"),
        ("coefficients", "time in s", "MFCC"),
        ("mel bands", "time in s", "frequency in Hz, mel scale"),
        ("training", "epoch", "loss"),
    ],
)
def test_axes_are_labelled(draw, xlabel, ylabel):
    display = DRAW[draw](None)
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == (xlabel, ylabel)


@pytest.mark.parametrize("display", [WaveformDisplay, MFCCDisplay])
@pytest.mark.parametrize("name", ["dog bark_1", "cost $5.wav", "a$b$c.wav", "$^$.wav", "<ü> & ñ.wav"])
def test_title_is_the_name_of_the_file(display, name, tmp_path):
    path = tmp_path / name
    soundfile.write(path, NOISE, RATE, format="WAV")
    drawn = display.from_clip(path)
    assert name in drawn_texts(drawn.figure_)
    for clip in (str(path), (path, 0.25, 0.5)):
        assert display.from_clip(clip).ax_.get_title() == drawn.ax_.get_title()
    assert display.from_clip((NOISE, RATE)).ax_.get_title() == ""


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes are Linux's")
def test_title_is_the_whole_name_where_it_is_not_utf8_too(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.wav")
    with open(path, "wb") as file:
        soundfile.write(file, NOISE, RATE, format="WAV")
    assert WaveformDisplay.from_clip(os.fsdecode(path)).ax_.get_title().startswith("caf")


def test_name_given_as_a_path_is_its_last_part():
    name = os.path.join("sounds", "dog.wav")
    assert WaveformDisplay(NOISE, sample_rate=RATE, name=name).plot().ax_.get_title() == "dog.wav"


@pytest.mark.parametrize("display", [WaveformDisplay, MFCCDisplay])
def test_clip_that_cannot_be_read_is_named_and_no_figure_stays_open(display):
    with pytest.raises(AudioReadError, match=r"missing\.wav"):
        display.from_clip("missing.wav")
    assert plt.get_fignums() == []
