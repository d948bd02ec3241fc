"""What a clip is: one type with its kinds, how it is read, and the grammar of an ``X`` of clips."""

from skaudio.clips._altered import AlteredClip
from skaudio.clips._clip import Clip, PathClip
from skaudio.clips._digest import Status, digest_of, known_digest, remember, status_of
from skaudio.clips._errors import read_errors
from skaudio.clips._grammar import as_clips, clips_in
from skaudio.clips._load import load_audio
from skaudio.clips._parameters import check_parameters, check_rate, check_resampled_length
from skaudio.clips._reader import Piece, Reader, Reading, TooLongError
from skaudio.clips._recognition import as_clip, is_segment
from skaudio.clips._windows import windows_of

__all__ = [
    "AlteredClip",
    "Clip",
    "PathClip",
    "Piece",
    "Reader",
    "Reading",
    "Status",
    "TooLongError",
    "as_clip",
    "as_clips",
    "check_parameters",
    "check_rate",
    "check_resampled_length",
    "clips_in",
    "digest_of",
    "is_segment",
    "known_digest",
    "load_audio",
    "read_errors",
    "remember",
    "status_of",
    "windows_of",
]
