"""
The tutorial, done right
========================

Features, a network and the dataset's own folds, on synthetic sounds in UrbanSound8K's layout. With real data,
``load_urbansound8k("UrbanSound8K")`` takes the place of `make_urban_sounds`, and nothing else changes.
"""

# %%
# The data: paths, class names, folds, and the recording each clip is cut from.
import tempfile

import matplotlib.pyplot as plt

from skaudio.datasets import make_urban_sounds
from skaudio.plotting import ClassCountDisplay, FoldScoresDisplay

folder = tempfile.TemporaryDirectory()
dataset = make_urban_sounds(folder.name, n_per_class=10)
print(dataset.DESCR)
ClassCountDisplay.from_dataset(dataset)

# %%
# A pipeline from paths to class names. Its steps are ordinary scikit-learn estimators. With a store, each clip is
# decoded once, however many folds and candidates follow.
from skaudio import make_audio_pipeline

cache = f"{folder.name}/features.sqlite"
pipeline = make_audio_pipeline(n_jobs=2, random_state=0, cache=cache).set_params(classifier__epochs=15)
print(pipeline)

# %%
# The folds come with the data. scikit-learn's searches take paths as X, so nothing leaks from fold to fold: features,
# scaling and network are fitted inside each.
from sklearn.model_selection import GridSearchCV

search = GridSearchCV(pipeline, {"classifier__dropout": [0.2, 0.5]}, cv=dataset.cv)
search.fit(dataset.data, dataset.target)
print(search.best_params_, round(search.best_score_, 3))
FoldScoresDisplay.from_cv_results(search.cv_results_)

# %%
# A random split of the same clips promises more than it can keep: most test clips share their recording with a
# training clip.
import warnings

from sklearn.model_selection import StratifiedKFold

from skaudio.model_selection import check_leakage

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    print(check_leakage(StratifiedKFold(5, shuffle=True, random_state=0), dataset.data, dataset.target, dataset.groups))

# %%
# The best pipeline is the product. It can be pickled, and takes paths or bytes.
import pickle

product = pickle.loads(pickle.dumps(search.best_estimator_))
with open(dataset.data[0], "rb") as file:
    print(product.predict([file.read()]), "is what it hears in a clip of", dataset.target[0])

plt.show()
folder.cleanup()
