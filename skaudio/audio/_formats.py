"""What a content that libsndfile refuses is, told by the bytes it starts with."""

from __future__ import annotations

from typing import NamedTuple

from skaudio.audio._content import Content

_HEAD = 512  # bytes
_GSM_FRAME = 33


class Container(NamedTuple):
    """Sound that FFmpeg's libraries decode, and libsndfile does not.

    Attributes
    ----------
    name : str
        What people call it.
    demuxer : str
        The one part of FFmpeg that opens it: so a text with the addresses of other files opens none.
    """

    name: str
    demuxer: str


_CONTAINERS = {  # by the bytes they start with
    b"\x1a\x45\xdf\xa3": Container("Matroska or WebM", "matroska"),
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": Container("Windows Media (wma, asf)", "asf"),
    b"#!AMR": Container("AMR", "amr"),
    b"MAC ": Container("Monkey's Audio (ape)", "ape"),
    b"wvpk": Container("WavPack", "wv"),
    b"TTA1": Container("True Audio (tta)", "tta"),
    b"MP+": Container("Musepack", "mpc"),
    b"MPCK": Container("Musepack", "mpc8"),
    b"ADIF": Container("AAC", "aac"),
    b"\x0b\x77": Container("AC-3", "ac3"),
    b"\x7f\xfe\x80\x01": Container("DTS", "dts"),
    b"DSD ": Container("DSD (dsf)", "dsf"),
    b"FLV\x01": Container("Flash video", "flv"),
    b".RMF": Container("RealMedia", "rm"),
    b"Creative Voice File": Container("VOC", "voc"),
    b".SoX": Container("SoX's own format", "sox"),
    b"XoS.": Container("SoX's own format", "sox"),
    b"nut/multimedia container": Container("NUT", "nut"),
    b"\xb7\xd8\x00\x20": Container("Windows Television (wtv)", "wtv"),
}
_OGG_ENCODINGS = {b"vorbis": "Vorbis", b"OpusHead": "Opus", b"FLAC": "FLAC"}  # named in the first page
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"skip")
_ADTS = (b"\xff\xf0", b"\xff\xf1", b"\xff\xf8", b"\xff\xf9")
_EXTENSIBLE = 0xFFFE  # WAVE_FORMAT_EXTENSIBLE: the number stands further on
_WAV_ENCODINGS = {
    0x20: "Yamaha's ADPCM",
    0x45: "G.726",
    0x50: "MP2",
    0x55: "MP3",
    0x64: "G.726",
    0xFF: "AAC",
    0x160: "WMA",
    0x161: "WMA",
    0x162: "WMA Pro",
    0x163: "WMA lossless",
    0x1600: "AAC",
    0x1602: "AAC",
    0x2000: "AC-3",
    0x2001: "DTS",
    0x5346: "Flash's ADPCM",
    0xF1AC: "FLAC",
}
_OTHERS = {
    b"version https://git-lfs": "a git-LFS pointer, not the sound itself; fetch it with: git lfs pull",
    b"PK\x03\x04": "a ZIP archive; unpack it first",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"BZh": "a bzip2 archive; unpack it first",
    b"7z\xbc\xaf": "a 7-Zip archive; unpack it first",
    b"Rar!": "a RAR archive; unpack it first",
    b"%PDF": "a PDF document, not a sound file",
    b"\x89PNG": "a PNG image, not a sound file",
    b"\xff\xd8\xff": "a JPEG image, not a sound file",
    b"MThd": "a MIDI file, which holds notes and no sound",
    b"\x93NUMPY": "a NumPy array; pass a pair (np.load(path), rate)",
    b"\x89HDF": "an HDF5 file; pass the waveforms in it",
    b"#EXTM3U": "a playlist, not a sound file; pass the files that it names",
}


def container_of(content: Content) -> Container | None:
    """Return the container that a content is; None for a container that libsndfile reads, or an unknown one."""
    head = content.read(0, _HEAD)
    for magic, container in _CONTAINERS.items():
        if head.startswith(magic):
            return container
    if head.startswith(b"OggS"):
        known = next((name for mark, name in _OGG_ENCODINGS.items() if mark in head[:64]), None)
        what = "of an encoding other than Vorbis, Opus and FLAC" if known is None else f"{known}, damaged or cut"
        return Container(f"Ogg {what}", "ogg")
    if head[4:8] in _BOXES:
        return Container("MP4 (m4a, mp4, 3gp, mov)", "mov")
    if head[:2] in _ADTS:
        return Container("AAC", "aac")
    if head[:1] == b"\x56" and head[1:2] >= b"\xe0":
        return Container("AAC (latm)", "loas")
    if head[:2] == b"\x80\x00" and b"(c)CRI" in head:
        return Container("ADX", "adx")
    if head[:4] == b"fLaC" and len(head) > 21:
        bits = (int.from_bytes(head[20:22], "big") >> 4 & 31) + 1
        return None if bits in (8, 16, 24) else Container(f"FLAC of {bits} bits", "flac")
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return Container("AVI", "avi")
    if head[:4] == b"RIFF" and head[12:16] == b"fmt ":
        encoding = _WAV_ENCODINGS.get(wav_encoding(head))
        return None if encoding is None else Container(f"WAV that holds {encoding}", "wav")
    if head[:4] == b"caff" and head[8:12] == b"desc" and head[28:32] != b"lpcm":
        return Container("CAF of an encoding other than PCM", "caf")
    if head[:1] == head[188:189] == head[376:377] == b"\x47":
        return Container("an MPEG transport stream", "mpegts")
    return None


def wav_encoding(head: bytes) -> int:
    """Return the number of a WAV file's encoding, by its first bytes, where ``fmt`` is its first chunk."""
    number = int.from_bytes(head[20:22], "little")
    return int.from_bytes(head[44:46], "little") if number == _EXTENSIBLE else number


def is_bare_gsm(content: Content) -> bool:
    """Tell whether a content is frames of GSM 06.10 and nothing else, as telephone systems record them.

    Each frame of 33 bytes starts with the same four bits (the magic of RFC 3551, section 4.5.8.1).
    """
    first = content.read(0, 1)
    if content.size % _GSM_FRAME or content.size < 4 * _GSM_FRAME or first[0] >> 4 != 0xD:
        return False
    head = content.read(0, _GSM_FRAME * 30_000)
    # The silence of A-law is a row of one byte, which has those bits.
    return all(byte >> 4 == 0xD for byte in head[::_GSM_FRAME]) and len(set(head[: 4 * _GSM_FRAME])) > 4


def what_it_is_instead(content: Content) -> str:
    """Say what a content is that no decoder reads, where that is known; else an empty string."""
    head = content.read(0, _HEAD)
    if not head:
        return "the file is empty (0 bytes)"
    for magic, what in _OTHERS.items():
        if head.startswith(magic):
            return f"it is {what}"
    start = head.lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "it is an HTML page saved under a sound file's name; download the sound again"
    if start.startswith(b"<?xml"):
        return "it is an XML document saved under a sound file's name, often a server's error; download the sound again"
    if start.startswith((b'{"', b"[")) and start.isascii():
        return "it is a JSON document saved under a sound file's name; download the sound again"
    if not any(head) and not any(content.read(0, 1 << 20)):
        return f"it starts with {min(content.size, 1 << 20)} zero bytes, as a download that was never filled does"
    return ""


def after_tags(content: Content, position: int) -> int:
    """Return where the ID3 and APE tags at a position end."""
    while len(head := content.read(position, 16)) == 16:
        if head[:3] == b"ID3":
            a, b, c, d = head[6:10]
            position += 10 + (a << 21 | b << 14 | c << 7 | d) + (10 if head[5] & 0x10 else 0)  # a footer
        elif head[:3] == b"TAG":
            position += 128
        elif head[:8] == b"APETAGEX":
            position += 32 + int.from_bytes(head[12:16], "little")
        else:
            break
    return position


def before_tags(content: Content) -> int:
    """Return where the ID3v1 and APE tags at the end begin."""
    end = content.size
    while True:
        if content.read(end - 128, 3) == b"TAG":
            end -= 128
        elif content.read(end - 32, 8) == b"APETAGEX":
            footer = content.read(end - 32, 32)
            size = int.from_bytes(footer[12:16], "little")  # with this footer, and without the header
            if not 32 <= size <= end:
                return end
            end -= size + (32 if footer[23] & 0x80 else 0)
        else:
            return max(0, end)
