"""A library's page in a real browser, where there is one."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest


def chromium():
    """The browser's program; where there is none, the test is skipped and says so."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium to try the page in (apt-get install chromium)")
    pytest.importorskip("playwright")
    return found


@contextmanager
def served(application):
    """Serve an application from a thread, and give its port."""
    import uvicorn

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


@contextmanager
def served_by_command(library):
    """Serve a library as a user does, and give the page's address."""
    command = [sys.executable, "-m", "skaudio.cli", "library", "serve", str(library), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        try:
            line = process.stdout.readline()
            yield line.split()[-1]
        finally:
            process.terminate()
