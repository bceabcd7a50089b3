"""The index at the end of a fragmented MP4 (mfra, ISO 14496-12, 8.8.9): right again after its fragments have moved."""

from __future__ import annotations

from typing import BinaryIO

from vj.labels.parts import Part, body, parts


def indexed(before: BinaryIO, after: BinaryIO) -> None:
    """Write the index of `before` into `after`, the same film with its fragments further on.

    The signing library (c2pa-rs 0.91) writes one place for all of them."""
    old, new = _index(before), _index(after)
    if old is None or new is None or old.stop - old.start != new.stop - new.start:
        return
    by, data, at = _first(after) - _first(before), bytearray(body(before, old)), 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length < 8:
            break
        if data[at + 4 : at + 8] == b"tfra" and at + length <= len(data):
            _shift(data, Part(b"tfra", at, at + length, 8), by)
        at += length
    after.seek(new.start + new.head)
    after.write(data)


def _index(file: BinaryIO) -> Part | None:
    return next((part for part in parts(file, "mp4") if part.kind == b"mfra" and part.whole), None)


def _first(file: BinaryIO) -> int:
    return next((part.start for part in parts(file, "mp4") if part.kind == b"moof"), 0)


def _shift(data: bytearray, box: Part, by: int) -> None:
    at = box.start + box.head
    wide = 8 if data[at] == 1 else 4
    sizes, count = data[at + 11], int.from_bytes(data[at + 12 : at + 16], "big")
    row = 2 * wide + sum(1 + (sizes >> bits & 3) for bits in (4, 2, 0))
    for n in range(count):
        place = at + 16 + n * row + wide
        if place + wide > box.stop:
            return
        data[place : place + wide] = (int.from_bytes(data[place : place + wide], "big") + by).to_bytes(wide, "big")
