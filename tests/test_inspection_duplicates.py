"""Clips of the same samples are found, by whatever names and in whatever formats they are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspecting import NOISE, TONE, sound_file

from skaudio.inspection import check_clips, find_duplicates

PARTS = [NOISE[:5000], NOISE[5000:10000], TONE, TONE[:9000]]


def test_samples_count_and_neither_names_nor_formats(tmp_path):
    samples = np.round(NOISE[:22050] * 32767) / 32768
    files = {
        "a.wav": sound_file(samples),
        "b.flac": sound_file(samples, container="FLAC"),
        "c.wav": sound_file(samples, subtype="PCM_24"),
        "quieter.wav": sound_file(samples / 2),
        "faster.wav": sound_file(samples, rate=44100),
        "stereo.wav": sound_file(np.stack([samples, samples])),
        "shorter.wav": sound_file(samples[:-1]),
        "broken.wav": b"hello",
        "broken2.wav": b"hello",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    clips = [tmp_path / name for name in files]
    found = find_duplicates(clips, n_jobs=2)
    assert found["path"].tolist() == [str(clip) for clip in clips[:3]]
    assert found["group"].tolist() == [0, 0, 0]
    assert found.index.tolist() == [0, 1, 2]


@given(st.lists(st.integers(0, len(PARTS) - 1), min_size=1, max_size=12))
def test_every_copy_is_found_and_nothing_else(which):
    found = find_duplicates([PARTS[k] for k in which])
    expected = {position: k for position, k in enumerate(which) if which.count(k) > 1}
    assert found.index.tolist() == list(expected)
    groups = found["group"].to_numpy()
    kinds = np.asarray(list(expected.values()), int)
    np.testing.assert_array_equal(groups[:, None] == groups, kinds[:, None] == kinds)
    assert groups.tolist() == pd.factorize(kinds)[0].tolist()


def test_silence_is_no_duplicate_of_silence_and_minus_zero_is_zero():
    assert find_duplicates([np.zeros(5000, "float32"), np.zeros(5000, "float32")]).empty
    zeros = TONE.copy()
    zeros[:10], minus = 0.0, TONE.copy()
    minus[:10] = -0.0
    assert find_duplicates([zeros, minus]).index.tolist() == [0, 1]


def test_check_tells_duplicates_where_it_is_asked_to_with_what_differs():
    clips = [TONE, NOISE, TONE, TONE]
    assert check_clips(clips).empty
    found = check_clips(clips, ["dog", "cow", "dog", "cow"], folds=[1, 1, 1, 2], duplicates=True)
    assert found["problem"].to_dict() == {2: "duplicate", 3: "duplicate"}
    assert found["detail"].tolist() == [
        "its samples are those of clip 0",
        "its samples are those of clip 0, of another class: dog there, cow here, of another fold: 1 there, 2 here",
    ]
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        check_clips(clips, ["dog"])


def test_real_sound_has_no_copies_but_one_that_is_planted(esc10, urbansound8k):
    for folder, ending in ((esc10, "*.ogg"), (urbansound8k, "*.wav")):
        files = sorted(folder.rglob(ending))
        contents = [file.read_bytes() for file in files]
        assert len(set(contents)) == len(contents)  # there are no copies, and none are told of but the one planted here
        assert find_duplicates([*files, contents[3]], n_jobs=-1).index.tolist() == [3, len(files)]
