"""A rival that tells drawn pictures from dreamed ones while the model trains: what it can tell, the model must mend.

Mean square errors are least for the mean of all that may be: where a petal is pink or yellow, that is grey. A picture
that passes for a drawn one has to be one of them. Conditional and adversarial in the manner of pix2pix (Isola et al.
2017), with a projection of what is told (Miyato and Koyama 2018), hinge loss and spectral norms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from engine.diffusion.conditioning import without
from engine.diffusion.contracts import Conditioning
from engine.model.dit import DiTConfig
from engine.model.recolour import painted

WIDE = 96
"""channels at the size of latents; half-size has twice as many"""
WARM = 100
"""steps in which the rival learns alone: one that knows nothing yet leads nowhere"""
RATE, BETAS = 4e-4, (0.5, 0.99)


class Rival(nn.Module):
    """Pictures [N, C, h, w] beside their references [N, C, h, w], and what is told [N, T] -> scores [N, K]: of cells,
    of patches, and of the whole, which counts as much as all patches. Above 0 it takes them for drawn."""

    def __init__(self, latent: int, told: int, wide: int = WIDE) -> None:
        super().__init__()
        self.wide = wide

        def conv(a: int, b: int, stride: int = 1) -> nn.Module:
            return spectral_norm(nn.Conv2d(a, b, 3, stride, 1))

        self.fine = nn.ModuleList([conv(2 * latent, wide), conv(wide, wide)])
        self.coarse = nn.ModuleList([conv(wide, 2 * wide, 2), conv(2 * wide, 2 * wide)])
        self.cell, self.patch = (spectral_norm(nn.Conv2d(n, 1, 1)) for n in (wide, 2 * wide))
        self.told = nn.Sequential(nn.Linear(told, 2 * wide), nn.SiLU(), nn.Linear(2 * wide, 3 * wide))

    def forward(self, x: Tensor, reference: Tensor, told: Tensor) -> Tensor:
        asked = self.told(told)[..., None, None]
        y = torch.cat([x, reference], 1)
        for layer in self.fine:
            y = F.leaky_relu(layer(y), 0.2)
        cells = self.cell(y) + _along(y, asked[:, : self.wide])
        for layer in self.coarse:
            y = F.leaky_relu(layer(y), 0.2)
        asked, whole = asked[:, self.wide :], y.mean((2, 3), keepdim=True)
        patches, all_ = (self.patch(z) + _along(z, asked) for z in (y, whole))
        return torch.cat([cells.flatten(1), patches.flatten(1), all_.flatten(1).expand(-1, patches[0].numel())], 1)


def _along(y: Tensor, asked: Tensor) -> Tensor:
    """[N, 1, h, w]: how far features point where what is told points."""
    out: Tensor = (y * asked).sum(1, keepdim=True) / y.shape[1] ** 0.5
    return out


def told_of(cond: Conditioning, colours: tuple[int, int]) -> Tensor:
    """What a rival is told [B, 2 A + 1 + 2 P] of A attributes, P of them palettes: those that the reference is painted
    in, which of them count, how close the reference is, and palettes by the turn of their hues."""
    values, known = painted(cond)
    values = values * known
    palette, turn = values[:, slice(*colours)], values[:, colours[1] : colours[1] + 2]
    close = torch.ones(len(values), device=values.device) if cond.closeness is None else cond.closeness
    turned = (palette[:, :, None] * turn[:, None]).flatten(1)
    return torch.cat([values, known, close[:, None].to(values), turned], 1).float()


def shown(cond: Conditioning) -> Tensor:
    """The reference [B, C, F, h, w] as far as the model may see it."""
    assert cond.reference is not None
    if cond.closeness is None:
        return cond.reference
    return cond.reference * (cond.closeness > 0)[:, None, None, None, None].to(cond.reference)


def unseen(cond: Conditioning) -> Conditioning:
    """The same for a rival that shall look at the picture alone: of two pictures at once the reference would tell."""
    assert cond.closeness is not None
    return replace(without(cond), paint=None, closeness=torch.zeros_like(cond.closeness))


class Rivalry:
    """A rival and what trains it. Float32 on the device of what it is shown."""

    def __init__(self, config: DiTConfig, weight: float, device: str = "cpu") -> None:
        """weight: how much it counts beside the errors."""
        self.colours, self.weight = config.colours, weight
        told = 2 * config.attributes + 1 + 2 * (config.colours[1] - config.colours[0])
        self.rival = Rival(config.latent, told).to(device)
        self.optim = torch.optim.Adam(self.rival.parameters(), RATE, BETAS)
        self.steps = 0

    def against(self, made: Tensor, want: Tensor, cond: Conditioning) -> Tensor:
        """Teach the rival with drawn `want` and dreamed `made` [B, C, F, h, w] that go by the reference of `cond`; how
        well it sees through `made`, weighted, to be made less (0 while it is new)."""
        told = told_of(cond, self.colours).repeat_interleave(made.shape[2], 0)
        made, want, reference = (x.float().transpose(1, 2).flatten(0, 1) for x in (made, want, shown(cond)))
        drawn, dreamed = self.rival(want, reference, told), self.rival(made.detach(), reference, told)
        self.optim.zero_grad()
        (F.relu(1 - drawn).mean() + F.relu(1 + dreamed).mean()).backward()  # type: ignore[no-untyped-call]
        self.optim.step()
        self.steps += 1
        if self.steps <= WARM:
            return made.new_zeros(())
        for parameter in self.rival.parameters():
            parameter.requires_grad_(False)  # the model's step is none of the rival's
        seen: Tensor = -self.weight * self.rival(made, reference, told).mean()
        for parameter in self.rival.parameters():
            parameter.requires_grad_(True)
        return seen

    def state(self) -> dict[str, Any]:
        return {"rival": self.rival.state_dict(), "optim": self.optim.state_dict(), "steps": self.steps}

    def load(self, state: Mapping[str, Any]) -> None:
        self.rival.load_state_dict(state["rival"])
        self.optim.load_state_dict(state["optim"])
        self.steps = int(state["steps"])
