"""`MFCCDisplay`: a clip's coefficients, or mel spectrogram, over time."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import clone

from skaudio.clips import as_clip
from skaudio.dsp import mel_frequencies
from skaudio.feature_extraction import MFCCTransformer, frames_of_clip
from skaudio.plotting._axes import axes_of
from skaudio.plotting._waveform import title_of

_TICKS = (512, 1024, 2048, 4096, 8192, 16384)  # Hz


class MFCCDisplay:
    """A heat map of what a clip's features are made of: coefficients, or mel bands, over time.

    Make it by `from_clip`.

    Parameters
    ----------
    values : array-like of shape (n_frames, n_values)
        A row a frame.
    times : array-like of shape (n_frames,)
        The middle of each frame in seconds.
    frequencies : array-like of shape (n_values,) or None, default=None
        The middle of each mel band in Hz; None for coefficients.
    name : str or None, default=None
        The clip's name, for the title.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it is drawn.
    figure_ : matplotlib.figure.Figure
        The figure of `ax_`.
    image_ : matplotlib.image.AxesImage
        The heat map.

    Examples
    --------
    >>> import numpy as np
    >>> from skaudio.plotting import MFCCDisplay
    >>> display = MFCCDisplay.from_clip((np.sin(np.arange(9000) / 9), 22050))
    >>> display.ax_.get_ylabel()
    'MFCC'
    """

    def __init__(self, values: Any, *, times: Any, frequencies: Any = None, name: str | None = None) -> None:
        self.values = np.asarray(values)
        self.times = np.asarray(times)
        self.frequencies = None if frequencies is None else np.asarray(frequencies)
        self.name = name

    @classmethod
    def from_clip(
        cls, clip: Any, *, transformer: MFCCTransformer | None = None, kind: str = "mfcc", ax: Any = None
    ) -> Self:
        """Read a clip and draw what a transformer sees of it.

        Parameters
        ----------
        clip : str, PathLike, bytes, binary file object, ndarray or tuple
            One clip, as a list given to `transformer` would hold it.
        transformer : MFCCTransformer or None, default=None
            The transformer whose parameters are used; None is ``MFCCTransformer()``.
        kind : {"mfcc", "mel"}, default="mfcc"
            The coefficients, or the mel spectrogram they are computed from.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        MFCCDisplay
            Drawn.

        Raises
        ------
        AudioReadError
            If the clip cannot be read.
        ValueError
            If `kind` is unknown.
        """
        if kind not in ("mfcc", "mel"):
            raise ValueError(f"kind={kind!r} must be 'mfcc' or 'mel'")
        transformer = (MFCCTransformer() if transformer is None else clone(transformer)).fit([clip])
        values = frames_of_clip(transformer, clip, kind=kind)
        start = 0.0 if transformer.center else transformer.n_fft / 2
        times = (start + transformer.hop_length * np.arange(len(values))) / transformer.sample_rate
        frequencies = None
        if kind == "mel":
            fmax = transformer.sample_rate / 2 if transformer.fmax is None else transformer.fmax
            edges = mel_frequencies(transformer.n_mels + 2, fmin=transformer.fmin, fmax=fmax, htk=transformer.htk)
            frequencies = edges[1:-1]
        return cls(values, times=times, frequencies=frequencies, name=as_clip(clip).path).plot(ax=ax)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Handed to ``Axes.imshow``.

        Returns
        -------
        MFCCDisplay
            Itself, with `ax_`, `figure_` and `image_`.
        """
        self.ax_, self.figure_ = axes_of(ax)
        n_frames, n_values = self.values.shape
        step = self.times[1] - self.times[0] if n_frames > 1 else 1e-3
        extent = (self.times[0] - step / 2, self.times[-1] + step / 2, -0.5, n_values - 0.5)
        is_mel = self.frequencies is not None
        low, high = np.percentile(self.values, (0.5, 99.5))
        if not is_mel:
            # The range of colours leaves out the first two coefficients, loudness and tilt: they are so large that all
            # others would have one colour.
            high = float(np.percentile(np.abs(self.values[:, 2:] if n_values > 2 else self.values), 98)) or 1.0
            low = -high
        style = {"origin": "lower", "aspect": "auto", "interpolation": "nearest", "extent": extent}
        style |= {"cmap": "magma" if is_mel else "RdBu_r", "vmin": low, "vmax": high, **kwargs}
        if "norm" in kwargs:  # it has a range of its own
            del style["vmin"], style["vmax"]
        self.image_ = self.ax_.imshow(self.values.T, **style)
        bar = self.figure_.colorbar(self.image_, ax=self.ax_, extend="both")
        bar.set_label("dB" if is_mel else "coefficient")
        if self.frequencies is not None:
            ticks = [tick for tick in _TICKS if self.frequencies[0] <= tick <= self.frequencies[-1]]
            if len(ticks) < 2:  # a narrow band
                ticks = [round(f) for f in np.interp((0, n_values - 1), np.arange(n_values), self.frequencies)]
            self.ax_.set_yticks(np.interp(ticks, self.frequencies, np.arange(n_values)), ticks)
        else:
            self.ax_.yaxis.get_major_locator().set_params(integer=True)
        self.ax_.set(
            xlabel="time in s", ylabel="frequency in Hz, mel scale" if is_mel else "MFCC", title=title_of(self.name)
        )
        return self
