"""Networks of both kinds, and Python processes to try them in."""

import os
import subprocess
import sys

import numpy as np

from skaudio import ANNClassifier, CNNClassifier


def three_classes(kind, n_rows=60):
    rng = np.random.default_rng(0)
    codes = np.arange(n_rows) % 3
    if kind == "ann":
        X = rng.normal(size=(n_rows, 40)) + codes[:, None]
    else:
        X = rng.normal(size=(n_rows, 24, 10)) + codes[:, None, None]
    return X.astype(np.float32), np.array(["cat", "dog", "owl"])[codes]


def small_of(kind, **parameters):
    make, units = (ANNClassifier, (8,)) if kind == "ann" else (CNNClassifier, (4, 4))
    return make(units, **{"epochs": 2, "random_state": 0, **parameters})


def default_of(kind, **parameters):
    make = ANNClassifier if kind == "ann" else CNNClassifier
    return make(**{"epochs": 2, "random_state": 0, **parameters})


def run_python(*arguments, cwd, timeout=300, **environment):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=timeout,  # a hang is an error of the test
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done
