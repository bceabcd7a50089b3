"""The denoiser as a TensorRT engine through torch-tensorrt, on NVIDIA cards.

Building takes minutes, so it is never done in a show: `vj engine build` runs `python -m engine.runtimes.tensorrt JSON`
in a process of its own, which compares the result with eager and puts it into our own store: torch-tensorrt's cache
does not key on the card, the driver or the weights.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.diffusion.contracts import Conditioning
from engine.errors import RuntimeUnavailable
from engine.model.house import House, load_house
from engine.runtimes.compiled import Flat, checked, example, flattened, key_of, plain
from engine.runtimes.device import denoise_on, device_of, on, to_device
from engine.runtimes.runtime import Runtime, Shapes

MEND = "vj engine build --runtime tensorrt"


def library() -> Any:
    """torch_tensorrt. Raises RuntimeUnavailable with the reason: importing it fails in many ways without a driver."""
    if not torch.cuda.is_available():
        raise RuntimeUnavailable("no NVIDIA card", "the other runtimes need none")
    try:
        return importlib.import_module("torch_tensorrt")
    except Exception as error:  # seam: whatever it raises, the show goes on with the next runtime
        reason = " ".join(str(error).split())[:200]
        raise RuntimeUnavailable(f"torch-tensorrt: {reason}", "pip install torch-tensorrt") from None


def store(house: House, shapes: Shapes, cache: Path, found: Any) -> Path:
    """Where the engine for this model, machine and shape is kept."""
    version = getattr(found, "__version__", "")
    return cache / "tensorrt" / f"{key_of(house, shapes)}-{version}.ep"


def open(house: House, shapes: Shapes, cache: Path) -> Runtime:
    """Raises RuntimeUnavailable when there is no card, no library or nothing built."""
    found = library()
    if house.denoiser is None:
        raise RuntimeUnavailable("no denoiser to build an engine of", house.missing)
    path = store(house, shapes, cache, found)
    if not path.is_file():
        raise RuntimeUnavailable("no TensorRT engine for this machine yet", MEND)
    module, dit = found.load(str(path)).module(), house.denoiser
    graphs = getattr(found.runtime, "enable_cudagraphs", None)
    if graphs is not None:
        module = graphs(module).__enter__()
    stream: Any = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    shape = (shapes.batch, shapes.latent[0], 1, *shapes.latent[1:])

    def denoise(x: Tensor, t: Tensor, cond: Conditioning) -> Tensor:
        if tuple(x.shape) != shape or not plain(cond):
            eager: Tensor = dit(x, t, cond)
            return eager
        with torch.cuda.stream(stream):
            out: Tensor = module(*flattened(x, t, cond)).clone()  # its buffer is written again by the next call
        stream.synchronize()
        return out

    device, net = device_of(house), house.autoencoder
    return Runtime("tensorrt", house.dtype, denoise_on(denoise, device), on(net.decode, device), on(net.encode, device))


def prepare(assets: Path, shapes: Shapes, cache: Path, threads: int) -> str:
    """Build in a process of its own; returns what it said. Raises RuntimeUnavailable with its last line."""
    library()
    what = {"assets": str(assets), "batch": shapes.batch, "latent": shapes.latent, "cache": str(cache)}
    argv = [sys.executable, "-m", "engine.runtimes.tensorrt", json.dumps(what)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr.strip() or "no message").splitlines()
        raise RuntimeUnavailable(f"building the TensorRT engine failed: {lines[-1][:300]}", "the engine runs without")
    return done.stdout.strip().splitlines()[-1]


def build(house: House, shapes: Shapes, cache: Path) -> str:
    """Compile, compare with fp32, save, rename. Raises RuntimeUnavailable when it draws another picture."""
    found = library()
    assert house.denoiser is not None
    path = store(house, shapes, cache, found)
    path.parent.mkdir(parents=True, exist_ok=True)
    flat = Flat(house.denoiser).eval()
    inputs = tuple(x.to("cuda") for x in example(house, shapes))
    wanted: dict[str, Any] = {"immutable_weights": True, "min_block_size": 1, "truncate_double": True}
    known = inspect.signature(found.dynamo.compile).parameters  # it swallows names it does not know
    with torch.no_grad():
        exported = torch.export.export(flat, inputs)
        module = found.dynamo.compile(exported, inputs, **{k: v for k, v in wanted.items() if k in known})
        error = checked("TensorRT", house, inputs, module)
        part = path.with_suffix(f".{os.getpid()}.ep")
        found.save(module, str(part), inputs=list(inputs))
    os.replace(part, path)
    said = {"error": round(error, 4), "package": str(path)}
    path.with_suffix(".json").write_text(json.dumps(said))
    return json.dumps(said)


def main() -> None:
    """JSON: {"assets": FOLDER, "cache": FOLDER, "batch": 4, "latent": [32, 14, 24]}"""
    what = json.loads(sys.argv[1])
    house = to_device(load_house(Path(what["assets"]), torch.bfloat16), "cuda")
    if house.denoiser is None:
        sys.exit(house.missing)
    c, h, w = what["latent"]
    try:
        print(build(house, Shapes(int(what["batch"]), (c, h, w)), Path(what["cache"])))
    except RuntimeUnavailable as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
