"""
Clips beside other columns, and in ensembles
============================================

A clip is a value like any other: it can stand in a table beside numbers, be missing, and go through scikit-learn's
unions and ensembles. The clips are synthetic.
"""

# %%
# A table with a column of paths, one of them missing, and a column of numbers.
import tempfile
import warnings

import numpy as np
import pandas as pd

from skaudio.datasets import make_urban_sounds
from skaudio.exceptions import AudioReadWarning

folder = tempfile.TemporaryDirectory()
dataset = make_urban_sounds(folder.name, n_per_class=6)
hour = np.random.default_rng(0).integers(0, 24, len(dataset.data))
table = pd.DataFrame({"path": pd.Series(dataset.data, dtype="string"), "hour": hour})
print(table.head(3).assign(path=lambda t: t["path"].str[-20:]))

# %%
# Each column goes where it belongs. The folds are found by the column ``path``.
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skaudio import MFCCTransformer

columns = ColumnTransformer(
    [
        ("sound", make_pipeline(MFCCTransformer(on_error="nan"), SimpleImputer()), "path"),
        ("hour", "passthrough", ["hour"]),
    ]
)
model = make_pipeline(columns, StandardScaler(), LogisticRegression(max_iter=2000))
scores = cross_val_score(model, table, dataset.target, cv=dataset.cv)
print(f"clips and hour: {scores.mean():.3f}, sd {scores.std():.3f} over {len(scores)} folds of synthetic clips")

# %%
# A path may be missing: its features are NaN, one warning lists such rows, and the imputer fills them.
gaps = table.copy()
gaps.loc[3, "path"] = pd.NA
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", AudioReadWarning)
    model.fit(gaps, dataset.target)
print(caught[0].message)

# %%
# Features of several kinds side by side.
from sklearn.pipeline import FeatureUnion

union = FeatureUnion(
    [("coarse", MFCCTransformer(n_mfcc=5, statistics=("mean", "max"))), ("fine", MFCCTransformer(n_fft=512))]
)
print(union.fit_transform(dataset.data).shape, union.get_feature_names_out()[:3])

# %%
# Whole pipelines of clips in ensembles: calibrated, voting, bagged. `BaggingClassifier` wants two dimensions, which a
# frame of one column has.
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, VotingClassifier

from skaudio import make_audio_pipeline

plain = make_audio_pipeline("tutorial", classifier=LogisticRegression(max_iter=2000))
wide = make_audio_pipeline("tutorial", classifier=LogisticRegression(max_iter=2000)).set_params(
    features__statistics=("mean", "std")
)
for name, ensemble, X in (
    ("calibrated", CalibratedClassifierCV(plain, cv=list(dataset.cv.split(dataset.data))), dataset.data),
    ("voting", VotingClassifier([("plain", plain), ("wide", wide)], voting="soft"), dataset.data),
    ("bagged", BaggingClassifier(plain, n_estimators=3, random_state=0), table[["path"]]),
):
    ensemble.fit(X, dataset.target)
    print(name, ensemble.predict_proba(X[:1]).shape)

folder.cleanup()
