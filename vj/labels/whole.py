"""A signature over every byte of a labelled file.

C2PA leaves bytes unsigned: the padding of its own signature (1 KB of zeros), headers of its boxes, and in an MP4 the
boxes ftyp, mfra, free and skip. So the signer also signs the SHA-256 of the whole file. That second signature lies in
the padding, as one more unprotected header of the COSE signature (RFC 9052, 3.1), which other readers pass over; while
hashing, its own bytes count as zeros, and so does the checksum of the PNG chunk that it lies in, which is checked."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from vj.core.errors import VjError
from vj.labels.identity import PrivateKey
from vj.labels.parts import manifest_span

LABEL = b"org.vj.whole"
HEADER = bytes([0x60 + len(LABEL)]) + LABEL + b"\x59"
PAD = re.compile(rb"\xa1\x63pad\x59(..)", re.DOTALL)
"""CBOR of the unprotected headers as the library writes them: one entry, a byte string of zeros"""
LEAST_PAD = 256
CHAIN = re.compile(rb"\x18\x21[\x80-\x97]?\x59(..)\x30\x82", re.DOTALL)
"""CBOR of COSE header 33, x5chain: certificates, the signer's first (RFC 9360)"""
Public = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


def close(file: BinaryIO, form: str, key: PrivateKey) -> None:
    """Sign a file that C2PA has just signed, in place. Raises VjError where its padding has no room."""
    span = manifest_span(file, form)
    store, start = _store(file, span)
    pads = [m for m in PAD.finditer(store) if not any(store[m.end() : m.end() + int.from_bytes(m[1], "big")])]
    size = _size(key.public_key())
    left = int.from_bytes(pads[-1][1], "big") - len(HEADER) - 2 - size if pads else 0
    if left < LEAST_PAD:
        raise VjError("no room for the signature over the whole file", "use a key of another kind, such as P-256")
    head = b"\xa2\x63pad\x59" + left.to_bytes(2, "big") + bytes(left) + HEADER + size.to_bytes(2, "big")
    file.seek(start + pads[-1].start())
    file.write(head + bytes(size))
    file.flush()
    hole = start + pads[-1].start() + len(head)
    signature = _signed(key, _digest(file, _holes(hole, size, form, span)))
    file.seek(hole)
    file.write(signature)
    if form == "png" and span:
        check = _checksum(file, span)
        file.seek(span[1] - 4)
        file.write(check)
    file.flush()


def intact(path: Path, form: str) -> tuple[bool, str] | None:
    """Whether the signature over every byte fits, and the serial number of its certificate; None: there is none."""
    with path.open("rb") as file:
        span = manifest_span(file, form)
        store, start = _store(file, span)
        at = store.rfind(HEADER)
        chains = list(CHAIN.finditer(store, 0, max(at, 0)))
        if at < 0 or not chains:
            return None
        place, count = at + len(HEADER) + 2, int.from_bytes(store[at + len(HEADER) : at + len(HEADER) + 2], "big")
        first = chains[-1].start(1) + 2
        try:
            cert = x509.load_der_x509_certificate(store[first : first + int.from_bytes(chains[-1][1], "big")])
            public = cert.public_key()
            serial = str(cert.serial_number)
        except ValueError:
            return False, ""
        fits = isinstance(public, Public) and count == _size(public) and place + count <= len(store)
        if not fits or not isinstance(public, Public):
            return False, serial
        if form == "png" and span and _checksum(file, span) != store[-4:]:
            return False, serial
        digest = _digest(file, _holes(start + place, count, form, span))
        return _verified(public, store[place : place + count], digest), serial


def _store(file: BinaryIO, span: tuple[int, int] | None) -> tuple[bytes, int]:
    if span is None:
        return b"", 0
    file.seek(span[0])
    return file.read(span[1] - span[0]), span[0]


def _holes(hole: int, size: int, form: str, span: tuple[int, int] | None) -> list[tuple[int, int]]:
    """Place and length of what counts as zeros."""
    return [(hole, size), *([(span[1] - 4, 4)] if form == "png" and span else [])]


def _checksum(file: BinaryIO, span: tuple[int, int]) -> bytes:
    file.seek(span[0] + 4)  # of kind and data, PNG 5.3
    return zlib.crc32(file.read(span[1] - span[0] - 8)).to_bytes(4, "big")


def _digest(file: BinaryIO, holes: list[tuple[int, int]]) -> bytes:
    digest = hashlib.sha256()
    file.seek(0)
    for hole, size in holes:
        for block in _read(file, hole - file.tell()):
            digest.update(block)
        digest.update(bytes(size))
        file.seek(hole + size)
    for block in _read(file, -1):
        digest.update(block)
    return LABEL + digest.digest()


def _read(file: BinaryIO, count: int) -> Iterator[bytes]:
    """count: bytes; -1: all that is left."""
    while count and (block := file.read(1 << 20 if count < 0 else min(count, 1 << 20))):
        count -= len(block) if count > 0 else 0
        yield block


def _size(key: Public | object) -> int:
    """Bytes of a signature; ECDSA as the two numbers one after the other."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return 2 * -(-key.key_size // 8)
    return key.key_size // 8 if isinstance(key, rsa.RSAPublicKey) else 64


PSS = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)


def _signed(key: PrivateKey, message: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        half = _size(key.public_key()) // 2
        return b"".join(
            n.to_bytes(half, "big") for n in decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        )
    return key.sign(message, PSS, hashes.SHA256()) if isinstance(key, rsa.RSAPrivateKey) else key.sign(message)


def _verified(key: Public, signature: bytes, message: bytes) -> bool:
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            half = len(signature) // 2
            pair = (int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
            key.verify(encode_dss_signature(*pair), message, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, PSS, hashes.SHA256())
        else:
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
