"""Clips that are nearly the same sound, and the recordings that they tell of."""

from skaudio._alike._groups import infer_groups
from skaudio._alike._pairs import check_threshold, clips_of, groups_of, pairs_alike

__all__ = ["check_threshold", "clips_of", "groups_of", "infer_groups", "pairs_alike"]
