"""Dask workers as on machines of their own: in network, process and mount namespaces, joined by a bridge."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
import soundfile

from skaudio import MFCCTransformer
from skaudio.store import FeatureStore

pytest.importorskip("distributed")

NET = f"10.213.{os.getpid() % 200 + 1}"
BRIDGE = f"skb{os.getpid()}"[:15]
SCRIPT = """
import os, signal, sys, threading, time, warnings
import joblib
from dask.distributed import Client
from skaudio import MFCCTransformer
from skaudio.exceptions import AudioReadWarning

clips = open("clips.txt").read().split("\\n")
with Client(sys.argv[1], timeout=120) as client:
    client.wait_for_workers(2, timeout=120)
    if len(sys.argv) > 3:
        def kill():
            while not any(client.processing().values()):
                time.sleep(0.01)
            os.kill(int(sys.argv[3]), signal.SIGKILL)
        threading.Thread(target=kill, daemon=True).start()
    mfcc = MFCCTransformer(hop_length=8, **eval(sys.argv[2]))
    with warnings.catch_warnings(record=True) as caught, joblib.parallel_config("dask"):
        warnings.simplefilter("always", AudioReadWarning)
        try:
            rows = mfcc.transform(clips)
            open("rows", "wb").write(rows.tobytes())
            print("workers:", len(client.scheduler_info()["workers"]))
        except BaseException as error:
            print(type(error).__name__, error)
    print(*[each.message for each in caught if each.category is AudioReadWarning])
"""


def ip(*arguments):
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True)


@pytest.fixture(scope="module")
def network():
    """The names of two network namespaces that reach this machine's at ``NET.1``."""
    if not all(map(shutil.which, ("ip", "unshare"))):
        pytest.skip("needs the commands ip and unshare")
    with ExitStack() as stack:
        try:
            ip("link", "add", BRIDGE, "type", "bridge")
            stack.callback(ip, "link", "del", BRIDGE)
            ip("addr", "add", f"{NET}.1/24", "dev", BRIDGE)
            ip("link", "set", BRIDGE, "up")
            names = []
            for k in (2, 3):
                name, link = f"{BRIDGE}n{k}", f"{BRIDGE[:12]}v{k}"
                ip("netns", "add", name)
                stack.callback(ip, "netns", "del", name)
                ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
                ip("link", "set", link, "master", BRIDGE, "up")
                ip("-n", name, "addr", "add", f"{NET}.{k}/24", "dev", "eth0")
                ip("-n", name, "link", "set", "eth0", "up")
                ip("-n", name, "link", "set", "lo", "up")
                names.append(name)
            command = ["ip", "netns", "exec", names[0], "unshare", "--pid", "--fork", "--mount-proc", "true"]
            subprocess.run(command, capture_output=True, text=True, check=True)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"namespaces are not allowed here: {error.stderr.strip()}")
        yield names


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machines")
    (folder / "sounds").mkdir()
    rng = np.random.default_rng(0)
    paths = [str(folder / "sounds" / f"{k:03}.wav") for k in range(160)]
    for path in paths:
        soundfile.write(path, rng.uniform(-0.5, 0.5, 22050), 22050)
    (folder / "clips.txt").write_text("\n".join(paths))
    (folder / "script.py").write_text(SCRIPT)
    return folder, MFCCTransformer(hop_length=8, n_jobs=2).transform(paths)


@contextmanager
def cluster(network, *, before=""):
    """Start a scheduler here and a worker in each namespace; `before` is a shell command that the first one runs."""
    address = f"tcp://{NET}.1:8786"
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", f"{NET}.1", "--port", "8786"]
    worker = f"{sys.executable} -m distributed.cli.dask_worker {address} --nthreads 1 --no-nanny --no-dashboard"
    namespace = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c"]
    commands = [
        [*scheduler, "--no-dashboard"],
        *(
            ["ip", "netns", "exec", name, *namespace, f"{each} exec {worker}"]
            for name, each in zip(network, (before, ""))
        ),
    ]
    processes = []
    try:
        for command in commands:
            processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            time.sleep(0.1)
        yield address, *(process.pid for process in processes)
    finally:
        for process in reversed(processes):
            process.send_signal(signal.SIGKILL)
            process.wait()


def run(folder, address, parameters, *victim):
    (folder / "rows").unlink(missing_ok=True)
    command = [sys.executable, "script.py", address, repr(parameters), *map(str, victim)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_two_machines_give_the_same_bits_and_one_store_extracts_each_clip_once(network, folder):
    folder, expected = folder
    with cluster(network) as (address, *_):
        for _ in range(2):
            run(folder, address, {"cache": str(folder / "features.sqlite")})
            assert (folder / "rows").read_bytes() == expected.tobytes()
    assert FeatureStore(folder / "features.sqlite").info()["extractions"] == len(expected)


@pytest.mark.slow
def test_a_machine_that_is_lost_costs_nothing_but_time(network, folder):
    folder, expected = folder
    with cluster(network) as (address, _, first, _):
        said = run(folder, address, {}, first)
        assert (folder / "rows").read_bytes() == expected.tobytes()
    assert said.startswith("workers: 1\n")


@pytest.mark.slow
def test_a_machine_that_lacks_the_files_is_named(network, folder):
    folder, expected = folder
    with cluster(network, before=f"mount --make-rprivate / && mount -t tmpfs none {folder}/sounds &&") as (address, *_):
        said = run(folder, address, {})
        assert said.startswith("AudioFileNotFoundError cannot read clip ")
        assert f"there is no such file (on the worker tcp://{NET}.2:" in said
        said = run(folder, address, {"on_error": "nan"})
        rows = np.fromfile(folder / "rows", np.float32).reshape(expected.shape)
    lacking = np.isnan(rows).all(axis=1)
    assert 0 < lacking.sum() < len(rows)
    np.testing.assert_array_equal(rows[~lacking], expected[~lacking])
    assert f"{lacking.sum()} of {len(rows)} clips could not be read; their rows are NaN" in said
    assert f"(on the worker tcp://{NET}.2:" in said


@pytest.mark.slow
def test_a_scheduler_that_goes_away_ends_the_call(network, folder):
    folder, _ = folder
    with cluster(network) as (address, scheduler, *_):
        said = run(folder, address, {}, scheduler)
    assert "scheduler" in said
    assert not (folder / "rows").exists()
