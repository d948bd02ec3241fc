import inspect
import io
import os
import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
import soundfile
from matplotlib.figure import Figure
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

from skaudio import MFCCTransformer, load_audio
from skaudio.dsp import cepstrum, log_mel, mel_frequencies
from skaudio.exceptions import AudioReadError
from skaudio.plotting import (
    ClassCountDisplay,
    FoldScoresDisplay,
    MFCCDisplay,
    TrainingHistoryDisplay,
    WaveformDisplay,
)

RATE = 22050
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, RATE).astype(np.float32)
DATASET = Bunch(target=np.array(["siren", "dog_bark", "siren", "drilling", "siren", "dog_bark"]), folds=None)
IN_FOLDS = Bunch(target=DATASET.target, folds=np.array([3, 1, 1, 2, 3, 2]))
SCORES = {"test_score": np.array([0.5, 0.75, 1.0]), "fit_time": np.ones(3)}
HISTORY = {
    "loss": [2.0, 1.5, 1.25],
    "accuracy": [0.2, 0.4, 0.7],
    "val_loss": [2.5, 2.25, 2.0],
    "val_accuracy": [0.1, 0.3, 0.35],
}


class Network(KNeighborsClassifier):
    """Has the `history_` of a network."""

    def fit(self, X, y):
        self.history_ = {**HISTORY, "loss": [2.0, 1.0, float(self.n_neighbors)]}
        return super().fit(X, y)


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


@pytest.fixture(autouse=True)
def no_windows():
    plt.switch_backend("Agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def search():
    X, y = load_iris(return_X_y=True)
    return GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [60, 5, 30]}, cv=12).fit(X, y)


def fitted(estimator):
    return estimator.fit(*load_iris(return_X_y=True))


def artists(display):
    """Return what a display says it drew, flat."""
    for name in ("artist_", "image_"):
        if hasattr(display, name):
            return [getattr(display, name)]
    drawn = getattr(display, "lines_", None) or display.bars_
    return [artist for item in drawn for artist in (item if isinstance(item, tuple) else [item])]


def drawn_texts(figure):
    """Return all text as it stands in the drawing."""
    drawing = io.BytesIO()
    with plt.rc_context({"svg.fonttype": "none"}):
        figure.savefig(drawing, format="svg")
    texts = ElementTree.fromstring(drawing.getvalue()).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(text.itertext()) for text in texts]


def coloured_pixels(display):
    """Count the pixels inside of the axes that are not grey, without those of the legend."""
    if display.ax_.get_legend():
        display.ax_.get_legend().remove()
    display.figure_.canvas.draw()
    pixels = np.asarray(display.figure_.canvas.buffer_rgba())[..., :3].astype(int)
    return int((np.ptp(pixels, axis=2) > 10).sum())


def split_scores(search, candidate):
    return [search.cv_results_[f"split{i}_test_score"][candidate] for i in range(12)]


def heights(display):
    return [bar.get_height() for bar in display.bars_]


def tick_names(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


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


def test_bars_are_the_counts_of_the_classes():
    display = ClassCountDisplay.from_dataset(DATASET)
    assert display.counts.to_dict() == {"dog_bark": 2, "drilling": 1, "siren": 3}
    assert [bar.get_width() for bar in display.bars_] == [2, 1, 3]
    assert tick_names(display.ax_.yaxis) == ["dog bark", "drilling", "siren"]
    assert [text.get_text() for text in display.ax_.texts] == ["2", "1", "3"]
    assert display.ax_.get_title() == "6 clips in 3 classes"


def test_bars_are_the_scores_of_cross_validate():
    X, y = load_iris(return_X_y=True)
    results = cross_validate(KNeighborsClassifier(), X, y, cv=4)
    display = FoldScoresDisplay.from_cv_results(results)
    np.testing.assert_array_equal(heights(display), results["test_score"])
    assert tick_names(display.ax_.xaxis) == ["1", "2", "3", "4"]


def test_mean_and_standard_deviation_are_those_of_the_scores():
    display = FoldScoresDisplay.from_cv_results(SCORES)
    assert set(display.mean_line_.get_ydata()) == {0.75}
    names = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert names == ["mean 0.750", "± sd 0.204"]
    (band,) = [patch for patch in display.ax_.patches if patch not in set(display.bars_)]
    low, high = band.get_extents().transformed(display.ax_.transData.inverted()).intervaly
    assert (low, high) == pytest.approx((0.75 - np.std(SCORES["test_score"]), 0.75 + np.std(SCORES["test_score"])))


def test_bars_of_a_search_are_the_folds_of_its_best_candidate(search):
    assert search.best_index_ == 1
    np.testing.assert_array_equal(
        heights(FoldScoresDisplay.from_cv_results(search.cv_results_)), split_scores(search, 1)
    )


@pytest.mark.parametrize("candidate", [0, 1, 2, -1])
def test_bars_of_a_search_are_the_folds_of_the_candidate_asked_for(search, candidate):
    display = FoldScoresDisplay.from_cv_results(search.cv_results_, candidate=candidate)
    np.testing.assert_array_equal(heights(display), split_scores(search, candidate))


def test_names_of_folds_and_score_are_drawn():
    display = FoldScoresDisplay.from_cv_results(SCORES, fold_names=[1, 4, 7], score_name="F1")
    assert tick_names(display.ax_.xaxis) == ["1", "4", "7"]
    assert display.ax_.get_ylabel() == "F1"


@pytest.mark.parametrize("scores", [[-0.5, 0.2], [0.5, 3.0]])
def test_scores_outside_0_to_1_stay_in_sight(scores):
    low, high = FoldScoresDisplay.from_cv_results({"test_score": scores}).ax_.get_ylim()
    assert low <= min(scores)
    assert high >= max(scores)


@pytest.mark.parametrize("results", [{}, {"fit_time": [1.0], "test_accuracy": [0.5]}])
def test_results_without_scores_are_an_error_that_says_what_they_hold(results):
    with pytest.raises(ValueError, match="'test_score'.*" + ".*".join(results)):
        FoldScoresDisplay.from_cv_results(results)


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


# Waveforms


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
def test_silent_waveform_is_drawn(n, tmp_path):
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


# Coefficients and mel bands

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
    np.testing.assert_array_equal(image.get_array().T, bands)

    image = MFCCDisplay.from_clip(clip, transformer=transformer).image_
    names = ("dct_type", "norm", "lifter")
    expected = cepstrum(bands, transformer.n_mfcc, **{name: getattr(transformer, name) for name in names})
    np.testing.assert_array_equal(image.get_array().T, expected)
    frames = MFCCTransformer(**parameters, statistics=None, duration=1 - transformer.offset).transform([clip])
    np.testing.assert_array_equal(image.get_array().T, frames[0])
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


@pytest.mark.parametrize("display", [WaveformDisplay, MFCCDisplay])
def test_clip_that_cannot_be_read_is_named_and_no_figure_stays_open(display):
    with pytest.raises(AudioReadError, match=r"missing\.wav"):
        display.from_clip("missing.wav")
    assert plt.get_fignums() == []


@pytest.mark.parametrize("X", [[NOISE, NOISE], np.zeros((2, 4000))], ids=["list", "table"])
def test_transformer_is_left_as_it_was(X):
    transformer = MFCCTransformer(n_mfcc=13).fit(X)
    before = dict(vars(transformer))
    MFCCDisplay.from_clip(NOISE, transformer=transformer)
    assert vars(transformer) == before


# Training


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_lines_are_the_history(metric):
    display = TrainingHistoryDisplay(HISTORY, metric=metric).plot()
    training, validation = display.lines_
    for line, name, label in [(training, metric, "training"), (validation, f"val_{metric}", "validation")]:
        assert list(line.get_xdata()) == [1, 2, 3]
        assert list(line.get_ydata()) == HISTORY[name]
        assert line.get_label() == label
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["training", "validation"]
    assert display.ax_.get_ylabel() == metric
    assert training.get_color() != validation.get_color()
    assert training.get_linestyle() != validation.get_linestyle()


def test_without_validation_there_is_one_line():
    display = TrainingHistoryDisplay({"loss": [2.0, 1.0]}).plot()
    assert [line.get_label() for line in display.lines_] == ["training"]
    assert display.ax_.get_lines() == display.lines_


@pytest.mark.parametrize(
    "estimator",
    [
        Network(5),
        make_pipeline(StandardScaler(), Network(5)),
        GridSearchCV(Network(), {"n_neighbors": [60, 5]}, cv=2),
        GridSearchCV(make_pipeline(StandardScaler(), Network()), {"network__n_neighbors": [60, 5]}, cv=2),
        make_pipeline(StandardScaler(), GridSearchCV(Network(), {"n_neighbors": [60, 5]}, cv=2)),
    ],
    ids=["network", "pipeline", "search", "search of a pipeline", "pipeline of a search"],
)
def test_history_is_that_of_the_network_within(estimator):
    display = TrainingHistoryDisplay.from_estimator(fitted(estimator))
    assert list(display.lines_[0].get_ydata()) == [2, 1, 5]


@pytest.mark.parametrize(
    "estimator, name",
    [
        (Network(), "Network"),
        (make_pipeline(StandardScaler(), Network()), "Network"),
        (GridSearchCV(Network(), {}), "GridSearchCV"),
        (KNeighborsClassifier(), "KNeighborsClassifier"),
        (fitted(make_pipeline(StandardScaler(), KNeighborsClassifier())), "KNeighborsClassifier"),
    ],
)
def test_estimator_without_history_is_a_value_error_naming_it(estimator, name):
    with pytest.raises(ValueError, match=f"{name} has no history_"):
        TrainingHistoryDisplay.from_estimator(estimator)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("metric", ["f1", "", "val_f1", None])
def test_unknown_metric_is_a_value_error_that_says_which_there_are(metric):
    with pytest.raises(ValueError, match=f"metric={metric!r}.*loss, accuracy, val_loss, val_accuracy"):
        TrainingHistoryDisplay.from_estimator(fitted(Network()), metric=metric)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("n", [1, 2, 3, 10, 60])
def test_epochs_are_whole_and_all_of_them_are_seen(n):
    display = TrainingHistoryDisplay({"loss": list(np.linspace(2, 1, n))}).plot()
    ticks = display.ax_.get_xticks()
    assert (ticks == ticks.round()).all()
    left, right = display.ax_.get_xlim()
    assert left <= 1 <= n <= right
    assert coloured_pixels(display) > 20


@pytest.mark.parametrize("options", [{"linewidth": 3, "color": "black"}, {"lw": 3, "c": "black"}], ids=str)
def test_options_of_the_history_reach_both_lines(options):
    display = TrainingHistoryDisplay(HISTORY).plot(marker="o", **options)
    for line in display.lines_:
        assert (line.get_linewidth(), line.get_color(), line.get_marker()) == (3, "black", "o")


# Classes by fold


def test_bars_are_the_counts_of_the_classes_in_each_fold():
    display = ClassCountDisplay.from_dataset(IN_FOLDS, by_fold=True)
    widths = [[bar.get_width() for bar in bars] for bars in display.bars_]
    assert widths == [[1, 0, 1], [1, 1, 0], [0, 0, 2]]  # a row a fold, for dog_bark, drilling, siren
    lefts = [[bar.get_x() for bar in bars] for bars in display.bars_]
    assert lefts == [[0, 0, 0], [1, 0, 1], [2, 1, 1]]
    assert tick_names(display.ax_.yaxis) == ["dog bark", "drilling", "siren"]
    assert [text.get_text() for text in display.ax_.texts] == ["2", "1", "3"]
    assert display.ax_.get_title() == "6 clips in 3 classes"
    legend = display.ax_.get_legend()
    assert legend.get_title().get_text() == "fold"
    assert [text.get_text() for text in legend.get_texts()] == ["1", "2", "3"]
    assert len({bars[0].get_facecolor() for bars in display.bars_}) == 3


@pytest.mark.parametrize("by_fold", [False, True])
def test_totals_stand_at_the_end_of_their_bars_and_the_first_class_on_top(by_fold):
    display = ClassCountDisplay.from_dataset(IN_FOLDS, by_fold=by_fold)
    for text, (row, total) in zip(display.ax_.texts, enumerate([2, 1, 3])):
        assert text.xy == (total, pytest.approx(row))
    bottom, top = display.ax_.get_ylim()
    assert bottom > top
    left, right = display.ax_.get_xlim()
    assert left == 0
    assert right > 3


def test_folds_may_have_names():
    dataset = Bunch(target=DATASET.target, folds=np.array(["north", "south"] * 3))
    display = ClassCountDisplay.from_dataset(dataset, by_fold=True)
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["north", "south"]
    assert [[bar.get_width() for bar in bars] for bars in display.bars_] == [[0, 0, 3], [2, 1, 0]]


def test_options_of_the_bars_reach_those_of_every_fold():
    display = ClassCountDisplay.from_dataset(IN_FOLDS, by_fold=True).plot(edgecolor="black", height=0.25)
    assert {bar.get_edgecolor() for bar in artists(display)} == {(0.0, 0.0, 0.0, 1.0)}
    assert {round(bar.get_height(), 9) for bar in artists(display)} == {0.25}
    assert len({bars[0].get_facecolor() for bars in display.bars_}) == 3


def test_by_fold_of_a_dataset_without_folds_is_a_value_error():
    with pytest.raises(ValueError, match=r"by_fold=True.*folds"):
        ClassCountDisplay.from_dataset(DATASET, by_fold=True)
    assert plt.get_fignums() == []


def test_classes_whose_names_differ_by_an_underscore_have_a_bar_each():
    display = ClassCountDisplay.from_dataset(Bunch(target=np.array(["dog bark", "dog_bark", "dog_bark"])))
    assert len({bar.get_y() for bar in display.bars_}) == 2


@pytest.mark.parametrize("by_fold", [False, True])
def test_names_of_classes_and_folds_are_no_formulas(by_fold):
    dataset = Bunch(target=np.array(["a$b$c", "$^$"]), folds=np.array(["$_$", "x$y$"]))
    display = ClassCountDisplay.from_dataset(dataset, by_fold=by_fold)
    texts = drawn_texts(display.figure_)
    assert {"a$b$c", "$^$"} <= set(texts)
    assert not by_fold or {"$_$", "x$y$"} <= set(texts)


@pytest.mark.parametrize("by_fold", [False, True])
def test_names_of_fifty_classes_do_not_overlap(by_fold):
    target = np.repeat([f"class {i:02d}" for i in range(50)], 10)
    display = ClassCountDisplay.from_dataset(Bunch(target=target, folds=np.arange(500) % 5), by_fold=by_fold)
    display.figure_.canvas.draw()
    for texts in (display.ax_.get_yticklabels(), display.ax_.texts):
        boxes = sorted(text.get_window_extent().extents[[1, 3]].tolist() for text in texts)
        assert all(high <= low for (_, high), (low, _) in pairwise(boxes))
