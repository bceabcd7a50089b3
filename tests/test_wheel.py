"""The wheel carries everything a stranger needs."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from vj.core.paths import SHIPPED

ROOT = Path(__file__).resolve().parent.parent


def test_wheel_carries_shaders_weights_and_pools(tmp_path: Path) -> None:
    before = os.getcwd()
    os.chdir(ROOT)
    try:
        wheel = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    finally:
        os.chdir(before)
    names = set(zipfile.ZipFile(wheel).namelist())
    for needed in (
        "vj/cli.py",
        "engine/worker.py",
        "engine/assets/autoencoder.safetensors",
        "engine/assets/denoiser.safetensors",
        "vj/data/latent_pools/house/pool.safetensors",
        "vj/data/latent_pools/house/pool.toml",
        *(f"vj/data/latent_pools/{name}/pool.mp4" for name in SHIPPED),
        *(path.relative_to(ROOT).as_posix() for path in (ROOT / "vj" / "labels" / "roots").glob("*.pem")),
        "vj/data/shaders/generators/plasma.fs",
        "vj/data/shaders/lib/palette.glsl",
        "vj/data/setlist.example.toml",
    ):
        assert needed in names, needed
    assert any(name.endswith("LICENSE") for name in names)
