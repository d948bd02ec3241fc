"""Clips that are nearly the same sound, and which clips come from one recording."""

from skaudio._similar_clips._groups import infer_groups
from skaudio._similar_clips._pairs import check_threshold, clips_of, groups_of, pairs_alike

__all__ = ["check_threshold", "clips_of", "groups_of", "infer_groups", "pairs_alike"]
