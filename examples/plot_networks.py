"""
A dense and a convolutional network on the same folds
=====================================================

`ANNClassifier` takes one row of mean coefficients for a clip, `CNNClassifier` the coefficients frame by frame. Both are
scikit-learn classifiers: the same folds, scores and searches serve them. The clips are synthetic.
"""

# %%
import tempfile

from skaudio.datasets import make_urban_sounds

folder = tempfile.TemporaryDirectory()
dataset = make_urban_sounds(folder.name, n_per_class=20)
kept = dataset.folds <= 5
clips, labels = dataset.data[kept], dataset.target[kept]

# %%
# The features of both are kept in one store. The network of sequences scales its input itself, so it needs no scaler;
# shorter clips are padded with silence, which it leaves out.
from sklearn.pipeline import make_pipeline

from skaudio import ANNClassifier, CNNClassifier, MFCCTransformer, make_audio_pipeline

cache = f"{folder.name}/features.sqlite"
dense = make_audio_pipeline("tutorial", classifier=ANNClassifier(epochs=40, random_state=0), cache=cache)
convolutional = make_pipeline(
    MFCCTransformer(statistics=None, duration=4.0, cache=cache),
    CNNClassifier(epochs=15, learning_rate=0.003, random_state=0),
)

# %%
# On the same folds, a fold of the one can be compared with the same fold of the other.
from sklearn.model_selection import cross_val_score

scores = {
    name: cross_val_score(pipeline, clips, labels, cv=dataset.cv, error_score="raise")
    for name, pipeline in {"dense": dense, "convolutional": convolutional}.items()
}
for name, found in scores.items():
    print(f"{name:14} {found.mean():.3f}, sd {found.std():.3f} over {len(found)} folds of synthetic clips")
difference = scores["convolutional"] - scores["dense"]
print(f"difference     {difference.mean():+.3f}, standard error {difference.std(ddof=1) / len(difference) ** 0.5:.3f}")

# %%
# Early stopping watches rows of training clips that are held out. With ``groups``, whole recordings are: a clip is not
# watched by means of another cut out of the same recording.
from skaudio.plotting import TrainingHistoryDisplay

features = make_audio_pipeline("tutorial", cache=cache)[:-1].fit_transform(clips)
network = ANNClassifier(epochs=300, validation_fraction=0.2, early_stopping=True, random_state=0)
network.fit(features, labels, groups=dataset.groups[kept])
print(f"stopped after {network.n_iter_} epochs")
TrainingHistoryDisplay.from_estimator(network)

# %%
# Another architecture is a function of a module: it is told the shape of the data and returns a Keras model, and takes
# what it wants of the classifier's parameters. Then `ANNClassifier(model=wide_network)` trains it.


def wide_network(meta, dropout):
    import keras

    return keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            keras.layers.Dense(512, activation="gelu"),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(meta["n_classes_"], activation="softmax"),
        ]
    )


wide = ANNClassifier(model=wide_network, dropout=0.3, epochs=5, random_state=0).fit(features, labels)
print(wide.summary())

folder.cleanup()
