"""Contact sheets of every studio pipeline for docs/studio.md: `make gallery`, `python -m vj.studio.gallery NAME ...`.

Each is a strip of frames of a short run at 512x288, its input first where it has one. `demo` plays the example show,
live, and draws the pictures of the README: moments of its scenes, still and in motion.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console

from vj.core.errors import VjError
from vj.core.paths import ROOT
from vj.files.video import Frame, filled, frames, picture
from vj.labels.seal import seal_picture
from vj.studio.examples import BADGE, badged, photo
from vj.studio.sheets import contact

OUT = ROOT / "docs" / "img" / "studio"
CELL = (320, 180)
COLUMNS = 4
QUALITY = 82
MOMENTS = (5.0, 12.0, 24.0, 41.0, 50.5, 58.5, 66.5, 74.5, 82.0)
"""seconds into the example show: two of its first scene and one of each of the next"""
LASTING, RATE, MOVING = 1.5, 10, (384, 216)
"""of each moment in motion: seconds, frames per second, size"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One row of the gallery. CLIP, COFFEE, ROCKET, ... in the words stand for files; `shown` frames."""

    name: str
    words: tuple[str, ...]
    shown: int = 7
    size: str = "512x288"
    given: int = 1
    """frames of the clip that it was given"""


SHEETS = (
    Sheet("text2video", ("text2video", "golden spiral", "--prompt", "2s: blue ink", "--seconds", "4"), 8),
    Sheet("text2video-quality", ("text2video", "red tunnel", "--quality", "--seconds", "0.34"), 4),
    Sheet("image2video-natural", ("image2video", "COFFEE", "--motion", "natural", "--seconds", "2")),
    Sheet("image2video-zoom", ("image2video", "ROCKET", "--motion", "zoom(in,1.6)", "--seconds", "2"), 3),
    Sheet("kenburns", ("kenburns", "ROCKET", "--seconds", "4")),
    Sheet("cinemagraph", ("cinemagraph", "COFFEE", "--mask", "polygon:0.3,0.3;0.7,0.3;0.7,0.75;0.3,0.75")),
    Sheet("style-prompt", ("style", "CLIP", "--prompt", "golden fractal"), 4, given=4),
    Sheet("style-reference", ("style", "CLIP", "--reference", "DREAM"), 4, given=4),
    Sheet("inpaint", ("inpaint", "BADGED", "--track", ",".join(map(str, BADGE))), 4, given=4),
    Sheet("upscale", ("upscale", "CLIP"), 3, ""),
    Sheet("interpolate", ("interpolate", "CLIP", "--speed", "0.5")),
    Sheet("audio2video", ("audio2video", "demo", "--style", "neon tunnel", "--seconds", "12"), 12),
    Sheet("musicvideo", ("musicvideo", "demo", "--seconds", "36", "--draft"), 16, ""),
    Sheet("camera", ("camera", "golden cathedral", "--path", "dolly", "--strength", "0.4", "--seconds", "6"), 8),
    Sheet("multiview", ("multiview", "emerald crystals", "--layout", "stereo", "--seconds", "1"), 8),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these")
    wanted = parser.parse_args().names
    console = Console(stderr=True)
    there = [*(sheet.name for sheet in SHEETS), *DRAWN, DEMO]
    if unknown := set(wanted) - set(there):
        raise VjError(f"no sheet {', '.join(sorted(unknown))}", f"one of {', '.join(there)}")
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for sheet in SHEETS:
            if not wanted or sheet.name in wanted:
                path = make(sheet, Path(folder))
                console.print(f"{path.relative_to(ROOT)}", highlight=False)
    if not wanted or DEMO in wanted:
        for path in demo():
            console.print(f"{path.relative_to(ROOT)}", highlight=False)
    for name, draw in DRAWN.items():
        if not wanted or name in wanted:
            draw().save(OUT / f"{name}.jpg", quality=QUALITY)
            console.print(f"{(OUT / name).relative_to(ROOT)}.jpg", highlight=False)


def _scenes() -> Image.Image:
    from vj.studio.shots import sheet

    return Image.fromarray(sheet()).resize((1536, 720), Image.Resampling.LANCZOS)


def _analysis() -> Image.Image:
    from vj.audio.song import analyse, plot

    with tempfile.TemporaryDirectory() as folder:
        plot(analyse("demo"), Path(folder) / "song.png")
        return Image.open(Path(folder) / "song.png").convert("RGB").resize((1280, 720), Image.Resampling.LANCZOS)


DRAWN = {"scenes": _scenes, "analyse": _analysis}
"""those that are no frames of a video"""


DEMO = "demo"


def demo() -> tuple[Path, Path]:
    """docs/img/demo.jpg and demo.webp, of the example show as it is played here, in its own time."""
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "show.mp4"
        heard = ["--audio", "demo", "--output", "headless", "--seconds", str(MOMENTS[-1] + LASTING + 1)]
        _vj(["play", str(ROOT / "setlist.example.toml"), *heard, "--size", "640x360", "--record", str(film)])
        moments = _moments(film)
    still, moving = (OUT.parent / f"{DEMO}.{kind}" for kind in ("jpg", "webp"))
    contact([filled(some[len(some) // 2], (400, 225)) for some in moments], [""] * len(moments), 3).save(
        still, quality=QUALITY, optimize=True
    )
    first, *rest = [Image.fromarray(filled(frame, MOVING)) for some in moments for frame in some]
    first.save(moving, save_all=True, append_images=rest, duration=1000 // RATE, loop=0, quality=55, method=6)
    for path in (still, moving):
        seal_picture(path, "gallery", model=True)
    return still, moving


def _moments(film: Path) -> list[list[Frame]]:
    """Of each of MOMENTS its frames, RATE a second."""
    found: list[list[Frame]] = [[] for _ in MOMENTS]
    for i, frame in enumerate(frames(film, RATE)):
        for some, start in zip(found, MOMENTS, strict=True):
            if start <= i / RATE < start + LASTING:
                some.append(frame)
    return found


def make(sheet: Sheet, folder: Path) -> Path:
    """Run the command and lay its frames out. Raises VjError where the command fails."""
    words, source = _words(sheet, folder)
    out = folder / f"{sheet.name}.mp4"
    _vj([*words, "-o", str(out), *(("--size", sheet.size) if sheet.size else ())])
    shown = [out] if out.is_file() else sorted(folder.glob(f"{sheet.name}_*.mp4"))
    cells: list[Frame] = []
    labels: list[str] = []
    if source is not None:
        given = [picture(source)] if source.suffix == ".png" else _picked(source, sheet.given)
        cells += [filled(frame, CELL) for frame in given]
        labels += ["what it was given"] * len(given)
    for path in shown:
        picked = [filled(frame, CELL) for frame in _picked(path, max(1, sheet.shown // len(shown)))]
        cells += picked
        labels += [path.stem] * len(picked)
    path = OUT / f"{sheet.name}.jpg"
    contact(cells, labels if source is not None or len(shown) > 1 else [""] * len(cells), COLUMNS).save(
        path, quality=QUALITY
    )
    return path


def _picked(path: Path, wanted: int) -> list[Frame]:
    """So many frames of a video, spread over it, the first and the last among them."""
    count = sum(1 for _ in frames(path))
    chosen = set(np.linspace(0, count - 1, wanted).round().astype(int).tolist()) if wanted > 1 else {0}
    return [frame for i, frame in enumerate(frames(path)) if i in chosen]


def _words(sheet: Sheet, folder: Path) -> tuple[list[str], Path | None]:
    source = None
    words = []
    for word in sheet.words:
        if word == "CLIP":
            source = folder / "clip.mp4"
            if not source.is_file():
                pan = ["kenburns", str(photo(folder, "chelsea")), "--seconds", "2", "--size", "512x288"]
                _vj([*pan, "-o", str(source)])
            word = str(source)
        elif word == "BADGED":
            source = badged(folder)
            word = str(source)
        elif word == "DREAM":
            word = str(_dream(folder))
        elif word.isupper():
            path = photo(folder, word.lower())
            source, word = source or path, str(path)
        words.append(word)
    return words, source


def _dream(folder: Path) -> Path:
    """A picture to draw in the manner of: stained glass, dreamed."""
    path = folder / "dream.png"
    if not path.is_file():
        video = folder / "dream.mp4"
        _vj(["text2video", "stained glass", "--seconds", "0.1", "--size", "512x288", "--seed", "2", "-o", str(video)])
        Image.fromarray(next(frames(video))).save(path)
    return path


def _vj(words: Sequence[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "vj.cli", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise VjError(f"vj {' '.join(words)}: {done.stderr.strip().splitlines()[-1]}", "run it by hand")


if __name__ == "__main__":
    main()
