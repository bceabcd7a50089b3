"""A convolutional code with a checksum: what a bit string becomes before it is spread, and how it is found again.

Rate 1/3, constraint length 9, generators 557, 663, 711 (octal; Larsen 1973, free distance 18), ended with zeros;
decoded softly (Viterbi 1967). In front of it a CRC of 24 bits (RFC 4880), so that noise is not read as a message.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

GENERATORS = (0o557, 0o663, 0o711)
MEMORY = 8
CRC_BITS = 24
_STATES = 1 << MEMORY
Bits = NDArray[np.uint8]
Soft = NDArray[np.float64]


def coded_length(message: int) -> int:
    """Code bits of a message of so many bytes."""
    return (8 * message + CRC_BITS + MEMORY) * len(GENERATORS)


def encode(message: bytes) -> Bits:
    """0 and 1, coded_length(len(message)) of them."""
    bits = np.unpackbits(np.frombuffer(message + crc24(message).to_bytes(3, "big"), np.uint8))
    out, window = [], 0
    for bit in (*bits, *(0,) * MEMORY):
        window = (window << 1 | int(bit)) & (2 * _STATES - 1)
        out += [(window & g).bit_count() & 1 for g in GENERATORS]
    return np.array(out, np.uint8)


def decode(soft: Soft, message: int) -> bytes | None:
    """soft: above 0 for a likely 1, below for a likely 0, as sure as it is large. None where the checksum is wrong."""
    steps, width = 8 * message + CRC_BITS + MEMORY, len(GENERATORS)
    gains = soft.reshape(steps, width) @ _SIGNS  # [steps, windows]
    best = np.full(_STATES, -np.inf)
    best[0] = 0.0
    came = np.zeros((steps, _STATES), np.uint8)
    for step in range(steps):
        # a window is the state before, then the new bit: windows w and w + STATES end in one state
        sums = np.repeat(best, 2) + gains[step]
        came[step] = sums[_STATES:] > sums[:_STATES]
        best = np.maximum(sums[:_STATES], sums[_STATES:])
    state, bits = 0, np.zeros(steps, np.uint8)
    for step in range(steps - 1, -1, -1):
        bits[step] = state & 1
        state = (int(came[step, state]) << MEMORY | state) >> 1
    found = np.packbits(bits[:-MEMORY]).tobytes()
    told, check = found[:message], int.from_bytes(found[message:], "big")
    return told if crc24(told) == check else None


def crc24(data: bytes) -> int:
    """RFC 4880, 6.1."""
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc


_SIGNS = np.array([[1.0 if (w & g).bit_count() & 1 else -1.0 for w in range(2 * _STATES)] for g in GENERATORS])
