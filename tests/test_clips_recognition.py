"""Clips as other libraries, servers and browsers hand them over: taken where the meaning is plain, else named."""

import http.server
import io
import json
import os
import threading
import urllib.request
import zipfile

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import soundfile

from skaudio import MFCCTransformer, load_audio
from skaudio.clips import as_clips
from skaudio.exceptions import AudioReadError

RATE = 22050
SOUND = (0.4 * np.sin(np.arange(RATE) ** 1.1 / 20)).astype("float32")


def wav(sound=SOUND, rate=RATE):
    content = io.BytesIO()
    soundfile.write(content, sound.T, rate, format="WAV")
    return content.getvalue()


CONTENT = wav()
ROW = MFCCTransformer().transform([CONTENT])[0]


@pytest.fixture(scope="module")
def server():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CONTENT)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/dog.wav"
        server.shutdown()


class Body:
    """As of object stores: it can be read, and nothing else."""

    def __init__(self, content):
        self._file = io.BytesIO(content)

    def read(self, n=-1):
        return self._file.read(n)


def pipe(content):
    reading, writing = os.pipe()

    def write():
        with os.fdopen(writing, "wb") as file:
            file.write(content)

    threading.Thread(target=write).start()
    return os.fdopen(reading, "rb")


# Streams


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("cache", [False, True])
def test_streams_that_cannot_go_back_are_read_once_from_where_they_are(server, tmp_path, n_jobs, cache):
    with urllib.request.urlopen(server) as response, pipe(CONTENT) as piped:
        streams = [Body(CONTENT), response, piped, Body(CONTENT)]
        store = tmp_path / "store" if cache else None
        rows = MFCCTransformer(cache=store, n_jobs=n_jobs).fit_transform(streams)
    np.testing.assert_array_equal(rows, np.tile(ROW, (4, 1)))


def test_a_stream_is_read_from_where_it_is():
    body = Body(b"header: 1\r\n\r\n" + CONTENT)
    body.read(13)
    np.testing.assert_array_equal(load_audio(body)[0], load_audio(CONTENT)[0])


class Dripping(Body):
    """As of sockets: each call gives what has come so far."""

    def read(self, n=-1):
        return super().read(1000)


def test_a_stream_that_gives_a_part_at_a_time_is_read_to_its_end():
    np.testing.assert_array_equal(load_audio(Dripping(CONTENT))[0], load_audio(CONTENT)[0])


def test_a_stream_at_its_end_says_how_to_read_it_twice():
    body = Body(CONTENT)
    load_audio(body)
    with pytest.raises(AudioReadError, match=r"at its end.*stream\.read\(\)"):
        load_audio(body)


def test_a_file_is_read_from_its_start_each_time(tmp_path):
    path = tmp_path / "dog.wav"
    path.write_bytes(CONTENT)
    with path.open("rb") as file:
        for _ in range(2):
            np.testing.assert_array_equal(load_audio(file)[0], load_audio(path)[0])
            file.seek(100)


def test_a_file_opened_as_text_and_a_closed_one_are_named(tmp_path):
    path = tmp_path / "dog.wav"
    path.write_bytes(b"text")
    with path.open() as file, pytest.raises(AudioReadError, match=r"opened as text.*'rb'"):
        load_audio(file)
    with pytest.raises(AudioReadError, match="closed file"):
        load_audio(file)


# Plain in meaning


def test_entries_of_archives_and_descriptions_of_clips_are_taken(tmp_path):
    with zipfile.ZipFile(tmp_path / "sounds.zip", "w") as archive:
        archive.writestr("a/dog.wav", CONTENT)
    path = tmp_path / "dog.wav"
    path.write_bytes(CONTENT)
    entry = zipfile.Path(tmp_path / "sounds.zip", "a/dog.wav")
    quantised = load_audio(CONTENT)[0]  # 16 bits
    clips = [
        entry,
        {"array": quantised, "sampling_rate": RATE, "path": "dog.wav"},
        {"array": quantised.tolist(), "sampling_rate": RATE},
        {"bytes": CONTENT, "path": None},
        {"bytes": None, "path": str(path)},
    ]
    for n_jobs in (None, 2):
        rows = MFCCTransformer(n_jobs=n_jobs).transform(clips)
        np.testing.assert_allclose(rows, np.tile(ROW, (5, 1)), rtol=0, atol=1e-4)
    twice = MFCCTransformer(cache=tmp_path / "store")
    np.testing.assert_array_equal(twice.fit_transform(clips), twice.fit_transform(clips))
    with pytest.raises(ValueError, match=r"one clip \(dict\).*\[clip\]"):
        as_clips(clips[1])
    with pytest.raises(ValueError, match=r"one clip \(Path\).*\[clip\]"):
        as_clips(entry)
    with pytest.raises(AudioReadError, match="no_such"):
        load_audio(zipfile.Path(tmp_path / "sounds.zip", "no_such.wav"))


class Tensor:
    """As of other libraries: no array, and NumPy makes one of it."""

    def __init__(self, values):
        self.values = values
        self.ndim = values.ndim

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.values, dtype)


def test_arrays_of_other_libraries_are_waveforms():
    expected = MFCCTransformer().transform([SOUND])
    stereo = np.stack([SOUND, SOUND])
    for clip in (Tensor(SOUND), (Tensor(SOUND), RATE), Tensor(stereo), pd.Series(SOUND), pl.Series(SOUND)):
        np.testing.assert_allclose(MFCCTransformer().transform([clip]), expected, rtol=0, atol=1e-5)


PATHS = ["dog.wav", "cat.wav"]


@pytest.mark.parametrize(
    "X",
    [
        pl.Series(PATHS),
        pl.DataFrame({"path": PATHS}),
        pa.array(PATHS),
        pa.chunked_array([PATHS]),
        pa.table({"path": PATHS}),
    ],
    ids=lambda X: f"{type(X).__module__}.{type(X).__name__}",
)
def test_columns_of_other_libraries_are_clips(X):
    assert as_clips(X) == PATHS


# Named, with what to pass


class UploadFile:
    async def read(self, n=-1):
        return CONTENT

    async def seek(self, position):
        pass


class AudioSegment:
    frame_rate = RATE


class Response:
    content = CONTENT


REFUSED = {
    "an asynchronous upload": (UploadFile(), r"UploadFile.*await upload\.read\(\)"),
    "an address": ("https://example.org/dog.wav", r"'https://example\.org/dog\.wav' is an address.*urlopen"),
    "an address of a bucket": ("s3://sounds/dog.wav", "is an address"),
    "a segment of pydub": (AudioSegment(), r"AudioSegment; pass segment\.export"),
    "a response": (Response(), r"Response; pass response\.content"),
    "a pair as JSON gives it": ([SOUND.tolist(), RATE], r"list \[waveform, rate\].*\(waveform, rate\)"),
    "a pair of an array as a list": ([SOUND, RATE], r"list \[waveform, rate\].*\(waveform, rate\)"),
    "a segment as a list": (["dog.wav", 0, 1], r"pass \(path, offset, duration\)"),
    "unequal channels": ([[0.0, 0.1], [0.0]], "parts differ in length"),
    "objects": (np.array([0.1, None], object), "items of type float"),
    "words": (["a", "b"], "is a list"),
    "an array of words": (np.array(["a", "b"]), "real numbers are expected"),
    "complex": (SOUND.astype("complex64"), "dtype complex64; real numbers"),
    "a dict of other keys": ({"wave": SOUND, "sr": RATE}, r"dict of 'wave', 'sr'; pass .*\(waveform, rate\)"),
    "half a description": ({"array": SOUND, "sampling_rate": None}, r"dict of 'array', 'sampling_rate'"),
    "a ragged pair": (([[0.0, 0.1], [0.0]], RATE), "parts differ in length"),
    "an archive": (None, r"ZipFile; pass zipfile\.Path"),
    "a SoundFile": (None, r"SoundFile.*file\.read\(\)\.T"),
}


@pytest.mark.parametrize("clip, says", REFUSED.values(), ids=REFUSED)
def test_what_is_no_clip_is_named_with_what_to_pass(clip, says):
    if "SoundFile" in says:
        clip = soundfile.SoundFile(io.BytesIO(CONTENT))
    if "ZipFile" in says:
        clip = zipfile.ZipFile(io.BytesIO(b"PK\x05\x06" + bytes(18)))
    for ask in (load_audio, lambda clip: MFCCTransformer().transform([CONTENT, clip])):
        with pytest.raises(AudioReadError, match=says) as raised:
            ask(clip)
        assert "inhomogeneous" not in str(raised.value)
        assert "dtype object" not in str(raised.value)
    assert raised.value.position == 1


def pairs():
    array = np.empty((2, 2), object)
    for i in range(2):
        array[i, 0], array[i, 1] = SOUND, RATE
    return array


@pytest.mark.parametrize(
    "X, error, says",
    [
        (pairs(), ValueError, r"array of pairs; pass a list.*for waveform, rate in X"),
        (np.array([[[0.1, 0.2], 8000]] * 2, object), ValueError, "array of pairs"),
        ({"a": SOUND}.values(), TypeError, r"dict_values.*list\(X\)"),
        ({"a.wav": 1}.keys(), TypeError, r"dict_keys.*list\(X\)"),
        ({"a": SOUND}, TypeError, "dict"),
        (pl.DataFrame({"path": PATHS, "label": PATHS}), ValueError, "ColumnTransformer"),
    ],
)
def test_what_is_no_list_of_clips_says_what_to_pass(X, error, says):
    with pytest.raises(error, match=says):
        MFCCTransformer().fit_transform(X)


def test_what_a_browser_posts_is_read_or_refused_by_name():
    posted = json.loads(json.dumps({"waveform": SOUND[:3000].tolist(), "rate": RATE}))
    rows = MFCCTransformer().transform([(posted["waveform"], posted["rate"])])
    np.testing.assert_array_equal(rows, MFCCTransformer().transform([(SOUND[:3000].astype(float), RATE)]))
    posted = json.loads(json.dumps({"waveform": (SOUND[:3000] * 32767).astype(int).tolist(), "rate": RATE}))
    with pytest.raises(AudioReadError, match="int64, whose full scale is not known"):
        MFCCTransformer().transform([(posted["waveform"], posted["rate"])])
