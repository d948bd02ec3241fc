"""
Searching parameters over the dataset's own folds
=================================================

A grid search, a nested one, and a halving search that spends epochs where they pay. The clips are synthetic.
"""

# %%
import tempfile

from skaudio.datasets import make_urban_sounds

folder = tempfile.TemporaryDirectory()
dataset = make_urban_sounds(folder.name, n_per_class=5)

# %%
# Parameters of every step can be searched, those of the features too. A plain scikit-learn classifier stands in the
# network's place here; the grid would be the same.
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from skaudio import make_audio_pipeline

pipeline = make_audio_pipeline("tutorial", classifier=LogisticRegression(max_iter=2000))
grid = {"features__n_mfcc": [13, 40], "features__statistics": [("mean",), ("mean", "std")]}
search = GridSearchCV(pipeline, grid, cv=dataset.cv).fit(dataset.data, dataset.target)
print("best:", search.best_params_)
print(f"its mean accuracy over {search.n_splits_} folds of synthetic clips: {search.best_score_:.3f}")

# %%
# The best score of a search is too high: the search chose it. A search inside each outer fold measures what it finds
# on clips it has not seen. The inner folds are the dataset's other folds, since clips are recognised by their paths.
from sklearn.model_selection import cross_val_score

small = {"features__n_mfcc": [13, 40]}
kept = dataset.folds <= 4
nested = cross_val_score(
    GridSearchCV(pipeline, small, cv=dataset.cv), dataset.data[kept], dataset.target[kept], cv=dataset.cv
)
print(f"nested: {nested.mean():.3f}, sd {nested.std():.3f} over {len(nested)} folds")

# %%
# A halving search starts all candidates with few epochs and goes on with the best third.
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingGridSearchCV

from skaudio import ANNClassifier

network = make_audio_pipeline("tutorial", classifier=ANNClassifier((32,), learning_rate=0.01, random_state=0))
halving = HalvingGridSearchCV(
    network,
    {"classifier__dropout": [0.1, 0.3, 0.5]},
    resource="classifier__epochs",
    min_resources=2,
    max_resources=6,
    cv=dataset.cv,
    random_state=0,
).fit(dataset.data[kept], dataset.target[kept])
print("candidates and epochs a round:", list(zip(halving.n_candidates_, halving.n_resources_)))
print("best:", halving.best_params_)

# %%
# Optuna's search takes the same pipeline and folds, where ``pip install optuna-integration`` was run:
#
# .. code-block:: python
#
#     from optuna.distributions import IntDistribution
#     from optuna_integration import OptunaSearchCV
#
#     search = OptunaSearchCV(pipeline, {"features__n_mfcc": IntDistribution(10, 60)}, cv=dataset.cv, n_trials=20)
#     search.fit(dataset.data, dataset.target)

folder.cleanup()
