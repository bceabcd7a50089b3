"""A video out of one picture: a camera move, parallax, or a dream that begins with it."""

from __future__ import annotations

from pathlib import Path

from vj.core.errors import VjError
from vj.core.policy import permitted
from vj.files import video as film
from vj.studio.consent import consented
from vj.studio.house import house_of
from vj.studio.output import Made, Options, Writing, plainly, write

SIZE, FPS, SECONDS = (1920, 1080), 24.0, 4.0


def image2video(
    image: Path | str,
    out: Path | str,
    options: Options = Options(),
    motion: str = "natural",
    strength: float = 0.7,
) -> Made:
    """motion: zoom(in,1.3), pan(left,0.2), rotate(15), parallax(3), natural, or a prompt. strength 0-1: of parallax and
    of dreams. 4 s, 24 fps, 1920x1080 by default.

    Raises VjError for a motion or words that are none, MediaError for a picture that cannot be read.
    Example: `image2video("photo.jpg", "photo.mp4", motion="zoom(in,1.5)")`"""
    from engine.vision import moves
    from engine.vision.saliency import framed

    if not 0 <= strength <= 1:
        raise VjError(f"strength {strength:g}", "0 to 1")
    permitted(motion, what="motion")
    consented([Path(image)], options.consent, quiet=options.quiet)
    options = options.known(size=SIZE, fps=FPS, seconds=SECONDS)
    assert options.size is not None
    total = max(1, round(options.seconds * options.fps))
    label = {"pipeline": "image2video", "source": Path(image).name, "motion": motion, "seed": str(options.seed)}
    with plainly():
        how = moves.motion(motion)
        picture = film.picture(image)
        if how.kind not in ("pan", "rotate"):  # those show what a cut would take away
            picture = framed(picture, options.size)
        if not how.dreams:
            made = moves.frames(picture, how, options.size, total, strength)
            label |= {"strength": f"{strength:g}"}
            moving = Writing(options.size, options.fps, options, label, "moving", None, (image,))
            return write(made, total, Path(out), moving)

        from engine.pipelines.image2video import Dreamt, Job

        house = house_of(options.threads)
        shape = (options.size, total, options.fps)
        steps = options.steps or 1
        job = Job(*shape, how.prompt, strength, options.seed, steps=steps, guidance=options.guidance)
        label |= {"model": "house", "prompt": how.prompt, "strength": f"{strength:g}"}
        label |= {name: sha[:12] for name, sha in house.sha.items()}
        dreamt = Dreamt.of(picture, house, job)
        return write(dreamt, total, Path(out), Writing(options.size, options.fps, options, label, inputs=(image,)))
