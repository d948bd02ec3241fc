"""Which kernel computes: the same bits by any instructions and in threads, and what is refused."""

import ctypes
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import scipy.sparse
from kernels import built, names_of_instructions, noise, spectrum_of, with_environment

from skaudio.dsp import (
    can_compute_log_mel,
    can_halve,
    describe_kernel,
    halve,
    kernel,
    native_log_mel,
)
from skaudio.dsp._native import _library
from skaudio.dsp._native._tables import Filters, Halving, Transform
from skaudio.feature_extraction import LogMelTransformer


@built
@pytest.mark.parametrize("name", names_of_instructions())
def test_bits_do_not_depend_on_the_instructions(name):
    samples = (noise(30_000) * 32767).astype(np.int16)
    assert f"native ({name})" == with_environment(name, describe_kernel)
    for n in (1, 511, 2048, 3000, 30_000):
        expected = halve(samples[:n])
        np.testing.assert_array_equal(with_environment(name, lambda n=n: halve(samples[:n])), expected)
        expected = spectrum_of("native", noise(n), n_fft=512, hop_length=100)
        found = with_environment(name, lambda n=n: spectrum_of("native", noise(n), n_fft=512, hop_length=100))
        np.testing.assert_array_equal(found, expected)


@built
def test_bits_do_not_depend_on_threads():
    waveforms = [noise(5000 + 777 * k, k) for k in range(16)]
    expected = [spectrum_of("native", halve(waveform)) for waveform in waveforms]
    found = [None] * 16

    def work(k):
        for _ in range(5):
            found[k] = spectrum_of("native", halve(waveforms[k]))

    threads = [threading.Thread(target=work, args=(k,)) for k in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for its, others in zip(found, expected):
        np.testing.assert_array_equal(its, others)


@built
def test_no_table_is_forgotten_while_it_is_read():
    """Other threads ask for more windows meanwhile than are kept."""
    waveform = noise(100_000)
    bands = {"sample_rate": 22050, "n_fft": 4096, "n_mels": 4}
    tapers = [np.full(4096, 0.1 + k / 40, np.float32).tobytes() for k in range(40)]

    def levels(taper, n_frames):
        return native_log_mel(waveform, taper=taper, first=0, hop_length=1, n_frames=n_frames, **bands)

    def others():
        while not ended:
            for taper in tapers[1:]:
                levels(taper, 1)

    expected = levels(tapers[0], 20_000)
    ended = []
    threads = [threading.Thread(target=others) for _ in range(2)]
    for thread in threads:
        thread.start()
    found = [levels(tapers[0], 20_000) for _ in range(5)]
    ended.append(True)
    for thread in threads:
        thread.join()
    for its in found:
        np.testing.assert_array_equal(its, expected)


@built
def test_sizes_beyond_it_are_refused():
    numbers = np.zeros(9000, np.float32)
    bands = Filters(scipy.sparse.csr_array(np.ones((2, 5))))

    def log_mel(n=8, hop=4, n_samples=9000, n_frames=3):
        transform = Transform(8)
        transform.n = n
        arguments = (ctypes.byref(transform), ctypes.byref(bands), numbers.ctypes.data, numbers.ctypes.data)
        levels = np.empty((3, 2), np.float32)
        _library.call("log_mel", *arguments, n_samples, 0, hop, n_frames, levels.ctypes.data)

    log_mel()
    for wrong in (
        {"hop": 1 << 60},
        {"n_frames": 1 << 50},
        {"n_samples": 1 << 50},
        {"n": 12},
        {"n": 4},
        {"n": 1 << 17},
        {"n": -8},
        {"hop": 0},
        {"n_samples": -1},
        {"n_frames": -1},
    ):
        with pytest.raises(RuntimeError, match="does not compute"):
            log_mel(**wrong)
    halving = Halving(np.ones(5), 64)
    halving.delay = 32
    with pytest.raises(RuntimeError, match="does not compute"):
        _library.call("halve", ctypes.byref(halving), numbers.ctypes.data, 0, 9000, numbers.ctypes.data, 10)


@built
def test_arguments_of_another_kind_are_refused():
    for samples in (
        np.zeros((9, 2), "f"),
        np.zeros((9, 0), "f"),
        np.zeros(9, "i4"),
        np.zeros(9, "u2"),
        np.zeros(9, "b"),
    ):
        with pytest.raises(ValueError, match=r"not \(n,\) of int16 or float32"):
            halve(samples)
    right = {"taper": bytes(4 * 16), "hop_length": 4, "n_fft": 16}
    for wrong in ({"taper": bytes(4)}, {"n_fft": 12}, {"n_fft": 0}, {"hop_length": 0}):
        with pytest.raises(ValueError, match="is not what the native kernel computes"):
            native_log_mel(np.zeros(9, "f"), first=0, n_frames=2, sample_rate=8000, n_mels=2, **right | wrong)
    with pytest.raises(ValueError, match="is not what the native kernel computes"):
        native_log_mel(np.zeros((9, 2), "f"), first=0, n_frames=2, sample_rate=8000, n_mels=2, **right)


def test_the_rule_of_what_it_computes():
    assert can_compute_log_mel(2048, "float32", 2.0)
    for n_fft, dtype, power in [
        (2000, "float32", 2),
        (1 << 17, "float32", 2),
        (2048, "float64", 2),
        (2048, "float32", 1),
    ]:
        assert not can_compute_log_mel(n_fft, dtype, power)
    assert can_halve(44100, 22050, "soxr_hq")
    assert can_halve(16000.0, 8000, "soxr_hq")
    assert not any(
        (can_halve(48000, 22050, "soxr_hq"), can_halve(44100, 22050, "soxr_vhq"), can_halve(1, 2, "soxr_hq"))
    )


def test_a_word_that_is_none_and_what_is_not_there():
    with pytest.raises(ValueError, match="SKAUDIO_KERNEL='fast' is none of native, numpy"):
        with_environment("fast", kernel)
    if "avx512" not in names_of_instructions():
        with pytest.raises(ValueError, match="SKAUDIO_KERNEL=avx512, and th"):
            with_environment("avx512", kernel)
    assert with_environment("numpy", kernel) == "numpy"
    assert with_environment("numpy", describe_kernel) == "numpy (SKAUDIO_KERNEL=numpy)"


WITHOUT = """
import numpy as np
from skaudio import MFCCTransformer
from skaudio.dsp import describe_kernel, kernel
from skaudio.dsp._native import _library
from pathlib import Path
_library._LIBRARY = Path({path!r})
print(kernel(), "|", describe_kernel())
print(MFCCTransformer().fit_transform([np.zeros(9000, "float32")]).shape)
"""


@pytest.mark.parametrize("content, reason", [(None, "it was not built"), (b"no library", "it cannot be loaded")])
def test_where_there_is_none_numpy_computes_and_says_so(tmp_path, content, reason):
    path = tmp_path / "_kernel.so"
    if content is not None:
        path.write_bytes(content)
    environment = {name: value for name, value in os.environ.items() if name != _library.VARIABLE}
    script = [sys.executable, "-c", WITHOUT.format(path=str(path))]
    done = subprocess.run(script, capture_output=True, text=True, env=environment)
    assert done.stdout.startswith(f"numpy | numpy ({reason}"), done.stderr
    assert done.stdout.endswith("(1, 40)\n")
    done = subprocess.run(script, capture_output=True, text=True, env=environment | {_library.VARIABLE: "native"})
    assert "ValueError: SKAUDIO_KERNEL=native, and there is no native kernel: " + reason in done.stderr


@built
def test_a_worker_without_it_says_so(monkeypatch):
    step = LogMelTransformer()._feature()
    assert "kernel='native'" in repr(step)
    monkeypatch.setattr(_library, "_library", lambda: "it was not built")
    with pytest.raises(RuntimeError, match="were to be computed by the native kernel, and here is none"):
        halve(noise(9))
