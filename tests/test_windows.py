"""What is heard along recordings: windows that are decoded once, and labels in a row."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from counting import listening
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

import skaudio
from skaudio import make_audio_pipeline, predict_windows
from skaudio.exceptions import AudioReadError, AudioReadWarning
from skaudio.windows import merge_windows

RATE = 22050


def tone(hertz, seconds, rate=RATE):
    return (0.4 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype("float32")


@pytest.fixture(scope="module")
def model():
    tones = [tone(hertz, 1) for hertz in (200, 260, 320, 2500, 3000, 3500)]
    return make_audio_pipeline("tutorial", classifier=LogisticRegression()).fit(tones, ["low"] * 3 + ["high"] * 3)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """5.5 s: low for three seconds, then high."""
    path = tmp_path_factory.mktemp("windows") / "long.wav"
    soundfile.write(path, np.concatenate([tone(230, 3), tone(2800, 2.5)]), RATE, subtype="FLOAT")
    return path


def test_probabilities_are_those_of_segments_and_the_file_is_decoded_once(model, recording):
    with listening() as events:
        table = predict_windows(model, [recording], window=2.0, hop=0.5)
    assert [event[1] for event in events].count("skaudio.decode") == 1
    assert list(table.columns) == ["recording", "path", "start", "end", "high", "low"]
    assert table["start"].tolist() == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]
    assert (table["end"] - table["start"]).tolist() == [2.0] * 8
    segments = [(str(recording), start, 2.0) for start in table["start"]]
    np.testing.assert_allclose(table[["high", "low"]], model.predict_proba(segments), atol=1e-6)
    assert set(table["path"]) == {str(recording)}


@pytest.mark.parametrize(
    "seconds, window, hop, expected",
    [
        (5.5, 2.0, None, [(0, 2), (2, 4), (3.5, 5.5)]),  # the last ends where the recording does
        (4.0, 2.0, None, [(0, 2), (2, 4)]),
        (4.05, 2.0, None, [(0, 2), (2, 4)]),  # a sliver is no window
        (1.2, 2.0, 1.0, [(0, 1.2)]),  # shorter than a window
        (5.0, 1.0, 2.0, [(0, 1), (2, 3), (4, 5)]),  # with gaps
        (4.6, 1.0, 2.0, [(0, 1), (2, 3), (3.6, 4.6)]),
    ],
)
def test_where_windows_start_and_end(model, seconds, window, hop, expected):
    table = predict_windows(model, [tone(300, seconds)], window=window, hop=hop)
    assert [tuple(ends) for ends in table[["start", "end"]].round(3).to_numpy()] == expected
    assert table["path"].tolist() == [None] * len(expected)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.3, 4.0), st.floats(0.2, 2.0), st.floats(0.1, 2.5))
def test_every_second_is_heard_where_windows_meet(model, seconds, window, hop):
    table = predict_windows(model, [tone(300, seconds)], window=window, hop=hop)
    whole = int(seconds * RATE) / RATE
    assert table["start"].iloc[0] == 0
    assert table["start"].is_monotonic_increasing
    assert table["end"].max() <= whole + 1e-4  # half a sample
    assert whole - table["end"].max() <= 0.05 * window + 1e-3
    if hop <= window:
        assert (table["start"].iloc[1:].to_numpy() <= table["end"].iloc[:-1].to_numpy() + 1e-3).all()


def test_long_recordings_are_read_in_pieces_to_the_same_numbers(model, tmp_path):
    path = tmp_path / "long.wav"
    with soundfile.SoundFile(path, "w", 44100, 1, subtype="PCM_16") as file:
        for k in range(130):
            file.write(tone(230 if k % 2 else 2800, 1, 44100))
    table = predict_windows(model, [path], window=1.0)
    assert len(table) == 130
    assert (table["low"] > 0.5).tolist()[2:-2] == [bool(k % 2) for k in range(2, 128)]
    segments = [(path, float(start), 1.0) for start in table["start"]]
    np.testing.assert_allclose(
        table[["high", "low"]], model.predict_proba(segments), atol=0.02
    )  # resampled at the edges


@pytest.mark.parametrize("channel", [0, 1, "mean"])
def test_the_transformer_s_channel_is_the_one_that_is_heard(model, tmp_path, channel):
    path = tmp_path / "stereo.wav"
    soundfile.write(path, np.stack([tone(230, 3), tone(2800, 3)], axis=1), RATE, subtype="FLOAT")
    other = make_audio_pipeline("tutorial", classifier=model["classifier"])
    other.steps[1] = model.steps[1]
    other.set_params(features__channel=channel)
    table = predict_windows(other, [path], window=1.0)
    expected = other.predict_proba([(path, float(start), 1.0) for start in table["start"]])
    np.testing.assert_allclose(table[["high", "low"]], expected, atol=1e-6)


def test_several_recordings_searches_and_failures(model, recording, tmp_path):
    search = GridSearchCV(model, {"features__n_mfcc": [10]}, cv=2)
    tones = [tone(hertz, 1) for hertz in (200, 260, 320, 2500, 3000, 3500)]
    search.fit(tones, ["low"] * 3 + ["high"] * 3)
    (tmp_path / "empty.wav").touch()
    given = [recording, tmp_path / "empty.wav", tone(3000, 2)]
    with pytest.raises(AudioReadError, match=r"clip 1, .*empty\.wav': the file is empty"):
        predict_windows(search, given, window=1.0)
    with pytest.warns(AudioReadWarning, match=r"1 of 3 recordings.*\n.*clip 1, .*empty\.wav"):
        table = predict_windows(search, given, window=1.0, on_error="skip")
    assert table["recording"].tolist() == [0] * 6 + [2] * 2
    with pytest.warns(AudioReadWarning):
        nothing = predict_windows(search, [tmp_path / "empty.wav"], window=1.0, on_error="skip")
    assert list(nothing.columns) == list(table.columns)
    assert nothing.empty
    assert skaudio.predict_windows is predict_windows


@pytest.mark.parametrize(
    "parameters, error, says",
    [
        ({"window": 0}, ValueError, "window=0"),
        ({"window": 1.0, "hop": -1}, ValueError, "hop=-1"),
        ({"window": 1.0, "on_error": "nan"}, ValueError, "on_error='nan'"),
        ({"window": np.inf}, ValueError, "window=inf"),
    ],
)
def test_what_is_no_window_is_refused(model, parameters, error, says):
    with pytest.raises(error, match=says):
        predict_windows(model, [tone(300, 1)], **parameters)
    with pytest.raises(TypeError, match="first step reads clips"):
        predict_windows(LogisticRegression(), [tone(300, 1)], window=1.0)


# Labels


def table_of(starts, ends, **shares):
    return pd.DataFrame({"recording": 0, "path": "a.wav", "start": starts, "end": ends, **shares})


def test_a_second_belongs_to_the_window_whose_middle_is_nearest():
    table = table_of([0.0, 1.0, 2.0, 2.5], [2.0, 3.0, 4.0, 4.5], dog=[0.9, 0.8, 0.1, 0.2], cat=[0.1, 0.2, 0.9, 0.8])
    labels = merge_windows(table)
    assert labels[["start", "end", "label"]].to_numpy().tolist() == [[0.0, 2.5, "dog"], [2.5, 4.5, "cat"]]
    assert labels["probability"].tolist() == pytest.approx([0.85, 0.85])


def test_windows_below_the_threshold_are_gaps():
    table = table_of([0.0, 1, 2], [1.0, 2, 3], dog=[0.9, 0.55, 0.9], cat=[0.1, 0.45, 0.1])
    labels = merge_windows(table, threshold=0.6)
    assert labels[["start", "end"]].to_numpy().tolist() == [[0, 1], [2, 3]]
    assert merge_windows(table, threshold=1.0).empty
    assert len(merge_windows(table)) == 1
    with pytest.raises(ValueError, match="threshold=2"):
        merge_windows(table, threshold=2)


def test_labels_of_a_recording_with_both_sounds(model, recording):
    labels = merge_windows(predict_windows(model, [recording, tone(3000, 1)], window=1.0, hop=0.5))
    assert labels["label"].tolist() == ["low", "high", "high"]
    assert labels["recording"].tolist() == [0, 0, 1]
    assert labels["path"].tolist() == [str(recording), str(recording), None]
    assert labels["end"][0] == pytest.approx(3, abs=0.3)


def test_gaps_between_windows_have_no_label():
    labels = merge_windows(table_of([0.0, 5.0], [1.0, 6.0], dog=[0.9, 0.8], cat=[0.1, 0.2]))
    assert labels[["start", "end"]].to_numpy().tolist() == [[0, 1], [5, 6]]
