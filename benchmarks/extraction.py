"""How fast clips become rows: the tutorials' way, librosa's, skaudio's and its peers', side by side in one run.

    python benchmarks/extraction.py --data DATA [--clips 100] [--repeats 7] [--json FILE]

DATA is a dataset's folder. Its clips are measured as they are and, decoded once, as 16-bit WAV of their own rate. All
sides are run in turn, again and again, so that what else the machine does meets all of them; medians are compared, of
wall time and of CPU time. The rows of skaudio and librosa are asserted to be equal to 5e-3. Peers are measured where
they are installed: afx-audio (the extra ``bench``), torchaudio after soxr, tf.signal after soxr.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from functools import partial

import joblib
import numpy as np
import soundfile
import soxr
from _measure import as_wav, data_name, finish, interleaved, numpy_kernel, report
from threadpoolctl import threadpool_limits

from skaudio import MFCCTransformer, load_audio
from skaudio.datasets import load_dataset
from skaudio.dsp import (
    SpectraStream,
    decibels,
    describe_kernel,
    halve,
    kernel,
    mel_power,
    native_log_mel,
    padded_window,
)
from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer
from skaudio.store import FeatureStore


def tutorial(path):
    import librosa

    waveform, rate = librosa.load(path, res_type="kaiser_fast")
    return np.mean(librosa.feature.mfcc(y=waveform, sr=rate, n_mfcc=40).T, axis=0)


def plain_librosa(path):
    import librosa

    waveform, rate = librosa.load(path)
    return librosa.feature.mfcc(y=waveform, sr=rate, n_mfcc=40).mean(axis=1)


def serial(function, paths):
    return np.stack([function(path) for path in paths])


def with_one_thread(run):
    with threadpool_limits(1):
        return run()


def in_processes(function, paths):
    return np.stack(joblib.Parallel(n_jobs=2)(joblib.delayed(function)(path) for path in paths))


def cold(paths, folder):
    path = os.path.join(folder, f"{time.monotonic_ns()}.sqlite")
    return MFCCTransformer(cache=path, n_jobs=1).transform(paths)


def cold_union(paths, folder):
    path = os.path.join(folder, f"{time.monotonic_ns()}.sqlite")
    return union(("mean",)).set_params(cache=path).transform(paths)


def shared(paths, folder):
    """Two processes that want the same clips of one cold store, as the folds of a search do."""
    path = os.path.join(folder, f"{time.monotonic_ns()}.sqlite")
    mfcc = MFCCTransformer(cache=path, n_jobs=1)
    joblib.Parallel(n_jobs=2)(joblib.delayed(mfcc.transform)(paths) for _ in range(2))
    assert FeatureStore(path).info()["extractions"] == len(paths)


def by_numpy(paths):
    """Return the rows as they are where there is no native kernel."""
    with numpy_kernel():
        return MFCCTransformer(n_jobs=1).transform(paths)


_TWO = ("mean", "std")


def union(statistics):
    mfcc, log_mel = MFCCTransformer(statistics=statistics), LogMelTransformer(statistics=statistics)
    return AudioFeatureUnion([("mfcc", mfcc), ("mel", log_mel)], n_jobs=1)


def compare(title, paths, repeats, folder):
    warm = os.path.join(folder, "warm.sqlite")
    MFCCTransformer(cache=warm).transform(paths)
    sides = {
        "the tutorial's function (kaiser_fast)": partial(serial, tutorial, paths),
        "librosa": partial(serial, plain_librosa, paths),
        "librosa, BLAS of one thread": partial(with_one_thread, partial(serial, plain_librosa, paths)),
        "librosa, joblib, 2 processes": partial(in_processes, plain_librosa, paths),
        "skaudio, n_jobs=1": partial(MFCCTransformer(n_jobs=1).transform, paths),
        "skaudio, n_jobs=2": partial(MFCCTransformer(n_jobs=2).transform, paths),
        "skaudio, by NumPy, n_jobs=1": partial(by_numpy, paths),
        "skaudio, means of log-mel too, one reading": partial(union(("mean",)).transform, paths),
        "skaudio, mean and std, n_jobs=1": partial(MFCCTransformer(statistics=_TWO, n_jobs=1).transform, paths),
        "skaudio, the same of log-mel too, one reading": partial(union(_TWO).transform, paths),
        "skaudio, n_jobs=1, into a store": partial(cold, paths, folder),
        "skaudio, log-mel too, into a store": partial(cold_union, paths, folder),
        "skaudio, two processes into one store": partial(shared, paths, folder),
        "skaudio, out of a store": partial(MFCCTransformer(cache=warm).transform, paths),
    }
    for peer in (afx, torchaudio, tf_signal):
        sides |= peer(paths)
    for run in sides.values():
        run()  # imports, compilation and worker processes are not what is compared
    np.testing.assert_allclose(sides["skaudio, n_jobs=1"](), sides["librosa"](), atol=5e-3)
    return report(f"{title}, {describe_kernel()}", interleaved(sides, repeats), "librosa", len(paths))


def afx(paths):
    """Return the side of afx-audio where it is installed (the extra ``bench``)."""
    try:
        import afx_audio
    except ImportError:
        print("afx-audio is not installed: left out")
        return {}

    def mfcc(path):
        signal, rate = afx_audio.load_audio(path)
        return afx_audio.FEATURE_MAP["mfcc"](signal, rate, n_mfcc=40)

    return {"afx-audio": lambda: [mfcc(path) for path in paths]}


def torchaudio(paths):
    """Return the side of torchaudio where it is installed: its MFCC, after soundfile and soxr."""
    try:
        import torch
        from torchaudio.transforms import MFCC
    except ImportError:
        print("torchaudio is not installed: left out")
        return {}
    torch.set_num_threads(1)
    melkwargs = {"n_fft": 2048, "hop_length": 512, "n_mels": 128, "norm": "slaney", "mel_scale": "slaney"}
    mfcc = MFCC(sample_rate=22050, n_mfcc=40, melkwargs=melkwargs)
    return {"torchaudio, after soxr": lambda: [mfcc(torch.from_numpy(resampled(path))).mean(dim=1) for path in paths]}


def tf_signal(paths):
    """Return the side of tf.signal where TensorFlow is installed: a traced function, after soundfile and soxr."""
    try:
        import tensorflow as tf
    except ImportError:
        print("tensorflow is not installed: left out")
        return {}
    tf.config.threading.set_intra_op_parallelism_threads(1)
    bands = tf.signal.linear_to_mel_weight_matrix(128, 1025, 22050, 0.0, 11025.0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def mfcc(waveform):
        power = tf.abs(tf.signal.stft(tf.pad(waveform, [[1024, 1024]]), 2048, 512)) ** 2
        log_mel = tf.math.log(tf.maximum(power @ bands, 1e-10))
        return tf.reduce_mean(tf.signal.mfccs_from_log_mel_spectrograms(log_mel)[:, :40], axis=0)

    return {"tf.signal, after soxr": lambda: [mfcc(resampled(path)).numpy() for path in paths]}


def resampled(path):
    samples, rate = soundfile.read(path, dtype="int16")
    return soxr.resample(samples.astype(np.float32) / 32768, rate, 22050)


def shares(paths):
    """Print what one clip's time is spent on."""
    raw = [soundfile.read(path, dtype="int16")[0] for path in paths]
    rates = [soundfile.info(path).samplerate for path in paths]
    waveforms = [load_audio(path)[0] for path in paths]
    taper = padded_window("hann", None, 2048).astype(np.float32)
    bands = {"sample_rate": 22050, "n_fft": 2048, "n_mels": 128}

    def spectra(waveform):
        stream = SpectraStream(taper, hop_length=512, center=True)
        yield from stream.add(waveform)
        yield from stream.end()

    power = [np.concatenate([mel_power(group, **bands) for group in spectra(waveform)]) for waveform in waveforms]
    sides = {
        # Nothing is kept: fresh memory for all of it at once would cost more than the work.
        "read and scale": lambda: sum(len(load_audio(path, sample_rate=None)[0]) for path in paths),
        "resample": lambda: sum(
            len(soxr.resample(samples.astype(np.float32) / 32768, rate, 22050)) for samples, rate in zip(raw, rates)
        ),
        "power spectra": lambda: [len(group) for waveform in waveforms for group in spectra(waveform)],
        "mel bands after them": lambda: [
            mel_power(group, **bands).shape for waveform in waveforms for group in spectra(waveform)
        ],
        "decibels and mean": lambda: [decibels(each).mean(axis=0) for each in power],
        "all of it": lambda: MFCCTransformer(n_jobs=1).transform(paths),
    }
    if kernel() == "native":
        taken = {"taper": taper.tobytes(), "first": -1024, "hop_length": 512}
        sides |= {
            "half the rate, natively": lambda: sum(
                len(halve(samples)) for samples, rate in zip(raw, rates) if rate == 44100
            ),
            "mel bands of samples, natively": lambda: [
                native_log_mel(each, n_frames=1 + len(each) // 512, **taken, **bands).shape for each in waveforms
            ],
        }
    return report("shares of the time", interleaved(sides, 5), "all of it", len(paths))


def first_clip(path, repeats):
    """Print what the first clip costs in a new process, imports included."""
    scripts = {
        "librosa": (
            "import librosa\n"
            f"y, rate = librosa.load({path!r})\n"
            "librosa.feature.mfcc(y=y, sr=rate, n_mfcc=40).mean(axis=1)"
        ),
        "skaudio": f"from skaudio import MFCCTransformer\nMFCCTransformer().transform([{path!r}])",
    }
    sides = {
        name: partial(subprocess.run, [sys.executable, "-W", "ignore", "-c", script], check=True)
        for name, script in scripts.items()
    }
    return report("a new process and its first clip", interleaved(sides, repeats), "librosa", 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    paths = list(load_dataset(options.data).data[: options.clips])
    results = {"data": data_name(options.data), "clips": len(paths), "repeats": options.repeats}
    with tempfile.TemporaryDirectory() as folder:
        wav = as_wav(paths, folder)
        results["wav"] = compare(f"{len(wav)} WAV clips", wav, options.repeats, folder)
        as_they_are = os.path.splitext(paths[0])[1]
        results["as they are"] = compare(f"{len(paths)} {as_they_are} clips", paths, options.repeats, folder)
        results["shares"] = shares(wav)
        results["first clip"] = first_clip(wav[0], 3)
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")
    finish(results, options.json)


if __name__ == "__main__":
    main()
