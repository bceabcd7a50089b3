"""A song as one picture: sections, energy, mood, tempo, who plays, every hit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vj.audio.song import INSTRUMENTS, Song
from vj.core.errors import MediaError
from vj.labels.seal import seal_picture

WIDTH, HEIGHT, SCALE = 1920, 1080, 2
LEFT, RIGHT = 130, 40
GROUND, PANEL, INK, FAINT = (14, 15, 22), (23, 25, 35), (232, 234, 242), (104, 109, 130)

Colour = tuple[int, int, int]
COLOURS: dict[str, Colour] = {
    "intro": (92, 124, 186),
    "verse": (72, 170, 152),
    "chorus": (240, 172, 62),
    "build": (226, 112, 60),
    "drop": (232, 58, 104),
    "breakdown": (120, 92, 206),
    "bridge": (178, 110, 190),
    "outro": (86, 100, 140),
}
PLAYERS: dict[str, Colour] = {
    "kick": (232, 80, 80),
    "snare": (240, 160, 70),
    "hats": (240, 220, 110),
    "bass": (150, 110, 240),
    "lead": (90, 200, 250),
    "pads": (90, 160, 220),
    "voice": (250, 140, 200),
}
# what is drawn where: top and bottom in pixels
RULER, SECTIONS, ENERGY, MOOD, TEMPO, PLAYING = (78, 100), (104, 164), (178, 430), (448, 620), (636, 700), (716, 1030)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * SCALE)


@dataclass
class _Page:
    """Drawing in pixels of the finished picture; x from seconds."""

    song: Song
    image: Image.Image
    draw: ImageDraw.ImageDraw

    def x(self, t: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * t / max(self.song.seconds, 1e-6)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: Colour) -> None:
        edges = [v * SCALE for v in (x0, y0, max(x0, x1), max(y0, y1))]
        self.draw.rectangle(edges, fill=fill)

    def line(self, points: list[tuple[float, float]], fill: Colour, width: float = 1.0) -> None:
        if len(points) > 1:
            flat = [(x * SCALE, y * SCALE) for x, y in points]
            self.draw.line(flat, fill=fill, width=max(1, round(width * SCALE)), joint="curve")

    def text(self, x: float, y: float, words: str, size: int, fill: Colour = INK, anchor: str = "la") -> None:
        self.draw.text((x * SCALE, y * SCALE), words, fill=fill, font=_font(size), anchor=anchor)

    def wide(self, words: str, size: int) -> float:
        return float(self.draw.textlength(words, font=_font(size))) / SCALE


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    red, green, blue = (round(p + (q - p) * share) for p, q in zip(a, b, strict=True))
    return red, green, blue


def _title(page: _Page) -> None:
    song = page.song
    name = "demo track" if song.path == "demo" else Path(song.path).name
    page.text(LEFT, 20, name, 26)
    tempo = f"{song.bpm:.2f} bpm" + ("" if len(song.tempo_curve) < 2 else " (changing)") if song.bpm else "no beat"
    facts = f"{tempo}   {song.key or 'no key'}   {song.seconds:.1f} s   {len(song.bars)} bars"
    page.text(WIDTH - RIGHT, 26, facts, 18, FAINT, "ra")


def _ruler(page: _Page) -> None:
    """Minutes and seconds above, every so many bars a number below."""
    song = page.song
    step = next(s for s in (5, 10, 15, 30, 60, 120, 300, 600, 1800) if song.seconds / s <= 26 or s == 1800)
    for t in np.arange(0, song.seconds, step):
        page.text(page.x(t), RULER[0], f"{int(t) // 60}:{int(t) % 60:02d}", 14, FAINT, "ma")
    every = next(e for e in (4, 8, 16, 32, 64, 128, 512) if len(song.bars) / e <= 32 or e == 512)
    for i in range(0, len(song.bars), every):
        page.text(page.x(song.bars[i].start_s) + 3, PLAYING[1] + 8, str(i + 1), 14, FAINT)
    page.text(LEFT - 14, PLAYING[1] + 8, "bar", 14, FAINT, "ra")


def _sections(page: _Page) -> None:
    for s in page.song.sections:
        x0, x1 = page.x(s.start_s), page.x(s.stop_s)
        page.box(x0 + 1, SECTIONS[0], x1 - 1, SECTIONS[1], COLOURS[s.label])
        for words, size, y in ((s.label, 18, 8), (f"{s.group}  {s.bars} bars", 14, 34)):
            if page.wide(words, size) > x1 - x0 - 12:
                words = words.split()[0]
            if page.wide(words, size) < x1 - x0 - 6:
                page.text(x0 + 8, SECTIONS[0] + y, words, size, (16, 16, 22))
    page.text(LEFT - 14, SECTIONS[0] + 20, "sections", 16, INK, "ra")


def _energy(page: _Page) -> None:
    """One mirrored column a bar, lit by its brightness; drum hits as ticks on the middle line."""
    song, (top, bottom) = page.song, ENERGY
    middle, half = (top + bottom) / 2, (bottom - top) / 2
    page.box(LEFT, top, WIDTH - RIGHT, bottom, PANEL)
    for s in song.sections:
        for bar in song.bars[s.first_bar : s.first_bar + s.bars]:
            colour = _mix(_mix(COLOURS[s.label], GROUND, 0.35), (255, 255, 255), 0.7 * bar.brightness)
            x0, x1 = page.x(bar.start_s), page.x(bar.stop_s)
            gap = 0.5 if x1 - x0 > 3 else 0.0
            page.box(x0 + gap, middle - half * bar.energy, x1 - gap, middle + half * bar.energy, colour)
    beat_px = (WIDTH - LEFT - RIGHT) / max(1, len(song.beats))
    if beat_px > 2:
        first = set(song.downbeats)
        for t in song.beats:
            long = 7 if t in first else 3
            page.line([(page.x(t), middle - long), (page.x(t), middle + long)], GROUND, 0.5)
    page.text(LEFT - 14, middle - 10, "energy", 16, INK, "ra")


def _mood(page: _Page) -> None:
    song, (top, bottom) = page.song, MOOD
    page.box(LEFT, top, WIDTH - RIGHT, bottom, PANEL)
    for share in (0.25, 0.5, 0.75):
        y = bottom - share * (bottom - top)
        page.line([(LEFT, y), (WIDTH - RIGHT, y)], (40, 43, 58), 0.5)
    rows: tuple[tuple[str, Colour], ...] = (
        ("valence", (120, 220, 140)),
        ("arousal", (250, 110, 110)),
        ("brightness", (230, 225, 160)),
    )
    for i, (name, colour) in enumerate(rows):
        points = []
        for bar in song.bars:
            y = bottom - 4 - float(getattr(bar, name)) * (bottom - top - 8)
            points += [(page.x(bar.start_s), y), (page.x(bar.stop_s), y)]
        page.line(points, colour, 1.6)
        page.text(LEFT - 14, top + 20 + 44 * i, name, 16, colour, "ra")


def _tempo(page: _Page) -> None:
    song, (top, bottom) = page.song, TEMPO
    page.box(LEFT, top, WIDTH - RIGHT, bottom, PANEL)
    page.text(LEFT - 14, top + 20, "tempo", 16, INK, "ra")
    if not song.tempo_curve:
        return
    low, high = min(b for _, b in song.tempo_curve) - 5, max(b for _, b in song.tempo_curve) + 5
    points = [(page.x(t), bottom - (b - low) / (high - low) * (bottom - top)) for t, b in song.tempo_curve]
    points = [(float(LEFT), points[0][1]), *points, (float(WIDTH - RIGHT), points[-1][1])]
    page.line(points, (150, 200, 255), 1.6)
    for t, b in (song.tempo_curve[0], song.tempo_curve[-1])[: len(song.tempo_curve)]:
        x, y = page.x(t), bottom - (b - low) / (high - low) * (bottom - top)
        page.text(min(max(x, LEFT + 8), WIDTH - RIGHT - 60), y - 20, f"{b:.1f}", 14, (150, 200, 255))


def _playing(page: _Page) -> None:
    """A row for each instrument: how much in each bar, and every drum hit."""
    song, (top, bottom) = page.song, PLAYING
    tall = (bottom - top) / len(INSTRUMENTS)
    hits = {"kick": song.kicks, "snare": song.snares, "hats": song.hats}
    for i, name in enumerate(INSTRUMENTS):
        y0, y1 = top + i * tall + 2, top + (i + 1) * tall - 2
        page.box(LEFT, y0, WIDTH - RIGHT, y1, PANEL)
        for bar in song.bars:
            much = float(bar.instruments[name])
            if much > 0.02:
                colour = _mix(PANEL, PLAYERS[name], 0.2 + 0.65 * much)
                page.box(page.x(bar.start_s), y1 - (y1 - y0) * much, page.x(bar.stop_s), y1, colour)
        for t in hits.get(name, ()):
            page.line([(page.x(t), y0 + 2), (page.x(t), y0 + 9)], _mix(PLAYERS[name], INK, 0.5), 0.5)
        page.text(LEFT - 14, y0 + tall / 2 - 12, name, 16, PLAYERS[name], "ra")


def draw(song: Song, out: Path) -> None:
    """Write the picture as PNG, 1920x1080. Raises MediaError where it cannot be written."""
    image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), GROUND)
    page = _Page(song, image, ImageDraw.Draw(image))
    for part in (_title, _ruler, _sections, _energy, _mood, _tempo, _playing):
        part(page)
    for s in song.sections[1:]:
        page.line([(page.x(s.start_s), ENERGY[0]), (page.x(s.start_s), PLAYING[1])], (70, 74, 96), 0.5)
    try:
        image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(out, "PNG")
        seal_picture(out, "analyse", model=False)
    except (OSError, ValueError) as e:
        raise MediaError(f"{out}: cannot be written ({e})", "give a folder that exists and a disk with room") from None
