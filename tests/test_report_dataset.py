"""The report of a dataset: one file, with what is wrong, what leaks, and a clip of each class to hear."""

import re
import shutil
import warnings

import numpy as np
import pytest
from markup import Page
from running import skaudio_command
from sounds import hiss, tone, write

from skaudio.datasets import load_audio_folder
from skaudio.report import dataset_report


@pytest.fixture
def folder(tmp_path):
    """Two classes of two recordings of three clips each; one clip is empty, one silent, one a copy."""
    for k in range(2):
        for take in range(3):
            write(tmp_path / "s" / f"tone_r{k}_{take}.wav", tone(300 + 50 * k + take, 0.5, seed=10 * k + take))
            write(tmp_path / "s" / f"<i>hiss_q{k}_{take}.wav", hiss(0.5 + 0.1 * take, seed=10 * k + take))
    shutil.copy(tmp_path / "s" / "tone_r0_0.wav", tmp_path / "s" / "tone_r0_3.wav")
    write(tmp_path / "s" / "tone_r1_4.wav", np.zeros(8000, np.float32))
    (tmp_path / "s" / "tone_r1_5.wav").write_bytes(b"")
    return tmp_path


def test_it_shows_what_there_is_and_what_is_wrong(folder):
    text = dataset_report(load_audio_folder(folder / "s", pattern="{label}_{group}_{n}"), name="<b>sounds")
    page = Page(text)
    assert {"script", "b"}.isdisjoint(page.elements)
    assert "i" in page.elements  # the bars
    assert all(address.startswith("data:") for address in page.addresses)
    words = " ".join(page.text)
    for expected in (
        "<b>sounds",
        "<i>hiss",
        "the file is empty (0 bytes)",
        "its samples are those of",
        "its peak is 0",
    ):
        assert expected in words
    assert text.count("<audio") == 2 + 2  # of the two classes; of the silent clip and the copy


def test_it_tells_what_leaks(folder):
    dataset = load_audio_folder(folder / "s", pattern="{label}_{group}_{n}")
    own, random = re.findall(r"([\d.]+) %", " ".join(Page(dataset_report(dataset)).text))
    assert float(own) == 0
    assert float(random) > 50
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        dataset = load_audio_folder(folder / "s", pattern="{label}_{n:.+}")
    assert "It cannot be told" in " ".join(Page(dataset_report(dataset)).text)


def test_the_command_writes_it(folder):
    names = ["s", "--pattern", "{label}_{group}_{n}"]
    done = skaudio_command("report", *names, "-o", "page.html", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert '"n_clips": 15' in done.stdout
    assert "<audio" in (folder / "page.html").read_text("utf-8")
    refused = skaudio_command("report", *names, "-o", "page.pdf", cwd=folder)
    assert refused.returncode == 2
    assert "must end in .html" in refused.stderr
