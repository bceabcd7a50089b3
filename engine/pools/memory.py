"""What the model goes by when it is asked in words: the loops of a pool that come nearest to what was said.

A small network that has to draw a tunnel out of noise draws fog; one that is shown a tunnel draws another tunnel, in
the colours and with the knobs it is told. (Retrieval-augmented diffusion, Blattmann et al. 2022.) Any pool can be the
memory: the house's own, or one made from somebody's own pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.diffusion.conditioning import blend_phases
from engine.errors import EngineError
from engine.model.house import House
from engine.model.prompt import Told, heard
from engine.pools.interpolate import arrivals, grow, loop_at
from engine.pools.pool import LatentPool

FORMS = ("family/", "fold/", "scale", "warp", "twist", "density", "detail", "energy", "camx", "camy", "seed_")
"""attributes that a reference brings along; colour and light are the prompt's"""
ASKED = 0.25
"""weight from which a family counts as asked for"""
LUCK = 0.35
"""how much the seed has to say in what is remembered"""
KINDS = (("family/", 4.0), ("fold/", 0.8), ("palette/", 0.3))
"""what likeness is made of, beside words and knobs"""


@dataclass(frozen=True, slots=True)
class Recalled:
    """Loops (entries of the pool) and their weights, 1 together; `turn` is where their motion begins."""

    loops: tuple[tuple[int, float], ...]
    turn: float
    seed: int = 0
    """where one loop grows out of another"""


class Memory:
    """A pool as the memory of a house that has words."""

    def __init__(self, house: House, pool: LatentPool) -> None:
        """Raises EngineError for a house without words."""
        if house.text is None:
            raise EngineError("the house model has no words here", house.missing)
        self.house, self.pool = house, pool
        names = {name: i for i, name in enumerate(pool.names)}
        at = [names.get(name, -1) for name in house.names]
        there = torch.tensor([float(i >= 0) for i in at])
        self.values, self.known = pool.attributes[:, at] * there, pool.known[:, at] * there
        self.text = house.text([f"{entry.caption} {entry.name}" for entry in pool.entries])[0]

    def recall(
        self, prompts: Sequence[tuple[str, float]], knobs: Mapping[str, float] | None = None, seed: int = 0
    ) -> Recalled:
        """The nearest entry for each prompt; where it asks for two families, the nearest of each."""
        generator = torch.Generator().manual_seed(seed & 0xFFFFFFFF)
        turn = float(torch.rand(1, generator=generator))
        luck = LUCK * torch.randn(len(self.pool.entries), generator=generator)
        found: dict[int, float] = {}
        for prompt, weight in [pair for pair in prompts if pair[1] > 0] or [("", 1.0)]:
            told = heard(self.house, ((prompt, 1.0),), knobs)
            scores, kinds = self.likeness(told) + luck, self.families(told)
            for kind, share in kinds or ((None, 1.0),):
                best = int((scores if kind is None else scores + 4 * self.values[:, kind]).argmax())
                found[best] = found.get(best, 0.0) + weight * share
        total = sum(found.values())
        return Recalled(tuple((entry, weight / total) for entry, weight in found.items()), turn, seed)

    def families(self, told: Told) -> tuple[tuple[int, float], ...]:
        """At most two families that the words or knobs ask for, with their weights, 1 together."""
        n = len(self.house.names)
        weights = (told.attributes * (told.attributes_known > 0))[:n].tolist()
        asked = [
            (i, w)
            for i, (name, w) in enumerate(zip(self.house.names, weights, strict=True))
            if name.startswith("family/")
        ]
        best = sorted((pair for pair in asked if pair[1] > ASKED), key=lambda pair: -pair[1])[:2]
        total = sum(w for _, w in best)
        return tuple((i, w / total) for i, w in best)

    def likeness(self, told: Told) -> Tensor:
        """[entries]: what was said against what is known of each."""
        n, names = len(self.house.names), self.house.names
        both = self.known * told.attributes_known[:n]
        score = float(told.text_known) * (self.text @ told.text)
        for kind, weight in KINDS:
            at = [i for i, name in enumerate(names) if name.startswith(kind)]
            score = score + weight * (both * self.values * told.attributes[:n])[:, at].sum(1)
        at = [i for i, name in enumerate(names) if "/" not in name and name.startswith(FORMS)]
        out: Tensor = score - 0.3 * (both * (self.values - told.attributes[:n]).abs())[:, at].sum(1)
        return out

    def reference(self, found: Recalled, turns: Tensor, cells: tuple[int, int]) -> Tensor:
        """float32 [F, C, h, w]: the loops where `turns` [F] of them have passed, for a picture of `cells`; of several
        one grows out of the other, and it goes smoothly with their weights."""
        rows = []
        for turn in turns.tolist():
            (first, total), *rest = sorted(found.loops)  # in an order that is the same when one of them has gone
            picture = self._frame(first, found.turn + turn, cells)
            for entry, weight in rest:
                total += weight
                at, arrival = torch.tensor([weight / max(total, 1e-6)]), arrivals(found.seed + entry, cells)[None]
                picture = grow(picture[None], self._frame(entry, found.turn + turn, cells)[None], at, arrival)[0]
            rows.append(picture)
        return torch.stack(rows)

    def slowest(self, found: Recalled) -> Recalled:
        """The same, beginning where its motion is slowest: where a loop is cut open it shows least."""
        moved = torch.zeros(self.pool.frames)
        for entry, weight in found.loops:
            loop = torch.stack([self.pool.frame(entry, t) for t in range(self.pool.frames)])
            moved += weight * (loop.roll(-1, 0) - loop).flatten(1).norm(dim=1)
        return replace(found, turn=(float(moved.argmin()) + 0.5) / self.pool.frames)

    def phases(self, found: Recalled, turns: Tensor) -> Tensor:
        """[F]: of the motion, as the pool tells them of the loops, mixed by their weights."""
        place = (turns + found.turn) % 1.0 * self.pool.frames
        first, mixed, total = place.long() % self.pool.frames, torch.zeros(len(turns)), 0.0
        for entry, weight in found.loops:
            phases, total = self.pool.phases[entry], total + weight
            here = blend_phases(phases[first], phases[(first + 1) % self.pool.frames], place % 1.0)
            mixed = blend_phases(mixed, here, torch.full_like(mixed, weight / total))
        return mixed

    def forms(self, told: Told, found: Recalled) -> tuple[Tensor, Tensor]:
        """Attributes and known [A]: what was told, and of the references' forms what was not."""
        values, known = told.attributes.clone(), told.attributes_known.clone()
        entries, weights = zip(*found.loops, strict=True)
        shares = torch.tensor(weights)[:, None]
        shown, sure = ((x[list(entries)] * shares).sum(0) for x in (self.values, self.known))
        at = [i for i, name in enumerate(self.house.names) if name.startswith(FORMS)]
        rest = (1 - known[at]) * sure[at]  # what is told counts first, the loops fill up what is left
        values[at] = (known[at] * values[at] + rest * shown[at]) / (known[at] + rest).clamp(min=1e-6)
        known[at] = known[at] + rest
        return values, known

    def _frame(self, entry: int, turn: float, cells: tuple[int, int]) -> Tensor:
        latents = loop_at(self.pool, entry, turn)
        return latents if tuple(latents.shape[1:]) == cells else resized(self.house, latents, cells)


def resized(house: House, latents: Tensor, cells: tuple[int, int]) -> Tensor:
    """[C, h, w] for a picture of another size: decoded, scaled to cover it, encoded again."""
    weight = next(house.autoencoder.parameters())
    picture = house.autoencoder.decode(latents[None].to(weight.device, weight.dtype)).float()
    h, w = 16 * cells[0], 16 * cells[1]
    scale = max(h / picture.shape[2], w / picture.shape[3])
    size = round(picture.shape[2] * scale), round(picture.shape[3] * scale)
    picture = F.interpolate(picture, size, mode="area" if scale < 1 else "bicubic").clamp(-1, 1)
    y, x = (size[0] - h) // 2, (size[1] - w) // 2
    return house.autoencoder.encode(picture[..., y : y + h, x : x + w].to(weight.dtype))[0].float().cpu()
