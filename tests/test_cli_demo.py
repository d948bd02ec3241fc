"""``skaudio demo``: the whole job."""

import re

import pandas as pd
import pytest
from running import NOISE, skaudio_command

from skaudio import load
from skaudio.datasets import make_urban_sounds


@pytest.mark.slow
def test_demo_shows_the_whole_job_and_leaves_a_model_that_names_an_unheard_clip(tmp_path):
    dataset = make_urban_sounds(tmp_path / "data", n_per_class=10)
    # Three folds, so that there are fewer networks to train.
    table = pd.DataFrame({"path": dataset.data, "label": dataset.target, "fold": dataset.folds % 3 + 1})
    table.assign(group=dataset.groups).to_csv(tmp_path / "clips.csv", index=False)
    done = skaudio_command("demo", "--data", "clips.csv", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert NOISE.search(done.stderr) is None
    assert "Traceback" not in done.stderr
    for figure in ("class_counts.png", "fold_scores.png"):
        assert (tmp_path / "out" / figure).read_bytes().startswith(b"\x89PNG")
    assert f"100 clips of {len(set(dataset.groups))} recordings, 10 classes, 3 folds" in done.stdout
    random_leak, folds_leak = re.findall(r"(?:random 80/20|the dataset's folds)[^%\n]* (\d+\.\d)%", done.stdout)
    assert float(random_leak) > 10
    assert float(folds_leak) == 0
    for words in ("classifier__dropout", "skaudio evaluate clips.csv", "skaudio predict out/model.skaudio"):
        assert words in done.stdout
    assert re.search(r"mean \d\.\d{3}, sd \d\.\d{3} over 3 folds", done.stdout)

    said = re.search(r"(\S+\.wav)\n +a fresh process says: (\w+), probability (\d\.\d+) \(it is: (\w+)\)", done.stdout)
    clip, named, probability, truth = said.groups()
    assert "trained on all folds but 3" in done.stdout
    (row,) = table[table["path"] == clip].to_dict("records")
    assert (row["label"], row["fold"]) == (truth, 3)
    pipeline = load(tmp_path / "out" / "model.skaudio")
    assert pipeline.predict([clip]) == [named]
    assert pipeline.predict_proba([clip]).max() == pytest.approx(float(probability), abs=6e-4)
