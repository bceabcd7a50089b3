"""What moves a camera: the named paths round a scene's home, and path.toml. See docs/studio.md for the file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

import numpy as np

from engine.vision.camera3d import EASINGS, REST, Path, View, about, at, eased, looking, orbit, path, shaken, times
from vj.core.errors import VjError, nearest
from vj.studio.scenes3d import Scene

NAMED = ("orbit", "dolly", "crane")
TOP = {"target", "fov", "closed", "steady", "ease", "shake", "key"}
KEY = {"time", "beat", "eye", "look", "turn", "yaw", "pitch", "roll", "fov"}


@dataclass(frozen=True, slots=True)
class Move:
    """A path, and how it is gone: easing over the whole of it, a hand's shake 0-1 (see engine.vision.camera3d)."""

    way: Path
    ease: str = "linear"
    shake: float = 0.0
    bpm: float = 120.0
    seed: int = 0

    def view(self, t: float) -> View:
        """At t seconds from the start."""
        long = self.way.seconds
        share = eased(t / long, self.ease, long * self.bpm / 60) if long > 0 else 0.0
        return shaken(at(self.way, float(self.way.times[0]) + share * long), t, self.shake, self.bpm, self.seed)


def move(name: str, home: Scene, seconds: float, bpm: float = 120.0, seed: int = 0) -> Move:
    """name: one of NAMED, or a path.toml. Raises VjError for anything else."""
    if name.lower().endswith(".toml"):
        return read(File(name), home, bpm, seed)
    if name not in NAMED:
        raise VjError(f"--path {name}: no such path{nearest(name, NAMED)}", f"there are {', '.join(NAMED)}, or a .toml")
    if name == "orbit":
        return Move(_round(home, seconds) if home.inside else _orbit(home, seconds), "linear", 0.0, bpm, seed)
    if name == "dolly":
        start, end = (np.array(p, float) for p in home.dolly)
        aim = end + (end - start) * 0.5 if home.inside else np.array(home.target, float)
        views = [View(eye, looking(eye, aim), home.fov) for eye in (start, end)]
        return Move(path([0.0, seconds], views), "smooth", 0.0, bpm, seed)
    return Move(_crane(home, seconds), "smooth", 0.0, bpm, seed)


def _orbit(home: Scene, seconds: float) -> Path:
    return orbit(home.target, home.distance, home.height, seconds, home.fov)


def _round(home: Scene, seconds: float) -> Path:
    """Inside: the camera circles before a point far ahead, so that near things move against far ones."""
    views = []
    for k in range(24):
        angle = 2 * np.pi * k / 24
        eye = np.array(home.target) + home.distance * np.array([np.sin(angle), 0.35 * np.cos(angle) - 0.1, 0.0])
        views.append(View(eye, looking(eye, np.array(home.target) + np.array(home.ahead)), home.fov))
    return path(np.linspace(0, seconds, 25).tolist(), views, closed=True)


def _crane(home: Scene, seconds: float) -> Path:
    """From low over the floor up to home.top, with the target held in the middle."""
    aim, views = np.array(home.target, float) + np.array(home.ahead if home.inside else (0.0, 0.0, 0.0)), []
    for share in (0.0, 0.5, 1.0):
        angle = 0.5 * (share - 0.3)
        if home.inside:
            eye = np.array([home.dolly[0][0], home.low + share * (home.top - home.low), home.dolly[0][2]])
        else:
            away = home.distance * (1.0 - 0.12 * share)
            level = home.low + share * (home.top - home.low)
            eye = aim * np.array([1.0, 0.0, 1.0]) + np.array([away * np.sin(angle), level, away * np.cos(angle)])
        views.append(View(eye, looking(eye, aim), home.fov))
    return path([0.0, seconds / 2, seconds], views, steady=True)


def read(file: File, home: Scene, bpm: float = 120.0, seed: int = 0) -> Move:
    """A path.toml. Raises VjError with the file, the key frame and the key."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise VjError(f"{file}: {error.strerror or error}", "name a path.toml, or " + ", ".join(NAMED)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise VjError(f"{file}: {error}", "mend the file") from None
    _known(raw, TOP, str(file))
    keys = raw.get("key")
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise VjError(f"{file}: no [[key]] in it", "write at least one, with time and eye")
    ease = raw.get("ease", "linear")
    if ease not in EASINGS:
        raise VjError(f"{file}: ease = {ease!r}{nearest(str(ease), EASINGS)}", f"there are: {', '.join(EASINGS)}")
    closed, moments, views = bool(raw.get("closed", False)), [], []
    for number, key in enumerate(keys, 1):
        where = f"{file}: key {number}"
        _known(key, KEY, where)
        moments.append(_number(key, "beat", where) * 60 / bpm if "beat" in key else _number(key, "time", where))
        if not (closed and number == len(keys) and "eye" not in key):
            views.append(_view(key, raw, home, where))
    if closed and len(views) == len(moments):
        raise VjError(f"{file}: closed, but its last key has an eye", "end it with a [[key]] that has only a time")
    try:
        way = path(moments, views, closed, bool(raw.get("steady", False)))
    except ValueError:
        raise VjError(f"{file}: the times of its keys do not rise", "sort them") from None
    return Move(way, ease, _number(raw, "shake", str(file), 0.0), bpm, seed)


def _view(key: Mapping[str, Any], raw: Mapping[str, Any], home: Scene, where: str) -> View:
    eye = np.array(_numbers(key, "eye", 3, where))
    fov = _number(key, "fov", where, _number(raw, "fov", where, home.fov))
    if not 5 <= fov <= 150:
        raise VjError(f"{where}: fov = {fov:g}", "from 5 to 150 degrees")
    if "turn" in key:
        turn = np.array(_numbers(key, "turn", 4, where))
        if np.linalg.norm(turn) < 1e-6:
            raise VjError(f"{where}: turn is zero", "give a quaternion x, y, z, w; [0, 0, 0, 1] looks along -z")
        return View(eye, turn, fov)
    roll = _number(key, "roll", where, 0.0)
    if "yaw" in key or "pitch" in key:
        turn = times(
            about((0, 1, 0), _number(key, "yaw", where, 0.0)), about((1, 0, 0), _number(key, "pitch", where, 0.0))
        )
        return View(eye, times(turn, about((0, 0, 1), -roll)), fov)
    named = key if "look" in key else {"look": raw.get("target", home.target)}
    aim = np.array(_numbers(named, "look", 3, where))
    if np.linalg.norm(aim - eye) < 1e-6:
        return View(eye, REST, fov)
    return View(eye, looking(eye, aim, roll), fov)


def _known(table: Mapping[str, Any], allowed: set[str], where: str) -> None:
    for name in table:
        if name not in allowed:
            raise VjError(
                f"{where}: {name}{nearest(name, sorted(allowed))}", f"there are: {', '.join(sorted(allowed))}"
            )


def _number(table: Mapping[str, Any], name: str, where: str, default: float | None = None) -> float:
    value = table.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
        raise VjError(f"{where}: {name} = {value!r}", "give a number")
    return float(value)


def _numbers(table: Mapping[str, Any], name: str, count: int, where: str) -> list[float]:
    value = table.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != count:
        raise VjError(f"{where}: {name} = {value!r}", f"give {count} numbers")
    return [_number({name: part}, name, where) for part in value]
