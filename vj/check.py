"""`vj check`: everything that can be known to be wrong before the doors open."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from vj.core.errors import VjError
from vj.core.paths import data_dir
from vj.setlist.catalog import catalog
from vj.setlist.load import load
from vj.setlist.player import Player
from vj.setlist.schema import Setlist
from vj.stage import Stage, StageOptions


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
            raise VjError("\n".join(f"{where}: {what}" for where, what in broken.items()))
        yield "[green]ok[/] every shader of it compiles"
    finally:
        stage.close()
    yield from _pools(setlist)


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
