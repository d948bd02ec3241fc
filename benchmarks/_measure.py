"""What the benchmarks share: interleaved repeats, medians, ratios, a table and JSON."""

import json
import os
import platform
import statistics
import time


def interleaved(sides, repeats):
    """Run all sides in turn, `repeats` times over, and return the seconds of each."""
    seconds = {name: [] for name in sides}
    for _ in range(repeats):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def report(title, seconds, base, n_clips):
    """Print medians, spreads and ratios to the side `base`, and return them."""
    print(f"\n{title}\n{'':44} ms a clip   spread   times as fast")
    rows = {}
    for name, values in seconds.items():
        median = statistics.median(values)
        rows[name] = {
            "ms_per_clip": 1e3 * median / n_clips,
            "spread": (max(values) - min(values)) / median,
            "ratio": statistics.median(seconds[base]) / median,
            "seconds": values,
        }
        row = rows[name]
        print(f"{name:44} {row['ms_per_clip']:9.3f} {row['spread']:8.0%} {row['ratio']:12.2f}")
    return rows


def finish(results, path):
    """Write the results as JSON, with what they were measured on."""
    results["machine"] = {
        "cores": os.cpu_count(),
        "processor": platform.processor(),
        "python": platform.python_version(),
    }
    if path:
        with open(path, "w") as file:
            json.dump(results, file, indent=2)
        print(f"\n{path} has all of it")
