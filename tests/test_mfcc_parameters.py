"""The parameters of `MFCCTransformer` are validated at use, and documented."""

import ast
import inspect
import re
from importlib.util import find_spec

import numpy as np
import pytest
from mfccs import ids, noise  # noqa: F401 - fixture

from skaudio import MFCCTransformer
from skaudio.exceptions import AudioReadError

pytestmark = pytest.mark.usefixtures("each_kernel")

# Two parameters wrong together, or one out of its range; and the name the error must have in it.
WRONG = [
    ({"n_mfcc": 0}, "n_mfcc"),
    ({"n_mfcc": True}, "n_mfcc=True"),
    ({"n_fft": np.True_}, "n_fft"),
    ({"hop_length": True}, "hop_length=True"),
    ({"sample_rate": True}, "sample_rate=True"),
    ({"top_db": False}, "top_db=False"),
    ({"n_jobs": True}, "n_jobs=True"),
    ({"offset": True}, "offset=True"),
    ({"n_mfcc": 13.0}, "n_mfcc"),
    ({"n_mfcc": 129}, "n_mfcc"),
    ({"n_mels": 39}, "n_mels"),
    ({"n_mels": 0}, "n_mels"),
    ({"sample_rate": 0}, "sample_rate"),
    ({"sample_rate": "22050"}, "sample_rate"),
    ({"sample_rate": float("nan")}, "sample_rate"),
    ({"statistics": "mean"}, "statistics"),
    ({"statistics": ()}, "statistics"),
    ({"statistics": ("mean", "mode")}, "statistics.*'mode'"),
    ({"statistics": ("mean", "std", "mean")}, "statistics"),
    ({"statistics": None}, "duration"),
    ({"statistics": None, "duration": 1e-6}, "duration"),
    ({"statistics": None, "duration": 0.01, "center": False}, "duration"),
    ({"deltas": -1}, "deltas"),
    ({"deltas": 9}, "deltas"),
    ({"n_fft": 1}, "n_fft"),
    ({"hop_length": 0}, "hop_length"),
    ({"win_length": 0}, "win_length"),
    ({"win_length": 2049}, "win_length"),
    ({"window": "nope"}, "window"),
    ({"window": ("kaiser",)}, "window"),
    ({"window": np.ones(100)}, "window"),
    ({"window": None}, "window"),
    ({"window": ()}, "window"),
    ({"window": ["a"] * 2048}, "window"),
    ({"window": np.full(2048, np.nan)}, "window"),
    ({"center": "yes"}, "center"),
    ({"power": 0}, "power"),
    ({"fmin": -1}, "fmin"),
    ({"fmin": 11025}, "fmin"),
    ({"fmin": 5000, "fmax": 4000}, "fmin"),
    ({"fmax": 11026}, "fmax"),
    ({"fmax": 0}, "fmax"),
    ({"htk": "yes"}, "htk"),
    ({"mel_norm": "l2"}, "mel_norm"),
    ({"mel_norm": 0}, "mel_norm"),
    ({"dct_type": 4}, "dct_type"),
    ({"dct_type": 1, "n_mels": 1, "n_mfcc": 1}, "dct_type"),
    ({"norm": "l2"}, "norm"),
    ({"lifter": -1}, "lifter"),
    ({"top_db": -1}, "top_db"),
    ({"offset": -1}, "offset"),
    ({"duration": 0}, "duration"),
    ({"max_duration": 0}, "max_duration"),
    ({"channel": -1}, "channel"),
    ({"channel": "left"}, "channel"),
    ({"res_type": "best"}, "res_type"),
    ({"on_error": "drop"}, "on_error"),
    ({"n_jobs": 1.5}, "n_jobs"),
    ({"verbose": -1}, "verbose"),
]


# Parameters


@pytest.mark.parametrize("parameters, name", WRONG, ids=[ids(parameters) for parameters, _ in WRONG])
def test_wrong_parameters_are_named_at_use_and_not_before(noise, parameters, name):
    transformer = MFCCTransformer(**parameters)
    for method in ("fit", "transform", "fit_transform"):
        with pytest.raises(ValueError, match=name) as caught:
            getattr(transformer, method)([noise])
        assert not isinstance(caught.value, AudioReadError)
    with pytest.raises(ValueError, match=name):
        MFCCTransformer().fit([noise]).set_params(**parameters).transform([noise])


@pytest.mark.skipif(find_spec("samplerate") is not None, reason="samplerate is installed")
@pytest.mark.parametrize("method", ["fit", "transform", "fit_transform"])
def test_resampler_that_is_not_installed_is_an_import_error(noise, method):
    with pytest.raises(ImportError, match="pip install samplerate"):
        getattr(MFCCTransformer(res_type="linear", on_error="nan"), method)([noise])


def test_empty_bands_are_warned_of_at_fit(noise):
    with pytest.warns(UserWarning, match=r"of n_mels=128 mel bands"):
        MFCCTransformer(n_fft=256).fit([noise])


def test_documented_parameters_and_defaults_are_those_of_the_signature():
    section = inspect.getdoc(MFCCTransformer).split("Parameters\n----------\n")[1].split("\nAttributes\n")[0]
    documented = {}
    for names, default in re.findall(r"^(\w+(?:, \w+)*) : .*default=(.*)$", section, flags=re.MULTILINE):
        names = names.split(", ")
        values = ast.literal_eval(default)
        documented |= dict(zip(names, values)) if len(names) > 1 else {names[0]: values}
    signature = inspect.signature(MFCCTransformer).parameters
    assert documented == {name: parameter.default for name, parameter in signature.items()}


def test_parameters_are_by_name_only():
    assert {p.kind for p in inspect.signature(MFCCTransformer).parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}
