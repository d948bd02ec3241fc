"""What a batch of sequences goes through before a network learns from it: masks over it, and mixtures of its clips.

In TensorFlow's graph, as a part of the compiled epoch; imported when a network is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

_MASKS = 2  # of each kind, as in SpecAugment


@dataclass(frozen=True)
class Altering:
    """How batches are altered, anew in each epoch.

    Parameters
    ----------
    time_mask, frequency_mask : float
        Longest share of the frames, and of the coefficients, that a mask covers; 0 for none.
    mixup : float
        Both parameters of the beta distribution that shares of mixtures are drawn from; 0 for none.
    """

    time_mask: float = 0.0
    frequency_mask: float = 0.0
    mixup: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.time_mask or self.frequency_mask or self.mixup)


NO_ALTERING = Altering()


def mask_and_mix(altering: Altering, x: Any, y: Any, w: Any, fill: Any, seed: Any) -> tuple[Any, Any, Any, Any]:
    """Return a batch masked and mixed, and for each sequence its own share and the other clip's class and weight.

    Parameters
    ----------
    altering : Altering
        How to mask and mix.
    x, y, w : tensor
        Sequences (n, n_frames, n_coefficients), their classes and weights.
    fill : tensor of shape (n_coefficients,)
        The values that a mask puts in the place of the masked ones.
    seed : tensor of shape (2,), int32
        Seed of all that is drawn.

    Returns
    -------
    x : tensor
        The altered sequences, of the same shape.
    share : tensor of shape (n,)
        How much of each sequence is its own clip: 0.5 at least, and 1 without mixup.
    y_other, w_other : tensor of shape (n,)
        Class and weight of the clip that is mixed in.
    """
    share, others = tf.ones_like(w), tf.range(tf.shape(y)[0])
    if altering.mixup:
        seeds = tf.random.experimental.stateless_split(seed, 4)
        seed = seeds[0]
        shape = tf.shape(w)
        first, second = (tf.random.stateless_gamma(shape, seeds[k], altering.mixup) for k in (1, 2))
        share = first / tf.maximum(first + second, 1e-12)
        share = tf.maximum(share, 1.0 - share)
        others = tf.argsort(tf.random.stateless_uniform(shape, seeds[3]))
        x = share[:, None, None] * x + (1.0 - share)[:, None, None] * tf.gather(x, others)
    for axis, most in ((1, altering.time_mask), (2, altering.frequency_mask)):
        for _ in range(_MASKS if most else 0):
            seeds = tf.random.experimental.stateless_split(seed, 2)
            seed = seeds[0]
            x = tf.where(_mask(tf.shape(x), axis, most, seeds[1]), fill, x)
    return x, share, tf.gather(y, others), tf.gather(w, others)


def _mask(shape: Any, axis: int, most: float, seed: Any) -> Any:
    """Return where one stretch along an axis of each sequence is: at most a share of it, anywhere."""
    drawn = tf.random.stateless_uniform((2, shape[0], 1), seed)
    length = tf.cast(shape[axis], tf.float32)
    width = tf.floor(drawn[0] * (most * length + 1.0))
    start = tf.floor(drawn[1] * (length - width + 1.0))
    place = tf.range(length)[None]
    return tf.expand_dims((place >= start) & (place < start + width), 3 - axis)


def seed_of(seed: int, epoch: int) -> np.ndarray:
    """Return what an epoch of a fit draws from."""
    return (np.random.SeedSequence([seed, epoch]).generate_state(2) >> 1).astype(np.int32)
