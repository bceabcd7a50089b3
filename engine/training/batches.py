"""What a training step sees: clips of one size, levels of noise for each frame, masks, and things left unsaid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from engine.diffusion.conditioning import blend, blend_phases, kept, uncoloured
from engine.diffusion.contracts import Conditioning
from engine.diffusion.schedule import training_levels
from engine.pools.interpolate import arrivals, reached
from engine.training.latents import Folder
from engine.training.recolouring import SAME


@dataclass(frozen=True, slots=True)
class Diet:
    """How often which kind of step comes, and how often something is left out. Shares and chances, 0-1."""

    tokens: int = 960
    """tokens in a step, about: small pictures come in large batches"""
    mean: float = 0.3
    """of the logit-normal levels: above 0 the noisy end, where the form is decided, comes more often"""
    high: float = 0.5
    """share of the levels near 1, where colour and layout are decided"""
    no_text: float = 0.3
    no_attributes: float = 0.15
    groups: tuple[int, ...] = ()
    """for each attribute the number of its group: what is said together is left out together; (): each alone"""
    looks: int = -1
    """group of what only drawn pictures say of themselves: who asks in words says nothing of it"""
    no_looks: float = 0.6
    no_phase: float = 0.15
    no_audio: float = 0.3
    no_reference: float = 0.1
    colours: tuple[int, int] = (0, 0)
    """first and last + 1 of the attributes that name a palette, as `DiTConfig.colours`; equal: there are none"""
    own: float = 0.35
    """share of the references of the same forms that have the colours that are to be drawn already, as on a stage where
    an entry of a pool is shown in its own"""
    smudged: float = 0.2
    """most noise on those, or there would be nothing left to draw"""
    grown: float = 0.15
    """share of the steps on two pictures, one growing out of the other, as in a morph"""
    seam: float = 0.8
    """how much less errors count in the seam between the two: there is no right picture for it, a rival judges it"""
    no_depth: float = 0.7
    """most steps: nobody gives a depth at a show"""
    masked: float = 0.08
    """of the steps on whole clips and single pictures: a rectangle is to be made, the rest is given"""
    quiet: float = 0.4
    """of the steps: from quiet noise to the picture, as live; only these meet a rival"""
    stages: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25)
    """levels of those: where one, two or four steps from quiet noise pass, one step most often"""
    context_noise: float = 0.15
    """most noise on the frames that a clip goes on from"""


@dataclass(frozen=True, slots=True)
class Batch:
    """One step: clean latents [B, C, F, h, w], levels t [B, F], what is told. `weight` [B, 1, F, h, w] is 1 where
    there is something to learn, less where it is doubtful; `paired`: references are of one picture each; `quiet`: the
    noise is that of the stage, all frames at one of its levels."""

    clean: Tensor
    t: Tensor
    cond: Conditioning
    weight: Tensor
    paired: bool = True
    quiet: bool = False
    drawn: Tensor | None = None
    """where one picture grows out of another: the first of the two as it was drawn, for a rival to compare with"""


class Batches:
    """Random steps over folders of one shape each, as often as their share says."""

    def __init__(self, folders: Sequence[tuple[Folder, float]], diet: Diet, seed: int) -> None:
        self.folders = [folder for folder, _ in folders]
        self.shares = torch.tensor([share for _, share in folders])
        self.diet = diet
        self.generator = torch.Generator().manual_seed(seed)

    def rand(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self.generator)

    def take(self) -> Batch:
        folder = self.folders[int(torch.multinomial(self.shares, 1, generator=self.generator))]
        h, w = folder.shape[2:]
        per = max(1, h * w // 4)
        b = max(1, round(self.diet.tokens / (per * folder.frames)))
        at = torch.randint(len(folder), (b,), generator=self.generator)
        clean, cond = folder.take(at)
        t = self.levels(b, clean.shape[2])
        paired = b == 1 or float(self.rand(1)) >= self.diet.grown
        cond = self.own(clean, self.painted(self.unsaid(cond), cond))
        weight = (t > 0.0).float()[:, None, :, None, None].expand(b, 1, clean.shape[2], h, w)
        drawn, quiet = None if paired else clean, float(self.rand(1)) < self.diet.quiet
        if quiet:
            stages = torch.tensor(self.diet.stages)
            t = stages[torch.randint(len(stages), (b, 1), generator=self.generator)].expand_as(t)
            weight = torch.ones_like(weight)
        if not paired:
            clean, cond, counts = self.grown(clean, cond)
            weight = weight * counts
        if quiet:
            return Batch(clean, t, cond, weight, paired, True, drawn)
        if float(self.rand(1)) < self.diet.masked:
            mask = self.rectangle(b, clean.shape[2], h, w)
            cond, weight = replace(cond, mask=mask), weight * mask
        return Batch(clean, t, cond, weight, paired, False, drawn)

    def levels(self, b: int, frames: int) -> Tensor:
        """[B, F]: shared by all frames (30 %), rising from clean ones (40 %), both ends clean (8 %), independent."""
        shared = training_levels((b, 1), self.generator, self.diet.mean, self.diet.high).expand(b, frames)
        if frames == 1:
            return shared
        own = training_levels((b, frames), self.generator, self.diet.mean, self.diet.high)
        number = torch.arange(frames)
        given = 1 + (self.rand(b, 1) * (frames - 1)).long()  # 1 to F - 1 frames to go on from
        slight = self.diet.context_noise * self.rand(b, 1) * (self.rand(b, 1) < 0.7)
        onward = torch.where(number < given, slight, shared)
        between = shared * ((number > 0) & (number < frames - 1))
        kind = self.rand(b, 1)
        return torch.where(kind < 0.3, shared, torch.where(kind < 0.7, onward, torch.where(kind < 0.78, between, own)))

    def unsaid(self, cond: Conditioning) -> Conditioning:
        """Things left out, each on its own; of the attributes sometimes all, often some."""
        diet, g = self.diet, self.generator
        some = self.rand(len(cond.text), 1) * self.rand(len(cond.text), 1)  # share of the knobs left to the model
        b, a = cond.attributes_known.shape
        groups = torch.tensor(diet.groups or tuple(range(a)))
        said = self.rand(b, int(groups.max()) + 1) >= some
        if diet.looks >= 0:
            said[:, diet.looks] &= self.rand(b) >= diet.no_looks
        known = cond.attributes_known * said[:, groups].float()
        assert cond.audio_known is not None and cond.depth_known is not None and cond.closeness is not None
        return replace(
            cond,
            text_known=kept(cond.text_known, diet.no_text, g),
            attributes_known=kept(known, diet.no_attributes, g),
            phases_known=kept(cond.phases_known, diet.no_phase, g),
            audio_known=kept(cond.audio_known, diet.no_audio, g),
            depth_known=kept(cond.depth_known, diet.no_depth, g),
            closeness=kept(cond.closeness, diet.no_reference, g),
        )

    def painted(self, cond: Conditioning, full: Conditioning) -> Conditioning:
        """Where no colours are said, the reference has the right ones all the same: who says nothing of colours wants
        those of the picture, not the mean of all there are."""
        start, stop = self.diet.colours
        if start == stop:
            return cond
        said = (cond.attributes_known[:, start:stop] > 0).any(1)[:, None]
        known = torch.where(said, cond.attributes_known, full.attributes_known)
        return replace(cond, paint=torch.stack([cond.attributes, known], 1))

    def grown(self, clean: Tensor, cond: Conditioning) -> tuple[Tensor, Conditioning, Tensor]:
        """Each clip with the next one of the batch growing out of it, as on a stage: the reference is that very
        picture, smudged a little; what is told of the two is mixed, and of colours nothing is said.

        And how much errors count [B, 1, 1, h, w]: less in the seam.
        """
        b, (h, w) = len(clean), clean.shape[3:]
        at = self.rand(b)
        seeds = torch.randint(1 << 62, (b,), generator=self.generator).tolist()
        share = reached(at, torch.stack([arrivals(seed, (h, w)) for seed in seeds]))[:, :, None]
        both = uncoloured(between(cond, at), self.diet.colours)
        clean = torch.lerp(clean, clean.roll(1, 0), share.to(clean))
        counts = 1 - self.diet.seam * 4 * share * (1 - share)
        return clean, replace(both, reference=self.smudge(clean), closeness=torch.ones(b)), counts

    def own(self, clean: Tensor, cond: Conditioning) -> Conditioning:
        """Some references of the same forms are what is to be drawn."""
        assert cond.reference is not None and cond.closeness is not None
        chosen = (self.rand(len(clean)) < self.diet.own) & (cond.closeness > SAME)
        smudged = self.smudge(clean).to(cond.reference.dtype)
        return replace(cond, reference=torch.where(chosen[:, None, None, None, None], smudged, cond.reference))

    def smudge(self, clean: Tensor) -> Tensor:
        loud = self.diet.smudged * self.rand(len(clean), 1, 1, 1, 1) ** 2
        return (clean.float() + loud * torch.randn(clean.shape, generator=self.generator)).to(clean.dtype)

    def rectangle(self, b: int, frames: int, h: int, w: int) -> Tensor:
        """[B, 1, F, h, w]: 1 inside a random rectangle of even cells, the same in all frames of a clip."""
        mask = torch.zeros(b, 1, frames, h, w)
        for i in range(b):
            (y0, y1), (x0, x1) = (sorted((self.rand(2) * (n // 2 + 1)).long().tolist()) for n in (h, w))
            mask[i, :, :, 2 * y0 : 2 * max(y1, y0 + 1), 2 * x0 : 2 * max(x1, x0 + 1)] = 1.0
        return mask


def between(cond: Conditioning, at: Tensor) -> Conditioning:
    """What is told of each item and of the next one, mixed by `at` [B]; nothing of depth. Sound is the first's."""
    assert cond.depth_known is not None
    names = ("text", "attributes", "attributes_known")
    mixed = {name: blend(getattr(cond, name), getattr(cond, name).roll(1, 0), at) for name in names}
    phases = blend_phases(cond.phases, cond.phases.roll(1, 0), at[:, None])
    known, flat = torch.lerp(cond.text_known, cond.text_known.roll(1, 0), at), torch.zeros_like(cond.depth_known)
    return replace(cond, phases=phases, text_known=known, depth_known=flat, paint=None, **mixed)
