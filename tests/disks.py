"""Small disks, where this process may mount some, and what fills them."""

import subprocess
from contextlib import contextmanager, suppress

import pytest


@contextmanager
def small_disk(folder, megabytes):
    """Mount a disk below a folder for a while, and give its path; the test is skipped where that is not allowed."""
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a disk cannot be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def fill(disk):
    """Write a file until nothing more goes onto the disk."""
    with suppress(OSError), open(disk / "filling", "wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
