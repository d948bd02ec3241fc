"""Downloading a dataset's archive, checked, and unpacking it in one step."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from typing import Any

from skaudio.datasets._home import get_data_home
from skaudio.datasets._unpacking import unpack
from skaudio.exceptions import DatasetError


@dataclass(frozen=True)
class Archive:
    """An archive on the web: what it is, where it is, and what it must hash to."""

    name: str  # the dataset's
    folder: str  # the one folder in it, and its name once unpacked
    url: str
    checksum: str  # as pooch has it: "md5:..."
    size: str  # for people


def fetch_archive(archive: Archive, root: Any) -> str:
    """Return the folder of a dataset, downloaded and unpacked below `root` if it is not there yet.

    A download that fails or is cut starts again, three times at most; what is there is complete, since the archive is
    unpacked beside its place and renamed.

    Raises
    ------
    DatasetError
        If there is no network, or what came is not the archive.
    """
    import pooch
    import requests

    root = os.path.expanduser(get_data_home() if root is None else os.fspath(root))
    folder = os.path.join(root, archive.folder)
    if os.path.isdir(folder):
        return folder
    os.makedirs(root, exist_ok=True)
    by_hand = f"download {archive.url} yourself and unpack it, so that {folder!r} is there"
    with tempfile.TemporaryDirectory(prefix=".download-", dir=root) as beside:
        pooch.get_logger().setLevel("WARNING")
        fetcher = pooch.create(
            path=beside,
            base_url="",
            registry={"archive": archive.checksum},
            urls={"archive": archive.url},
            retry_if_failed=2,
        )
        try:
            downloaded = fetcher.fetch("archive", downloader=pooch.HTTPDownloader(progressbar=True))
        except requests.exceptions.RequestException as error:
            raise DatasetError(
                f"{archive.name} ({archive.size}) cannot be downloaded: {type(error).__name__}, {error}; {by_hand}"
            ) from error
        except ValueError as error:
            raise DatasetError(
                f"what {archive.url} sends is not the {archive.name} that is known ({archive.checksum}): {error}; "
                f"{by_hand}"
            ) from error
        unpacked = os.path.join(beside, "unpacked")
        unpack(downloaded, unpacked)
        if os.listdir(unpacked) != [archive.folder]:
            raise DatasetError(
                f"the archive of {archive.name} holds {sorted(os.listdir(unpacked))}, not {archive.folder}"
            )
        try:
            os.rename(os.path.join(unpacked, archive.folder), folder)
        except OSError:
            if not os.path.isdir(folder):  # another process was first
                raise
    return folder
