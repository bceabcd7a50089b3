"""What the house model is examined with: held-out clips, prompts never seen, pictures of their blends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vj.core.paths import cache_dir, data_dir
from vj.studio.captions import FAMILIES, PALETTES
from vj.studio.world import HELD_OUT, World, attribute_names

if TYPE_CHECKING:
    from torch import Tensor

    from engine.model.house import House
    from engine.model.judge import Judge
    from engine.pools.memory import Memory

SMALL, LARGE = (160, 96), (512, 288)
GUIDANCE = 1.0
"""of the whole picture, beside what is baked into the leaps"""
PAIRS = (("golden spiral", "blue ocean waves"), ("neon tunnel", "fiery kaleidoscope"), ("icy crystal", "candy petals"))


@dataclass(frozen=True)
class Exam:
    """The model and the clips that it is examined with. `clips`: how many pictures for the distances."""

    assets: Path
    clips: int
    say: Callable[[str], None]

    @cached_property
    def house(self) -> House:
        from engine.model.house import load_house
        from engine.runtimes.runtime import best_dtype

        return load_house(self.assets, best_dtype())

    @cached_property
    def memory(self) -> Memory:
        """The house pool."""
        from vj.studio.memory import memory_of

        return memory_of(self.house, "house")

    @cached_property
    def judge(self) -> Judge:
        from engine.model.judge import JUDGE, load_judge

        return load_judge(self.assets / JUDGE, self.house.sha["autoencoder"])

    @cached_property
    def real(self) -> tuple[Tensor, Tensor, Tensor, list[str]]:
        """Held-out frames, encoded [N, C, 6, 10]; attributes and which are known [N, A]; captions."""
        import torch

        from engine.training.latents import encode, joined

        world, parts = World(SMALL), []
        for start in range(0, self.clips, 128):
            count = range(start, min(start + 128, self.clips))
            clips = [world.draw(world.spec(HELD_OUT + 100, i, 1)) for i in count]
            parts.append(encode(clips, self.house.autoencoder, attribute_names(), len(attribute_names())))
            self.say(f"drawing held-out clips {start + len(clips)}/{self.clips}")
        all_ = joined(parts)
        return (
            all_.latents[:, 0].float(),
            all_.attributes.float(),
            all_.attributes_known.to(torch.float32),
            list(all_.captions),
        )


def prompts(count: int = 4) -> tuple[list[str], Tensor, Tensor]:
    """`colour thing` for every family with `count` palettes each; which family, which palette [N]."""
    import torch

    rng = np.random.default_rng(HELD_OUT)
    texts, families, palettes = [], [], []
    for i, nouns in enumerate(FAMILIES.values()):
        for palette in rng.permutation(len(PALETTES))[:count]:
            texts.append(f"{rng.choice(PALETTES[palette])} {rng.choice(nouns)}")
            families.append(i)
            palettes.append(int(palette))
    return texts, torch.tensor(families), torch.tensor(palettes)


def blended(exam: Exam, a: str, b: str, frames: int) -> NDArray[np.uint8]:
    """uint8 [N, 288, 512, 3]: prompts mixed by weights in one step, as live, the noise and the motion standing
    still."""
    import torch

    from engine.diffusion.guidance import BAKED
    from engine.diffusion.samplers import flowmap
    from engine.diffusion.schedule import TEMPERATURE, levels
    from engine.errors import EngineError
    from engine.model.prompt import heard
    from engine.pipelines.text2video import Job, Scene, pictures

    h, w = LARGE[1] // 16, LARGE[0] // 16
    house, made = exam.house, []
    if house.denoiser is None:
        raise EngineError("no denoiser to examine", house.missing)
    noise = torch.randn(1, house.denoiser.config.latent, 1, h, w, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        for i in range(frames):
            x = i / (frames - 1)
            prompts = ((a, 1 - x), (b, x))
            scene = Scene.of(heard(house, prompts), exam.memory, exam.memory.recall(prompts))
            cond = scene.conditioning(torch.zeros(1), (h, w), Job("", guidance=BAKED))
            start = TEMPERATURE * noise.to(house.dtype)
            out = flowmap.sample(house.denoiser, start, levels(torch.ones(1, 1), 1), cond)
            made.append(out[0, :, 0].float())
        return np.concatenate([pictures(made[i : i + 8], house, LARGE) for i in range(0, frames, 8)])


def dreamed_over(
    exam: Exam, clip: NDArray[np.uint8], prompt: str, strength: float
) -> tuple[NDArray[np.uint8], list[float]]:
    """Frames of a clip through the live pipeline `restyle` in one step; and what each took, in ms."""
    from engine.pipelines import restyle
    from engine.runtimes.runtime import Shapes, choose
    from engine.types import Request

    size = (clip.shape[2], clip.shape[1])
    shapes = Shapes(1, (exam.house.autoencoder.config.latent, 2 * -(-size[1] // 32), 2 * -(-size[0] // 32)))
    runtime = choose("auto", exam.house, shapes, cache_dir())
    frames = iter(clip)
    step = restyle.open(lambda: next(frames), exam.house, runtime)
    wish = Request(pipeline="restyle", prompts=((prompt, 1.0),), strength=strength, steps=1, size=size)
    chunks = [step(wish, (0.0,)) for _ in clip]
    return np.concatenate([chunk.frames for chunk in chunks]), [chunk.ms["all"] for chunk in chunks]


def streamed(exam: Exam, prompt: str, seconds: int, fps: int) -> NDArray[np.uint8]:
    """A minute, say, of the live pipeline `stream` at the pool's half size: it goes on from its last frames. The motion
    turns once in a second, so that one second shows what any other does."""
    from engine.pipelines import stream
    from engine.pools.half import halved
    from engine.runtimes.runtime import Shapes, choose
    from engine.types import Request, Tempo, Walk

    pool, _ = halved(data_dir("latent_pools") / "house", exam.memory.pool)
    c, h, w = (int(n) for n in pool.latents.shape[2:])
    step = stream.open(pool, exam.house, choose("eager", exam.house, Shapes(4, (c, h, w)), cache_dir()))
    wish = Request(
        prompts=((prompt, 1.0),), steps=2, size=pool.size, walk=Walk(motion=2.0), tempo=Tempo(0, 0, 120), seed=5
    )
    made = []
    for i in range(0, seconds * fps, 4):
        chunk = step(replace(wish, seq=i), [(i + k) / fps for k in range(4)])
        made.append(chunk.frames)
        exam.say(f"going on: {i + 4}/{seconds * fps} frames")
    return np.concatenate(made)


def small(exam: Exam, frame: NDArray[np.uint8]) -> Tensor:
    """float32 [C, 6, 10]: a picture at the size that the judge was trained with, encoded."""
    from PIL import Image

    from engine.training.latents import encoded

    picture = np.asarray(Image.fromarray(frame).resize(SMALL, Image.Resampling.BOX))
    return encoded(picture[None], exam.house.autoencoder)[0].float()
