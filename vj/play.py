"""`vj play`: turns what was typed into options, tells what it chose, shows that it runs, writes the report."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from vj.app import PlayOptions, Show
from vj.audio.capture import list_devices
from vj.core.errors import VjError
from vj.core.quiet import quiet
from vj.labels import promises
from vj.setlist.catalog import catalog
from vj.setlist.load import load
from vj.setlist.schema import Setlist
from vj.setlist.watch import SetlistWatch
from vj.status import camera_notice, cameras_on, problems

OUTPUTS = ("window", "headless")
UNASKED_RECORDING = (Path("show.mp4"), 60.0)
"""without a display and without a wish: this file, so many seconds"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options of `vj play` as typed."""

    setlist: Path
    audio: str
    outputs: tuple[str, ...]
    monitor: int | None
    size: tuple[int, int] | None
    fps: float
    seconds: float
    record: Path | None
    report: Path | None
    seed: int | None
    safe: bool
    badge: bool = False


def has_display() -> bool:
    """True where a window can be opened."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def sound_source(wanted: str, setlist: str, inputs: int) -> str:
    """What to listen to: as typed, else as the setlist says; the demo track where "default" has no input."""
    source = wanted or setlist
    return "demo" if source == "default" and inputs == 0 else source


def options_for(w: Wanted, setlist: Setlist) -> PlayOptions:
    """Raises VjError for outputs that do not exist."""
    for name in w.outputs:
        if name not in OUTPUTS:
            raise VjError(f"--output {name}: unknown", f"one of {', '.join(OUTPUTS)}")
    outputs, record, seconds = w.outputs, w.record, w.seconds
    if not outputs:
        outputs = ("window",) if has_display() else ("headless",)
        if outputs == ("headless",) and record is None:
            record, seconds = UNASKED_RECORDING[0], seconds or UNASKED_RECORDING[1]
    with quiet():
        inputs = len(list_devices())
    audio = sound_source(w.audio, setlist.audio.device, inputs)
    seed = setlist.show.seed if w.seed is None else w.seed
    rest = (w.monitor, w.size, w.fps, seconds, record, seed, w.safe)
    return PlayOptions(audio, outputs, *rest, audible=True, badge=w.badge)


def play_setlist(w: Wanted, console: Console) -> dict[str, Any]:
    """Play; returns (and writes) the report."""
    for path in (w.record, w.report):
        if path is not None and not path.resolve().parent.is_dir():
            raise VjError(f"{path}: the folder {path.resolve().parent} is not there", "make it, or choose another")
    promises.keep()
    parts = catalog()
    setlist = load(w.setlist, parts)
    options = options_for(w, setlist)
    with console.status("getting ready: compiling the shaders of every scene"):
        show = Show(setlist, options, SetlistWatch(w.setlist, lambda path: load(path, parts)))
    assert show.stage is not None
    width, height = show.stage.size
    console.print(f"[bold]{setlist.show.title}[/]  {width}x{height} at {show.fps:g} fps on {show.stage.renderer}")
    console.print(f"sound: {options.audio}   output: {', '.join(options.outputs)}   stop with Ctrl-C or Esc Esc")
    done = threading.Event()
    watcher = threading.Thread(target=_tell, args=(show, console, done), daemon=True)
    watcher.start()
    try:
        report = show.run()
    finally:
        done.set()
        watcher.join()
    if w.report is not None:
        w.report.write_text(json.dumps(report, indent=2) + "\n")
    _summary(report, console)
    return report


def _tell(show: Show, console: Console, done: threading.Event) -> None:
    """One line that moves while the show runs, and each new problem once."""
    start, told = time.perf_counter(), set[str]()
    with console.status("starting") as status:
        while not done.wait(0.5):
            if show.over:
                break
            for text in filter(None, (camera_notice(show), *problems(show).values())):
                if text not in told:
                    told.add(text)
                    console.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)
            engine = show.engine.status
            now = time.perf_counter() - start
            of = f" of {show.options.seconds:g}" if show.options.seconds else ""
            status.update(
                f"{now:.0f}{of} s   {show.stats.measured_fps:.1f} fps, {show.stats.late} late   {show.bpm:.1f} bpm   "
                f"dreams {engine.fps:.1f} fps {engine.state}" + ("   camera on" if cameras_on(show) else "")
            )


def _summary(report: dict[str, Any], console: Console) -> None:
    stage, engine, record = report["stage"], report["engine"], report["record"]
    console.print(
        f"{stage['frames']} frames, {stage['fps']} fps, {stage['late']} late, longest gap {stage['max_gap_ms']} ms; "
        f"{engine['frames']} dreamed at {engine['fps']} fps ({engine['runtime'] or 'no engine'})",
        soft_wrap=True,
    )
    if record is not None:
        console.print(f"recorded {record['path']} ({record['frames']} frames, {record['dropped']} dropped)")
