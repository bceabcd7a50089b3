"""How training goes: the same examination at every checkpoint, a line each in progress.jsonl; and the picture of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw, ImageFont

from vj.core.errors import VjError

if TYPE_CHECKING:
    from engine.model.dit import DiT
    from engine.training.train_denoiser import Reached

STEPS = {"denoiser": 16, "distil": 1}
"""in which the prompts are drawn, by stage"""


def note(path: Path, stage: str, assets: Path, dit: DiT, reached: Reached) -> None:
    """Add a line: where the run is, its errors on held-out clips, and what the judge sees of 68 prompts, asked of the
    house pool (family, palette: shares of pictures that show what was asked). While there is no pool or judge for this
    autoencoder, as on the way from nothing, it says so instead: training goes on."""
    from engine.errors import EngineError

    row: dict[str, Any] = {"stage": stage, "minutes": round(reached.minutes, 1)}
    row |= {"steps": reached.step, "frames": reached.frames, **reached.errors}
    try:
        row |= obedience(assets, stage, dit)
    except EngineError as error:
        row["not_asked"] = str(error)
    with open(path, "a") as f:
        f.write(json.dumps(row) + "\n")


def obedience(assets: Path, stage: str, dit: DiT) -> dict[str, float]:
    from engine.model.house import load_house
    from engine.model.judge import JUDGE, load_judge
    from engine.training.samples import How, remembered, sample
    from vj.studio.exam import GUIDANCE, prompts
    from vj.studio.memory import memory_of

    dit.leaps = stage == "distil"
    dtype = next(dit.parameters()).dtype
    house = replace(load_house(assets, dtype), denoiser=dit)
    judge = load_judge(assets / JUDGE, house.sha["autoencoder"])
    texts, families, palettes = prompts(2)
    shown = remembered(memory_of(house, "house"), texts, (6, 10))
    steps = STEPS[stage]
    how = How(steps, "flowmap" if dit.leaps else "euler", GUIDANCE)
    seen = judge(sample(house, shown, (6, 10), how))
    found = {}
    for kind, want in (("family", families), ("palette", palettes)):
        found[kind] = round(float((judge.best(seen, kind) == want).float().mean()), 3)
    return found


PANELS = (
    ("error of the velocity at level 1, held out", ("told@1.0", "text@1.0", "untold@1.0", "unreferenced@1.0"), 1.2),
    ("error of recoloured references, held out", ("recolour",), 0.7),
    ("share of 68 pictures that show what was asked", ("family", "palette"), 1.0),
)
"""title, keys of the rows, top of the scale"""
INKS = ((240, 172, 62), (90, 200, 250), (120, 220, 140), (232, 80, 120))
WIDE, HIGH, LEFT, ROOM, EDGE = 1200, 260, 70, 210, 40


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Lines of progress.jsonl, `hours` of training added up: where minutes or stage begin anew, so did a run."""
    try:
        rows = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        done, last, stage = 0.0, 0.0, ""
        for row in rows:
            if row["minutes"] < last or row["stage"] != stage:
                done, stage = done + last / 60, row["stage"]
            last = float(row["minutes"])
            row["hours"] = done + last / 60
    except OSError as error:
        raise VjError(f"{path}: {error.strerror}", "training writes it: vj train denoiser") from None
    except (ValueError, KeyError, TypeError) as error:
        raise VjError(f"{path}: is no record of training ({error})", "give progress.jsonl of a run") from None
    if not rows:
        raise VjError(f"{path}: is empty", "training writes it: vj train denoiser")
    return rows


def plotted(rows: Sequence[dict[str, Any]]) -> Image.Image:
    """Hours from left to right; an upright line where a run begins."""
    page = Image.new("RGB", (WIDE, HIGH * len(PANELS)), (14, 15, 22))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(15)
    most = max(row["hours"] for row in rows) or 1.0

    def x(hours: float) -> float:
        return LEFT + (WIDE - LEFT - ROOM) * hours / most

    for i, (title, keys, top) in enumerate(PANELS):
        low, high = HIGH * (i + 1) - EDGE, HIGH * i + EDGE
        draw.text((LEFT, high - 28), title, (232, 234, 242), font)
        for part in (0.0, 0.5, 1.0):
            y = low + (high - low) * part
            draw.line((LEFT, y, WIDE - ROOM, y), (60, 64, 80))
            draw.text((LEFT - 8, y), f"{top * part:.2f}", (150, 155, 170), font, anchor="rm")
        for row, past in zip(rows[1:], rows, strict=False):
            if row["stage"] != past["stage"] or row["minutes"] < past["minutes"]:
                draw.line((x(past["hours"]), low, x(past["hours"]), high), (90, 96, 120))
                draw.text((x(past["hours"]) + 3, low - 18), row["stage"], (150, 155, 170), font)
        for key, ink, number in zip(keys, INKS, range(9), strict=False):
            points = [(x(r["hours"]), low + (high - low) * min(1.0, r[key] / top)) for r in rows if key in r]
            if not points:
                continue
            draw.line(points, ink, 2, "curve")
            for px, py in points:
                draw.ellipse((px - 3, py - 3, px + 3, py + 3), ink)
            latest = next((row[key] for row in reversed(rows) if key in row), 0.0)
            draw.text((WIDE - ROOM + 16, high + 22 * number), f"{key}  {latest:.3f}", ink, font)
        draw.text((WIDE - ROOM, low + 6), f"{most:.1f} h", (150, 155, 170), font, anchor="ra")
    return page
