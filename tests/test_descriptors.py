"""`SpectralTransformer` and `ChromaTransformer`: the numbers of librosa, summarised."""

import numpy as np
import pytest
import soundfile
from counting import listening

from skaudio import MFCCTransformer, load_audio
from skaudio.dsp import kernel
from skaudio.dsp._contrast import octaves
from skaudio.feature_extraction import AudioFeatureUnion, ChromaTransformer, SpectralTransformer

# What each usually is: the tolerance is 5e-3 of it.
SCALES = {"centroid": 2000, "bandwidth": 2000, "rolloff": 4000, "contrast": 20, "flatness": 0.1, "rms": 0.1}
SCALES |= {"zero_crossing_rate": 0.1, "chroma": 1}
FRAMES = [
    {},
    {"n_fft": 1024, "hop_length": 160, "sample_rate": 16000},
    {"center": False, "window": "hamming", "win_length": 1000},
    {"hop_length": 3000},
]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Noise that fades, a rising tone with silence in it, and noise of many groups of frames."""
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    for k, rate in enumerate((44100, 22050, 8000)):
        time = np.arange(rate * (2 + 8 * (k == 1))) / rate
        samples = rng.normal(0, 0.1, (len(time), 1 + k % 2)) * np.exp(-time)[:, None]
        samples += 0.2 * np.sin(2 * np.pi * (200 + 300 * time) * time)[:, None]
        samples[len(time) // 2 : len(time) // 2 + 6000] = 0
        soundfile.write(folder / f"{k}.wav", samples, rate)
    return [str(path) for path in sorted(folder.iterdir())]


def librosa_frames(path, name, *, n_fft=2048, hop_length=512, sample_rate=22050, center=True, **window):
    import librosa

    waveform, rate = load_audio(path, sample_rate=sample_rate)
    frames = {"n_fft": n_fft, "hop_length": hop_length, "center": center, **window}
    feature = librosa.feature
    if name == "rms":
        return feature.rms(y=waveform, frame_length=n_fft, hop_length=hop_length, center=center)
    if name == "zero_crossing_rate":
        return feature.zero_crossing_rate(waveform, frame_length=n_fft, hop_length=hop_length, center=center)
    if name == "flatness":
        return feature.spectral_flatness(y=waveform, **frames)
    if name == "chroma":
        return feature.chroma_stft(y=waveform, sr=rate, tuning=0, **frames)
    # In float64, since where a band is all but empty, the valleys of float32 are those of its rounding.
    magnitudes = np.abs(librosa.stft(waveform.astype(np.float64), **frames))
    return getattr(feature, f"spectral_{name}")(S=magnitudes, sr=rate, n_fft=n_fft)


@pytest.mark.parametrize("parameters", FRAMES, ids=str)
@pytest.mark.parametrize("name", SCALES)
def test_rows_are_those_of_librosa(paths, name, parameters):
    make = ChromaTransformer if name == "chroma" else SpectralTransformer
    own = {} if name == "chroma" else {"features": (name,)}
    transformer = make(**own, statistics=("mean", "std", "p95"), **parameters)
    frames = [librosa_frames(path, name, **parameters) for path in paths]
    expected = [
        np.concatenate([each.mean(axis=1), each.std(axis=1), np.percentile(each, 95, axis=1)]) for each in frames
    ]
    rows = transformer.fit_transform(paths)
    differences = np.abs(rows - expected) / (5e-3 * SCALES[name])
    np.testing.assert_array_less(differences, 1)
    assert rows.dtype == np.float32
    assert len(transformer.get_feature_names_out()) == rows.shape[1]


@pytest.mark.parametrize("quantile", [0.001, 0.1, 0.4, 0.5, 0.6, 0.99])
def test_contrast_of_any_quantile_is_that_of_librosa(paths, quantile):
    import librosa

    waveform, rate = load_audio(paths[0], sample_rate=22050)
    magnitudes = np.abs(librosa.stft(waveform.astype(np.float64), n_fft=2048))
    bands = octaves(rate, 2048, 6, 200.0, quantile)
    ordered = [np.sort(magnitudes[start:stop], axis=0) for start, stop, _ in bands]
    ends = [(band[-n:].mean(axis=0), band[:n].mean(axis=0)) for band, (_, _, n) in zip(ordered, bands)]
    expected = [librosa.power_to_db(np.array(end)) for end in zip(*ends)]
    row = SpectralTransformer(features=("contrast",), quantile=quantile, statistics=("mean",)).transform(paths[:1])
    np.testing.assert_allclose(row[0], (expected[0] - expected[1]).mean(axis=1), atol=0.1)
    if quantile < 0.9:  # of which librosa takes more bins than there are
        theirs = librosa.feature.spectral_contrast(S=magnitudes, sr=rate, quantile=quantile)
        np.testing.assert_allclose(row[0], theirs.mean(axis=1), atol=0.1)


@pytest.mark.parametrize("name", SCALES)
def test_rows_of_real_clips_are_those_of_librosa(urbansound8k, esc10, name):
    clips = [*sorted(urbansound8k.glob("audio/*/*.wav"))[::2], *sorted(esc10.glob("audio/*.ogg"))[::40]]
    make = ChromaTransformer if name == "chroma" else SpectralTransformer
    own = {} if name == "chroma" else {"features": (name,)}
    expected = [librosa_frames(str(path), name).mean(axis=1) for path in clips]
    rows = make(**own, statistics=("mean",)).transform(clips)
    differences = np.abs(rows - expected) / (5e-3 * SCALES[name])
    np.testing.assert_array_less(differences, 1)


def test_descriptors_stand_in_the_order_they_are_asked_for(paths):
    both = SpectralTransformer(features=("rms", "contrast"), deltas=1)
    names = both.get_feature_names_out().tolist()
    assert names[:4] == ["rms_mean", "rms_delta1_mean", "rms_std", "rms_delta1_std"]
    assert names[4:6] == ["contrast_0_mean", "contrast_1_mean"]
    parts = [SpectralTransformer(features=(name,), deltas=1).transform(paths) for name in ("rms", "contrast")]
    np.testing.assert_array_equal(both.transform(paths), np.hstack(parts))


def test_sequences_are_those_of_padded_clips(paths):
    rows = SpectralTransformer(statistics=None, duration=3.0).transform(paths)
    assert rows.shape == (3, 130, 13)
    assert not rows[2, -30:, 0].any()
    chroma = ChromaTransformer(statistics=None, duration=3.0).transform(paths)
    assert chroma.shape == (3, 130, 12)
    assert set(np.unique(chroma.max(axis=2))) == {0, 1}
    assert (chroma.max(axis=2)[:, :30] == 1).all()


def test_a_union_takes_each_spectrum_once_in_each_precision(paths):
    union = AudioFeatureUnion(
        [("mfcc", MFCCTransformer()), ("spectral", SpectralTransformer()), ("chroma", ChromaTransformer())]
    )
    with listening() as events:
        rows = union.transform(paths)
    # The native kernel's are its own: no other feature sees them.
    n_spectra = 2 + (kernel() == "native")
    assert [event for _, event, *_ in events].count("skaudio.spectra") == n_spectra * 3
    expected = [transformer.transform(paths) for _, transformer in union.transformer_list]
    assert rows.tobytes() == np.hstack(expected).tobytes()


@pytest.mark.parametrize(
    "parameters, says",
    [
        ({"features": ("centroid", "speed")}, "'speed' in it is unknown"),
        ({"features": ()}, "each name must stand in it once"),
        ({"features": ("rms", "rms")}, "each name must stand in it once"),
        ({"n_bands": 9}, "highest of n_bands=9 octaves above fmin=200 Hz begins at 51200 Hz"),
        ({"n_fft": 64}, "fewer than two bins of the spectrum from 0 to 200 Hz"),
        ({"sample_rate": 8000}, "begins at 6400 Hz"),
        ({"roll_percent": 1.0}, "roll_percent"),
    ],
)
def test_what_cannot_be_described_is_named(parameters, says):
    with pytest.raises(ValueError, match=says):
        SpectralTransformer(**parameters).fit(["a.wav"])
