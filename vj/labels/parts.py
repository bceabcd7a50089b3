"""The pieces that an MP4, a PNG and a JPEG are made of, one after another, without reading what is in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vj.core.errors import MediaError

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
MIME = {"mp4": "video/mp4", "png": "image/png", "jpg": "image/jpeg"}
MEND = "labels go into mp4, png and jpg"
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


@dataclass(frozen=True, slots=True)
class Part:
    """A box, a chunk or a segment: bytes start to stop of the file, `head` of which are its own header."""

    kind: bytes
    """b"moov", b"iTXt", b"\\xe1"; b"" for what is none of these: a signature, bytes behind the end"""
    start: int
    stop: int
    head: int = 0
    whole: bool = True
    """False: the file ends before it does"""


def form_of(path: Path) -> str:
    """`mp4`, `png` or `jpg`, by its first bytes. Raises MediaError for what is missing, empty or something else."""
    if not path.is_file():
        raise MediaError(f"{path}: no such file", "check the name")
    with path.open("rb") as file:
        head = file.read(12)
    if not head:
        raise MediaError(f"{path}: the file is empty", "make it again")
    if head.startswith(PNG_HEAD):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head[4:8] == b"ftyp":
        return "mp4"
    raise MediaError(f"{path}: not a file that can be labelled", MEND)


def parts(file: BinaryIO, form: str) -> Iterator[Part]:
    """All of them; together they are the whole file."""
    size = file.seek(0, os.SEEK_END)
    return WALKS[form](file, size)


def body(file: BinaryIO, part: Part, most: int = 1 << 24) -> bytes:
    """What is in a part, behind its header; at most so many bytes."""
    file.seek(part.start + part.head)
    return file.read(min(most, part.stop - part.start - part.head))


def _mp4(file: BinaryIO, size: int) -> Iterator[Part]:
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(16)
        length, kind, used = int.from_bytes(head[:4], "big"), head[4:8], 8
        if length == 1 and len(head) == 16:
            length, used = int.from_bytes(head[8:], "big"), 16
        elif length == 0:
            length = size - at
        if len(head) < 8 or length < used:
            yield Part(b"", at, size, whole=False)
            return
        yield Part(kind, at, min(at + length, size), used, at + length <= size)
        at += length


def _png(file: BinaryIO, size: int) -> Iterator[Part]:
    at = len(PNG_HEAD)
    yield Part(b"", 0, at)
    kind = b""
    while at < size and kind != b"IEND":
        file.seek(at)
        head = file.read(8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8:
            yield Part(b"", at, size, whole=False)
            return
        yield Part(kind, at, min(at + 12 + length, size), 8, at + 12 + length <= size)
        at += 12 + length
    if at < size:
        yield Part(b"", at, size)


def _jpg(file: BinaryIO, size: int) -> Iterator[Part]:
    at = 2
    yield Part(b"", 0, at)
    while at < size:
        file.seek(at)
        head = file.read(4)
        length = int.from_bytes(head[2:4], "big")
        if len(head) < 4 or head[0] != 0xFF or length < 2 or head[1] == 0xDA:
            yield Part(head[1:2] if head[:2] == b"\xff\xda" else b"", at, size)
            return
        yield Part(head[1:2], at, min(at + 2 + length, size), 4, at + 2 + length <= size)
        at += 2 + length


WALKS: dict[str, Callable[[BinaryIO, int], Iterator[Part]]] = {"mp4": _mp4, "png": _png, "jpg": _jpg}


def manifest_span(file: BinaryIO, form: str) -> tuple[int, int] | None:
    """First and last byte of the C2PA manifest store in the file; None where there is none."""
    found: list[Part] = []
    for part in parts(file, form):
        if form == "mp4":
            mine = part.kind == b"uuid" and body(file, part, 16) == C2PA_UUID
        elif form == "png":
            mine = part.kind == b"caBX"
        else:  # APP11 with the common identifier of JPEG boxes, ISO 19566-5
            mine = part.kind == b"\xeb" and body(file, part, 2) == b"JP"
        if mine:
            found.append(part)
    return (found[0].start, found[-1].stop) if found else None
