"""The denoiser: a diffusion transformer whose every frame has a noise level of its own.

After DiT (Peebles and Xie 2022), with adaLN-single (PixArt-alpha, Chen et al. 2023) and a low-rank correction of it in
every block, attention factored into space and time, normalised queries and keys, rotary positions. Rectified flow: it
predicts velocity = noise - clean, or the mean velocity down to `cond.until` (flow maps).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.diffusion.contracts import AUDIO, Conditioning
from engine.errors import EngineError
from engine.model.layers import Attention, Embed, Mlp, places, rms_norm, rope_1d, rope_2d, sinusoids
from engine.model.recolour import Recolour

HARMONICS = (1, 2, 3, 4, 6, 8, 12, 16)
"""speeds at which the phase of the motion is told, as cos and sin"""
CANVAS, SHEETS = (6, 10), 48
"""rows and columns of the sketch of the picture that is drawn from what is told, and its channels"""
FINE, WIDE, PAINTERS = 48, 96, 3
"""channels that a token gives to each of its cells, those of the convolutions that finish the picture, and how many
pairs of these there are"""
EXTRA = 4
"""channels beside the latents and the reference: mask, depth, whether depth is known, how close the reference is"""


@dataclass(frozen=True, slots=True)
class DiTConfig:
    """`patch` = (frames, rows, columns) of latent cells are one token; `rank` is that of a block's own modulation.
    `text`, `attributes`: lengths of the vectors that condition. At most `tokens` fit in one call. `colours`: first and
    last + 1 of the attributes that name a palette; (0, 0): it does not recolour.
    """

    latent: int = 32
    patch: tuple[int, int, int] = (1, 2, 2)
    width: int = 320
    heads: int = 5
    depth: int = 8
    ratio: int = 3
    text: int = 192
    attributes: int = 96
    rank: int = 48
    tokens: int = 65536
    colours: tuple[int, int] = (0, 0)


PRESETS = {
    "house": DiTConfig(colours=(34, 50)),
    "xl": DiTConfig(latent=3, patch=(2, 4, 4), width=1152, heads=16, depth=28, ratio=4, rank=128),
}


class Block(nn.Module):
    """Attention in the frame, attention through time (left out for a single frame), an MLP; each gated from zero."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        d = config.width
        self.space = Attention(d, config.heads)
        self.time = Attention(d, config.heads)
        self.mlp = Mlp(d, config.ratio)
        self.table = nn.Parameter(torch.randn(9, d) * d**-0.5)
        self.down = nn.Linear(d, config.rank, bias=False)
        self.up = nn.Linear(config.rank, 9 * d, bias=False)
        nn.init.zeros_(self.up.weight)
        with torch.no_grad():
            self.table[2::3] = 0  # the gates: a fresh block is the identity

    def forward(
        self, x: Tensor, c: Tensor, mod: Tensor, space: tuple[Tensor, Tensor], time: tuple[Tensor, Tensor]
    ) -> Tensor:
        """x [B, F, N, D], c [B, F, D], mod [B, F, 9, D] (shift, scale, gate for space, time, MLP), rotary tables."""
        b, f, n, d = x.shape
        own = self.up(self.down(c)).unflatten(-1, (9, -1))
        shift_s, scale_s, gate_s, shift_t, scale_t, gate_t, shift_m, scale_m, gate_m = (mod + own + self.table)[
            :, :, :, None
        ].unbind(2)
        h = (rms_norm(x) * (1 + scale_s) + shift_s).reshape(b * f, n, d)
        x = x + gate_s * self.space(h, *space).view(b, f, n, d)
        if f > 1:
            # of one clip this is a view, and the products of a view that is not contiguous are eight times as slow
            h = (rms_norm(x) * (1 + scale_t) + shift_t).transpose(1, 2).reshape(b * n, f, d).contiguous()
            x = x + gate_t * self.time(h, *time).view(b, n, f, d).transpose(1, 2)
        out: Tensor = x + gate_m * self.mlp(rms_norm(x) * (1 + scale_m) + shift_m)
        return out


class Told(nn.Module):
    """Levels, guidance, closeness, text, attributes, sound and phase of each frame as one vector [B, F, D]."""

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        d = config.width
        self.level = nn.Sequential(nn.Linear(258, d), nn.SiLU(), nn.Linear(d, d))
        self.text = Embed(config.text, d)
        knobs = nn.Linear(2 * config.attributes, 2 * d)
        self.attributes = nn.Sequential(knobs, nn.SiLU(), nn.Linear(2 * d, d))
        self.phase = Embed(2 * len(HARMONICS), d)
        self.audio = Embed(len(AUDIO), d)
        self.shown = nn.Sequential(nn.Linear(2 * config.latent, d), nn.SiLU(), nn.Linear(d, d))
        self.joint = nn.Sequential(nn.Linear(d, 2 * d), nn.SiLU(), nn.Linear(2 * d, d))
        with torch.no_grad():  # one knob among a hundred must be heard from the first step on
            knobs.weight[:, : config.attributes].normal_(std=0.5)
            knobs.weight[:, config.attributes :].normal_(std=0.05)
            for parameter in self.shown[2].parameters():
                parameter.zero_()

    def forward(self, t: Tensor, cond: Conditioning, dtype: torch.dtype) -> Tensor:
        text = self.text((cond.text * cond.text.shape[-1] ** 0.5).to(dtype), cond.text_known)
        known = cond.attributes_known.to(dtype)
        attributes = self.attributes(torch.cat([cond.attributes.to(dtype) * known, known], -1))
        angles = 2 * torch.pi * cond.phases.float()[..., None] * torch.tensor(HARMONICS, device=t.device)
        waves = torch.cat([angles.cos(), angles.sin()], -1)
        phase = self.phase(waves.to(dtype), cond.phases_known[:, None].expand(t.shape))
        out: Tensor = self.level(self.levels(t, cond).to(dtype)) + phase + self.sound(t, cond, dtype)
        out = out + (text + attributes)[:, None] + self.colours(t, cond, dtype)
        out = rms_norm(out)
        out = out + self.joint(out)
        return rms_norm(out)

    def levels(self, t: Tensor, cond: Conditioning) -> Tensor:
        """[B, F, 258]: the level, how far the answer is to lead, the guidance, how close the reference is."""
        until = t if cond.until is None else cond.until
        scale = torch.ones_like(t[:, :1]) if cond.guidance is None else cond.guidance[:, None].to(t.dtype)
        numbers = torch.stack([(scale - 1).expand(t.shape), closeness(cond, t)[:, None].expand(t.shape)], -1)
        return torch.cat([sinusoids(t, 128), sinusoids(t - until, 128), numbers], -1)

    def colours(self, t: Tensor, cond: Conditioning, dtype: torch.dtype) -> Tensor:
        """Mean and spread of the reference's channels: to draw it in other colours one must know those it has."""
        if cond.reference is None:
            return torch.zeros((), dtype=dtype, device=t.device)
        flat = cond.reference.float().flatten(3)
        seen = torch.cat([flat.mean(3), flat.std(3)], 1).transpose(1, 2)
        out: Tensor = self.shown(seen.to(dtype)) * (closeness(cond, t) > 0).to(dtype)[:, None, None]
        return out

    def sound(self, t: Tensor, cond: Conditioning, dtype: torch.dtype) -> Tensor:
        audio = torch.zeros(*t.shape, len(AUDIO), device=t.device) if cond.audio is None else cond.audio
        given = cond.audio_known
        if given is None:
            given = torch.full(t.shape[:1], float(cond.audio is not None), device=t.device)
        out: Tensor = self.audio(audio.to(dtype), given[:, None].expand(t.shape))
        return out


class Painter(nn.Module):
    """A residual pair of convolutions, the first scaled and shifted by what is told; fresh it changes nothing."""

    def __init__(self, told: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(WIDE, 2 * WIDE, 3, padding=1)
        self.told = nn.Linear(told, 4 * WIDE)
        self.second = nn.Conv2d(2 * WIDE, WIDE, 3, padding=1)
        for parameter in (*self.told.parameters(), *self.second.parameters()):
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        """x [N, WIDE, h, w], c [N, D]"""
        scale, shift = self.told(c)[..., None, None].chunk(2, 1)
        out: Tensor = x + self.second(F.silu(self.first(x) * (1 + scale) + shift))
        return out


class Finish(nn.Module):
    """Convolutions over latent cells: what happens inside a patch, which a token is too coarse to draw, and above all
    the forms of the reference in the colours that are told. A fifth of the work; it says nothing while it is fresh.
    """

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        d, cells = config.width, config.patch[0] * config.patch[1] * config.patch[2]
        self.spread = nn.Linear(d, FINE * cells)
        self.first = nn.Conv2d(3 * config.latent + FINE, WIDE, 3, padding=1)
        self.told = nn.Linear(d, 2 * WIDE)
        self.second = nn.Conv2d(WIDE, WIDE, 3, padding=1)
        self.painters = nn.ModuleList(Painter(d) for _ in range(PAINTERS))
        self.last = nn.Conv2d(WIDE, config.latent, 3, padding=1)
        for parameter in (*self.told.parameters(), *self.last.parameters()):
            nn.init.zeros_(parameter)

    def forward(self, given: Tensor, made: Tensor, c: Tensor) -> Tensor:
        """given (x and the reference) [B, 2 C, F, h, w], made [B, C + FINE, F, h, w], c [B, F, D] -> [B, C, F, h, w]"""
        b, f, h, w = given.shape[0], *given.shape[2:]
        y = torch.cat([given, made], 1).transpose(1, 2).reshape(b * f, -1, h, w)
        c = c.reshape(b * f, -1)
        scale, shift = self.told(c)[..., None, None].chunk(2, 1)
        y = F.silu(self.first(y) * (1 + scale) + shift)
        y = F.silu(self.second(y)) + y
        for painter in self.painters:
            y = painter(y, c)
        out: Tensor = self.last(y).view(b, f, -1, h, w).transpose(1, 2)
        return out


class DiT(nn.Module):
    """x [B, C, F, h, w], t [B, F] (0 clean, 1 noise), Conditioning -> velocity [B, C, F, h, w].

    F, h, w are multiples of the patch. Raises EngineError for other shapes and for more tokens than the preset allows.
    """

    def __init__(self, config: DiTConfig) -> None:
        super().__init__()
        self.config = config
        self.leaps = False
        """whether it was taught to leap, guidance baked in (engine.training.distil)"""
        d, cells = config.width, config.patch[0] * config.patch[1] * config.patch[2]
        self.patch = nn.Linear((2 * config.latent + EXTRA) * cells, d)
        self.place = nn.Linear(24, d)
        self.told = Told(config)
        self.sketch = nn.Linear(d, CANVAS[0] * CANVAS[1] * SHEETS)
        self.sketched = nn.Linear(SHEETS, d)
        self.modulate = nn.Linear(d, 9 * d)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.depth))
        self.last_mod = nn.Linear(d, 2 * d)
        self.last = nn.Linear(d, config.latent * cells)
        self.finish = Finish(config)
        self.trust = nn.Linear(d, config.latent)
        self.recolour = Recolour(config.latent, config.attributes, config.colours) if config.colours[1] else None
        for layer in (self.modulate, self.last_mod, self.last, self.sketched, self.trust):
            for parameter in layer.parameters():
                nn.init.zeros_(parameter)

    def forward(self, x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        f, h, w = self.grid(x)
        cond = self.recoloured(cond)
        reference, close = self.reference(x, cond)
        given = torch.cat([x, reference], 1)
        tokens: Tensor = self.patch(self.to_tokens(torch.cat([given, *self.extra(x, cond), close], 1)))
        tokens = tokens + self.place(places(h, w).to(tokens.device, tokens.dtype))
        told = c = self.told(t, cond, tokens.dtype)
        if self.config.patch[0] > 1:
            c = c.unflatten(1, (f, -1)).mean(2)  # frames that share a token share their vector
        c = F.silu(c)
        tokens = tokens + self.canvas(c, h, w)
        mod = self.modulate(c).unflatten(-1, (9, -1))
        dim = self.config.width // self.config.heads
        space = _cast(rope_2d(h, w, dim), tokens)
        time = _cast(rope_1d(f, dim), tokens)
        for block in self.blocks:
            tokens = block(tokens, c, mod, space, time)
        shift, scale = self.last_mod(c)[:, :, None].chunk(2, -1)
        tokens = rms_norm(tokens) * (1 + scale) + shift
        made = self.from_tokens(self.last(tokens), h, w)
        fine = self.from_tokens(self.finish.spread(tokens), h, w)
        made = made + self.finish(given, torch.cat([made, fine], 1), F.silu(told))
        close = closeness(cond, t)[:, None, None]
        trust = torch.sigmoid(self.trust(F.silu(told)).float() + 3.5 * close - 0.45) * (close > 0)
        out: Tensor = made + gaussian(x, t, t if cond.until is None else cond.until, given[:, x.shape[1] :], trust)
        return out

    def recoloured(self, cond: Conditioning) -> Conditioning:
        """The same with the reference in the colours that are told, where any are."""
        if self.recolour is None or cond.reference is None:
            return cond
        seen = cond.reference.to(self.patch.weight.dtype)
        return replace(cond, reference=self.recolour(seen, closeness(cond, seen), cond))

    def canvas(self, c: Tensor, h: int, w: int) -> Tensor:
        """c [B, F, D] -> [B, F, h * w, D]: what is told, laid out in the picture.

        Modulation alone says the same to every token; a linear map from attributes to pictures explains more of the
        world than a small transformer without this learns in its first two hundred thousand frames.
        """
        b, f = c.shape[:2]
        sheets = self.sketch(c).view(b * f, SHEETS, *CANVAS)
        if (h, w) != CANVAS:
            sheets = F.interpolate(sheets.float(), (h, w), mode="bilinear", align_corners=False).to(c.dtype)
        out: Tensor = self.sketched(sheets.flatten(2).transpose(1, 2)).view(b, f, h * w, -1)
        return out

    def grid(self, x: Tensor) -> tuple[int, int, int]:
        """Tokens along time, rows and columns."""
        sizes = [int(n) for n in x.shape[2:]]
        if any(n % p for n, p in zip(sizes, self.config.patch, strict=True)):
            raise EngineError(
                f"latents {sizes} do not divide into patches {list(self.config.patch)}", "pad the picture"
            )
        f, h, w = (n // p for n, p in zip(sizes, self.config.patch, strict=True))
        if f * h * w > self.config.tokens:
            raise EngineError(
                f"{f * h * w} tokens ({f} x {h} x {w}), at most {self.config.tokens} fit",
                "ask for fewer frames or a smaller size",
            )
        return f, h, w

    def reference(self, x: Tensor, cond: Conditioning) -> tuple[Tensor, Tensor]:
        """The picture to go by [B, C, F, h, w] and how close it is [B, 1, F, h, w]; zeros where there is none."""
        close = closeness(cond, x).to(x.dtype)[:, None, None, None, None].expand(x[:, :1].shape)
        reference = torch.zeros_like(x) if cond.reference is None else cond.reference.to(x.dtype) * (close > 0)
        return reference, close

    def extra(self, x: Tensor, cond: Conditioning) -> tuple[Tensor, Tensor, Tensor]:
        """Mask, depth, and whether depth is known, each [B, 1, F, h, w]."""
        one = x[:, :1]
        mask = torch.ones_like(one) if cond.mask is None else cond.mask.to(x.dtype)
        if cond.depth is None:
            return mask, torch.zeros_like(one), torch.zeros_like(one)
        known = torch.ones(x.shape[:1], device=x.device) if cond.depth_known is None else cond.depth_known
        known = known.to(x.dtype)[:, None, None, None, None].expand(one.shape)
        return mask, cond.depth.to(x.dtype) * known, known

    def to_tokens(self, x: Tensor) -> Tensor:
        """[B, C, F, h, w] -> [B, F', N, C * cells of a patch]"""
        p, q, r = self.config.patch
        b, c, f, h, w = x.shape
        x = x.reshape(b, c, f // p, p, h // q, q, w // r, r).permute(0, 2, 4, 6, 1, 3, 5, 7)
        return x.reshape(b, f // p, (h // q) * (w // r), c * p * q * r)

    def from_tokens(self, tokens: Tensor, h: int, w: int) -> Tensor:
        p, q, r = self.config.patch
        b, f = tokens.shape[:2]
        c = tokens.shape[-1] // (p * q * r)
        x = tokens.view(b, f, h, w, c, p, q, r).permute(0, 4, 1, 5, 2, 6, 3, 7)
        return x.reshape(b, c, f * p, h * q, w * r)


def closeness(cond: Conditioning, like: Tensor) -> Tensor:
    """[B]: how close the reference is, 0 where there is none."""
    if cond.closeness is not None and cond.reference is not None:
        return cond.closeness.float()
    return torch.full(like.shape[:1], float(cond.reference is not None), device=like.device)


def gaussian(x: Tensor, t: Tensor, until: Tensor, reference: Tensor, trust: Tensor) -> Tensor:
    """Mean velocity [B, C, F, h, w] from level t to `until` [B, F] if the world were white noise of variance 1, known
    but for a part by the reference, whose correlation with it is `trust` [B, F, C].

    The network adds what makes the world differ from that; without this most of it is busy copying its inputs. (The
    preconditioning of Karras et al. 2022, for straight paths, for leaps, and for a picture to go by.)
    """
    trust = trust.transpose(1, 2)
    now, then = (t.float()[:, None], until.float()[:, None])
    left = 1 - trust.square()  # variance that the reference says nothing of
    var_now, var_then = ((1 - s).square() * left + s.square() for s in (now, then))
    gap = now - then
    slope = (now - (1 - now) * left) / var_now.clamp(min=1e-6)
    leap = (1 - (var_then / var_now.clamp(min=1e-6)).sqrt()) / gap.clamp(min=1e-3)
    share = torch.where(gap < 1e-3, slope, leap)
    seen = share[..., None, None].to(x.dtype) * x
    shown = ((1 - now) * share + 1) * trust
    return seen - shown[..., None, None].to(x.dtype) * reference


def _cast(pair: tuple[Tensor, Tensor], like: Tensor) -> tuple[Tensor, Tensor]:
    return pair[0].to(like.device, like.dtype), pair[1].to(like.device, like.dtype)
