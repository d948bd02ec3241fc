"""Memory and time of long recordings: features of one file of noise, each in a process of its own.

    python benchmarks/long_recordings.py [--hours 1 10] [--rate 48000] [--json FILE]

The file takes 0.35 GB of disk an hour at 48 kHz, in the temporary folder.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np
import soundfile
from _measure import finish

FEATURES = {
    "MFCC, mean": "MFCCTransformer()",
    "MFCC, mean, std, min, max, skew, kurtosis": (
        "MFCCTransformer(statistics=('mean', 'std', 'min', 'max', 'skew', 'kurtosis'))"
    ),
    "MFCC, median": "MFCCTransformer(statistics=('median',))",
    "the preset strong": "make_audio_pipeline('strong')[0]",
}
SCRIPT = """
import resource, sys, time
from skaudio import MFCCTransformer, make_audio_pipeline
features = {features}
start = time.process_time()
features.transform([sys.argv[1]])
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
"""


def write(path: str, hours: float, rate: int) -> None:
    """Write noise of a changing level."""
    minute = np.random.default_rng(0).normal(0, 3000, 60 * rate)
    with soundfile.SoundFile(path, "w", rate, 1, "PCM_16") as file:
        for k in range(round(60 * hours)):
            file.write((np.roll(minute, 977 * k) * (1 + 0.5 * np.sin(k))).astype("int16"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, nargs="+", default=[1, 10])
    parser.add_argument("--rate", type=int, default=48000)
    parser.add_argument("--json")
    options = parser.parse_args()
    results = {"rate": options.rate, "rows": []}
    print("| features | hours | MB at most | CPU s |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "long.wav")
        for hours in options.hours:
            write(path, hours, options.rate)
            for name, features in FEATURES.items():
                command = [sys.executable, "-c", SCRIPT.format(features=features), path]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                seconds, megabytes = map(float, done.stdout.split())
                results["rows"].append({"features": name, "hours": hours, "MB": megabytes, "cpu_s": seconds})
                print(f"| {name} | {hours:g} | {megabytes:.0f} | {seconds:.0f} |", flush=True)
    finish(results, options.json)


if __name__ == "__main__":
    main()
