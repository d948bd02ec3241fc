"""What the tests of the store share."""

import numpy as np
import soundfile
from counting import decodes


def write_clips(folder):
    """Write 96 clips of a second, and return their paths."""
    rng = np.random.default_rng(0)
    for k in range(96):
        soundfile.write(folder / f"{k:03}.wav", rng.uniform(-0.5, 0.5, 22050), 22050)
    return [str(path) for path in sorted(folder.iterdir())]


def n_decodes(log):
    return sum(map(len, decodes(log).values()))


def numbers(store):
    info = store.info()
    return {name: info[name] for name in ("clips", "hits", "misses", "extractions")}
