"""The layouts of UrbanSound8K and ESC-50, of empty files; and ESC-10 itself."""

import pandas as pd
import pytest

from skaudio.datasets import load_esc50

URBAN_ROWS = {
    "slice_file_name": ["7-3-0-0.wav", "7-3-0-1.wav", "8-8-0-0.wav", "9-8-0-0.wav"],
    "fsID": [7, 7, 8, 9],
    "fold": [1, 1, 2, 3],
    "classID": [3, 3, 8, 8],
    "class": ["dog_bark", "dog_bark", "siren", "siren"],
}
ESC_ROWS = {
    "filename": ["1-5-A-0.ogg", "2-6-A-42.ogg", "3-7-A-1.ogg"],
    "fold": [1, 2, 3],
    "target": [0, 42, 1],
    "category": ["dog", "siren", "rooster"],
    "esc10": [True, False, True],
    "src_file": [5, 6, 7],
    "take": ["A", "A", "A"],
}


def write_urbansound8k(root, table="metadata/UrbanSound8K.csv", audio="audio", **columns):
    """Write the layout with empty files; a column that is None is left out."""
    rows = pd.DataFrame({name: values for name, values in {**URBAN_ROWS, **columns}.items() if values is not None})
    (root / table).parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(root / table, index=False)
    for fold, name in zip(URBAN_ROWS["fold"], URBAN_ROWS["slice_file_name"]):
        (root / audio / f"fold{fold}").mkdir(parents=True, exist_ok=True)
        (root / audio / f"fold{fold}" / name).touch()
    return root


def write_esc50(root, **columns):
    rows = pd.DataFrame({name: values for name, values in {**ESC_ROWS, **columns}.items() if values is not None})
    (root / "meta").mkdir(parents=True)
    (root / "audio").mkdir()
    rows.to_csv(root / "meta" / "esc50.csv", index=False)
    for name in ESC_ROWS["filename"]:
        (root / "audio" / name).touch()
    return root


@pytest.fixture(scope="module")
def real_esc10(esc10):
    return load_esc50(esc10, subset="esc10")
