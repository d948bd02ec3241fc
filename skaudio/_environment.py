"""What this process works with: versions, and the kernel that computes."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from skaudio._version import __version__
from skaudio.dsp import describe_kernel

_PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "joblib",
    "librosa",
    "soundfile",
    "soxr",
    "skops",
    "av",
    "tensorflow",
    "keras",
    "scikeras",
    "onnxruntime",
    "dask",
)


def environment() -> dict[str, str | None]:
    """Return what numbers and errors may depend on.

    Returns
    -------
    dict
        By name: the versions of skaudio, Python and the packages (None for those that are not installed), the
        platform, and the kernel that computes.

    Examples
    --------
    >>> environment()["numpy"].split(".")[0]
    '2'
    """
    facts: dict[str, str | None] = {
        "skaudio": __version__,
        "kernel": describe_kernel(),
        "python": sys.version.split()[0],
        "platform": platform.platform(),
    }
    for package in _PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:
            facts[package] = None
    return facts


def show_versions() -> None:
    """Print what a report of a fault should tell: versions, the platform, and the kernel that computes.

    Examples
    --------
    >>> from skaudio import show_versions
    >>> show_versions()
    skaudio       ...
    kernel        ...
    """
    for name, fact in environment().items():
        print(f"{name:13} {'not installed' if fact is None else fact}")
