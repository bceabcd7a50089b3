"""What a file says of itself: how it came about, of what, by which model; before it is known how that is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SOURCES = {
    "generated": "trainedAlgorithmicMedia",
    "composite": "compositeWithTrainedAlgorithmicMedia",
    "drawn": "algorithmicMedia",
    "edited": "algorithmicallyEnhanced",
}
"""kind -> IPTC digital source type (http://cv.iptc.org/newscodes/digitalsourcetype/): by a model; by a model out of or
beside somebody's media; by shaders alone; somebody's media, changed without a model"""
NEWSCODES = "http://cv.iptc.org/newscodes/digitalsourcetype"
PROMPTS = ("prompt", "motion", "negative")
"""what a user wrote: only its hash goes into a file unless the words are asked for"""


@dataclass(frozen=True, slots=True)
class About:
    """said: pipeline, model, weights, seed, prompt ... as the job says them."""

    kind: str
    """a key of SOURCES"""
    said: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Path, ...] = ()
    """the user's media that are in it"""
    consent: str = ""
    """what --consent said; only its hash is written"""
    words: bool = False
    """write the prompt itself, not only its hash"""
    marked: bytes = b""
    """payload of the invisible watermark that its pictures carry; none: no watermark"""

    @classmethod
    def of(cls, comment: str) -> About | None:
        """What `comment` wrote, or the same in XMP; None for what others wrote."""
        try:
            said = json.loads(comment)
        except ValueError:
            return None
        kinds = {source: kind for kind, source in SOURCES.items()}
        if not isinstance(said, dict) or said.get("source_type") not in kinds:
            return None
        kind = kinds[said.pop("source_type")]
        return cls(kind, {str(name): str(value) for name, value in said.items()})

    @property
    def source_type(self) -> str:
        """The kind as an IPTC URI."""
        return f"{NEWSCODES}/{SOURCES[self.kind]}"

    @property
    def told(self) -> dict[str, str]:
        """What is written: prompts and consent as SHA-256 unless their words are asked for."""
        out = dict(self.said)
        for name in PROMPTS:
            if out.get(name) and not self.words:
                out[f"{name}_sha256"] = sha256(out.pop(name))
        if self.consent:
            out["consent_sha256"] = sha256(self.consent)
        return out

    @property
    def comment(self) -> str:
        """The same as JSON, for the comment of an MP4."""
        return json.dumps(self.told | {"source_type": SOURCES[self.kind]})

    @property
    def mark(self) -> bytes:
        """What the invisible watermark carries: 1 byte for the kind, 6 of the hash of all that is told."""
        digest = hashlib.sha256(json.dumps(self.told, sort_keys=True).encode()).digest()
        return bytes([list(SOURCES).index(self.kind)]) + digest[:6]


def kind_of(model: bool, media: bool) -> str:
    """The kind of what was made with or without a trained model, with or without somebody's media in it."""
    if model:
        return "composite" if media else "generated"
    return "edited" if media else "drawn"


def sha256(text: str) -> str:
    """Of text as UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
