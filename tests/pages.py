"""The pages of the documentation: their blocks of code, and a folder in which those can run."""

import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from sounds import hiss, tone, write

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)
_ELSEWHERE = ("pip", "git", "sphinx-build")
_BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page):
    """Return language, first line and text of each block that is to run."""
    text = page.read_text("utf-8")
    return [(match[1], text[: match.start(2)].count("\n") + 1, match[2]) for match in _BLOCK.finditer(text)]


def script_of(page):
    """Return a page as one script: its Python, and what is typed into a terminal."""
    lines = ["from pages import terminal"]
    for language, first, text in blocks(page):
        lines.append(f"# line {first}")
        name = re.match(r"# (\w+\.py)$", text, re.MULTILINE)
        if language == "python" and name:  # a file of its own
            lines.append(f"open({name[1]!r}, 'w').write({text!r})")
        elif language == "python":
            lines.append(text)
        else:
            commands = [line[2:] for line in text.replace("\\\n", " ").splitlines() if line.startswith("$ ")]
            assert commands, f"{page.name}, line {first}: a block of a terminal has no line that begins with $"
            lines += [f"terminal({command!r})" for command in commands]
    return "\n".join(lines)


def terminal(line):
    """Do what a line does in a terminal, where it is a command of skaudio; installing is tried elsewhere."""
    from skaudio.cli import main

    program, *arguments = shlex.split(line, comments=True)
    assert program in ("skaudio", *_ELSEWHERE), f"{line!r} is no command that a test could run"
    if program in _ELSEWHERE:
        return
    try:
        main(arguments)
        status = 0
    except SystemExit as end:
        status = end.code or 0
    assert status == 0 or (arguments[0] == "check" and status == 1), f"{line!r} ended with status {status}"


def furnish(folder):
    """Make all that the pages take for given: sounds, digits, tables, long recordings, broken files."""
    from skaudio.datasets import make_urban_sounds

    source = make_urban_sounds(folder / "UrbanSound8K", n_per_class=6)
    classes = ("dog_bark", "siren", "jackhammer")
    for path, label, fold in zip(source.data, source.target, source.folds):
        if label in classes:
            (folder / "sounds" / label).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / "sounds" / label / f"{fold}_{Path(path).name}")
    shutil.copy(source.data[0], folder / "bark.wav")
    rng = np.random.default_rng(0)
    for digit in range(3):
        for k, speaker in enumerate(("jackson", "theo", "lucas")):
            for take in range(4):
                samples = tone(300 * (digit + 1) + 40 * k, 0.5, seed=100 * digit + 10 * k + take)
                write(folder / "digits" / f"{digit}_{speaker}_{take}.wav", samples)
    long = [np.concatenate([tone(400 + 600 * (k % 2), 2.0, seed=k) for k in range(8)]), hiss(16.0, seed=3)]
    for name, samples in zip(("long.wav", "long2.wav"), long):
        write(folder / name, samples)
    for k in (1, 2):
        calls = (0.1 * rng.standard_normal(50_000)).astype(np.float32)
        write(folder / "calls" / f"bat{k}.wav", calls, rate=250_000)
    (folder / "bad").mkdir()
    (folder / "bad" / "empty.wav").write_bytes(b"")
    (folder / "bad" / "page.wav").write_text("<!DOCTYPE html><title>not found</title>")
    table = pd.DataFrame(
        {"path": source.data, "label": source.target, "recording": source.groups, "fold": source.folds}
    )
    table = table[table["label"].isin(classes)]
    table["path"] = [str(Path(path).relative_to(folder)) for path in table["path"]]
    table.to_csv(folder / "clips.csv", index=False)
    for name, part in (("train", table[table["fold"] > 2]), ("test", table[table["fold"] <= 2])):
        part[["path", "label"]].to_csv(folder / f"{name}.csv", index=False)
    (folder / "grid.json").write_text('{"classifier__C": [0.01, 0.1]}')
    pretrained_model(folder / "yamnet.onnx")


def pretrained_model(path):
    """Write a model with YAMNet's rate and outputs, and none of its knowledge: 480 samples become a frame."""
    from onnx import TensorProto, helper, numpy_helper, save

    rng = np.random.default_rng(0)
    widths = {"scores": 521, "embedding": 1024, "log_mel": 64}
    constants = {"samples": np.array([480]), "zero": np.array([0]), "shape": np.array([-1, 480])}
    constants |= {f"to_{name}": rng.standard_normal((480, n)).astype(np.float32) for name, n in widths.items()}
    nodes = [
        helper.make_node("Shape", ["waveform"], ["length"]),
        helper.make_node("Div", ["length", "samples"], ["frames"]),
        helper.make_node("Mul", ["frames", "samples"], ["end"]),
        helper.make_node("Slice", ["waveform", "zero", "end"], ["whole"]),
        helper.make_node("Reshape", ["whole", "shape"], ["cut"]),
        *(helper.make_node("MatMul", ["cut", f"to_{name}"], [name]) for name in widths),
    ]
    waveform = helper.make_tensor_value_info("waveform", TensorProto.FLOAT, ["samples_in"])
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", n]) for name, n in widths.items()]
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "like_yamnet", [waveform], outputs, tensors)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
