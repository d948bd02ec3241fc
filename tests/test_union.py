"""`AudioFeatureUnion`: scikit-learn's union, and each clip read once."""

import joblib
import numpy as np
import pandas as pd
import pytest
import soundfile
from counting import count_decodes, decodes, listening
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler

from skaudio import MFCCTransformer, make_audio_pipeline
from skaudio.exceptions import AudioReadError, AudioReadWarning
from skaudio.feature_extraction import AudioFeatureUnion, LogMelTransformer
from skaudio.store import FeatureStore


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(0)
    for k in range(12):
        soundfile.write(folder / f"{k:02}.wav", rng.uniform(-0.5, 0.5, 20000 + 999 * k), 44100)
    return [str(path) for path in sorted(folder.iterdir())]


@pytest.fixture
def union():
    mfcc = MFCCTransformer(n_mfcc=13, statistics=("mean", "std"))
    return AudioFeatureUnion([("mfcc", mfcc), ("mel", LogMelTransformer(statistics=("mean", "p95")))])


def parts(union, X):
    return np.hstack([transformer.transform(X) for _, transformer in union.transformer_list])


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_rows_are_those_of_the_transformers_bit_for_bit(union, clips, n_jobs):
    expected = parts(union, clips)
    assert union.set_params(n_jobs=n_jobs).fit_transform(clips).tobytes() == expected.tobytes()
    names = FeatureUnion(union.transformer_list).fit(clips).get_feature_names_out()
    assert union.get_feature_names_out().tolist() == names.tolist()
    frame = clone(union).set_output(transform="pandas").fit_transform(pd.Series(clips, index=range(5, 17)))
    assert frame.columns.tolist() == names.tolist()
    assert frame.index.tolist() == list(range(5, 17))


def test_each_clip_is_decoded_once_and_each_spectrum_computed_once(union, clips):
    with listening() as events:
        union.transform(clips)
    done = [event for _, event, *_ in events]
    assert (done.count("skaudio.decode"), done.count("skaudio.spectra")) == (12, 12)
    other = union.set_params(mel__n_fft=1024, mel__n_mels=40)
    with listening() as events:
        rows = other.transform(clips)
    done = [event for _, event, *_ in events]
    assert (done.count("skaudio.decode"), done.count("skaudio.spectra")) == (12, 24)
    assert rows.tobytes() == parts(other, clips).tobytes()


def test_what_is_stored_serves_the_union_and_the_transformers_alike(union, clips, tmp_path):
    store = FeatureStore(tmp_path / "features.sqlite")
    expected = parts(union, clips)
    assert union.set_params(cache=store).transform(clips).tobytes() == expected.tobytes()
    assert store.info()["extractions"] == store.info()["clips"] == 12
    for _, transformer in union.transformer_list:
        clone(transformer).set_params(cache=store).transform(clips)
    assert union.set_params(mfcc__n_mfcc=40, mel__statistics=("std",)).transform(clips).shape == (12, 80 + 128)
    assert store.info()["extractions"] == 12
    added = clone(union).set_params(
        transformer_list=[*union.transformer_list, ("low", LogMelTransformer(n_mels=20, fmax=2000.0))]
    )
    with listening() as events:
        rows = added.transform(clips)
    assert store.info()["extractions"] == 24
    assert [event for _, event, *_ in events].count("skaudio.spectra") <= 14  # and of the signals a store knows it by
    assert rows.tobytes() == parts(added, clips).tobytes()


@pytest.mark.slow
def test_a_search_in_worker_processes_decodes_each_clip_once(union, clips, tmp_path):
    store, log = FeatureStore(tmp_path / "features.sqlite"), tmp_path / "log"
    pipeline = make_audio_pipeline(classifier=LogisticRegression(max_iter=500)).set_params(
        features=union.set_params(cache=store)
    )
    grid = {"features__mfcc__n_mfcc": [5, 13], "features__mel__statistics": [("mean",), ("mean", "std")]}
    y = np.arange(12) % 2
    with joblib.parallel_config(backend="loky", initializer=count_decodes, initargs=(log,)):
        search = GridSearchCV(pipeline, grid, cv=3, n_jobs=2, error_score="raise").fit(clips, y)
    paths = [path for process in decodes(log).values() for path in process]
    assert sorted(paths) == clips
    assert search.best_estimator_.predict(clips).shape == (12,)
    assert store.info()["extractions"] == 12


def test_parameters_reach_the_transformers_and_clones_are_apart(union):
    params = union.get_params()
    assert params["mfcc__n_mfcc"] == 13
    assert params["mel"] is union.named_transformers["mel"]
    other = clone(union).set_params(mfcc__n_mfcc=20, mel="drop", n_jobs=2)
    assert (union.named_transformers.mfcc.n_mfcc, union.n_jobs) == (13, None)
    assert other.fit_transform([np.ones(9000)]).shape == (1, 40)
    assert other.get_feature_names_out()[0] == "mfcc__mfcc_00_mean"
    assert other.sample_rate == 22050


def test_parameters_that_are_not_its_own_reach_all_that_have_them(union, clips):
    other = clone(union).set_params(sample_rate=16000, n_mfcc=5, statistics=("mean",), n_jobs=2)
    assert [each.sample_rate for each in other.named_transformers.values()] == [16000, 16000]
    assert (other.n_jobs, other.named_transformers.mfcc.n_jobs) == (2, None)
    assert other.transform(clips[:1]).shape == (1, 5 + 128)
    assert union.sample_rate == 22050
    search = GridSearchCV(
        make_pipeline(union, StandardScaler(), LogisticRegression()), {"audiofeatureunion__n_mfcc": [5, 13]}, cv=2
    ).fit(clips, ["dog", "cow"] * 6)
    width = search.best_estimator_[0].transform(clips[:1]).shape[1]
    assert width == 2 * search.best_params_["audiofeatureunion__n_mfcc"] + 2 * 128
    with pytest.raises(ValueError, match="Invalid parameter 'n_mfccs' for a union of mfcc, mel: neither it nor one of"):
        union.set_params(n_mfccs=5)


def test_names_without_prefixes_must_differ(union):
    names = union.set_params(verbose_feature_names_out=False).fit([np.ones(9000)]).get_feature_names_out()
    assert names[[0, 26]].tolist() == ["mfcc_00_mean", "logmel_000_mean"]
    union.set_params(transformer_list=[*union.transformer_list, ("again", MFCCTransformer(n_mfcc=1))])
    with pytest.raises(ValueError, match=r"same name: mfcc_00_mean; set verbose_feature_names_out=True"):
        union.fit([np.ones(9000)])


def test_sequences_of_one_length_stand_side_by_side(clips):
    frames = {"statistics": None, "duration": 0.4}
    union = AudioFeatureUnion([("mfcc", MFCCTransformer(**frames)), ("mel", LogMelTransformer(n_mels=40, **frames))])
    rows = union.transform(clips)
    assert rows.shape == (12, 18, 80)
    expected = [transformer.transform(clips) for _, transformer in union.transformer_list]
    assert rows.tobytes() == np.concatenate(expected, axis=-1).tobytes()
    with pytest.raises(ValueError, match="3-dimensional sequences"):
        union.set_output(transform="pandas").transform(clips)
    with pytest.raises(ValueError, match=r"'mfcc' gives \(18, 40\).*'mel' gives \(40,\).*statistics, or sequences"):
        union.set_params(mel__statistics=("mean",)).fit(clips)


@pytest.mark.parametrize(
    "changed",
    [
        {"sample_rate": 16000},
        {"offset": 0.1},
        {"duration": 2.0},
        {"max_duration": 5.0},
        {"channel": 0},
        {"res_type": "soxr_vhq"},
    ],
    ids=str,
)
def test_those_that_cannot_share_the_reading_are_told_of_feature_union(union, changed):
    union.named_transformers.mel.set_params(**changed)
    (name,) = changed
    with pytest.raises(ValueError, match=f"'mfcc' has {name}=.*'mel' has.*sklearn.pipeline.FeatureUnion"):
        union.fit(["dog.wav"])


@pytest.mark.parametrize(
    "transformer_list, error, words",
    [
        ([], ValueError, "no transformer"),
        ([("mfcc", "drop")], ValueError, "no transformer"),
        ([("mfcc", MFCCTransformer()), ("mfcc", LogMelTransformer())], ValueError, "not unique"),
        ([("a__b", MFCCTransformer())], ValueError, "must not contain __"),
        ([("n_jobs", MFCCTransformer())], ValueError, "conflict with constructor"),
        ([("pca", make_pipeline(MFCCTransformer(), PCA()))], TypeError, "'pca' is a Pipeline.*FeatureUnion"),
        ([("scale", StandardScaler())], TypeError, "'scale' is a StandardScaler"),
        ([("mfcc", "passthrough")], TypeError, "'mfcc' is a str"),
        ([MFCCTransformer()], ValueError, r"list of pairs \(name, transformer\)"),
        ([("mfcc", MFCCTransformer(n_mfcc=0))], ValueError, "n_mfcc"),
        ([("mfcc", MFCCTransformer(n_mfcc=200))], ValueError, "n_mfcc=200"),
        ([("mfcc", MFCCTransformer(on_error="nan"))], ValueError, "'mfcc' has on_error='nan'.*set on_error there"),
        ([("mfcc", MFCCTransformer(cache="a.sqlite"))], ValueError, "'mfcc' has cache='a.sqlite'.*set cache there"),
        ("mfcc", ValueError, "transformer_list"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_union_is_refused_at_fit(transformer_list, error, words):
    union = AudioFeatureUnion(transformer_list)
    for use in (union.fit, union.transform):
        with pytest.raises(error, match=words):
            use(["dog.wav"])


def test_clips_that_cannot_be_read_are_told_of_once(union, clips, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_text("hello")
    X = [clips[0], str(broken), clips[1]]
    with pytest.raises(AudioReadError, match=r"clip 1, .*broken\.wav"):
        union.fit_transform(X)
    with pytest.warns(AudioReadWarning, match="1 of 3 clips") as caught:
        rows = union.set_params(on_error="nan").transform(X)
    assert len(caught) == 1
    assert np.isnan(rows[1]).all()
    assert rows[[0, 2]].tobytes() == union.transform([clips[0], clips[1]]).tobytes()


def test_a_nested_union_is_one_reading(union, clips):
    outer = AudioFeatureUnion([("inner", union), ("more", MFCCTransformer(n_mfcc=2, deltas=1))])
    with listening() as events:
        rows = outer.transform(clips)
    done = [event for _, event, *_ in events]
    assert (done.count("skaudio.decode"), done.count("skaudio.spectra")) == (12, 12)
    assert outer.get_feature_names_out()[0] == "inner__mfcc__mfcc_00_mean"
    assert rows.shape == (12, len(outer.get_feature_names_out()))
