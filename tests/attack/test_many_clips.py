"""Five thousand clips, some broken or missing: memory, all failures told, a store that is filled across a kill."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile

from skaudio.store import FeatureStore

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="a process's memory is told as Linux does"),
]

N = 5000
SCRIPT = """
import sys, warnings
import numpy as np
from skaudio import MFCCTransformer

clips = open("clips.txt").read().split("\\n")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    rows, failures = MFCCTransformer(cache="features.sqlite", on_error="nan", n_jobs=2).transform_with_failures(clips)
    warned = [str(each.message) for each in caught]
np.save("rows.npy", rows)
# Not what getrusage tells, which counts the process that started this one.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(len(failures), len(warned), max(map(len, warned), default=0), peak.split()[1])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder of so many clips of half a second: each a file of its own, of a content of its own."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "clips").mkdir()
    noise = np.random.default_rng(0).normal(0, 3000, 11_025 + N).astype("int16")
    paths = [str(folder / "clips" / f"{k:04}.wav") for k in range(N)]
    for k, path in enumerate(paths):
        if k % 100 == 7:
            with open(path, "wb") as file:
                file.write(b"RIFF, and no more of it: %d" % k)
        elif k % 100 != 8:  # which is missing
            soundfile.write(path, noise[k : k + 11_025], 22_050)
    (folder / "clips.txt").write_text("\n".join(paths))
    return folder


def test_they_are_extracted_across_a_kill_and_read_back(folder):
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], cwd=folder, stdout=subprocess.DEVNULL)
    store = FeatureStore(folder / "features.sqlite")
    while not os.path.exists(store.path) or store.info()["clips"] < 500:
        time.sleep(0.05)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    stored = store.info()["clips"]
    results = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], cwd=folder, capture_output=True, text=True, timeout=550, check=True
        )
        results.append(([int(word) for word in done.stdout.split()], np.load(folder / "rows.npy")))
    for (n_failures, n_warnings, length, kilobytes), rows in results:
        assert n_failures == N // 50
        assert (n_warnings, length) == (0, 0)  # failures are returned
        assert kilobytes < 700_000
        assert np.isnan(rows).all(axis=1).sum() == N // 50
    np.testing.assert_array_equal(results[0][1], results[1][1])
    info = store.info()
    assert info["clips"] == N - N // 50
    n_decoded = info["extractions"]  # of broken ones each time, and those at work when it was killed
    assert stored < info["clips"] <= n_decoded <= N + 2 * N // 100 + 100
