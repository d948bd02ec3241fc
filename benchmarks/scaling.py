"""What more jobs and more clips cost: threads and processes, the lock, 100 to 100 000 clips, and on to millions.

    python benchmarks/scaling.py --data DATA [--clips 100] [--repeats 7] [--most 100000] [--json FILE]

DATA is a dataset's folder. Its clips are decoded once, as 16-bit WAV of their own rate; more of them are hard links to
the same files. The last table is arithmetic on what was measured before it.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from functools import partial

import joblib
import numpy as np
import soundfile
from _measure import as_wav, data_name, finish, interleaved, numpy_kernel, report

from skaudio import MFCCTransformer
from skaudio.datasets import load_dataset
from skaudio.dsp import describe_kernel
from skaudio.dsp._native import _library
from skaudio.store import FeatureStore


def jobs(paths, repeats):
    """Compare threads with worker processes, all of which are there before, by the kernel in use."""

    def run(backend, n_jobs):
        with joblib.parallel_config(backend=backend):
            return MFCCTransformer(n_jobs=n_jobs).transform(paths)

    counts = sorted({1, 2, os.cpu_count() or 1})
    sides = {f"{n} thread(s)": partial(run, "threading", n) for n in counts}
    sides |= {f"{n} processes": partial(run, "loky", n) for n in counts if n > 1}
    expected = sides["1 thread(s)"]()
    for side in sides.values():
        np.testing.assert_array_equal(side(), expected)
    return report(f"jobs, {describe_kernel()}", interleaved(sides, repeats), "1 thread(s)", len(paths))


def lock(paths, repeats):
    """Tell how much of one job's time is spent where Python's lock is free: in the kernel, in the system's calls."""
    spent = {"kernel": [], "system": []}

    def timed(name, function):
        def run(*arguments):
            start = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                spent[name][-1] += time.perf_counter() - start

        return run

    functions = _library._library()
    system = {name: getattr(os, name) for name in ("open", "pread", "fstat", "close")}
    kernels = {
        name: getattr(functions, name) for name in ("skaudio_log_mel_of_files", "skaudio_log_mel", "skaudio_halve")
    }
    totals = []
    try:
        for name, function in system.items():
            setattr(os, name, timed("system", function))
        for name, function in kernels.items():
            setattr(functions, name, timed("kernel", function))
        for _ in range(repeats):
            for seconds in spent.values():
                seconds.append(0.0)
            start = time.perf_counter()
            MFCCTransformer(n_jobs=1).transform(paths)
            totals.append(time.perf_counter() - start)
    finally:
        for name, function in system.items():
            setattr(os, name, function)
        for name, function in kernels.items():
            setattr(functions, name, function)
    total = np.median(totals)
    shares = {name: float(np.median(seconds) / total) for name, seconds in spent.items()}
    held = 1 - sum(shares.values())
    print(
        f"\none job: {shares['kernel']:.0%} in the kernel, {shares['system']:.0%} in the system's calls, "
        f"{held:.0%} at most under the lock: threads can be {1 / max(held, 1e-9):.1f} times as fast"
    )
    return shares


def growth(paths, folder, most):
    """Print what a clip costs, and how much memory all take, as the clips become more.

    Those that are read are hard links to a hundred. A store knows equal content, so those that it is filled with are
    short ones of their own: what they cost is what handing out, taking back and storing a clip costs.
    """
    print("\nclips     ms a clip   MB   short clips, stored: ms a clip   MB   read back: ms   MB   store, kB a clip")
    rows = []
    for n in (100, 1000, 10_000, 100_000):
        if n > most:
            break
        many = links(paths, os.path.join(folder, str(n)), n)
        seconds, _, peak = fresh("MFCCTransformer(n_jobs=2)", many, folder)
        short = short_clips(os.path.join(folder, f"short{n}"), n)
        store = os.path.join(folder, f"{n}.sqlite")
        cold, _, cold_peak = fresh(f"MFCCTransformer(cache={store!r}, n_jobs=2)", short, folder)
        warm, _, warm_peak = fresh(f"MFCCTransformer(cache={store!r})", short, folder)
        info = FeatureStore(store).info()
        assert info["extractions"] == n
        row = {
            "n": n,
            "ms": 1e3 * seconds / n,
            "MB": peak,
            "stored_ms": 1e3 * cold / n,
            "stored_MB": cold_peak,
            "warm_ms": 1e3 * warm / n,
            "warm_MB": warm_peak,
            "store_kB": info["bytes"] / 1e3 / n,
        }
        rows.append(row)
        print(
            f"{n:7} {row['ms']:11.2f} {row['MB']:4.0f} {row['stored_ms']:32.3f} {row['stored_MB']:4.0f} "
            f"{row['warm_ms']:15.3f} {row['warm_MB']:4.0f} {row['store_kB']:18.2f}"
        )
    return rows


def links(paths, folder, n):
    """Return `n` paths that are hard links to some files."""
    os.makedirs(folder)
    many = [os.path.join(folder, f"{k}.wav") for k in range(n)]
    for k, link in enumerate(many):
        os.link(paths[k % len(paths)], link)
    return many


def short_clips(folder, n):
    """Return `n` paths of files of 0.02 s, no two of them alike."""
    os.makedirs(folder)
    samples = np.zeros(441, np.int16)
    many = [os.path.join(folder, f"{k}.wav") for k in range(n)]
    for k, path in enumerate(many):
        samples[:2] = divmod(k, 30_000)
        soundfile.write(path, samples, 22050, subtype="PCM_16")
    return many


def fresh(transformer, paths, folder):
    """Return seconds of a transform in a new process, and its peak memory in MB before and after."""
    listing = os.path.join(folder, "listing.txt")
    with open(listing, "w") as file:
        file.write("\n".join(paths))
    script = f"""
import resource, time
import numpy as np
from skaudio import MFCCTransformer
paths = open({listing!r}).read().split("\\n")
MFCCTransformer().fit_transform([np.zeros(9000, np.float32)])
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
before = peak()
start = time.perf_counter()
{transformer}.transform(paths)
print(time.perf_counter() - start, before, peak())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return tuple(map(float, done.stdout.split()))


def millions(one_job, rows, n_bytes):
    """Print what follows for 1, 10 and 100 million clips."""
    print("\nmillions   core hours   sound, TB   store, GB   hours of the one caller that stores   its memory, GB")
    result = []
    for n in (1e6, 1e7, 1e8):
        more = (rows[-1]["stored_MB"] - rows[0]["stored_MB"]) / (rows[-1]["n"] - rows[0]["n"])
        row = {
            "n": n,
            "core_hours": n * one_job / 3.6e6,
            "sound_TB": n * n_bytes / 1e12,
            "store_GB": n * rows[-1]["store_kB"] / 1e6,
            "caller_hours": n * rows[-1]["stored_ms"] / 3.6e6,
            "memory_GB": n * more / 1e3,
        }
        result.append(row)
        print(
            f"{n / 1e6:8.0f} {row['core_hours']:12.1f} {row['sound_TB']:11.2f} {row['store_GB']:11.1f} "
            f"{row['caller_hours']:37.1f} {row['memory_GB']:16.1f}"
        )
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--most", type=int, default=100_000)
    parser.add_argument("--json")
    options = parser.parse_args()
    if options.most < 1000:
        parser.error("--most below 1000 leaves no growth to tell of")
    warnings.simplefilter("ignore")
    sources = list(load_dataset(options.data).data[: options.clips])
    results = {
        "data": data_name(options.data),
        "clips": len(sources),
        "repeats": options.repeats,
        "kernel": describe_kernel(),
    }
    with tempfile.TemporaryDirectory() as folder:
        paths = as_wav(sources, folder)
        many = links(paths, os.path.join(folder, "jobs"), max(1000, len(paths)))
        results["jobs"] = jobs(many, options.repeats)
        if describe_kernel().startswith("native"):
            results["lock"] = lock(many, options.repeats)
            with numpy_kernel():
                results["jobs, NumPy"] = jobs(many, options.repeats)
        results["growth"] = growth(paths, folder, options.most)
        n_bytes = np.mean([os.path.getsize(path) for path in paths])
        one_job = results["jobs"]["1 thread(s)"]["ms_per_clip"]
        results["millions"] = millions(one_job, results["growth"], n_bytes)
    finish(results, options.json)


if __name__ == "__main__":
    main()
