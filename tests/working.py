"""A working directory of a command, and what is written there."""

import os
import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile

from skaudio.datasets import make_urban_sounds

COLUMNS = ("--column", "path=clip", "--column", "label=kind", "--column", "group=day")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A working directory with the same few sounds as a dataset, as folders of classes and as a table."""
    folder = tmp_path_factory.mktemp("data")
    dataset = make_urban_sounds(folder / "urban", n_per_class=4)
    rows = []
    for path, label, group in zip(dataset.data, dataset.target, dataset.groups):
        if label in ("siren", "drilling", "dog_bark"):
            (folder / "classes" / label).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / "classes" / label)
            rows.append((f"classes/{label}/{os.path.basename(path)}", label, group))
    pd.DataFrame(rows, columns=["clip", "kind", "day"]).to_csv(folder / "table.csv", index=False)
    (folder / "empty").mkdir()
    (folder / "odd").mkdir()
    soundfile.write(folder / "odd" / "good.wav", np.random.default_rng(0).uniform(-0.5, 0.5, 22050), 22050)
    soundfile.write(folder / "odd" / "silent.wav", np.zeros(22050), 22050)
    (folder / "odd" / "broken.wav").write_text("hello")
    (folder / "odd" / "notes.txt").write_text("hello")
    (folder / "grid.json").write_text('{"classifier__dropout": [0.1, 0.3]}')
    (folder / "grid.yaml").write_text("classifier__dropout: [0.1, 0.3]\n")
    (folder / "no_grid.json").write_text('{"classifier__dropout": 0.1}')
    (folder / "broken.json").write_text("{")
    (folder / "misspelt.json").write_text('{"classifier__dropuot": [0.1]}')
    return folder


def outputs(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
