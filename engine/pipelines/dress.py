"""The denoiser dresses renders: it draws their forms in the colours and matter of a prompt, told how near things are.

The render's latents are the reference and its depth the depth; what the dream adds to the render is carried along with
the exact motion that depth and cameras give, so that it sticks to the things and does not flicker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from engine.diffusion.conditioning import nothing
from engine.diffusion.guidance import led
from engine.diffusion.samplers import flowmap
from engine.diffusion.schedule import TEMPERATURE, levels
from engine.errors import EngineError
from engine.model.house import House
from engine.model.prompt import heard
from engine.pipelines.depth import FALL, in_cells, nearness_of
from engine.pipelines.poolwalk import to_frames
from engine.pipelines.reproject import APART, backward, motion, spread
from engine.pipelines.restyle import to_input
from engine.pools.interpolate import settled
from engine.vision.camera3d import View

Frame = NDArray[np.uint8]
Map = NDArray[np.float32]
STEADY = 0.7
"""most of what the dream added to the frame before that is kept where the same thing is seen"""
MOVED = 0.10
"""a change of brightness (0-1) between a thing and itself a frame before at which nothing is kept"""
DRIFT = 48.0
"""most that a view's own places are lightened or darkened to fit what was taken, 0-255"""
LOST = 0.3
"""share of the render's fine detail that is given up at strength 1"""


@dataclass(frozen=True, slots=True, eq=False)
class Render:
    """frame [H, W, 3], depth [H, W] in scene units, and the camera."""

    frame: Frame
    depth: Map
    view: View


@dataclass(frozen=True, slots=True)
class Look:
    """What to dress in. strength 0-1: 0 is the render itself."""

    prompt: str
    strength: float = 0.5
    steps: int = 1
    guidance: float = 2.0
    seed: int = 0
    closeness: float = 1.0
    """how much of the forms is kept, 0-1"""
    fall: float = FALL
    """how quickly nearness falls with depth, per scene unit"""


class Wardrobe:
    """Dresses frames one after another. `steady` False: each on its own."""

    def __init__(self, look: Look, house: House, steady: bool = True) -> None:
        """Raises EngineError without a denoiser."""
        if house.denoiser is None:
            raise EngineError("no denoiser", house.missing)
        self.look, self.house, self.steady = look, house, steady
        one, config = heard(house, ((look.prompt, 1.0),)), house.denoiser.config
        self._told = replace(
            nothing(1, 1, config.text, config.attributes),
            text=one.text[None],
            text_known=one.text_known[None],
            attributes=one.attributes[None],
            attributes_known=one.attributes_known[None],
            closeness=torch.tensor([look.closeness]),
        )
        self._added: Tensor | None = None
        self._last: Render | None = None

    @torch.inference_mode()
    def dress(self, render: Render) -> Frame:
        """[H, W, 3] of the render's size."""
        size = (render.frame.shape[1], render.frame.shape[0])
        if self.look.strength <= 0:
            return render.frame
        base = self.house.autoencoder.encode(to_input(render.frame, size).to(self.house.dtype)).float()
        added = self._dream(base, render) - base
        if self.steady and self._added is not None and self._last is not None and self._added.shape == added.shape:
            added = self._carried(added, render, self._last)
        self._added, self._last = added, render
        both = torch.cat([base + self.look.strength * added, base]).to(self.house.dtype)
        shown, plain = to_frames(self.house.autoencoder.decode(both), size)
        return _with_detail(shown, plain, render.frame, 1 - LOST * self.look.strength)

    def _dream(self, base: Tensor, render: Render) -> Tensor:
        """base [1, C, h, w] as the prompt would have it."""
        look, denoiser = self.look, self.house.denoiser
        assert denoiser is not None
        generator = torch.Generator().manual_seed(look.seed & 0xFFFFFFFF)
        noise = torch.randn(base.shape, generator=generator)[:, :, None]
        near = in_cells(nearness_of(render.depth, look.fall), (base.shape[2], base.shape[3]))
        cond = replace(self._told, reference=base[:, :, None], depth=near[None, :, None])
        denoise, cond = led(denoiser, denoiser.leaps, look.guidance, cond)
        x = (TEMPERATURE * noise).to(self.house.dtype)
        made = flowmap.sample(denoise, x, levels(torch.ones(1, 1), look.steps), cond)[:, :, 0].float()
        return settled(made, base)

    def _carried(self, added: Tensor, render: Render, last: Render) -> Tensor:
        """What is added now, mixed with what was added to the same places of the frame before."""
        h, w = added.shape[-2:]
        height, width = render.depth.shape
        place, expected = motion(render.depth, render.view, last.view)
        x, y = np.ascontiguousarray(place[..., 0]), np.ascontiguousarray(place[..., 1])
        found = cv2.remap(last.depth, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=-1.0)
        grey, before = (cv2.cvtColor(r.frame, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255 for r in (render, last))
        change = np.abs(cv2.remap(before, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) - grey)
        same = np.abs(found - expected) < 2 * APART * np.abs(expected)
        sure = (same * np.clip(1 - change / MOVED, 0, 1)).astype(np.float32)
        keep = torch.from_numpy(cv2.resize(sure, (w, h), interpolation=cv2.INTER_AREA))[None, None]
        small = cv2.resize(place, (w, h), interpolation=cv2.INTER_AREA)
        at = np.stack([(small[..., 0] + 0.5) * 2 / width - 1, (small[..., 1] + 0.5) * 2 / height - 1], -1)
        assert self._added is not None
        moved = F.grid_sample(self._added, torch.from_numpy(at)[None].float(), align_corners=False,
                              padding_mode="border")  # fmt: skip
        return torch.lerp(added, moved, STEADY * keep)


def _with_detail(shown: Frame, plain: Frame, render: Frame, share: float) -> Frame:
    """shown with the brightness of what the latents cannot hold of the render: plain is the render through them."""
    luma = np.array([[0.299, 0.587, 0.114]], np.float32)
    fine = cv2.transform(render.astype(np.float32), luma) - cv2.transform(plain.astype(np.float32), luma)
    return np.asarray(np.clip(shown + share * fine[..., None] + 0.5, 0, 255), np.uint8)


def dressed(renders: Iterable[Render], look: Look, house: House) -> Iterator[Frame]:
    """Frame for frame, steady in time. Raises EngineError without a denoiser."""
    wardrobe = Wardrobe(look, house)
    for render in renders:
        yield wardrobe.dress(render)


def agreeing(own: Frame, render: Render, others: Sequence[tuple[Frame, Render]]) -> tuple[Frame, Map]:
    """A dressed frame that agrees with those of other cameras: what one of them saw is taken from there by exact depth
    (the first counts most), the rest is its own. [H, W, 3], and the share [H, W] 0-1 that was taken."""
    out, taken = own.astype(np.float32), np.zeros(render.depth.shape, np.float32)
    sure = taken
    for frame, other in others:
        picture, seen = backward(frame, other.depth, other.view, render.depth, render.view)
        inner = cv2.erode(seen, np.ones((3, 3), np.uint8), borderValue=1)
        share = np.minimum(cv2.GaussianBlur(inner, (0, 0), 1.0), seen) * (1 - taken)
        out += (np.asarray(picture, np.float32) - own) * share[..., None]
        sure = np.maximum(sure, inner * (share > 0.9))
        taken = taken + share
    if sure.any() and not sure.all():
        # what is its own is lit as its surroundings are: halos of lamps would end at the borders
        drift = np.clip(spread(out - own, sure), -DRIFT, DRIFT)
        out += drift * (1 - taken)[..., None]
    return np.clip(out + 0.5, 0, 255).astype(np.uint8), taken
