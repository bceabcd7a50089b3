"""XMP: the plain second label (IPTC digital source type) in an MP4, PNG or JPEG, for programs that know no C2PA.

XMP specification part 3 (ISO 16684-1): a uuid box, an iTXt chunk, an APP1 segment. What others wrote is kept."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree as xml

from vj.core.errors import MediaError
from vj.labels.about import About
from vj.labels.parts import Part, body, parts

UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
KEYWORD = b"XML:com.adobe.xmp"
APP1 = b"http://ns.adobe.com/xap/1.0/\0"
NAMES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "vj": "https://vj.invalid/ns/1.0/",
}
SOURCE, TOOL, MADE = (
    f"{{{NAMES[space]}}}{name}"
    for space, name in (("Iptc4xmpExt", "DigitalSourceType"), ("xmp", "CreatorTool"), ("vj", "Made"))
)
MOST_JPEG = 65533 - len(APP1)
FRAMES = (b"moov", b"moof", b"mdat")
"""boxes that hold places in the file, or are at such a place"""


def packet(about: About, before: bytes = b"") -> bytes:
    """The XMP of a file, with all of `before` that is not ours. What is no XML is dropped."""
    for prefix, name in _prefixes(before).items():
        xml.register_namespace(prefix, name)
    root = _parsed(before)
    if root is None:
        root = xml.Element(f"{{{NAMES['x']}}}xmpmeta")
    rdf = root if root.tag == f"{{{NAMES['rdf']}}}RDF" else root.find(f"{{{NAMES['rdf']}}}RDF")
    if rdf is None:
        rdf = xml.SubElement(root, f"{{{NAMES['rdf']}}}RDF")
    for old in list(rdf):
        for ours in (SOURCE, TOOL, MADE):
            old.attrib.pop(ours, None)
            for child in old.findall(ours):
                old.remove(child)
        if not len(old) and len(old.attrib) <= 1:
            rdf.remove(old)
    mine = xml.SubElement(rdf, f"{{{NAMES['rdf']}}}Description", {f"{{{NAMES['rdf']}}}about": ""})
    for tag, text in ((SOURCE, about.source_type), (TOOL, f"vj {version('vj')}"), (MADE, about.comment)):
        xml.SubElement(mine, tag).text = text
    text = xml.tostring(root, encoding="unicode")
    return f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>{text}<?xpacket end="w"?>'.encode()


def told(found: bytes) -> dict[str, str]:
    """source_type, tool and (of ours) made, as JSON, from a packet."""
    root = _parsed(found)
    out: dict[str, str] = {}
    for name, tag in (("source_type", SOURCE), ("tool", TOOL), ("made", MADE)):
        for node in root.iter() if root is not None else ():
            text = node.attrib.get(tag) or (node.text if node.tag == tag else "")
            if text:
                out[name] = text
    return out


def about_of(path: Path, form: str) -> About | None:
    """What our XMP in a file says; None without."""
    with path.open("rb") as file:
        return About.of(told(read(file, form)).get("made", ""))


def read(file: BinaryIO, form: str) -> bytes:
    """The packet of a file; b"" without."""
    return next((_packet_in(file, part, form) for part in parts(file, form) if _is_xmp(file, part, form)), b"")


def rewrite(source: BinaryIO, target: BinaryIO, form: str, about: About) -> None:
    """Copy a file with its XMP renewed. Raises MediaError where there is no room for it.

    Offsets inside an MP4 stay right: the packet goes behind all pictures, an older one before them is only emptied."""
    new = packet(about, read(source, form))
    if form == "jpg" and len(new) > MOST_JPEG:
        new = packet(about)
    if form == "jpg" and len(new) > MOST_JPEG:
        raise MediaError("the label is too long for a JPEG", "leave --label-prompt away")
    all_parts = list(parts(source, form))
    if form == "mp4":
        _mp4(source, target, all_parts, new)
        return
    for number, part in enumerate(all_parts):
        if not _is_xmp(source, part, form):
            _copy(source, target, part.start, part.stop)
        if number == (1 if form == "png" else 0):  # behind IHDR, behind the start of the image
            target.write(_png_chunk(new) if form == "png" else _jpg_segment(new))


def _mp4(source: BinaryIO, target: BinaryIO, all_parts: list[Part], new: bytes) -> None:
    last = max((i for i, part in enumerate(all_parts) if part.kind in FRAMES), default=-1)
    box = (len(new) + 24).to_bytes(4, "big") + b"uuid" + UUID + new
    tail = next((i for i, part in enumerate(all_parts) if i > last and part.kind == b"mfra"), len(all_parts))
    for i, part in enumerate(all_parts):
        if i == tail:  # mfra must be the last
            target.write(box)
        if not part.whole and part.kind != b"mdat":
            continue  # cut off in the middle, by a crash: nothing can be read from it
        ours = _is_xmp(source, part, "mp4")
        if ours and i > last:
            continue
        length, wide = part.stop - part.start, part.head == 16
        if ours or not part.whole or i == len(all_parts) - 1:  # the last may say that it goes on to the end
            kind = b"free" if ours else part.kind
            if not wide and length >= 1 << 32:
                raise MediaError("its last box is larger than 4 GB and says no size", "remux it with another program")
            target.write((1 if wide else length).to_bytes(4, "big") + kind)
            target.write(length.to_bytes(8, "big") if wide else b"")
            _copy(source, target, part.start + part.head, part.stop)
        else:
            _copy(source, target, part.start, part.stop)
    if tail == len(all_parts):
        target.write(box)


def _is_xmp(file: BinaryIO, part: Part, form: str) -> bool:
    kind, mark = {"mp4": (b"uuid", UUID), "png": (b"iTXt", KEYWORD + b"\0"), "jpg": (b"\xe1", APP1)}[form]
    return part.kind == kind and body(file, part, len(mark)) == mark


def _packet_in(file: BinaryIO, part: Part, form: str) -> bytes:
    whole = body(file, part)
    if form == "mp4":
        return whole[16:]
    if form == "jpg":
        return whole[len(APP1) :]
    squeezed, rest = whole[len(KEYWORD) + 1 : len(KEYWORD) + 2], whole[len(KEYWORD) + 3 : -4]
    text = rest.split(b"\0", 2)[-1]  # behind the language and the keyword in it
    try:
        return zlib.decompressobj().decompress(text, 1 << 22) if squeezed == b"\1" else text
    except zlib.error:
        return b""


def _png_chunk(new: bytes) -> bytes:
    data = b"iTXt" + KEYWORD + b"\0\0\0\0\0" + new
    return (len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")


def _jpg_segment(new: bytes) -> bytes:
    return b"\xff\xe1" + (2 + len(APP1) + len(new)).to_bytes(2, "big") + APP1 + new


def _copy(source: BinaryIO, target: BinaryIO, start: int, stop: int) -> None:
    source.seek(start)
    left = stop - start
    while left > 0:
        block = source.read(min(left, 1 << 20))
        if not block:
            break
        target.write(block)
        left -= len(block)


def _parsed(found: bytes) -> xml.Element | None:
    if not found or b"<!DOCTYPE" in found or b"<!ENTITY" in found:
        return None
    try:
        return xml.fromstring(found.decode("utf-8", "replace").lstrip("\ufeff").strip(" \0\r\n"))
    except xml.ParseError:
        return None


def _prefixes(found: bytes) -> dict[str, str]:
    """Prefixes as others chose them, so that they come back the same; names like ns0 are the parser's own."""
    if _parsed(found) is None:
        return NAMES
    pairs: Iterator[tuple[str, tuple[str, str]]] = xml.iterparse(io.BytesIO(found.strip(b" \0\r\n")), ("start-ns",))
    seen = {prefix: name for _, (prefix, name) in pairs}
    return {p: n for p, n in seen.items() if p and not p.startswith("ns") and n not in NAMES.values()} | NAMES
