"""Errors and warnings: what they tell, that they can be pickled, and whose fault a warning names."""

import copy
import pickle
import threading

import pytest
from joblib import Parallel, delayed

from skaudio import exceptions, load_audio
from skaudio.exceptions import AudioFileNotFoundError, AudioReadError


class UnpicklableError(Exception):
    def __init__(self, words):
        super().__init__(words)
        self.lock = threading.Lock()


class UnloadableError(Exception):
    """Pickles, but needs two arguments to come back."""

    def __init__(self, left, right):
        super().__init__(f"{left} {right}")


@pytest.mark.parametrize(
    "path, position, message",
    [
        (None, None, "cannot read the clip: it is empty"),
        ("dog.wav", None, "cannot read 'dog.wav': it is empty"),
        (None, 3, "cannot read clip 3: it is empty"),
        ("dog.wav", 3, "cannot read clip 3, 'dog.wav': it is empty"),
        ("dog.wav", 0, "cannot read clip 0, 'dog.wav': it is empty"),
    ],
)
@pytest.mark.parametrize("error_type", [AudioReadError, AudioFileNotFoundError])
def test_message_names_the_clip_and_the_reason(error_type, path, position, message):
    assert str(error_type("it is empty", path, position)) == message


def test_position_set_later_appears_in_the_message():
    error = AudioReadError("it is empty", "dog.wav")
    error.position = 7
    assert str(error) == "cannot read clip 7, 'dog.wav': it is empty"


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
@pytest.mark.parametrize("error_type", [AudioReadError, AudioFileNotFoundError])
def test_copies_and_pickles_are_whole(error_type, duplicate):
    error = duplicate(error_type("it is empty", "dog.wav", 3, KeyError("frames")))
    assert type(error) is error_type
    assert (error.reason, error.path, error.position) == ("it is empty", "dog.wav", 3)
    assert type(error.cause) is KeyError
    assert error.cause.args == ("frames",)
    assert str(error) == "cannot read clip 3, 'dog.wav': it is empty"


@pytest.mark.parametrize("cause", [UnpicklableError("no room"), UnloadableError("no", "room")], ids=type)
def test_unpicklable_cause_keeps_its_words(cause):
    error = pickle.loads(pickle.dumps(AudioReadError("it is empty", "dog.wav", 3, cause)))
    assert (error.reason, error.path, error.position) == ("it is empty", "dog.wav", 3)
    assert type(cause).__name__ in repr(error.cause)
    assert "no room" in str(error.cause)


def test_missing_file_is_a_file_not_found_error():
    def missing():
        raise AudioFileNotFoundError("there is no such file", "dog.wav")

    with pytest.raises(FileNotFoundError, match=r"dog\.wav") as caught:
        missing()
    assert isinstance(caught.value, AudioReadError)


BASES = {
    "AudioReadError": ValueError,
    "AudioFileNotFoundError": AudioReadError,
    "DatasetError": ValueError,
    "ExportError": ValueError,
    "LibraryError": ValueError,
    "ModelFileError": ValueError,
    "AudioReadWarning": UserWarning,
    "LeakageWarning": UserWarning,
}


def test_vocabulary():
    assert set(BASES) == set(exceptions.__all__)
    assert [name for name, base in BASES.items() if not issubclass(getattr(exceptions, name), base)] == []


def test_error_of_a_loky_worker_arrives_whole(tmp_path):
    missing = str(tmp_path / "missing.wav")
    with pytest.raises(AudioFileNotFoundError) as caught:
        Parallel(n_jobs=2, backend="loky")(delayed(load_audio)(missing) for _ in range(2))
    error = caught.value
    assert (error.reason, error.path, error.position) == ("there is no such file", missing, None)
    assert isinstance(error.cause, FileNotFoundError)
    assert error.cause.filename == missing
