"""Clips that can be told from their features, and a classifier that notes what it is given of them."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression

from skaudio import load_audio


# What a clip is can be told from one number: its first sample is its position, and copies have a sample more.
def mark_as_copy(samples, sample_rate, random_state):
    return np.append(samples, np.float32(-1))


class Marks(TransformerMixin, BaseEstimator):
    """A clip as ``[position, whether it is a copy]``."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        waveforms = [load_audio(clip, sample_rate=100)[0] for clip in X]
        return np.array([[waveform[0] * 1000, waveform[-1] == -1] for waveform in waveforms])


class Noting(LogisticRegression):
    """Notes what it is trained on and asked for: lists of marks."""

    trained, asked = [], []

    def fit(self, X, y, sample_weight=None):
        self.trained.append(np.round(X).astype(int))
        return super().fit(X, y, sample_weight)

    def predict_proba(self, X):
        self.asked.append(np.round(X).astype(int))
        return super().predict_proba(X)

    def predict(self, X):
        self.asked.append(np.round(X).astype(int))
        return super().predict(X)


def marked_clips(n=24):
    return [np.full(50, position / 1000, np.float32) for position in range(n)], np.arange(n) % 2


def pairs(noting):
    return list(zip(noting.trained, noting.asked))


def assert_apart(trained, held_out):
    assert not held_out[:, 1].any(), "a copy is tested"
    assert not set(trained[:, 0]) & set(held_out[:, 0]), "a clip that is tested, or its copy, is trained on"
