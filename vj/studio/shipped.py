"""The pools that come with the program, each of another character: one entry here makes another one."""

from __future__ import annotations

from vj.core.paths import ROOT
from vj.studio.prerender import PoolJob

FOLDER = ROOT / "latent_pools"
POOLS: dict[str, PoolJob] = {
    job.name: job
    for job in (
        PoolJob("house", FOLDER / "house"),
        PoolJob(
            "night",
            FOLDER / "night",
            40,
            families=(
                *("city", "starfield", "beams", "lightning", "grid", "tunnel", "particles", "lissajous", "planet"),
                *("terrain", "ocean", "circuit", "corridor", "torus", "helix", "metaballs", "crystal", "kaleidoscope"),
            ),
            palettes=("ultraviolet", "violet", "neon", "ocean", "aurora", "ice"),
            dark=0.85,
        ),
        PoolJob(
            "ink",
            FOLDER / "ink",
            40,
            families=(
                *("ink", "plasma", "ribbons", "moire", "truchet", "voronoi", "fractal", "waves", "terrain", "spiral"),
                *("petals", "rings", "flames", "checker", "kaleidoscope", "metaballs", "hexagons", "lissajous"),
            ),
            palettes=("mono", "mono", "blood"),  # more candidates in black and white: most are dull
            dark=0.7,
        ),
    )
}
