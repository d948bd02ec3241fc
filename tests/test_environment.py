"""What is wrong with the machine is raised as what it is, and is no fault of a healthy clip."""

import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile

ASK = """
import sys, warnings
import numpy as np
from skaudio import MFCCTransformer, load_audio
from skaudio.inspection import check_clips

path, res_type = sys.argv[1:3]
asked = {
    "raise": lambda: MFCCTransformer(res_type=res_type).transform([path]),
    "nan": lambda: MFCCTransformer(res_type=res_type, on_error="nan", n_jobs=2).transform([path, path]),
    "load": lambda: load_audio(path, res_type=res_type),
    "check": lambda: check_clips([path]),
}
for name in sys.argv[3:]:
    try:
        asked[name]()
    except Exception as error:
        print(f"{name}: {type(error).__name__}: {error}")
    else:
        print(f"{name}: no error")
"""


@pytest.fixture
def wav(tmp_path):
    path = tmp_path / "healthy.wav"
    soundfile.write(path, 0.3 * np.sin(np.arange(44100) / 9), 44100, subtype="FLOAT")
    return path


def ask(*arguments, before="", **environment):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", before + ASK, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    return done.stdout.splitlines()


BROKEN = {
    "numba's cache": "raise RuntimeError(\"cannot cache function '__o_fold': no locator available for file\")",
    "a package it needs": "raise ModuleNotFoundError(\"No module named 'numba'\", name='numba')",
    "a version": "raise AttributeError(\"module 'numpy' has no attribute 'float'\")",
}


@pytest.mark.slow
@pytest.mark.parametrize("reason", BROKEN)
def test_a_library_that_cannot_be_imported_is_no_fault_of_a_clip(tmp_path, wav, reason):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "librosa.py").write_text(BROKEN[reason])
    lines = ask(wav, "fft", "raise", "nan", "load", PYTHONPATH=str(tmp_path / "broken"))
    kind, text = BROKEN[reason].removeprefix("raise ").split("(", 1)
    assert len(lines) == 3
    for line in lines:
        assert line.partition(": ")[2].startswith(f"{kind}: {text[1:20]}")


def test_a_broken_decoder_is_no_fault_of_a_clip(tmp_path, wav):
    (tmp_path / "soundfile.py").write_text("raise OSError('sndfile library not found')")
    lines = ask(wav, "soxr_hq", "raise", "nan", "load", PYTHONPATH=str(tmp_path))
    assert lines == [f"{name}: OSError: sndfile library not found" for name in ("raise", "nan", "load")]


LIMITED = """
import resource
import soundfile, soxr, sklearn, pandas, scipy.fft, scipy.sparse, skaudio.inspection, skaudio.feature_extraction
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 300_000_000,) * 2)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the limit is set by what Linux tells")
def test_memory_that_is_used_up_is_told_of_with_the_clip(tmp_path):
    path = tmp_path / "long.wav"
    with soundfile.SoundFile(path, "w", 8000, 1, subtype="PCM_16") as file:
        for _ in range(100):
            file.write(np.zeros(1_000_000, "int16"))
    lines = ask(path, "soxr_hq", "load", before=LIMITED)
    assert lines == [
        f"load: AudioReadError: cannot read {str(path)!r}: it does not fit in memory; set duration, or read fewer "
        "clips at a time"
    ]


DESCRIPTORS = """
import os, resource
import soundfile, soxr, sklearn, pandas, scipy.fft, scipy.sparse, joblib, skaudio.inspection, skaudio.feature_extraction
import skaudio.extraction, sys, numpy as np
skaudio.feature_extraction.MFCCTransformer(n_jobs=2).transform([sys.argv[1]])
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
taken = []
try:
    while True:
        taken.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_descriptors_that_are_used_up_are_no_fault_of_a_clip(wav):
    lines = ask(wav, "soxr_hq", "raise", "nan", "load", "check", before=DESCRIPTORS)
    assert len(lines) == 4
    for line in lines:
        assert "OSError: [Errno 24] Too many open files" in line


WITHOUT_NETWORKS = """
import sys
for name in ("keras", "tensorflow", "scikeras", "psutil"):  # as where the extra is not installed
    sys.modules[name] = None
import numpy as np
from sklearn.linear_model import RidgeClassifier
from skaudio import ANNClassifier, CNNClassifier, make_audio_pipeline

tones = [np.sin(np.arange(9000) * pitch) for pitch in (0.1, 0.11, 1.0, 1.1)]
print(make_audio_pipeline(classifier=RidgeClassifier()).fit(tones, list("aabb")).predict(tones).tolist())
for estimator, X in (
    (make_audio_pipeline(), tones), (ANNClassifier(), np.zeros((4, 9))), (CNNClassifier(), np.zeros((4, 9, 3)))
):
    try:
        estimator.fit(X, list("aabb"))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
"""


def test_without_the_extra_for_networks_all_else_works_and_they_say_what_to_install():
    done = subprocess.run([sys.executable, "-c", WITHOUT_NETWORKS], capture_output=True, text=True, check=True)
    first, *rest = done.stdout.splitlines()
    assert first == "['a', 'a', 'b', 'b']"
    assert len(rest) == 3
    for line in rest:
        assert line.startswith("ImportError: ")
        assert line.endswith('which is not installed: pip install "skaudio[keras]"')
