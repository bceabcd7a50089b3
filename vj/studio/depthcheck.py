"""How well generated pictures follow a depth map: `python -m vj.studio.depthcheck`.

A small network learns on our own 3D generators, whose depth is exact, to read nearness from latents. Then the model
draws pictures told the depth of worlds it has not seen, and the reader says whether two places lie in the right order.
The control reads the same pictures against the depth maps of others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from vj.studio.world import HELD_OUT, World

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from engine.model.house import House

SIZE = (320, 192)
APART = 0.15
"""nearness by which two places must differ to have an order"""
PAIRS = 4000


@dataclass(frozen=True, slots=True)
class Sample:
    """latents [C, h, w], nearness [1, h, w], and the words for it."""

    latents: Tensor
    near: Tensor
    caption: str


def samples(house: House, world: World, seed: int, count: int) -> list[Sample]:
    """Pictures of generators with depth; seeds from HELD_OUT on were never trained on."""
    return list(islice(_samples(house, world, seed), count))


def _samples(house: House, world: World, seed: int) -> Iterator[Sample]:
    import torch

    from engine.pipelines.restyle import to_input

    for clip in world.clips(seed, frames=1):
        if clip.depth is None or clip.depth.std() < 8:
            continue
        with torch.inference_mode():
            latents = house.autoencoder.encode(to_input(clip.frames[0], SIZE).to(house.dtype)).float()[0]
        yield Sample(latents.clone(), torch.from_numpy(clip.depth.astype(np.float32) / 255.0), clip.caption)


def reader(seen: Sequence[Sample], rounds: int = 500) -> nn.Module:
    """Latents [B, C, h, w] -> nearness [B, 1, h, w]."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.manual_seed(0)
    c, w = seen[0].latents.shape[0], 48
    layers: list[nn.Module] = [nn.Conv2d(c, w, 3, padding=1), nn.SiLU()]
    for step in (1, 2, 4, 8):
        layers += [nn.Conv2d(w, w, 3, padding=step, dilation=step), nn.SiLU()]
    model = nn.Sequential(*layers, nn.Conv2d(w, 1, 1), nn.Sigmoid())
    optimiser = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, rounds)
    x, y = torch.stack([s.latents for s in seen]), torch.stack([s.near for s in seen])
    for _ in range(rounds):
        at = torch.randint(len(seen), (16,))
        flip = bool(torch.rand(()) < 0.5)
        a, b = (v[at].flip(-1) if flip else v[at] for v in (x, y))
        loss = F.l1_loss(model(a + 0.1 * torch.randn_like(a)), b)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return model.eval()


def order(read: Tensor, near: Tensor, generator: torch.Generator) -> float:
    """Share of pairs of places, clearly apart in `near`, that `read` puts in the same order; 0.5 is chance."""
    import torch

    a, b = torch.randint(near.numel(), (2, PAIRS), generator=generator)
    r, n = read.flatten(), near.flatten()
    apart = n[a] - n[b]
    clear = apart.abs() > APART
    same = (r[a] - r[b]) * apart > 0
    return float(same[clear].float().mean()) if bool(clear.any()) else 0.5


def drawn(house: House, sample: Sample, told: bool, shown: bool, seed: int) -> Tensor:
    """Latents [C, h, w] from the sample's words; told: its depth is; shown: a relief of it is gone by."""
    import torch

    from engine.diffusion.conditioning import nothing
    from engine.diffusion.guidance import led
    from engine.diffusion.samplers import flowmap
    from engine.diffusion.schedule import TEMPERATURE, levels
    from engine.model.prompt import heard
    from engine.pipelines.depth import relief
    from engine.pipelines.restyle import to_input

    assert house.denoiser is not None
    one, config = heard(house, ((sample.caption, 1.0),)), house.denoiser.config
    cond = replace(nothing(1, 1, config.text, config.attributes), text=one.text[None], text_known=one.text_known[None],
                   attributes=one.attributes[None], attributes_known=one.attributes_known[None])  # fmt: skip
    if told:
        cond = replace(cond, depth=sample.near[None, None])
    if shown:
        import cv2

        large = cv2.resize(sample.near[0].numpy(), SIZE, interpolation=cv2.INTER_CUBIC)
        reference = house.autoencoder.encode(to_input(relief(np.asarray(large, np.float32)), SIZE).to(house.dtype))
        cond = replace(cond, reference=reference.float()[:, :, None], closeness=torch.tensor([1.0]))
    noise = torch.randn(1, *sample.latents.shape, generator=torch.Generator().manual_seed(seed))[:, :, None]
    denoise, cond = led(house.denoiser, house.denoiser.leaps, 2.0, cond)
    x = (TEMPERATURE if shown else 1.0) * noise
    out: Tensor = flowmap.sample(denoise, x.to(house.dtype), levels(torch.ones(1, 1), 1 if shown else 4), cond)
    return out[0, :, 0].float()


def check(house: House, train: int = 300, test: int = 40) -> dict[str, dict[str, float]]:
    """Agreement of depth order for: the worlds themselves (what the reader can tell), words alone, words and depth,
    words and depth and a relief to go by; each against its own depth map and shuffled. "crossed": the words of one
    world with the depth of another, read against the depth: words cannot help there."""
    import torch

    world = World(SIZE, 1.0)
    read = reader(samples(house, world, HELD_OUT + 50, train))
    held = samples(house, world, HELD_OUT + 60, test)
    crossed = [replace(s, near=held[(i + 4) % test].near) for i, s in enumerate(held)]
    ways = {"the world itself": (held, None), "words": (held, (False, False)), "words, depth": (held, (True, False)),
            "words, depth, relief": (held, (True, True)), "crossed words": (crossed, (False, False)),
            "crossed words, depth": (crossed, (True, False)),
            "crossed words, depth, relief": (crossed, (True, True))}  # fmt: skip
    found = {}
    with torch.inference_mode():
        for name, (asked, way) in ways.items():
            pictures = [s.latents if way is None else drawn(house, s, *way, seed=i) for i, s in enumerate(asked)]
            maps = [read(p[None])[0] for p in pictures]
            g = torch.Generator().manual_seed(1)
            own = [order(m, s.near, g) for m, s in zip(maps, asked, strict=True)]
            others = [order(m, asked[(i + k) % test].near, g) for i, m in enumerate(maps) for k in (1, 2, 3)]
            found[name] = {"own": round(float(np.mean(own)), 3), "shuffled": round(float(np.mean(others)), 3)}
    return found


if __name__ == "__main__":
    from vj.studio.house import house_of

    print(json.dumps(check(house_of()), indent=1))
