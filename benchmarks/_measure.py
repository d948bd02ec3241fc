"""What the benchmarks share: interleaved repeats, medians, ratios, a table and JSON."""

import json
import os
import platform
import statistics
import time
from contextlib import contextmanager

import soundfile


def interleaved(sides, repeats):
    """Run all sides in turn, `repeats` times over, and return the wall and CPU seconds of each.

    CPU time is that of this process and of its children that have ended; those of worker processes show in wall time.
    """
    seconds = {name: [] for name in sides}
    for _ in range(repeats):
        for name, run in sides.items():
            start, cpu = time.perf_counter(), time.process_time()
            run()
            seconds[name].append((time.perf_counter() - start, time.process_time() - cpu))
    return seconds


def report(title, seconds, base, n_clips):
    """Print medians, spreads and ratios to the side `base`, and return them."""
    print(f"\n{title}\n{'':48} ms a clip   spread   times as fast   CPU ms")
    rows = {}
    for name, pairs in seconds.items():
        wall, cpu = ([pair[k] for pair in pairs] for k in (0, 1))
        median = statistics.median(wall)
        rows[name] = {
            "ms_per_clip": 1e3 * median / n_clips,
            "spread": (max(wall) - min(wall)) / median,
            "ratio": statistics.median(each for each, _ in seconds[base]) / median,
            "cpu_ms_per_clip": 1e3 * statistics.median(cpu) / n_clips,
            "seconds": wall,
        }
        row = rows[name]
        print(
            f"{name:48} {row['ms_per_clip']:9.3f} {row['spread']:8.0%} {row['ratio']:12.2f} "
            f"{row['cpu_ms_per_clip']:11.3f}"
        )
    return rows


def as_wav(sources, folder):
    """Return paths of the same clips as 16-bit WAV of their own rate."""
    paths = [os.path.join(folder, f"clip{k}.wav") for k in range(len(sources))]
    for source, target in zip(sources, paths):
        samples, rate = soundfile.read(source, dtype="int16")
        soundfile.write(target, samples, rate, subtype="PCM_16")
    return paths


@contextmanager
def numpy_kernel():
    """Compute as skaudio does where there is no native kernel."""
    before = os.environ.get("SKAUDIO_KERNEL")
    os.environ["SKAUDIO_KERNEL"] = "numpy"
    try:
        yield
    finally:
        del os.environ["SKAUDIO_KERNEL"]
        if before is not None:
            os.environ["SKAUDIO_KERNEL"] = before


def data_name(path):
    """Return what a dataset's folder is called."""
    return os.path.basename(os.path.abspath(path))


def finish(results, path):
    """Write the results as JSON, with what they were measured on."""
    results["date"] = time.strftime("%Y-%m-%d")
    results["machine"] = {
        "cores": os.cpu_count(),
        "processor": platform.processor(),
        "python": platform.python_version(),
    }
    if path:
        with open(path, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=2)
            file.write("\n")
        print(f"\n{path} has all of it")
