"""What a file says of itself, who signed that, and whether it was changed since: each layer on its own."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from vj.core.errors import MediaError
from vj.labels.about import About
from vj.labels.parts import form_of, manifest_span
from vj.labels.pool import FILES

SAME = "as the signed label"
NEAR = 1 << 20
"""bytes from both ends of a file in which traces of a label are looked for"""
INTACT, UNLABELLED, CHANGED = 0, 3, 4
"""exit codes of `vj verify`; 2 is an error, as everywhere"""
WORDS = {
    INTACT: "labelled and unchanged",
    UNLABELLED: "not labelled",
    CHANGED: "CHANGED since it was labelled, or the label is not valid",
}
MEANING = {
    "mismatch": "what is in it is not what was signed",
    "expired": "the signer's certificate has run out",
    "outsideValidity": "the signer's certificate has run out",
}
"""part of a C2PA code -> in plain words"""


@dataclass(frozen=True, slots=True)
class Layer:
    """One way in which a file is labelled. state: `none` where it is not; the others are its own."""

    name: str
    state: str = "none"
    source_type: str = ""
    said: dict[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file. trusted: signed by a root that is known here; files: those of a pool, name -> state."""

    path: str
    verdict: int
    reason: str
    signer: str = ""
    trusted: bool = False
    layers: tuple[Layer, ...] = ()
    files: dict[str, str] = field(default_factory=dict)

    @property
    def word(self) -> str:
        return WORDS[self.verdict]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self) | {"verdict": ("intact", "", "", "unlabelled", "changed")[self.verdict]}


def verify(path: Path, look: bool = True) -> Report:
    """A file, or a pool (its folder, or one of its files). look: for the invisible watermark too, up to 3 s.

    Raises MediaError for what is missing, empty, or neither mp4, png nor jpg."""
    if path.is_dir() or path.name in FILES:
        return _pool(path if path.is_dir() else path.parent, look)
    form = form_of(path)
    signed, signer, trusted, reason = _signed(path, form)
    plain, comment = _xmp(path, form), _comment(path, form)
    plain, comment = _beside(plain, signed), _beside(comment, signed)
    mark = _mark(path, _payload(signed, plain, comment)) if look else Layer("watermark", "not looked for")
    ours = bool(plain.said) or _traces(path)
    if signed.state == "invalid" and not signer and not ours and not _has_store(path, form):
        verdict, reason = UNLABELLED, f"the file itself is broken: {reason}"
    elif signed.state == "none":
        verdict = CHANGED if ours else UNLABELLED
        reason = "its signed label was taken off or broken" if ours else "" if comment.state == "none" else (
            f"it says what it is, but nothing is signed -- vj label {path}")  # fmt: skip
    else:
        verdict = CHANGED if reason else INTACT
        reason = reason or ("" if trusted else f"signed by somebody who is not known here ({signer})")
    return Report(str(path), verdict, reason, signer, trusted, (signed, plain, comment, mark))


def _signed(path: Path, form: str) -> tuple[Layer, str, bool, str]:
    """The C2PA layer, who signed, whether that is a known root, and what is wrong with it ("": nothing)."""
    from vj.labels import credentials, whole

    found = credentials.read(path, form)
    layer = Layer("c2pa", found.state, found.source_type.rpartition("/")[2], dict(found.made))
    if found.state == "none":
        return layer, "", False, ""
    wrong = ""
    if found.state == "invalid":
        wrong = "; ".join(dict.fromkeys(map(_plainly, found.problems))) or "the manifest cannot be read"
    elif (every := whole.intact(path, form)) is None:
        wrong = "the signature over every byte is gone" if found.made.get("whole") else ""
    elif not every[0] or every[1] != found.serial:
        wrong = "a byte that C2PA itself does not cover"
    if wrong:
        layer = replace(layer, state="invalid")
    says = [f"{found.tool}: {', '.join(found.actions)}"] if found.tool else []
    if found.ingredients:
        says.append(f"made from {', '.join(found.ingredients)}")
    return replace(layer, note="; ".join(says)), found.signer, found.state == "trusted" and not wrong, wrong


def _plainly(code: str) -> str:
    return next((f"{text} ({code})" for part, text in MEANING.items() if part in code), code)


def _beside(layer: Layer, signed: Layer) -> Layer:
    """A layer that is not signed, compared with the one that is."""
    if not layer.said or not signed.said:
        return layer
    same = all(signed.said.get(name) == value for name, value in layer.said.items())
    return replace(layer, note=layer.note or (SAME if same else "NOT as the signed label"))


def _xmp(path: Path, form: str) -> Layer:
    from vj.labels import xmp

    with path.open("rb") as file:
        told = xmp.told(xmp.read(file, form))
    about = About.of(told.get("made", ""))
    if not told.get("source_type"):
        return Layer("xmp", "other" if told else "none", note=told.get("tool", ""))
    source_type = told["source_type"].rpartition("/")[2]
    if about is None:
        return Layer("xmp", "other", source_type, note=told.get("tool", ""))
    return Layer("xmp", "ours", source_type, json.loads(told["made"]))


def _comment(path: Path, form: str) -> Layer:
    text = comment_of(path) if form == "mp4" else ""
    about = About.of(text)
    if about is None:
        return Layer("comment", "other" if text else "none", note=text[:200])
    said = json.loads(text)
    return Layer("comment", "ours", said["source_type"], said)


def comment_of(path: Path) -> str:
    """Of an MP4; "" without, or where it cannot be read."""
    import av

    try:
        with av.open(str(path)) as container:
            return str(container.metadata.get("comment", ""))
    except (av.FFmpegError, OSError, ValueError):
        return ""


def _payload(*layers: Layer) -> str:
    """What the watermark should carry, in hex, as the first layer says that knows; "": nothing known."""
    signed = layers[0].said.get("watermark", "")
    if signed or layers[0].said:
        return str(signed)
    known = (About.of(json.dumps(layer.said)) for layer in layers[1:] if layer.said)
    return next((about.mark.hex() for about in known if about), "")


def _mark(path: Path, wanted: str) -> Layer:
    try:
        from vj.labels.watermark_read import read

        found = read(path)
    except ImportError as error:
        return Layer("watermark", "not looked for", note=f"{error.name} is not installed")
    except MediaError as error:
        return Layer("watermark", "not looked for", note=error.message)
    if found is None:
        return Layer("watermark", note="though there should be one" if wanted else "")
    payload = found.payload.hex()
    state = "unknown" if not wanted else "ours" if payload == wanted else "another"
    note = {"ours": "as the label says", "another": f"the label says {wanted}", "unknown": "no label says what"}[state]
    return Layer("watermark", state, _kind(found.payload), {"payload": payload}, note)


def _kind(payload: bytes) -> str:
    from vj.labels.about import SOURCES

    return list(SOURCES.values())[payload[0]] if payload and payload[0] < len(SOURCES) else ""


def _pool(folder: Path, look: bool) -> Report:
    """A pool: the manifest of its pool.mp4 says the hashes of its other files."""
    film = folder / "pool.mp4"
    if not film.is_file():
        raise MediaError(
            f"{folder}: no pool (pool.mp4 is not there)", "give a pool's folder, such as latent_pools/house"
        )
    report = verify(film, look)
    told = report.layers[0].said
    files = {name: _state(folder / name, str(told.get(f"{name}_sha256", ""))) for name in FILES}
    sheet = folder / "sheet.png"
    if sheet.is_file():
        files["sheet.png"] = WORDS[verify(sheet, False).verdict]
    verdict, reason = report.verdict, report.reason
    if verdict == INTACT and any(
        state in ("changed", "missing") or state == WORDS[CHANGED] for state in files.values()
    ):
        verdict, reason = CHANGED, "files of the pool are not those that were labelled"
    elif verdict == UNLABELLED:
        reason = "this pool was made without labels"
    return replace(report, path=str(folder), verdict=verdict, reason=reason, files=files)


def _has_store(path: Path, form: str) -> bool:
    with path.open("rb") as file:
        return manifest_span(file, form) is not None


def _traces(path: Path) -> bool:
    """Whether a manifest of ours is there that is not found any more: a box or a segment before it was broken."""
    from vj.labels.credentials import MADE

    with path.open("rb") as file:
        head = file.read(NEAR)
        file.seek(max(0, path.stat().st_size - NEAR))
        return MADE.encode() in head + file.read()


def _state(path: Path, wanted: str) -> str:
    if not path.is_file():
        return "missing"
    if not wanted:
        return "not told"
    with path.open("rb") as file:
        return "unchanged" if hashlib.file_digest(file, "sha256").hexdigest() == wanted else "changed"


def about_of(path: Path) -> About | None:
    """What a file of ours says of itself, signed or not. Raises MediaError, VjError."""
    from vj.labels import credentials, xmp

    form = form_of(path)
    made = credentials.read(path, form).made
    signed = About.of(json.dumps({k: v for k, v in made.items() if k not in credentials.BESIDE}))
    found = signed or xmp.about_of(path, form) or (About.of(comment_of(path)) if form == "mp4" else None)
    if found is None:
        return None
    return replace(found, marked=bytes.fromhex(str(made.get("watermark", "")))) if signed else found
