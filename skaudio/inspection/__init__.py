"""What is in a list of clips, what is wrong with which, and a dataset without those that cannot be read."""

from skaudio.inspection._check import PROBLEMS, check_clips
from skaudio.inspection._describe import describe_clips
from skaudio.inspection._readable import drop_unreadable

__all__ = ["PROBLEMS", "check_clips", "describe_clips", "drop_unreadable"]
