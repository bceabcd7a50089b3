"""The decoder of TAEHV, the tiny autoencoder for video latents (Ollin Boer Bohan, MIT): our own code, its file layout.

Latents [1, C, F, h, w] -> frames 8 times as large, 4 (F - 1) + 1 of them. Much faster than the large decoder, and
softer: for previews. Each frame is made from the past alone."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from engine.adapters.common import to_clip
from engine.adapters.contracts import AdapterError, Clip

WIDTHS = (256, 128, 64, 64)
GROWTH = (1, 2, 2)
"""by how much each of the three levels multiplies the frames; all double the sides"""


def _conv(inputs: int, outputs: int, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=bias)


class Soft(nn.Module):
    """Keeps latents within -3 to 3."""

    def forward(self, x: Tensor) -> Tensor:
        return 3 * torch.tanh(x / 3)


class Recall(nn.Module):
    """A residual block that is shown the frame before: [F, C, h, w] -> the same; before the first there is nothing."""

    def __init__(self, width: int) -> None:
        super().__init__()
        relu = nn.ReLU
        self.conv = nn.Sequential(_conv(2 * width, width), relu(), _conv(width, width), relu(), _conv(width, width))

    def forward(self, x: Tensor) -> Tensor:
        past = functional.pad(x, (0, 0, 0, 0, 0, 0, 1, 0))[:-1]
        return functional.relu(self.conv(torch.cat([x, past], 1)) + x)


class Grow(nn.Module):
    """[F, C, h, w] -> [factor F, C, h, w]."""

    def __init__(self, width: int, factor: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width * factor, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        grown: Tensor = self.conv(x)
        return grown.reshape(-1, x.shape[1], *x.shape[2:])


class TinyVideoDecoder(nn.Module):
    """[F, C, h, w] -> [4 (F - 1) + 1, 3, 8 h, 8 w], 0-1."""

    def __init__(self, channels: int = 16, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        layers: list[nn.Module] = [Soft(), _conv(channels, widths[0]), nn.ReLU()]
        for width, wider, factor in zip(widths, widths[1:], GROWTH, strict=False):
            layers += [Recall(width), Recall(width), Recall(width), nn.Upsample(scale_factor=2), Grow(width, factor)]
            layers.append(_conv(width, wider, bias=False))
        self.decoder = nn.Sequential(*layers, nn.ReLU(), _conv(widths[-1], 3))

    def forward(self, latents: Tensor) -> Tensor:
        frames: Tensor = self.decoder(latents)
        return frames[3:].clamp(0, 1)  # the first latent stands for one frame, not for four


def open(source: Path, device: str = "cpu", dtype: torch.dtype = torch.float32) -> TinyVideoDecoder:
    """A `.safetensors` file such as taew2_1.safetensors. Raises AdapterError for another kind, or of other shapes."""
    if source.suffix != ".safetensors" or not source.is_file():
        raise AdapterError(f"{source}: not a safetensors file", "give taew2_1.safetensors of madebyollin/taehv")
    try:
        state = {k: v for k, v in load_file(source).items() if k.startswith("decoder.")}
        decoder = TinyVideoDecoder(state["decoder.1.weight"].shape[1], _widths(state))
        decoder.load_state_dict(state)
    except (SafetensorError, KeyError, RuntimeError) as error:
        line = str(error).strip().split("\n")[0][:120]
        raise AdapterError(f"{source}: not a decoder of this kind: {line}", "give taew2_1.safetensors") from error
    return decoder.to(device, dtype).eval().requires_grad_(False)


def _widths(state: dict[str, Tensor]) -> tuple[int, ...]:
    first = state["decoder.1.weight"].shape[0]
    return (first, *(state[f"decoder.{8 + 6 * level}.weight"].shape[0] for level in range(3)))


@torch.inference_mode()
def decode(decoder: TinyVideoDecoder, latents: Tensor) -> Clip:
    """Latents [1, C, F, h, w] as the denoiser leaves them -> uint8 [4 (F - 1) + 1, 8 h, 8 w, 3]."""
    weight = next(decoder.parameters())
    frames = decoder(latents[0].transpose(0, 1).to(weight.device, weight.dtype))
    return to_clip(frames.permute(0, 2, 3, 1).float().cpu().numpy())
