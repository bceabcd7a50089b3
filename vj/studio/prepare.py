"""Compile the model for this machine: `python -m vj.studio.prepare`. Half a minute, once; shows run without it."""

from __future__ import annotations

import argparse
import sys

from vj.core.paths import ROOT, cache_dir, data_dir


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pool", nargs="?", default="house", help="whose size of latents to compile for")
    parser.add_argument("--threads", type=int, default=0, help="as in the setlist; 0: what the engine takes by itself")
    args = parser.parse_args()
    from engine.errors import EngineError
    from engine.live import CHUNK
    from engine.pools.pool import load
    from engine.runtimes.compiled import prepare
    from engine.runtimes.runtime import Shapes, default_threads

    try:
        c, h, w = load(data_dir("latent_pools") / args.pool).latents.shape[2:]
        shapes = Shapes(CHUNK, (c, h, w))
        print(prepare(ROOT / "engine" / "assets", shapes, cache_dir(), args.threads or default_threads()))
    except EngineError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
