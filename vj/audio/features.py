"""The ears' record in shared memory: features, beat anchor and state of the worker, packed and unpacked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vj.core.slots import Record
from vj.core.types import BANDS, CHROMA, SPECTRUM, WAVE, AudioFeatures, BeatAnchor

TEXT = 240
"""bytes of the longest error or device name"""
COUNTERS = ("hop", "lost_hops", "kicks", "snares", "hats", "onsets", "drops")
_NUMBERS = (
    "t", "rms_db", "peak_db", "level", "centroid_hz", "kick_t", "snare_t", "hat_t", "onset_t", "drop_t", "buildup",
    "gain_db",
)  # fmt: skip
_FLAGS = ("breakdown", "silent", "clipped")
_ARRAYS = {"bands": BANDS, "bands_slow": BANDS, "spectrum": SPECTRUM, "wave": WAVE, "chroma": CHROMA}
_ANCHOR = ("t", "bpm", "tempo_confidence", "phase_confidence", "octave_confidence")

DTYPE = np.dtype(
    [(n, "<i8") for n in COUNTERS]
    + [(n, "<f8") for n in _NUMBERS]
    + [(n, "?") for n in _FLAGS]
    + [(n, "<f4", (size,)) for n, size in _ARRAYS.items()]
    + [(f"beat_{n}", "<f8") for n in _ANCHOR]
    + [("beat_beat", "<i8"), ("beat_source", "S8"), ("heartbeat", "<f8"), ("t_start", "<f8"), ("pid", "<i8")]
    + [("cpu_percent", "<f4"), ("rate", "<f4"), ("error", f"S{TEXT}"), ("device", f"S{TEXT}")]
)


@dataclass(frozen=True, slots=True)
class EarsStatus:
    """How the worker is. heartbeat: its last sign of life (s); t_start: when sample 0 of a file sounds (s)."""

    heartbeat: float = 0.0
    pid: int = 0
    cpu_percent: float = 0.0
    rate: float = 0.0
    device: str = ""
    error: str = ""
    t_start: float = 0.0


def _text(text: str) -> bytes:
    return text.encode()[:TEXT].decode(errors="ignore").encode()


class Packer:
    """Writes into one record again and again; `big` arrays are copied only when they are new objects."""

    def __init__(self) -> None:
        self.record: Record = np.zeros(1, DTYPE)
        self._fields = {name: self.record[name] for name in DTYPE.names or ()}
        self._seen: dict[str, NDArray[np.float32]] = {}

    def pack(self, f: AudioFeatures, anchor: BeatAnchor) -> None:
        fields = self._fields
        for name in COUNTERS + _NUMBERS + _FLAGS:
            fields[name][0] = getattr(f, name)
        for name in _ARRAYS:
            array = getattr(f, name)
            if self._seen.get(name) is not array:
                self._seen[name] = array
                fields[name][0] = array
        for name in _ANCHOR:
            fields[f"beat_{name}"][0] = getattr(anchor, name)
        fields["beat_beat"][0] = anchor.beat
        fields["beat_source"][0] = anchor.source.encode()

    def status(self, status: EarsStatus) -> None:
        fields = self._fields
        for name in ("heartbeat", "pid", "cpu_percent", "rate", "t_start"):
            fields[name][0] = getattr(status, name)
        fields["device"][0], fields["error"][0] = _text(status.device), _text(status.error)

    def heartbeat(self, t: float) -> None:
        self._fields["heartbeat"][0] = t


def unpack(record: Record) -> tuple[AudioFeatures, BeatAnchor, EarsStatus]:
    """record: shape [1], as `Slot.read` gives it; the arrays are views into it."""
    r = record[0]
    features = AudioFeatures(
        **{n: int(r[n]) for n in COUNTERS},  # type: ignore[arg-type]
        **{n: float(r[n]) for n in _NUMBERS},  # type: ignore[arg-type]
        **{n: bool(r[n]) for n in _FLAGS},  # type: ignore[arg-type]
        **{n: r[n] for n in _ARRAYS},
    )
    anchor = BeatAnchor(
        **{n: float(r[f"beat_{n}"]) for n in _ANCHOR},
        beat=int(r["beat_beat"]),
        source=bytes(r["beat_source"]).decode() or "none",
    )
    status = EarsStatus(
        float(r["heartbeat"]), int(r["pid"]), float(r["cpu_percent"]), float(r["rate"]),
        bytes(r["device"]).decode(errors="replace"), bytes(r["error"]).decode(errors="replace"), float(r["t_start"]),
    )  # fmt: skip
    return features, anchor, status
