"""Words to attributes: what a prompt says of a picture, where nobody turned the knobs themselves."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Prior(nn.Module):
    """Text vectors [B, text] -> values [B, attributes] and known [B, attributes] (0-1: whether the text says it)."""

    def __init__(self, text: int, attributes: int, hidden: int = 384) -> None:
        super().__init__()
        self.sizes = (text, attributes, hidden)
        self.net = nn.Sequential(
            nn.Linear(text, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, 2 * attributes)
        )

    def forward(self, text: Tensor) -> tuple[Tensor, Tensor]:
        values, known = self.net(text * text.shape[-1] ** 0.5).chunk(2, -1)
        return values, known.sigmoid()


def train(text: Tensor, values: Tensor, known: Tensor, steps: int = 7000, batch: int = 512, seed: int = 0) -> Prior:
    """Rows of captions: text [N, D], values [N, A] that count where known [N, A] is above 0. A quarter of the steps
    sees two captions as one, for people write `spiral and clouds`; vectors are blurred,
    for other words lie beside the known ones."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    model = Prior(text.shape[1], values.shape[1])
    optim = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optim, 2e-3, steps)
    for step in range(steps):
        at = torch.randint(len(text), (batch,), generator=generator)
        x, want, said = text[at], values[at], known[at]
        if step % 4 == 3:
            other = torch.randint(len(text), (batch,), generator=generator)
            both = said + known[other]
            want = (want * said + values[other] * known[other]) / both.clamp(min=1e-6)
            x, said = F.normalize(x + text[other], dim=-1), (both > 0).float()
        blur = 0.8 * torch.rand(batch, 1, generator=generator) * x.shape[1] ** -0.5
        x = F.normalize(x + blur * torch.randn(x.shape, generator=generator), dim=-1)
        got, sure = model(x)
        loss = ((got - want).square() * said).sum() / said.sum() + F.binary_cross_entropy(sure, said)
        optim.zero_grad()
        loss.backward()
        optim.step()
        schedule.step()
    return model.eval().requires_grad_(False)
