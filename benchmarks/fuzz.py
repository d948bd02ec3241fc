"""Damaged sound files by the thousand: what is not an `AudioReadError`, hangs, takes gigabytes, or is read in two ways.

    python benchmarks/fuzz.py [--minutes 60 | --files N] [--seed 0] [--keep FOLDER]

Small WAV, FLAC, Ogg, Opus, MP3, AIFF, CAF, AU and W64 files are damaged by a seeded generator: bytes changed, cut,
doubled, moved, numbers in the header made huge, two files joined. Each is read as bytes and by its path, and described
by `check_clips`; the two must agree to the bit, or in the words of the error, and nothing may be printed by a decoder.
Findings are printed, with the files kept in FOLDER, then how often each reason was given for a refusal; the exit status
is 1 if there are findings.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import io
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from skaudio import load_audio
from skaudio.exceptions import AudioReadError
from skaudio.inspection import check_clips

KINDS = [
    ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("WAV", "ULAW"), ("WAV", "IMA_ADPCM"), ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("AIFF", "PCM_16"),
    ("CAF", "PCM_16"), ("CAF", "ALAC_16"), ("AU", "PCM_16"), ("W64", "PCM_16"), ("RF64", "PCM_16"),
]  # fmt: skip
SLOW = 10.0  # seconds of the processor
MOST_TIMES, MOST_MORE = 20, 200_000_000  # of the file, and bytes beside


def originals() -> list[bytes]:
    """Return small files of each kind, of one and two channels."""
    rng = np.random.default_rng(0)
    files = []
    for kind, subtype in KINDS:
        for channels, n, rate in ((1, 6000, 16000), (2, 9000, 48000)):
            file = io.BytesIO()
            soundfile.write(file, rng.normal(0, 0.2, (n, channels)), rate, format=kind, subtype=subtype)
            files.append(file.getvalue())
    return files


def damaged(files: list[bytes], rng: np.random.Generator) -> bytes:
    """Return one of the files with some damage."""
    content = bytearray(files[rng.integers(len(files))])
    for _ in range(rng.integers(1, 4)):
        n = len(content)
        if n < 16:
            break
        # Half of the damage is in the header, where it tells.
        at = int(rng.integers(min(n, 200)) if rng.random() < 0.5 else rng.integers(n))
        length = int(rng.integers(1, 64))
        match rng.integers(8):
            case 0:
                content[at] ^= 1 << rng.integers(8)
            case 1:
                content[at : at + length] = rng.bytes(len(content[at : at + length]))
            case 2:
                del content[at:]
            case 3:
                del content[at : at + length]
            case 4:
                content[at:at] = content[at : at + length]
            case 5:
                number = int(
                    rng.choice([0, 1, 0x7F, 0xFF, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, int(rng.integers(1 << 32))])
                )
                content[at : at + 4] = number.to_bytes(4, "little" if rng.random() < 0.5 else "big")
            case 6:
                content += files[rng.integers(len(files))]
            case _:
                content[:0] = (
                    rng.bytes(length) if rng.random() < 0.5 else b"ID3\4\0\0\0\0\0" + bytes([length]) + bytes(length)
                )
    return bytes(content)


def outcome(source: Any) -> tuple[str, str]:
    """Return how a source is read: ``read`` with a hash of the samples, ``refused`` with the reason, or else."""
    try:
        waveform, rate = load_audio(source)
    except AudioReadError as error:
        return "refused", error.reason
    except Exception as error:
        return type(error).__name__, str(error)
    return "read", f"{len(waveform)} at {rate} {hashlib.md5(waveform.tobytes()).hexdigest()}"


@contextmanager
def output_of_libraries() -> Iterator[Callable[[], str]]:
    """Give a function that returns what the process's C code has printed since it was called last."""
    library = ctypes.CDLL(None)
    kept = {descriptor: os.dup(descriptor) for descriptor in (1, 2)}
    sys.stdout = os.fdopen(kept[1], "w", closefd=False)
    with tempfile.TemporaryFile() as file:
        for descriptor in kept:
            os.dup2(file.fileno(), descriptor)

        def written() -> str:
            library.fflush(None)
            file.seek(0)
            text = file.read().decode(errors="replace")
            file.seek(0)
            file.truncate()
            return text

        try:
            yield written
        finally:
            for descriptor, own in kept.items():
                os.dup2(own, descriptor)


def peak() -> int | None:
    """Return the bytes this process has held since the last call at most; None where Linux does not tell."""
    try:
        with open("/proc/self/status") as file:
            found = next(line for line in file if line.startswith("VmHWM"))
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    return 1024 * int(found.split()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--files", type=int, help="so many files, in place of minutes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    files, counts, reasons, findings = originals(), Counter(), Counter(), 0
    end = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as folder, output_of_libraries() as printed:
        path = os.path.join(folder, "clip.bin")
        number = 0
        while number < options.files if options.files else time.monotonic() < end:
            content = damaged(files, np.random.default_rng([options.seed, number]))
            Path(path).write_bytes(content)
            before = peak()
            start = time.process_time()
            found = {"bytes": outcome(content), "path": outcome(path)}
            problems = set()
            try:
                problems = set(check_clips([path]).problem)
            except Exception as error:
                found["check"] = (type(error).__name__, str(error))
            seconds, after = time.process_time() - start, peak()
            wrong = [f"{how}: {kind}: {text}" for how, (kind, text) in found.items() if kind not in ("read", "refused")]
            if found["bytes"] != found["path"]:
                wrong.append(f"two results: {found['bytes']} of bytes, {found['path']} of the path")
            if (found["path"][0] == "refused") != bool(problems & {"unreadable", "empty", "non-finite"}):
                wrong.append(f"check_clips finds {sorted(problems)}, and the path is {found['path'][0]}")
            if seconds > SLOW:
                wrong.append(f"{seconds:.0f} s")
            if before and after and after > before + MOST_TIMES * len(content) + MOST_MORE:
                wrong.append(f"{(after - before) / 1e6:.0f} MB for {len(content)} bytes")
            if text := printed():
                wrong.append(f"printed: {text[:200]!r}")
            counts[found["bytes"][0]] += 1
            if found["bytes"][0] == "refused":
                reasons[re.sub(r"[0-9a-f.]*[0-9][0-9a-f.]*|(bytes|with) .*", "N", found["bytes"][1])] += 1
            for each in wrong:
                findings += 1
                print(f"case {number}: {each}", flush=True)
            if wrong and options.keep is not None:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{options.seed}-{number}.bin").write_bytes(content)
            number += 1
    for reason, n in reasons.most_common():
        print(f"{n:7d} {reason}")
    print(f"{number} files: " + ", ".join(f"{n} {kind}" for kind, n in counts.most_common()) + f"; {findings} findings")
    sys.exit(int(findings > 0))


if __name__ == "__main__":
    main()
