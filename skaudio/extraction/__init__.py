"""The engine: a recipe (one reader, several features), run over clips in batches, through a store where there is one.

Reading down: `Step` and `Feature` are what a transformer says is computed, `Recipe` runs them on one clip,
`run_batches` runs that on many, and `extract` lets what is stored come from the store.
"""

from skaudio.extraction._batches import Batch, plan, run_batches
from skaudio.extraction._cepstra import Cepstra
from skaudio.extraction._descriptors import Contrast, FrameValues, Magnitudes, Samples
from skaudio.extraction._embeddings import Embeddings
from skaudio.extraction._extract import extract
from skaudio.extraction._fingerprint import fingerprint
from skaudio.extraction._frames import Frames, Statistics, numbered
from skaudio.extraction._log_mel import LogMel
from skaudio.extraction._modulation import Modulation
from skaudio.extraction._recipe import Extracted, Recipe
from skaudio.extraction._spectra import Padded, Spectra
from skaudio.extraction._step import Feature, Flow, MapFlow, Step

__all__ = [
    "Batch",
    "Cepstra",
    "Contrast",
    "Embeddings",
    "Extracted",
    "Feature",
    "Flow",
    "FrameValues",
    "Frames",
    "LogMel",
    "Magnitudes",
    "MapFlow",
    "Modulation",
    "Padded",
    "Recipe",
    "Samples",
    "Spectra",
    "Statistics",
    "Step",
    "extract",
    "fingerprint",
    "numbered",
    "plan",
    "run_batches",
]
