"""A job of toy entries in a process of its own, to be killed: python entry_job.py FOLDER COUNT WORKERS [RAY]."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from vj.setlist.schema import PoolSpec
from vj.studio import pools
from vj.studio.entrykeys import Kit, Source


def main() -> None:
    folder, count, workers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    ray = sys.argv[4] if len(sys.argv) > 4 else ""
    spec = PoolSpec("toy", count=count, frames=8, size=(64, 48))
    sources = [Source("text", ("red spiral", "blue spiral")[i % 2], i // 2) for i in range(count)]
    kit = Kit(str(folder / "assets"), str(folder / "memory"))
    how = pools.How(ray, workers, folder / "pools", kit, lambda text: print(text, file=sys.stderr))
    print(json.dumps(pools.made_of(spec, sources, lambda there: None, how).as_dict()), flush=True)


if __name__ == "__main__":
    main()
