"""`vj camera`: a flight through a scene of our own, or through a picture lifted by depth; dressed by the denoiser."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from vj.core.policy import permitted
from vj.files.video import Frame
from vj.studio.consent import consented
from vj.studio.house import house_of
from vj.studio.options import told
from vj.studio.output import Made, Options, Writing, write
from vj.studio.shots import Shot, filmed, look, moves, native, needs_words, subject

WARM = 8
"""frames drawn again before those that are missing, so that a resumed clip goes on steadily"""


def camera(what: str, out: Path | str, options: Options = Options(), shot: Shot = Shot()) -> Made:
    """Film a scene by name, the scene nearest to a prompt, or a picture file. 8 s, 24 fps, 1920x1080 by default.

    Raises VjError for words, paths and easings that are none, MediaError for files that cannot be read.
    Example: `camera("golden temple", "temple.mp4", Options(seconds=4), Shot(path="dolly", strength=0.4))`"""
    options = options.known(size=(1920, 1080), fps=24.0, seconds=8.0, steps=1, guidance=2.0)
    assert options.size is not None
    permitted(what, shot.style)
    consented([Path(path) for path in (what, shot.depth) if path], options.consent, quiet=options.quiet)
    house = house_of(options.threads) if needs_words(what, shot) else None
    found = subject(what, shot, house)
    way, dress, size = moves(found, shot, options), look(found, shot, options), native(found, shot, options.size)
    total = max(1, round(options.seconds * options.fps))
    size_out = options.size

    def frames(start: int) -> Iterator[Frame]:
        first = max(0, start - WARM)
        times = (i / options.fps for i in range(first, total))
        renders = filmed(found, ((t, way.view(t)) for t in times), shot, size, options.seed)
        if dress is None or house is None:
            made: Iterator[Frame] = (render.frame for render in renders)
        else:
            from engine.pipelines.dress import dressed

            made = dressed(renders, dress, house)
        if size != size_out:
            from engine.pipelines.upscale import upscaled

            made = upscaled(made, size_out, shot.radius)
        yield from islice(made, start - first, None)

    label = told(shot) | {"pipeline": "camera", "scene": found.scene, "path": shot.path, "seed": str(options.seed)}
    label |= {"source": str(found.picture.name)} if found.picture else {}
    if shot.path.lower().endswith(".toml"):  # `moves` has read it
        label["path_sha256"] = hashlib.sha256(Path(shot.path).read_bytes()).hexdigest()[:16]
    if dress is not None and house is not None:
        label |= {"model": "house", "prompt": found.prompt, "strength": f"{shot.strength:g}"}
        label |= {name: sha[:12] for name, sha in house.sha.items()}
    said = "dreaming" if dress else "filming"
    return write(
        frames,
        total,
        Path(out),
        Writing(options.size, options.fps, options, label, said, None, (found.picture, shot.depth)),
    )
