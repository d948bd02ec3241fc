"""Files that the kernel reads itself: the bits of one clip after another, and whatever is odd is left to others."""

import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from counting import listening
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_audio_wav import NOT_PLAIN, PLAIN

from skaudio import MFCCTransformer
from skaudio.clips import as_clip
from skaudio.dsp import describe_kernel, kernel
from skaudio.exceptions import AudioReadError
from skaudio.extraction import Recipe
from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer
from skaudio.store import FeatureStore

pytestmark = pytest.mark.skipif(kernel() != "native", reason=describe_kernel())


def recipe_of(transformer):
    return Recipe(transformer._reader(), tuple(transformer._features()))


def outcome(recipe, clip):
    """Return what comes of a clip that is looked at alone."""
    try:
        return recipe(clip, lambda: None)
    except AudioReadError as error:
        return error


def assert_same(recipe, paths):
    """Assert that what is read ahead has the bits of one clip after another; return the places of those that are."""
    clips = [as_clip(path) for path in paths]
    ahead = recipe.extract_several(clips, lambda: None)
    for k, found in ahead.items():
        alone = outcome(recipe, clips[k])
        assert not isinstance(alone, AudioReadError), (paths[k], alone)
        assert [row.tobytes() for row in found.rows] == [row.tobytes() for row in alone.rows], paths[k]
        assert (found.n_frames, found.rate, found.peak, found.lost) == (alone.n_frames, alone.rate, alone.peak, "")
    return sorted(ahead)


def wav(path, n=20_000, rate=44100, channels=1, subtype="PCM_16", seed=0, format="WAV"):
    noise = np.random.default_rng(seed).uniform(-0.9, 0.9, (n, channels))
    soundfile.write(path, noise, rate, subtype=subtype, format=format)
    return str(path)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"statistics": ("mean", "std", "median", "p10"), "deltas": 2},
        {"top_db": 30.0},
        {"n_fft": 512, "hop_length": 100, "n_mels": 20, "n_mfcc": 13},
        {"center": False, "window": "hamming", "win_length": 900},
        {"sample_rate": 44100},
        {"sample_rate": 16000, "channel": 0},
        {"lifter": 22, "fmin": 300, "htk": True, "mel_norm": None},
    ],
    ids=str,
)
def test_rows_have_the_bits_of_one_clip_after_another(tmp_path, parameters):
    rates = (44100, 22050, 32000, 16000, 48000)
    paths = [
        wav(tmp_path / f"{k}.wav", n, rates[k % 5], seed=k) for k, n in enumerate((1, 300, 2047, 2048, 9000, 50_001))
    ]
    paths += [wav(tmp_path / f"{rate}.wav", 30_000, rate) for rate in rates]
    transformer = MFCCTransformer(**parameters)
    recipe = recipe_of(transformer)
    places = assert_same(recipe, paths)
    wanted = transformer.sample_rate
    of_rate = [k for k, path in enumerate(paths) if soundfile.info(path).samplerate in (wanted, 2 * wanted)]
    assert places == [k for k in of_rate if not isinstance(outcome(recipe, as_clip(paths[k])), AudioReadError)]


def test_several_features_of_one_spectrogram(tmp_path):
    paths = [wav(tmp_path / f"{k}.wav", 20_000 + k, seed=k) for k in range(20)]
    union = AudioFeatureUnion([("mfcc", MFCCTransformer(deltas=1)), ("mel", LogMelTransformer(statistics=("std",)))])
    expected = np.hstack(
        [MFCCTransformer(deltas=1).transform(paths), LogMelTransformer(statistics=("std",)).transform(paths)]
    )
    for n_jobs in (1, 2):
        with listening() as events:
            found = union.set_params(n_jobs=n_jobs).fit_transform(paths)
        np.testing.assert_array_equal(found, expected)
        assert sorted(name for _, event, name, *_ in events if event == "skaudio.decode") == sorted(paths)
        assert sum(event == "skaudio.spectra" for _, event, *_ in events) == len(paths)


def test_what_is_not_plain_is_left_to_others(tmp_path):
    recipe = recipe_of(MFCCTransformer(sample_rate=4000, n_fft=64, hop_length=16, n_mels=8, n_mfcc=4))
    names = {}
    for kind, contents in (("plain", PLAIN), ("not plain", NOT_PLAIN)):
        for k, content in enumerate(contents.values()):
            path = tmp_path / f"{kind} {k}.wav"
            path.write_bytes(content)
            names[str(path)] = kind
    paths = list(names)
    assert all(names[paths[k]] == "plain" for k in assert_same(recipe, paths))


@pytest.mark.parametrize(
    "form", [{"channels": 2}, {"subtype": "PCM_24"}, {"subtype": "FLOAT"}, {"subtype": "PCM_U8"}, {"format": "FLAC"}]
)
def test_other_forms_are_left_to_others(tmp_path, form):
    assert assert_same(recipe_of(MFCCTransformer()), [wav(tmp_path / "a.wav", **form)]) == []


def test_what_is_no_file_of_sound(tmp_path):
    good = wav(tmp_path / "good.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "empty.wav").touch()
    (tmp_path / "link.wav").symlink_to(good)
    (tmp_path / "nowhere.wav").symlink_to("nowhere")
    large = wav(tmp_path / "large.wav", 600_000)
    odd = [tmp_path, "pipe.wav", "empty.wav", "nowhere.wav", "missing.wav"]
    paths = [str(tmp_path / name) for name in odd] + [
        large,
        good + "\0x",
        "\ud800.wav",
        good,
        str(tmp_path / "link.wav"),
    ]
    assert assert_same(recipe_of(MFCCTransformer()), paths) == [8, 9]
    clips = [as_clip(good), as_clip((good, 0.1, 0.2)), as_clip(Path(good).read_bytes()), as_clip(np.zeros(9000))]
    assert list(recipe_of(MFCCTransformer()).extract_several(clips, lambda: None)) == [0]
    rows, failures = MFCCTransformer(on_error="nan").transform_with_failures([*paths[:5], good])
    assert [failure.position for failure in failures] == [0, 1, 2, 3, 4]
    assert np.isfinite(rows[5]).all()


@pytest.mark.parametrize(
    "parameters",
    [{"offset": 0.1}, {"duration": 0.2}, {"channel": 1}, {"res_type": "soxr_vhq"}, {"n_fft": 1000}, {"top_db": None}],
)
def test_recipes_of_another_kind_read_clip_by_clip(tmp_path, parameters):
    assert assert_same(recipe_of(MFCCTransformer(**parameters)), [wav(tmp_path / "a.wav")]) == []


def test_limits_of_length(tmp_path):
    path = wav(tmp_path / "a.wav", 44_100)
    assert assert_same(recipe_of(MFCCTransformer(max_duration=1)), [path]) == [0]
    assert assert_same(recipe_of(MFCCTransformer(max_duration=0.9)), [path]) == []
    assert assert_same(recipe_of(MFCCTransformer(hop_length=5)), [path]) == []  # more frames than are held at a time
    with pytest.raises(AudioReadError, match="longer than max_duration"):
        MFCCTransformer(max_duration=0.9).transform([path])


def test_a_store_is_filled_alike(tmp_path):
    paths = [wav(tmp_path / f"{k}.wav", seed=k) for k in range(9)]
    expected = MFCCTransformer().transform(paths)
    store = FeatureStore(tmp_path / "store")
    for _ in range(2):
        np.testing.assert_array_equal(MFCCTransformer(cache=store).transform(paths), expected)
    assert store.info()["extractions"] == 9


HEADER = 44
CONTENT = (
    struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 436, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", 400)
    + np.random.default_rng(0).integers(-9999, 9999, 200, dtype="<i2").tobytes()
)

MORE = [
    *(b"", b"\0", b"LIST", b"LIST\2\0\0\0ab", b"LIST\xff\xff\xff\x7f", b"LIST\xff\xff\xff\xff"),
    *(b"data\2\0\0\0ab", b"id3 \1\0\0\0a", b"a-b \0\0\0\0", b"RIFF\4\0\0\0WAVE"),
]


@settings(deadline=None, max_examples=150)
@given(
    changes=st.lists(st.tuples(st.integers(0, HEADER - 1), st.sampled_from([0, 1, 2, 16, 127, 128, 255])), max_size=3),
    more=st.sampled_from(MORE),
    cut=st.integers(0, 500),
)
@example(changes=[], more=b"", cut=500)
def test_any_header_is_read_alike_or_left(tmp_path_factory, changes, more, cut):
    content = bytearray(CONTENT + more)
    for place, value in changes:
        content[place] = value
    path = tmp_path_factory.getbasetemp() / "any header.wav"
    path.write_bytes(bytes(content[:cut]))
    recipe = recipe_of(MFCCTransformer(sample_rate=8000, n_fft=64, hop_length=16, n_mels=8, n_mfcc=4))
    places = assert_same(recipe, [str(path)])
    if not changes and not more and cut >= len(content):
        assert places == [0]


def test_odd_files_have_the_same_outcome(faults):
    paths = sorted(str(path) for path in faults.iterdir() if path.is_file())
    for parameters in ({}, {"sample_rate": 44100}, {"sample_rate": 8000}):
        assert_same(recipe_of(MFCCTransformer(**parameters)), paths)
