"""The denoiser as machine code: exported, compiled by AOTInductor ahead of time, loaded in a fraction of a second.

Compiling takes a minute, so it is never done in a show: `prepare` runs `python -m engine.runtimes.compiled JSON`
in a process of its own, which puts a package into the cache; `open` takes what is there. Needs a C++ compiler.
The autoencoder stays eager: its convolutions are oneDNN's either way, and compiling it gained nothing.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from engine.diffusion.contracts import AUDIO, Conditioning
from engine.errors import RuntimeUnavailable
from engine.model.dit import DiT
from engine.model.house import House, load_house
from engine.runtimes.device import denoise_on, device_of, on
from engine.runtimes.runtime import Runtime, Shapes, machine
from engine.runtimes.tiers import out_of_memory

T = TypeVar("T")
MOST_ERROR = 2e-2
"""relative difference from the answer in fp32 that bf16 may make, or 1.5 times that of eager where it is larger:
two that are rounded differently differ from each other by more than either does from what is right"""


class Flat(nn.Module):
    """The denoiser with plain tensors for arguments, as export wants it."""

    def __init__(self, model: DiT) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, pictures: Tensor, levels: Tensor, text: Tensor, attributes: Tensor, frames: Tensor, known: Tensor
    ) -> Tensor:
        """pictures [2, B, C, F, h, w]: x and the reference; levels [3, B, F]: t, until, guidance; attributes [2, B, A]:
        values, known; frames [B, F, 9]: the phase and the sound; known [4, B]: text, phases, audio, closeness."""
        cond = Conditioning(text, attributes[0], frames[..., 0], known[0], attributes[1], known[1])
        cond = replace(cond, audio=frames[..., 1:], audio_known=known[2], until=levels[1], guidance=levels[2, :, 0])
        out: Tensor = self.model(pictures[0], levels[0], replace(cond, reference=pictures[1], closeness=known[3]))
        return out


def plain(cond: Conditioning) -> bool:
    """Whether Flat knows all of it."""
    return cond.mask is None and cond.depth is None and cond.paint is None


def key_of(house: House, shapes: Shapes) -> str:
    """Everything that a package depends on."""
    parts = {
        **machine(),
        "device": device_of(house),
        "weights": house.sha.get("denoiser", ""),
        "shapes": [shapes.batch, *shapes.latent],
        "dtype": str(house.dtype),
        "cpu": torch.backends.cpu.get_cpu_capability(),
        "features": _cpu_features(),
        "threads": torch.get_num_threads(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def open(house: House, shapes: Shapes, cache: Path) -> Runtime:
    """Raises RuntimeUnavailable when nothing was prepared for this model, machine and shape."""
    if house.denoiser is None:
        raise RuntimeUnavailable("no denoiser to compile", house.missing)
    if device_of(house) != "cpu":
        return _safely(lambda: _graphs(house, shapes))
    path = cache / "compiled" / f"{key_of(house, shapes)}.pt2"
    if not path.is_file():
        raise RuntimeUnavailable("not compiled for this machine yet", "vj engine build")
    package, dit, batch = _safely(lambda: _load(path)), house.denoiser, shapes.batch
    shape = (shapes.latent[0], 1, *shapes.latent[1:])

    def denoise(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        if tuple(x.shape) != (batch, *shape) or not plain(cond):  # not what the package was made for: eager knows all
            eager: Tensor = dit(x, t, cond)
            return eager
        return package(*flattened(x, t, cond))

    return Runtime("compiled", house.dtype, denoise, house.autoencoder.decode, house.autoencoder.encode)


def _safely(make: Callable[[], T]) -> T:
    """Whatever a compiler or a broken package raises, the next runtime takes over; but memory is another matter."""
    try:
        return make()
    except Exception as error:  # seam: inductor fails in more ways than can be named
        if out_of_memory(error):
            raise
        reason = " ".join(str(error).split())[:200]
        raise RuntimeUnavailable(f"{type(error).__name__}: {reason}", "vj engine clear, then vj engine build") from None


def _graphs(house: House, shapes: Shapes) -> Runtime:
    """On a card: inductor with CUDA graphs, compiled and warmed now, on what the show will ask."""
    device, net = device_of(house), house.autoencoder
    fast: Callable[..., Tensor] = torch.compile(Flat(house.denoiser).eval(), mode="reduce-overhead", dynamic=False)  # type: ignore[arg-type]
    decode: Callable[[Tensor], Tensor] = torch.compile(net.decode, mode="reduce-overhead", dynamic=False)
    shape = (shapes.batch, shapes.latent[0], 1, *shapes.latent[1:])

    def denoise(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        if tuple(x.shape) != shape or not plain(cond):
            assert house.denoiser is not None
            eager: Tensor = house.denoiser(x, t, cond)
            return eager
        return fast(*flattened(x, t, cond)).clone()  # graphs write into the same memory again

    inputs = tuple(x.to(device) for x in example(house, shapes))
    latents = torch.zeros(shapes.batch, *shapes.latent, dtype=house.dtype, device=device)
    with torch.inference_mode():
        for _ in range(3):
            fast(*inputs)
            decode(latents)
    show = on(lambda z: decode(z).clone() if z.shape == latents.shape else net.decode(z), device)
    return Runtime("compiled", house.dtype, denoise_on(denoise, device), show, on(net.encode, device))


def prepare(assets: Path, shapes: Shapes, cache: Path, threads: int) -> str:
    """Compile in a process of its own; returns what it said. Raises RuntimeUnavailable with its last line."""
    what = {
        "assets": str(assets),
        "batch": shapes.batch,
        "latent": shapes.latent,
        "cache": str(cache),
        "threads": threads,
    }
    argv = [sys.executable, "-m", "engine.runtimes.compiled", json.dumps(what)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr.strip() or "no message").splitlines()
        raise RuntimeUnavailable(f"compiling failed: {lines[-1][:300]}", "the engine runs eager; is g++ installed?")
    return done.stdout.strip()


def build(house: House, shapes: Shapes, cache: Path) -> str:
    """Compile, load, compare with fp32, rename. Raises RuntimeUnavailable when it draws another picture."""
    assert house.denoiser is not None
    folder = cache / "compiled"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{key_of(house, shapes)}.pt2"
    part = path.with_suffix(f".{os.getpid()}.pt2")
    flat, inputs = Flat(house.denoiser).eval(), example(house, shapes)
    with torch.no_grad():
        exported = torch.export.export(flat, inputs)
        torch._inductor.aoti_compile_and_package(exported, package_path=str(part))
        package = _load(part)
        try:
            error = checked("compiled", house, inputs, package)
        except RuntimeUnavailable:
            part.unlink()
            raise
        slow_ms, fast_ms = _cost(lambda: flat(*inputs)), _cost(lambda: package(*inputs))
    os.replace(part, path)
    said = {"error": round(error, 4), "eager_ms": slow_ms, "compiled_ms": fast_ms, "package": str(path)}
    path.with_suffix(".json").write_text(json.dumps(said))
    return json.dumps(said)


def _load(path: Path) -> Callable[..., Tensor]:
    """What torch._inductor.aoti_load_package does, without the two seconds that importing torch._inductor takes."""
    loader = torch._C._aoti.AOTIModelPackageLoader(str(path), "model", False, 1, -1)

    def run(*inputs: Tensor) -> Tensor:
        out: Tensor = loader.boxed_run(list(inputs))[0]
        return out

    return run


def flattened(x: Tensor, t: Tensor, cond: Conditioning) -> tuple[Tensor, ...]:
    t = t.float()
    until = t if cond.until is None else cond.until.float()
    guidance = torch.ones_like(t) if cond.guidance is None else cond.guidance.float()[:, None].expand(t.shape)
    audio = torch.zeros(*t.shape, len(AUDIO), device=t.device) if cond.audio is None else cond.audio.float()
    heard = cond.audio_known
    if heard is None:
        heard = torch.full(t.shape[:1], float(cond.audio is not None), device=t.device)
    reference = torch.zeros_like(x) if cond.reference is None else cond.reference.to(x.dtype)
    close = None if cond.reference is None else cond.closeness
    if close is None:
        close = torch.full(t.shape[:1], float(cond.reference is not None), device=t.device)
    return (
        torch.stack([x, reference]),
        torch.stack([t, until, guidance]),
        cond.text.float().contiguous(),
        torch.stack([cond.attributes, cond.attributes_known]).float(),
        torch.cat([cond.phases.float()[..., None], audio], -1),
        torch.stack([cond.text_known, cond.phases_known, heard, close]).float(),
    )


def example(house: House, shapes: Shapes) -> tuple[Tensor, ...]:
    assert house.denoiser is not None
    config, b = house.denoiser.config, shapes.batch
    c, h, w = shapes.latent
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    return (
        draw(2, b, c, 1, h, w).to(house.dtype),
        torch.stack([draw(b, 1).sigmoid(), torch.zeros(b, 1), torch.ones(b, 1)]),
        draw(b, config.text),
        draw(2, b, config.attributes),
        draw(b, 1, 1 + len(AUDIO)).sigmoid(),
        torch.ones(4, b),
    )


def checked(name: str, house: House, inputs: tuple[Tensor, ...], package: Callable[..., Tensor]) -> float:
    """How far a package is off the answer in fp32 (relative). Raises RuntimeUnavailable when that is too far."""
    right = Flat(copy.deepcopy(house.denoiser).float()).eval()(*(x.float() for x in inputs))  # type: ignore[union-attr]
    eager = Flat(house.denoiser).eval()  # type: ignore[arg-type]
    usual, error = (
        float((run(*inputs).float() - right).norm() / right.norm().clamp(min=1e-6)) for run in (eager, package)
    )
    if not error <= (most := max(MOST_ERROR, 1.5 * usual)):
        raise RuntimeUnavailable(f"{name} is off by {error:.3f}, eager by {usual:.3f}, {most:.3f} is allowed")
    return error


def _cost(run: Callable[[], object], times: int = 8) -> float:
    """Milliseconds of the fastest of some runs."""
    run()
    best = 1e9
    for _ in range(times):
        started = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - started)
    return round(1000 * best, 2)


def _cpu_features() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "")
    return hashlib.sha256(flags.encode()).hexdigest()[:12]


def main() -> None:
    """JSON: {"assets": FOLDER, "cache": FOLDER, "batch": 4, "latent": [16, 14, 24], "threads": 1}"""
    what = json.loads(sys.argv[1])
    from engine.runtimes.runtime import best_dtype

    torch.set_num_threads(int(what["threads"]))
    house = load_house(Path(what["assets"]), best_dtype())
    if house.denoiser is None:
        sys.exit(house.missing)
    c, h, w = what["latent"]
    try:
        print(build(house, Shapes(int(what["batch"]), (c, h, w)), Path(what["cache"])))
    except RuntimeUnavailable as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
