"""A library of sounds: how near the nearest are, how long indexing and searching take.

    python benchmarks/library.py --data ESC-10 [--model-file yamnet.onnx] [--json out.json]

Precision at 10: a clip of one fold is looked for among those of the other folds; the share of the ten nearest that are
of its class. 3000 clips of 4 s are cut from ESC-10's recordings, as 16-bit WAV of 44.1 kHz. 100,000 points of 512
values are drawn at random.
"""

import argparse
import os
import sys
import tempfile
import time

import numpy as np
import soundfile
from _measure import finish

from skaudio import load_audio
from skaudio.datasets import load_esc50
from skaudio.feature_extraction import EmbeddingTransformer, MFCCTransformer
from skaudio.library import SoundLibrary
from skaudio.library._engine import ExactEngine
from skaudio.library._space import unit

_RATE = 44100


def _precision(data, features, folder, name):
    library = SoundLibrary(os.path.join(folder, f"{name}.library"), features=features)
    library.update(os.path.join(data, "audio"), pattern="{fold}-{recording}-{take}-{label}", n_jobs=-1)
    sounds = library.sounds
    fold = np.array([os.path.basename(path)[0] for path in sounds["path"]])
    hits = []
    for sound, own, label in zip(sounds["id"], fold, sounds["weak_label"]):
        found = library.search(int(sound), k=10, exclude=sounds["id"][fold == own].tolist())
        hits.append((found["weak_label"] == label).mean())
    print(
        f"precision at 10, {name:16} {np.mean(hits):.3f} (sd over {len(hits)} queries {np.std(hits):.2f})", flush=True
    )
    return float(np.mean(hits))


def _make_clips(data, folder, n):
    """Write clips of 4 s: parts of the recordings, from other places and at other levels where they are used again."""
    paths = load_esc50(data, subset="esc10").data
    random = np.random.default_rng(0)
    for k in range(n):
        samples, _ = load_audio(paths[k % len(paths)], sample_rate=_RATE)
        samples = np.resize(np.roll(samples, -random.integers(len(samples))), 4 * _RATE)
        target = os.path.join(folder, f"{k % 40}", f"{k}.wav")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        soundfile.write(target, random.uniform(0.3, 1) * samples, _RATE, subtype="PCM_16")


def _index(data, folder, n):
    clips = os.path.join(folder, "clips")
    _make_clips(data, clips, n)
    decoded = []
    sys.addaudithook(lambda event, _: decoded.append(1) if event == "skaudio.decode" else None)
    library = SoundLibrary(os.path.join(folder, "clips.library"))
    seconds = {}
    for name in ("first", "again"):
        decoded.clear()
        start = time.perf_counter()
        library.update(clips, n_jobs=-1)
        seconds[name] = time.perf_counter() - start
        print(f"{n} clips of 4 s, {name:6} {seconds[name]:7.2f} s, {len(decoded)} files decoded", flush=True)
        seconds[f"{name}, decoded"] = len(decoded)
    return seconds


def _query(n, n_values, repeats=20):
    random = np.random.default_rng(0)
    points = unit(random.standard_normal((n, n_values), np.float32))
    engine = ExactEngine(np.arange(n), points)
    wall, cpu = [], []
    for k in range(repeats):
        start, start_cpu = time.perf_counter(), time.process_time()
        engine.query(points[k], 10)
        wall.append(1e3 * (time.perf_counter() - start))
        cpu.append(1e3 * (time.process_time() - start_cpu))
    print(f"query in {n} x {n_values}: {np.median(wall):.1f} ms, CPU {np.median(cpu):.1f} ms", flush=True)
    return {"ms": float(np.median(wall)), "cpu_ms": float(np.median(cpu))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model-file")
    parser.add_argument("--clips", type=int, default=3000)
    parser.add_argument("--json", default=None)
    options = parser.parse_args()
    results = {"query": {}}
    for n, n_values in ((100_000, 512), (200_000, 512)):
        results["query"][f"{n} x {n_values}"] = _query(n, n_values)
    with tempfile.TemporaryDirectory(prefix="skaudio-") as folder:
        kinds = {"strong": "strong", "mfcc mean and std": MFCCTransformer(statistics=("mean", "std"))}
        if options.model_file:
            kinds["yamnet"] = EmbeddingTransformer.from_preset("yamnet", options.model_file)
        results["precision at 10"] = {
            name: _precision(options.data, features, folder, name) for name, features in kinds.items()
        }
        results["index"] = _index(options.data, folder, options.clips)
    if options.json:
        finish(results, options.json)


if __name__ == "__main__":
    main()
