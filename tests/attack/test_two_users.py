"""Two users of one store: neither is in the other's way, whoever may write it, and whoever was killed."""

import os
import subprocess
import sys

import pytest

from skaudio.store._owner import HAS_FLOCK

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become others"),
    pytest.mark.skipif(not HAS_FLOCK, reason="nothing is claimed without locks"),
]

# All is imported before a process becomes another user, who may not read the packages, nor their versions.
SCRIPT = """
import functools, importlib.metadata, os, signal, sys, time, traceback, warnings
import numpy as np, soundfile
import skaudio.audio._convert
from skaudio import MFCCTransformer
from skaudio.store import FeatureStore

skaudio.audio._convert.version = functools.cache(importlib.metadata.version)
folder, umask = sys.argv[1], int(sys.argv[2], 8)
store = os.path.join(folder, "features.sqlite")
clips = [os.path.join(folder, f"{k}.wav") for k in range(30)]
for k, clip in enumerate(clips):
    soundfile.write(clip, np.random.default_rng(k).normal(0, 0.1, 22050), 22050)
expected = MFCCTransformer(cache=os.path.join(folder, "root.sqlite"), n_jobs=2).transform(clips)

def as_user(number, work):
    process = os.fork()
    if not process:
        status = 1
        try:
            os.setgid(number)
            os.setuid(number)
            os.umask(umask)
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)
    return process

def use(n):
    def work():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            rows = MFCCTransformer(cache=store, n_jobs=2).transform(clips[:n])
        assert rows.tobytes() == expected[:n].tobytes()
        assert [w for w in caught if "store" in str(w.message)] == [], caught[0].message
        print(FeatureStore(store).info()["extractions"])
    return work

def dies():
    MFCCTransformer(cache=store, hop_length=4).transform(clips)

def run(number, work):
    assert os.waitpid(as_user(number, work), 0)[1] == 0

run(12345, use(10))
run(12346, use(20))
victim = as_user(12345, dies)
while not os.path.exists(store + "-owners"):
    time.sleep(0.01)
os.kill(victim, signal.SIGKILL)
os.waitpid(victim, 0)
run(12346, use(30))
run(12345, use(30))
"""


@pytest.mark.parametrize("mode", [0o1777, 0o777])
@pytest.mark.parametrize(
    "umask, extractions",
    [
        ("022", ["10", "10", "11", "31"]),  # the second user reads alone; the killed one had claimed one clip or more
        ("000", ["10", "20", "31", "31"]),  # both write
    ],
)
def test_neither_is_blocked(tmp_path, mode, umask, extractions):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(mode)
    for folder in (tmp_path, *tmp_path.parents):
        if not os.stat(folder).st_mode & 0o001:
            folder.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", SCRIPT, shared, umask], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = [int(line) for line in done.stdout.split()]
    n_claimed = found[2] - int(extractions[2]) + 1
    assert 0 <= n_claimed <= 9
    assert found == [int(n) + (n_claimed - 1 if k > 1 else 0) for k, n in enumerate(extractions)]
