"""Datasets of sound as scikit-learn Bunches: clips, labels, official folds, source recordings."""

from skaudio.datasets._bunch import select_clips
from skaudio.datasets._dataset import AudioDataset
from skaudio.datasets._esc50 import fetch_esc50, load_esc50
from skaudio.datasets._folder import load_audio_folder
from skaudio.datasets._home import get_data_home
from skaudio.datasets._pattern import fields_of
from skaudio.datasets._recognition import clips_of_table, is_table, load_dataset, recognise_layout
from skaudio.datasets._sounds import find_sounds, is_sound, natural_order
from skaudio.datasets._synthetic import make_urban_sounds
from skaudio.datasets._table import load_audio_table
from skaudio.datasets._urbansound8k import fetch_urbansound8k, load_urbansound8k

__all__ = [
    "AudioDataset",
    "clips_of_table",
    "fetch_esc50",
    "fetch_urbansound8k",
    "fields_of",
    "find_sounds",
    "get_data_home",
    "is_sound",
    "is_table",
    "load_audio_folder",
    "load_audio_table",
    "load_dataset",
    "load_esc50",
    "load_urbansound8k",
    "make_urban_sounds",
    "natural_order",
    "recognise_layout",
    "select_clips",
]
