"""Archives that hold more, or other things, than they should."""

import io
import stat
import tarfile
import zipfile

import pytest

from skaudio.datasets._unpacking import unpack
from skaudio.exceptions import DatasetError


def tarred(*members):
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, kind, body in members:
            member = tarfile.TarInfo(name)
            member.type = kind
            member.size = len(body) if kind == tarfile.REGTYPE else 0
            member.linkname = body.decode() if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            archive.addfile(member, io.BytesIO(body))
    return content.getvalue()


def zipped(*members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, mode, body in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, body)
    return content.getvalue()


FILE = ("a/b.wav", tarfile.REGTYPE, b"sound")
ZIPPED_FILE = ("a/b.wav", stat.S_IFREG | 0o644, b"sound")
BAD = {
    "tar: link": (tarred(FILE, ("a/c", tarfile.SYMTYPE, b"b.wav")), "'a/c', a link or a device"),
    "tar: hard link": (tarred(FILE, ("a/c", tarfile.LNKTYPE, b"a/b.wav")), "'a/c', a link or a device"),
    "tar: device": (tarred(FILE, ("a/null", tarfile.CHRTYPE, b"")), "'a/null', a link or a device"),
    "tar: pipe": (tarred(("a/pipe", tarfile.FIFOTYPE, b"")), "'a/pipe', a link or a device"),
    "tar: outside": (
        tarred(("../b.wav", tarfile.REGTYPE, b"sound")),
        "cannot be unpacked: '../b.wav'",
    ),
    "tar: many": (tarred(*[(f"a/{k}", tarfile.REGTYPE, b"") for k in range(11)]), "more than 10 files"),
    "tar: large": (tarred(("a/zeros", tarfile.REGTYPE, bytes(200_001))), "more than 10 files, or 0.0002 GB"),
    "tar: cut": (tarred(("a/zeros", tarfile.REGTYPE, bytes(range(250)) * 700))[:-300], "cannot be unpacked"),
    "zip: link": (zipped(ZIPPED_FILE, ("a/c", stat.S_IFLNK | 0o777, "b.wav")), "'a/c', a link or a device"),
    "zip: outside": (zipped(("a/../../b.wav", 0, b"sound")), "which is outside of its folder"),
    "zip: root": (zipped(("/b.wav", 0, b"sound")), "which is outside of its folder"),
    "zip: many": (zipped(*[(f"a/{k}", 0, b"") for k in range(11)]), "more than 10 files"),
    "zip: bomb": (zipped(("a/zeros", 0, bytes(10_000_000))), "or 0.0002 GB"),
    "neither": (b"<html>not found</html>", "cannot be unpacked"),
}


@pytest.mark.parametrize("content, says", BAD.values(), ids=BAD)
def test_what_is_no_plain_archive_is_refused(tmp_path, content, says):
    (tmp_path / "archive").write_bytes(content)
    with pytest.raises(DatasetError, match=says):
        unpack(str(tmp_path / "archive"), str(tmp_path / "folder"), most_files=10, most_bytes=200_000)
    written = [path for path in tmp_path.rglob("*") if path.name not in ("archive", "folder", "a")]
    assert sum(path.lstat().st_size for path in written) < 200_000
    assert not any(path.is_symlink() or not (path.is_file() or path.is_dir()) for path in written)
    assert not (tmp_path / "b.wav").exists()


@pytest.mark.parametrize("content", [tarred(FILE), zipped(ZIPPED_FILE)], ids=["tar", "zip"])
def test_files_and_folders_are_unpacked(tmp_path, content):
    (tmp_path / "archive").write_bytes(content)
    unpack(str(tmp_path / "archive"), str(tmp_path / "folder"))
    assert (tmp_path / "folder" / "a" / "b.wav").read_bytes() == b"sound"
