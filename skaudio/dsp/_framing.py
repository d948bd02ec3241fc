"""Frames of a waveform that comes in pieces."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from skaudio.dsp._frames import n_frames

# Frames that are given at once: most clips in one go. With fewer, threads wait for each other more often, since each
# step lets go of Python's lock and asks for it again.
GROUP_FRAMES = 256


class FrameStream:
    """The frames of one waveform, group by group, however the waveform is cut.

    Parameters
    ----------
    n_fft, hop_length : int
        Frame length and step in samples.
    center : bool
        Centre frames on their time, with ``n_fft // 2`` samples around the waveform.
    edge : bool, default=False
        Whether those samples repeat the first and the last one; they are silence otherwise.

    Examples
    --------
    >>> import numpy as np
    >>> stream = FrameStream(4, hop_length=2, center=True, edge=True)
    >>> [group.tolist() for group in (*stream.add(np.float32([1, 2, 3])), *stream.end())]
    [[[1.0, 1.0, 1.0, 2.0], [1.0, 2.0, 3.0, 3.0]]]
    """

    def __init__(self, n_fft: int, *, hop_length: int, center: bool, edge: bool = False) -> None:
        self._n_fft = n_fft
        self._hop_length = hop_length
        self._center = center
        self._edge = edge
        self._kept: list[np.ndarray] = []  # samples of frames that are not complete yet
        self._n_kept = 0
        self._n_skipped = 0  # samples between two frames, still to come
        self._n_samples = self._n_done = 0
        self._last = np.float32(0)

    def add(self, samples: np.ndarray) -> Iterator[np.ndarray]:
        """Take the next piece of the waveform, and yield the frames it completes.

        Parameters
        ----------
        samples : ndarray of shape (n,), float32
            Samples; full scale is 1.

        Yields
        ------
        ndarray of shape (256, n_fft)
            A view of the samples.
        """
        if not self._n_samples and len(samples):
            self._keep(self._padding(samples[0]))
        self._n_samples += len(samples)
        self._keep(samples)
        if len(samples):
            self._last = samples[-1]
        # Whole groups of frames only, so that the groups are the same however the waveform comes.
        n_complete = max(0, (self._n_kept - self._n_fft) // self._hop_length + 1)
        n_ready = n_complete // GROUP_FRAMES * GROUP_FRAMES
        if n_ready:
            yield from self._groups(n_ready)

    def end(self) -> Iterator[np.ndarray]:
        """Yield the frames that are left.

        Yields
        ------
        ndarray of shape (n, n_fft)
            As from `add`, the last group of fewer frames.

        Raises
        ------
        ValueError
            If the waveform is shorter than a single frame.
        """
        n = n_frames(self._n_samples, n_fft=self._n_fft, hop_length=self._hop_length, center=self._center)
        self._keep(self._padding(self._last))
        if n > self._n_done:
            yield from self._groups(n - self._n_done)

    def _padding(self, beside: np.float32) -> np.ndarray:
        n = self._n_fft // 2 if self._center else 0
        return np.full(n, beside if self._edge else 0, np.float32)

    def _keep(self, samples: np.ndarray) -> None:
        n_skipped = min(self._n_skipped, len(samples))
        self._n_skipped -= n_skipped
        self._kept.append(samples[n_skipped:])
        self._n_kept += len(samples) - n_skipped

    def _groups(self, n: int) -> Iterator[np.ndarray]:
        """Yield the first `n` frames of the samples that are kept, and forget what they alone needed."""
        samples = np.concatenate(self._kept)
        hop = self._hop_length
        frames = np.lib.stride_tricks.sliding_window_view(samples, self._n_fft)[::hop]
        for start in range(0, n, GROUP_FRAMES):
            yield frames[start : min(start + GROUP_FRAMES, n)]
        self._n_done += n
        self._kept = [samples[n * hop :]]
        self._n_kept = len(self._kept[0])
        self._n_skipped = max(0, n * hop - len(samples))
