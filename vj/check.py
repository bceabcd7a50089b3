"""`vj check`: everything that can be known to be wrong before the doors open."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from rich.markup import escape

from vj.core.errors import VjError, discreet
from vj.core.paths import data_dir
from vj.files.capture import Cameras
from vj.setlist.catalog import catalog
from vj.setlist.load import load
from vj.setlist.player import Player
from vj.setlist.schema import Setlist
from vj.stage import Stage, StageOptions

CAMERA_S = 4.0
"""a camera gets so long for its first picture, while shaders compile and after"""


def check_setlist(path: Path) -> Iterator[str]:
    """Yields a line for everything that is in order. Raises VjError with everything that is not."""
    setlist = load(path, catalog())
    yield f"[green]ok[/] {path}: {len(setlist.scenes)} scenes, {len(setlist.lfos)} LFOs"
    stage = Stage(setlist, StageOptions((320, 180)))
    try:
        for look in Player(setlist, setlist.show.seed).looks():
            stage.compositor.prepare(look)
        broken = stage.errors()
        if broken:
            raise VjError("\n".join(discreet(f"{where}: {what}") for where, what in broken.items()))
        yield "[green]ok[/] every shader of it compiles"
        yield from _cameras(stage.cameras)
    finally:
        stage.close()
    yield from _pools(setlist)


def _cameras(cameras: Cameras) -> Iterator[str]:
    """A camera that is not there is told and no mistake: it may be plugged in before the doors open."""
    end = time.perf_counter() + CAMERA_S
    while time.perf_counter() < end and not all(camera.on or camera.error for camera in cameras.states):
        time.sleep(0.05)
    for camera in cameras.states:
        if camera.on:
            yield f"[green]ok[/] {escape(camera.name)}: {camera.size[0]}x{camera.size[1]}"
        else:
            why = camera.error or f"{camera.name}: no picture within {CAMERA_S:g} s"
            yield f"[yellow]--[/] {escape(why)}"


def _pools(setlist: Setlist) -> Iterator[str]:
    pools = {
        layer.source.partition(":")[2] or "house"
        for scene in setlist.scenes
        for layer in scene.layers
        if layer.source.startswith("neural:")
    }
    if not pools:
        return
    if find_spec("torch") is None:
        yield "[yellow]--[/] the engine is not installed (make setup): scenes that dream play their pool's loop"
        return
    from vj.studio.verify import verify_model, verify_pool

    yield f"[green]ok[/] house model: {verify_model()}"
    for name in sorted(pools):
        yield f"[green]ok[/] pool {name}: {verify_pool(data_dir('latent_pools') / name)}"
