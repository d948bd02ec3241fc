"""A log of what was said: nothing in it is lost, and the last word counts."""

import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import tone, write

from skaudio.datasets import load_audio_table
from skaudio.exceptions import DatasetError
from skaudio.labelling import Annotations
from skaudio.library import SoundLibrary


@pytest.fixture
def said(tmp_path):
    return Annotations(tmp_path / "said.csv")


def test_the_last_word_counts_and_all_are_kept(said):
    said.add("a.wav", "dog", who="ann")
    said.add("a.wav", "dog", "negative", who="bob")
    said.add("b.wav", "dog", start=1.0, end=2.5)
    said.add("b.wav", "cat", start=1.0, end=2.5)
    said.add("c.wav", "dog", "unsure")
    assert len(said) == 5
    table = said.table
    assert table[["path", "label", "verdict"]].values.tolist() == [
        ["a.wav", "dog", "negative"],
        ["b.wav", "dog", "positive"],
        ["b.wav", "cat", "positive"],
        ["c.wav", "dog", "unsure"],
    ]
    assert said.positives[["path", "label", "start", "end"]].values.tolist() == [["b.wav", "cat", 1.0, 2.5]]
    assert table["who"].tolist()[0] == "bob"
    assert pd.to_datetime(table["at"]).notna().all()


def test_undo_takes_back_the_last_word_that_stands(said):
    assert said.undo() is None
    said.add("a.wav", "dog")
    said.add("b.wav", "cat")
    assert said.undo()["path"] == "b.wav"
    assert said.undo()["path"] == "a.wav"
    assert said.undo() is None
    assert len(said) == 4
    assert not len(said.table)


@pytest.mark.filterwarnings("ignore::skaudio.exceptions.LeakageWarning")
def test_it_is_a_dataset(said, tmp_path):
    paths = [write(tmp_path / f"{k}.wav", tone(300 + k, 2.0)) for k in range(4)]
    for k, path in enumerate(paths):
        said.add(path, "ab"[k % 2])
    said.add(paths[0], "a", "negative")
    assert said.dataset().target.tolist() == ["b", "a", "b"]
    said.add(paths[0], "b", start=0.5, end=1.0)
    assert list(said.dataset().data)[-1] == (paths[0], 0.5, 0.5)
    assert said.to_csv(tmp_path / "table.csv") == 4
    columns = {"path_column": "path", "label_column": "label", "offset_column": "start", "end_column": "end"}
    read = load_audio_table(tmp_path / "table.csv", **columns)
    assert read.target.tolist() == ["b", "a", "b", "b"]
    with pytest.raises(DatasetError):  # the log itself has what is not so, too
        load_audio_table(said.path, path_column="path", label_column="label", offset_column="start", end_column="end")


def test_nothing_said_is_no_dataset(said):
    with pytest.raises(DatasetError, match="no sound"):
        said.dataset()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_names_and_any_cut(tmp_path_factory, data):
    """Whatever is cut off the end, all words before it stand, and the next one is added after them."""
    names = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), min_size=1)
    names = names.filter(lambda text: text.strip())
    said = Annotations(tmp_path_factory.mktemp("said") / "said.csv")
    words, sizes = [], [0]
    for _ in range(data.draw(st.integers(1, 4))):
        word = data.draw(names), data.draw(names)
        said.add(*word)
        words.append((word[0], word[1].strip()))
        sizes.append(os.path.getsize(said.path))
    assert said.log[["path", "label"]].values.tolist() == [list(word) for word in words]
    size = data.draw(st.integers(0, sizes[-1]))
    with open(said.path, "r+b") as file:
        file.truncate(size)
    n_whole = sum(each - 1 <= size for each in sizes[1:])  # of the last one, the end of its line may be missing
    assert said.log["path"].tolist() == [word[0] for word in words[:n_whole]]
    said.add("next", "x")
    assert said.log["path"].tolist() == [*(word[0] for word in words[:n_whole]), "next"]


def test_names_that_are_no_text(said):
    name = os.fsdecode(b"caf\xe9.wav")
    said.add(name, "dog")
    assert said.table["path"][0] == name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"label": " "}, "label=' '"),
        ({"verdict": "maybe"}, "verdict='maybe'"),
        ({"start": 2.0, "end": 1.0}, "the end after the start"),
        ({"start": -1.0}, "no part of a file"),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_written(said, arguments, message):
    with pytest.raises(ValueError, match=message):
        said.add(**{"path": "a.wav", "label": "dog", **arguments})
    assert not os.path.exists(said.path)


def test_other_files_are_refused(said):
    with open(said.path, "w") as file:
        file.write("path,label\na.wav,dog\n")
    with pytest.raises(DatasetError, match="no log of annotations: its columns are path, label"):
        _ = said.log
    with open(said.path, "w") as file:
        file.write("at,who,path,start,end,label,verdict\nx,y,a.wav,,,dog,perhaps\n")
    with pytest.raises(DatasetError, match="row 2 is no annotation"):
        _ = said.log


def test_what_a_library_was_told_and_back(said, tmp_path):
    write(tmp_path / "s" / "long.wav", np.concatenate([tone(300, 1.0), tone(900, 1.0)]))
    write(tmp_path / "s" / "short.wav", tone(300, 0.5))
    library = SoundLibrary(tmp_path / "a.library", features="tutorial", window=1.0)
    library.update(tmp_path / "s")
    library.label([1, 2], "low", who="ann")
    library.label(3, "low", "negative")
    said.extend(library.labels)
    assert said.table[["path", "label", "verdict", "who"]].equals(library.labels[["path", "label", "verdict", "who"]])
    again = SoundLibrary(tmp_path / "b.library", features="tutorial", window=1.0)
    again.update(tmp_path / "s")
    assert again.import_labels(said.table) == 3
    assert again.labels.drop(columns="at").equals(library.labels.drop(columns="at"))
    with pytest.raises(ValueError, match="no column label"):
        said.extend(pd.DataFrame({"path": ["a"]}))


@pytest.mark.slow
def test_killed_while_it_writes_it_has_all_that_was_said(said):
    script = (
        "import sys\nfrom skaudio.labelling import Annotations\nsaid = Annotations(sys.argv[1])\n"
        "for k in range(100000):\n    said.add(f'{k}.wav', 'dog')\n    print(k, flush=True)\n"
    )
    n_said = 0
    for n_read in (1, 20, 100):
        command = [sys.executable, "-c", script, said.path]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for _ in range(n_read):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            n_said += n_read + len(process.stdout.read().splitlines())
        assert n_said <= len(said) <= n_said + 1
        n_said = len(said)


@pytest.mark.parametrize("content", [b"file,class\na.wav,dog\nb.wav,cat", b"RIFF\n\0\0\n", b"text", b'"unclosed\n'])
def test_no_other_file_is_written_to(said, content):
    with open(said.path, "wb") as file:
        file.write(content)
    with pytest.raises(DatasetError, match="no log of annotations"):
        said.add("x.wav", "dog")
    with open(said.path, "rb") as file:
        assert file.read() == content


def test_a_last_line_without_its_end_is_kept(said):
    said.add("a.wav", "dog")
    said.add("b.wav", "cat")
    os.truncate(said.path, os.path.getsize(said.path) - 1)  # as an editor leaves it
    assert said.table["path"].tolist() == ["a.wav", "b.wav"]
    said.add("c.wav", "cow")
    assert said.table["path"].tolist() == ["a.wav", "b.wav", "c.wav"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are of Unix")
def test_a_full_disk_is_told_and_half_of_nothing_is_kept(said):
    said.add("first.wav", "dog")
    script = """
import resource, signal, sys
import pandas as pd
from skaudio.labelling import Annotations
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    Annotations(sys.argv[1]).extend(pd.DataFrame({"path": [f"f{k}.wav" for k in range(100)], "label": "dog"}))
except OSError:
    print("told")
"""
    done = subprocess.run([sys.executable, "-c", script, said.path], capture_output=True, text=True, check=True)
    assert done.stdout == "told\n"
    assert said.log["path"].tolist() == ["first.wav"]


def test_many_who_write_at_once(said):
    script = "import sys\nfrom skaudio.labelling import Annotations\n"
    script += "print('ready', flush=True)\nsys.stdin.read(1)\n"
    script += "for k in range(20):\n    Annotations(sys.argv[1]).add(f'{sys.argv[2]}-{k}.wav', 'dog')\n"
    commands = [[sys.executable, "-c", script, said.path, str(k)] for k in range(3)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    processes = [subprocess.Popen(command, **pipes) for command in commands]
    for process in processes:
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(set(said.log["path"])) == 60


def test_odd_names_can_be_read_back(said):
    for name in ("a\rb.wav", "a\nb.wav", 'a"b.wav', "a,b.wav"):
        said.add(name, "dog")
    assert said.table["path"].tolist() == ["a\rb.wav", "a\nb.wav", 'a"b.wav', "a,b.wav"]
    with pytest.raises(ValueError, match="10000 are the most"):
        said.add("a.wav", "x" * 200_000)
    with pytest.raises(ValueError, match="the log itself"):
        said.to_csv(said.path)
    said.extend(pd.DataFrame({"path": ["n.wav"], "label": ["x"], "who": [np.nan], "at": [np.nan]}))
    assert said.log["who"].tolist()[-1] != "nan"
