"""What a saved model costs in service: the first answer of a cold process, and many answers of a warm one.

    python benchmarks/serving.py DATA [--preset strong] [--classifier ann] [--calls 2000] [--json serving.json]

DATA is any dataset. The model is trained, a network for one epoch, saved by `skaudio.save`, and loaded in fresh
processes: wall and CPU seconds and memory from the start of the process to the first class; then milliseconds a call
with the bytes of one clip; then 8 threads at once, whose answers must be those of one; and what grew.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import warnings

from _measure import data_name, finish

from skaudio import make_audio_pipeline, save
from skaudio.datasets import load_dataset
from skaudio.pipeline import NETWORKS

COLD = """
import sys, time
start = time.perf_counter()
from skaudio import load
model = load(sys.argv[1])
model.predict([sys.argv[2]])
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(time.perf_counter() - start, time.process_time(), int(peak) / 1000, "tensorflow" in sys.modules)
"""
WARM = """
import gc, json, os, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from skaudio import load
model, contents, n = load(sys.argv[1]), [Path(name).read_bytes() for name in sys.argv[3:]], int(sys.argv[2])

def state():
    gc.collect()
    memory = next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1]
    return int(memory) / 1000, threading.active_count(), len(os.listdir("/proc/self/fd"))

expected = [model.predict_proba([content]).tobytes() for content in contents]
def by_threads(n):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: model.predict_proba([contents[i % len(contents)]]).tobytes(), range(n)))
    return all(each == expected[i % len(contents)] for i, each in enumerate(found))

same = by_threads(100)  # each thread has memory of its own; what grows after that, grows with the calls
before, cpu, seconds = state(), time.process_time(), []
for i in range(n):
    start = time.perf_counter()
    model.predict_proba([contents[i % len(contents)]])
    seconds.append(time.perf_counter() - start)
cpu = (time.process_time() - cpu) / n
same = by_threads(n // 4) and same
print(json.dumps([seconds, cpu, same, before, state()]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--preset", default="strong")
    parser.add_argument("--classifier", default="ann")
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--json")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    dataset = load_dataset(options.data, missing="drop")
    pipeline = make_audio_pipeline(options.preset, classifier=options.classifier, random_state=0)
    if options.classifier in NETWORKS:
        pipeline.set_params(classifier__epochs=1)
    clips = dataset.data[:: max(1, len(dataset.data) // 100)]
    pipeline.fit(clips, dataset.target[:: max(1, len(dataset.data) // 100)])
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model.skaudio")
        save(pipeline, model)
        megabytes = os.path.getsize(model) / 1e6
        runs = [_run(COLD, model, clips[0]).split() for _ in range(5)]
        seconds, cpu, same, before, after = json.loads(_run(WARM, model, options.calls, *clips[:8]))
    seconds.sort()
    found = {
        "data": data_name(options.data),
        "model": f"{options.preset} into {options.classifier}",
        "n_calls": options.calls,
        "file_megabytes": megabytes,
        "cold_seconds": statistics.median(float(run[0]) for run in runs),
        "cold_cpu_seconds": statistics.median(float(run[1]) for run in runs),
        "cold_peak_megabytes": statistics.median(float(run[2]) for run in runs),
        "imports_tensorflow": any(run[3] == "True" for run in runs),
        "p50_ms": 1e3 * seconds[len(seconds) // 2],
        "p99_ms": 1e3 * seconds[int(0.99 * len(seconds))],
        "cpu_ms": 1e3 * cpu,
        "eight_threads_equal_one": same,
        "before_megabytes_threads_files": before,
        "after_megabytes_threads_files": after,
    }
    for name, value in found.items():
        print(f"{name:34} {value:.3f}" if isinstance(value, float) else f"{name:34} {value}")
    finish(found, options.json)


def _run(code: str, *arguments: object) -> str:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
