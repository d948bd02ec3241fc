"""What the displays are drawn from in tests, and what is read of a drawing."""

import io
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_iris
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import Bunch

RATE = 22050
NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, RATE).astype(np.float32)
DATASET = Bunch(target=np.array(["siren", "dog_bark", "siren", "drilling", "siren", "dog_bark"]), folds=None)
IN_FOLDS = Bunch(target=DATASET.target, folds=np.array([3, 1, 1, 2, 3, 2]))
SCORES = {"test_score": np.array([0.5, 0.75, 1.0]), "fit_time": np.ones(3)}
HISTORY = {
    "loss": [2.0, 1.5, 1.25],
    "accuracy": [0.2, 0.4, 0.7],
    "val_loss": [2.5, 2.25, 2.0],
    "val_accuracy": [0.1, 0.3, 0.35],
}


class Network(KNeighborsClassifier):
    """Has the `history_` of a network."""

    def fit(self, X, y):
        self.history_ = {**HISTORY, "loss": [2.0, 1.0, float(self.n_neighbors)]}
        return super().fit(X, y)


def fitted(estimator):
    return estimator.fit(*load_iris(return_X_y=True))


def artists(display):
    """Return what a display says it drew, flat."""
    for name in ("artist_", "image_"):
        if hasattr(display, name):
            return [getattr(display, name)]
    drawn = getattr(display, "lines_", None) or display.bars_
    return [artist for item in drawn for artist in (item if isinstance(item, tuple) else [item])]


def drawn_texts(figure):
    """Return all text as it stands in the drawing."""
    drawing = io.BytesIO()
    with plt.rc_context({"svg.fonttype": "none"}):
        figure.savefig(drawing, format="svg")
    texts = ElementTree.fromstring(drawing.getvalue()).iter("{http://www.w3.org/2000/svg}text")
    return ["".join(text.itertext()) for text in texts]


def coloured_pixels(display):
    """Count the pixels inside of the axes that are not grey, without those of the legend."""
    if display.ax_.get_legend():
        display.ax_.get_legend().remove()
    display.figure_.canvas.draw()
    pixels = np.asarray(display.figure_.canvas.buffer_rgba())[..., :3].astype(int)
    return int((np.ptp(pixels, axis=2) > 10).sum())


def tick_names(axis):
    return [label.get_text() for label in axis.get_ticklabels()]
