"""C2PA: a signed manifest in the file that says how it came about, and what one says (C2PA 2.2, 18.15 actions).

Nothing here touches a network: no time stamp, no manifest from elsewhere, no revocation list."""

from __future__ import annotations

import hashlib
import json
import mimetypes
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

import c2pa

from vj.core.errors import MediaError
from vj.labels.about import SOURCES, About
from vj.labels.identity import Identity, anchors
from vj.labels.parts import MIME
from vj.labels.weights import house_weights

MADE = "org.vj.made"
"""the assertion with all that is told"""
BESIDE = ("whole", "watermark", "inputs", "weights_sha256")
"""in that assertion beside what `About` tells"""
MOST_READ = 256 * 2**20
"""bytes of an input up to which it is hashed and its own manifest is taken along; of a larger one its size is said"""
OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
           "builder": {"thumbnail": {"enabled": False}}}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Credentials:
    """What C2PA says of a file. state: trusted, valid (by somebody not known here), invalid or none."""

    state: str
    signer: str = ""
    serial: str = ""
    tool: str = ""
    title: str = ""
    source_type: str = ""
    made: dict[str, Any] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    ingredients: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """What to sign: title of the file, mp4 png or jpg, and the file itself where it is its own parent."""

    about: About
    title: str
    form: str
    parent: Path | None = None


def sign(source: BinaryIO, target: BinaryIO, job: Job, who: Identity) -> None:
    """Write `source` with a manifest to `target`. Raises MediaError for a file that the library cannot parse."""
    try:
        info = c2pa.C2paSignerInfo(who.alg.encode(), who.chain, who.key_pem, None)
        with _context() as context, c2pa.Signer.from_info(info) as signer:
            definition, streams = _manifest(job)
            with c2pa.Builder(definition, context=context) as builder:
                for said, path in streams:
                    with path.open("rb") as file:
                        builder.add_ingredient(said, said["format"], file)
                builder.sign(signer, MIME[job.form], source, target)
    except c2pa.C2paError as error:
        raise MediaError(
            f"{job.title}: cannot be signed ({str(error).splitlines()[0]})", "does it open elsewhere?"
        ) from None


def read(path: Path, form: str) -> Credentials:
    """What the manifest of a file says, checked against the file and the roots that are trusted here."""
    try:
        with _context() as context, path.open("rb") as file, c2pa.Reader(MIME[form], file, context=context) as reader:
            return _credentials(json.loads(reader.json()))
    except c2pa.C2paError.ManifestNotFound:
        return Credentials("none")
    except c2pa.C2paError as error:
        return Credentials("invalid", problems=(str(error).splitlines()[0],))
    except (ValueError, KeyError, TypeError, AttributeError):  # a broken manifest can say anything in any shape
        return Credentials("invalid", problems=("the manifest makes no sense",))


def _credentials(found: dict[str, Any]) -> Credentials:
    manifest = found.get("manifests", {}).get(found.get("active_manifest"), {})
    said = {row["label"]: row.get("data", {}) for row in manifest.get("assertions", ())}
    actions = [a for label, data in said.items() if label.startswith("c2pa.actions") for a in data.get("actions", ())]
    results = found.get("validation_results", {}).get("activeManifest", {})
    tool = (manifest.get("claim_generator_info") or [{}])[0]
    signed = manifest.get("signature_info", {})
    return Credentials(
        found.get("validation_state", "Invalid").lower(),
        str(signed.get("common_name") or signed.get("issuer") or ""),
        str(signed.get("cert_serial_number", "")),
        f"{tool.get('name', '')} {tool.get('version', '')}".strip(),
        str(manifest.get("title", "")),
        next((str(a["digitalSourceType"]) for a in reversed(actions) if a.get("digitalSourceType")), ""),
        dict(said.get(MADE, {})),
        tuple(str(a.get("action", "")) for a in actions),
        tuple(str(row.get("title", "")) for row in manifest.get("ingredients", ())),
        tuple(str(row["code"]) for row in results.get("failure", ())),
    )


def has_manifest(path: Path, form: str) -> bool:
    """Also of one that is broken."""
    return read(path, form).state != "none"


def _context() -> c2pa.Context:
    trust = {"trust": {"user_anchors": text}} if (text := anchors()) else {}
    return c2pa.Context.from_dict({"version": 1, **OFFLINE, **trust})


def _manifest(job: Job) -> tuple[dict[str, Any], list[tuple[dict[str, Any], Path]]]:
    """The definition, and the ingredients that are read for manifests of their own."""
    about, tool = job.about, {"name": "vj", "version": version("vj")}
    media = [path for path in about.inputs if path.is_file()]
    parent = job.parent or (media.pop(0) if about.kind == "edited" and media else None)
    ingredients = [_ingredient(path, i, "componentOf") for i, path in enumerate(media)]
    first: dict[str, Any] = {"action": "c2pa.created", "digitalSourceType": about.source_type, "softwareAgent": tool}
    actions = [first]
    if parent is not None:  # who opens something must say so first; then what was done
        ingredients.append(_ingredient(parent, len(media), "parentOf"))
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [ingredients[-1][0]["label"]]}}
        actions = [opened, first | {"action": "c2pa.edited"}]
    if media:
        labels = [said["label"] for said, _, _ in ingredients if said["relationship"] == "componentOf"]
        actions.append({"action": "c2pa.placed", "parameters": {"ingredientIds": labels}})
    made: dict[str, Any] = {**about.told, "source_type": SOURCES[about.kind], "whole": "signed"}
    if about.said.get("model") == "house":
        made["weights_sha256"] = house_weights()
    if about.marked:
        # not bound by c2pa.soft-binding: that takes algorithms of a published list only
        actions.append({"action": "c2pa.watermarked.unbound", "softwareAgent": tool})
        made["watermark"] = about.marked.hex()
    if ingredients:
        made["inputs"] = [row for _, _, row in ingredients]
    definition = {
        "claim_generator_info": [tool],
        "title": job.title,
        "format": MIME[job.form],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": actions}, "created": True},
            {"label": MADE, "data": made, "created": True},
        ],
        "ingredients": [said for said, path, _ in ingredients if path is None],
    }
    return definition, [(said, path) for said, path, _ in ingredients if path is not None]


def _ingredient(path: Path, number: int, relation: str) -> tuple[dict[str, Any], Path | None, dict[str, str]]:
    """What the library is told, the file when it is to look for a manifest in it, and what is said of its bytes."""
    size = path.stat().st_size
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    said = {"title": path.name, "format": kind, "relationship": relation, "label": f"input{number}"}
    row = {"title": path.name, "bytes": str(size)}
    if size > MOST_READ:
        return said, None, row
    with path.open("rb") as file:
        row["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
    return said, path if _readable(path, kind) else None, row


def _readable(path: Path, kind: str) -> bool:
    """Whether it has a manifest, broken or not, that can be taken along."""
    if kind not in c2pa.Reader.get_supported_mime_types():
        return False
    try:
        with _context() as context, path.open("rb") as file, c2pa.Reader(kind, file, context=context):
            return True
    except c2pa.C2paError:
        return False
