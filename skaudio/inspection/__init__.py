"""What is in a list of clips, what is wrong with a clip, which clips are equal, and a dataset of the readable ones."""

from skaudio._similar_clips import infer_groups
from skaudio.inspection._check import PROBLEMS, check_clips
from skaudio.inspection._describe import describe_clips
from skaudio.inspection._duplicates import find_duplicates
from skaudio.inspection._readable import drop_unreadable

__all__ = ["PROBLEMS", "check_clips", "describe_clips", "drop_unreadable", "find_duplicates", "infer_groups"]
