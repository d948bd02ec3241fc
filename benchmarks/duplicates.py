"""Copies and cuts of one recording: how many are found, how many false pairs are, and what many clips cost.

    python benchmarks/duplicates.py DATA [--n-planted 60] [--n-clips 3000] [--json duplicates.json]

DATA is any dataset or folder of sounds. Three parts:

- planted copies: of clips drawn from DATA, as FLAC, as MP3, at 0.3 times the gain, at 16 kHz, without the first 0.3 s,
  or with white noise at 20 dB, six kinds in equal numbers. Found are those that are reported with their original; other
  pairs are listed, to be listened to.
- groups: where DATA has recordings of its own (``groups``), the pairs of clips that are of one recording by it and by
  `infer_groups`: precision and recall.
- many clips: 3000 clips of 4 s, DATA's own at other speeds (each by a factor of its own, so no two are alike), through
  `find_duplicates`, in a process of its own: seconds and peak memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from _measure import data_name, finish

from skaudio import load_audio
from skaudio.datasets import load_dataset
from skaudio.inspection import find_duplicates, infer_groups

MANY = """
import sys, time
from skaudio.inspection import find_duplicates
clips = sorted(sys.argv[1] + "/" + name for name in __import__("os").listdir(sys.argv[1]))
wall, cpu = time.perf_counter(), time.process_time()
pairs = find_duplicates(clips, by="fingerprint", n_jobs=2).attrs["pairs"]
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(wall, cpu, int(peak) / 1000, len(pairs))
"""


def planted(samples: np.ndarray, rate: int, kind: str, place: str, rng: np.random.Generator) -> str:
    """Write a copy of a clip, and return its path."""
    ending = {"MP3": ".mp3", "FLAC": ".flac"}.get(kind, ".wav")
    made, made_rate = samples, rate
    if kind == "gain":
        made = 0.3 * samples
    elif kind == "rate":
        made, made_rate = soxr.resample(samples, rate, 16000), 16000
    elif kind == "trimmed":
        made = samples[int(0.3 * rate) :]
    elif kind == "noise":
        made = samples + rng.normal(0, np.sqrt(float((samples**2).mean()) / 100), len(samples))
    soundfile.write(place + ending, made, made_rate)
    return place + ending


def copies(clips: list[Any], n: int, folder: str) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(clips), min(n, len(clips)), replace=False)
    kinds = ("gain", "MP3", "rate", "trimmed", "noise", "FLAC")
    paths = []
    for k, position in enumerate(chosen):
        samples, rate = load_audio(clips[position], sample_rate=None)
        paths.append(planted(samples, int(rate), kinds[k % 6], os.path.join(folder, f"{k:04}"), rng))
    start = time.perf_counter()
    pairs = find_duplicates([*clips, *paths], by="fingerprint", n_jobs=2).attrs["pairs"]
    seconds = time.perf_counter() - start
    found = set(zip(pairs["first"].tolist(), pairs["second"].tolist()))
    wanted = {(int(position), len(clips) + k): kinds[k % 6] for k, position in enumerate(chosen)}
    missed = [f"{kind} of {clips[pair[0]]}" for pair, kind in wanted.items() if pair not in found]
    everything = [*clips, *paths]
    others = [
        f"{everything[row.first]} and {everything[row.second]}: {row.similarity:.3f} over {row.overlap:.1f} s"
        for row in pairs.itertuples()
        if (row.first, row.second) not in wanted
    ]
    print(f"planted copies: {len(wanted) - len(missed)} of {len(wanted)} found, {seconds:.0f} s", *missed, sep="\n  ")
    print(f"other pairs: {len(others)}", *others, sep="\n  ")
    return {"n_planted": len(wanted), "missed": missed, "others": others, "seconds": seconds}


def recordings(dataset: Any) -> dict[str, float]:
    """Return precision and recall of pairs of clips of one recording, each pair counted once."""
    inferred = infer_groups(dataset.data, n_jobs=2)

    def n_pairs(*keys: Any) -> int:
        counts = np.unique(
            np.stack([np.unique(key, return_inverse=True)[1] for key in keys]), axis=1, return_counts=True
        )
        return sum(comb(int(count), 2) for count in counts[1])

    both, told, true = n_pairs(inferred, dataset.groups), n_pairs(inferred), n_pairs(dataset.groups)
    found = {"precision": both / max(1, told), "recall": both / max(1, true), "n_inferred": told, "n_true": true}
    print(
        f"pairs of one recording: {true} by the dataset, {told} inferred; precision {found['precision']:.3f}, "
        f"recall {found['recall']:.3f}"
    )
    return found


def many(clips: list[Any], n: int, folder: str) -> dict[str, float]:
    for k in range(n):
        samples, rate = load_audio(clips[k % len(clips)], sample_rate=None)
        turn = k // len(clips)
        other = soxr.resample(samples, rate, rate * 1.04 ** ((turn + 1) // 2 * (1 if turn % 2 else -1)))
        seconds = np.resize(other, int(4 * rate))
        soundfile.write(os.path.join(folder, f"{k:05}.wav"), seconds, int(rate), subtype="PCM_16")
    done = subprocess.run([sys.executable, "-c", MANY, folder], capture_output=True, text=True, check=True)
    wall, cpu, peak, pairs = map(float, done.stdout.split())
    print(f"{n} clips of 4 s: {wall:.1f} s (CPU {cpu:.1f} s), {peak:.0f} MB, {pairs:.0f} pairs")
    return {"n_clips": n, "seconds": wall, "cpu_seconds": cpu, "peak_megabytes": peak, "n_pairs": pairs}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", metavar="DATA", type=Path)
    parser.add_argument("--n-planted", type=int, default=60)
    parser.add_argument("--n-clips", type=int, default=3000)
    parser.add_argument("--json")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    dataset = load_dataset(options.data, missing="drop")
    found: dict[str, Any] = {"data": data_name(options.data), "n_data": len(dataset.data)}
    clips = list(dataset.data)
    with tempfile.TemporaryDirectory() as folder:
        found["copies"] = copies(clips, options.n_planted, folder)
    if dataset.groups is not None:
        found["recordings"] = recordings(dataset)
    if options.n_clips:
        with tempfile.TemporaryDirectory() as folder:
            found["many"] = many(clips, options.n_clips, folder)
    finish(found, options.json)


if __name__ == "__main__":
    main()
