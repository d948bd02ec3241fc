"""Values of parameters on the command line: understood as people write them, and checked before any work."""

import json
import re

import pytest
from running import skaudio_commands

from skaudio.cli._settings import Setup


@pytest.mark.parametrize(
    "setting, value",
    [
        ("classifier__early_stopping=true", True),
        ("classifier__early_stopping=False", False),
        ("features__duration=none", None),
        ("features__duration=null", None),
        ("features__duration=2.5", 2.5),
        ("features__statistics=mean,std", ("mean", "std")),
        ("features__statistics=(mean, std)", ("mean", "std")),
        ("features__statistics=('mean', 'p95')", ("mean", "p95")),
        ("classifier__hidden_layer_sizes=32,16", (32, 16)),
        ("features__res_type=soxr_mq", "soxr_mq"),
        ("features__cache=a,b.sqlite", "a,b.sqlite"),
        ("classifier__epochs = 50", 50),
    ],
)
def test_values_are_understood_as_they_are_written(setting, value):
    name = setting.partition("=")[0].strip()
    assert Setup("tutorial", settings=[setting]).pipeline().get_params()[name] == value
    step, _, parameter = name.partition("__")
    strong = Setup(settings=[setting]).pipeline()[step]
    parts = strong.named_transformers.values() if parameter not in strong.get_params() else [strong]
    assert {repr(getattr(part, parameter)) for part in parts if hasattr(part, parameter)} == {repr(value)}


MISTAKES = {
    "a word for a number": (["--set", "classifier__epochs=five"], r"--set 'classifier__epochs=five'.*'epochs'.*'five'"),
    "out of range": (["--set", "features__n_mfcc=0"], "--set 'features__n_mfcc=0'.*'n_mfcc'"),
    "no step": (["--set", "dropout=0.3"], r"--set 'dropout' names no step; did you mean classifier__dropout\?"),
    "a value of a union's part": (["--set", "features__nothing__n_mfcc=0"], "features__nothing__n_mfcc|nothing"),
    "no step and no parameter": (["--set", "dropuot=0.3"], "--set 'dropuot' is no step__parameter"),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What the commands say; there is no data, so that none of them has begun the work."""
    folder = tmp_path_factory.mktemp("settings")
    (folder / "grid.json").write_text(json.dumps({"dropout": [0.1, 0.2]}))
    commands = [["evaluate", "nowhere", *arguments] for arguments, _ in MISTAKES.values()]
    (folder / "values.json").write_text(json.dumps({"classifier__epochs": [5, "five"]}))
    commands.append(["search", "nowhere", "--grid", "grid.json"])
    commands.append(["search", "nowhere", "--grid", "values.json"])
    return skaudio_commands(commands, cwd=folder)


def test_mistakes_in_values_are_told_of_before_the_data_are_looked_at(answers):
    for (_, says), done in zip(MISTAKES.values(), answers):
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert re.search(says, line), line
        assert "cross_val_predict" not in line


def test_a_grid_s_name_without_its_step_is_told_which_is_meant(answers):
    assert answers[-2].returncode == 2
    assert "the grid's 'dropout' names no step; did you mean classifier__dropout?" in answers[-2].stderr


def test_a_grid_s_values_are_checked_before_the_data_are_looked_at(answers):
    assert answers[-1].returncode == 2
    assert "the grid's classifier__epochs='five': The 'epochs' parameter" in answers[-1].stderr
