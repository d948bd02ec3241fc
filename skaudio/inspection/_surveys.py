"""Every clip of a list, read to its end and described."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

from tqdm.auto import tqdm

from skaudio._similar_clips import clips_of
from skaudio.audio import AudioSurvey, survey_sound
from skaudio.clips import Clip, check_parameters, check_rate, check_resampled_length, read_errors
from skaudio.exceptions import AudioReadError
from skaudio.extraction import plan, run_batches


def survey_clips(
    X: Any, sample_rate: float, n_jobs: int | None, verbose: int
) -> Iterator[tuple[int, Clip, AudioSurvey | AudioReadError]]:
    """Yield the position of each clip, the clip, and what it holds or why it cannot be read."""
    check_parameters(sample_rate, 0.0, None, "mean")
    clips = clips_of(X)
    survey = partial(_survey, sample_rate=sample_rate)
    found: list[Any] = [None] * len(clips)
    batches = run_batches(survey, clips, plan(range(len(clips)), clips), n_jobs, stop_at_failure=False)
    with closing(batches), tqdm(total=len(clips), unit="clip", disable=not verbose) as bar:
        for batch in batches:
            for position, outcome in zip(batch.positions, batch.outcomes):
                found[position] = outcome
            bar.update(len(batch.positions))
    yield from zip(range(len(clips)), clips, found)


def _survey(clip: Clip, go_on: Callable[[], None], *, sample_rate: float) -> AudioSurvey:
    with read_errors(clip.path):
        part = clip.part(0.0, None)
        with clip.open(sample_rate) as sound:
            check_rate(sound.rate)
            survey = survey_sound(sound, *part, go_on)
        check_resampled_length(survey.n_frames, survey.sample_rate, sample_rate)
        return survey
