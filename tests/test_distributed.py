"""Extraction on a Dask cluster: the same bits, and the loss of a worker is not the loss of the job."""

import subprocess
import sys

import numpy as np
import pytest
import soundfile

from skaudio import MFCCTransformer
from skaudio.store import FeatureStore

pytest.importorskip("distributed")

SCRIPT = """
import os, signal, sys, threading, time
import joblib
from dask.distributed import Client, LocalCluster
from skaudio import MFCCTransformer

if __name__ == "__main__":
    clips = open("clips.txt").read().split("\\n")
    mfcc = MFCCTransformer(hop_length=8, **eval(sys.argv[2]))
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        first = client.run(os.getpid)
        if sys.argv[1] == "kill":
            def kill():
                while not any(client.processing().values()):
                    time.sleep(0.01)
                os.kill(min(first.values()), signal.SIGKILL)
            threading.Thread(target=kill).start()
        with joblib.parallel_config("dask"):
            rows = mfcc.transform(clips)
        open("rows", "wb").write(rows.tobytes())
        print(len(set(first.values()) - set(client.run(os.getpid).values())))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dask")
    rng = np.random.default_rng(0)
    paths = [str(folder / f"{k:03}.wav") for k in range(240)]
    for path in paths:
        soundfile.write(path, rng.uniform(-0.5, 0.5, 22050), 22050)
    (folder / "clips.txt").write_text("\n".join(paths))
    (folder / "script.py").write_text(SCRIPT)
    rows = MFCCTransformer(hop_length=8, n_jobs=2).transform(paths)
    return folder, paths, rows.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("what", ["plain", "kill", "store"])
def test_a_cluster_gives_the_same_bits_even_if_a_worker_is_killed(folder, what):
    folder, paths, expected = folder
    parameters = {"cache": str(folder / "features.sqlite")} if what == "store" else {}
    command = [sys.executable, "script.py", what, repr(parameters)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    assert (folder / "rows").read_bytes() == expected
    # The worker was killed indeed.
    assert done.stdout.split()[-1] == ("1" if what == "kill" else "0")
    if what == "store":
        assert FeatureStore(folder / "features.sqlite").info()["extractions"] == len(paths)
