"""Models as files of plain data: written, looked at and loaded without running any code from them."""

from skaudio.persistence._card import model_file_info
from skaudio.persistence._load import load
from skaudio.persistence._save import save

__all__ = ["load", "model_file_info", "save"]
