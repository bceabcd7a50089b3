"""Open weights from folders and with tiny decoders: what is loaded, what is refused, from the fetch to the picture."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import adapters_fixtures as tiny
import numpy as np
import pytest
import torch
from adapters_fixtures import JOB, SMALL, generate, on, photo, usual
from PIL import Image

from engine.adapters import animatediff, ltx, sd_lcm, taehv, taesd, wan
from engine.adapters.contracts import AdapterError, Clip, Generate
from engine.adapters.fetch import Remote
from engine.adapters.windows import run
from vj.labels.about import sha256
from vj.labels.verify import verify
from vj.studio import models


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("an adapter asked the network")

    torch.set_num_threads(1)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def tiny_vae(channels: int = 4) -> Any:
    import diffusers

    torch.manual_seed(0)
    widths, blocks = (8, 8, 8, 8), (1, 1, 1, 1)
    made = diffusers.AutoencoderTiny(
        latent_channels=channels,
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        num_encoder_blocks=blocks,
        num_decoder_blocks=blocks,
    )
    return taesd.open(made)


def test_taesd_decodes_encodes_and_takes_the_place_of_the_large_one() -> None:
    vae = tiny_vae()
    latents = taesd.encode(vae, photo()[None])
    assert latents.shape == (1, 4, 4, 4)
    assert taesd.decode(vae, latents).shape == (1, 32, 32, 3)
    make = animatediff.open(tiny.animatediff(), dtype=torch.float32, rule=SMALL["animatediff"], tiny=vae)
    context = photo()[None]
    made = np.stack(list(make(replace(JOB, context=context), on)))
    assert made.shape == (6, 32, 32, 3) and not np.array_equal(made[1:], usual("animatediff")[1:])
    with pytest.raises(AdapterError, match="3 channels"):
        taesd.swapped(tiny.sd(), tiny_vae(3))


@pytest.fixture
def decoder(tmp_path: Path) -> Path:
    from safetensors.torch import save_file

    torch.manual_seed(0)
    made = taehv.TinyVideoDecoder(16, (16, 8, 8, 8))
    path = tmp_path / "taew2_1.safetensors"
    save_file({**made.state_dict(), "encoder.0.weight": torch.zeros(1)}, path)
    return path


def test_taehv_frames_sizes_and_causality(decoder: Path) -> None:
    made = taehv.open(decoder)
    latents = torch.randn(1, 16, 3, 4, 6, generator=torch.Generator().manual_seed(0))
    frames = taehv.decode(made, latents)
    assert frames.shape == (9, 32, 48, 3)
    latents[:, :, 2] += 1
    later = taehv.decode(made, latents)
    assert np.array_equal(later[:5], frames[:5]) and not np.array_equal(later[5:], frames[5:])


def test_wan_with_the_tiny_decoder(decoder: Path) -> None:
    make = wan.open(tiny.wan(), dtype=torch.float32, rule=SMALL["wan"], tiny=taehv.open(decoder))
    made = np.stack(list(make(replace(JOB, frames=14), on)))
    assert made.shape == (14, 32, 32, 3) and not np.array_equal(made[:6], usual("wan")[:6])


def test_taehv_has_the_layout_of_the_published_files() -> None:
    """Names and shapes as in taehv.py of madebyollin/taehv: 22 layers, memory blocks see twice their width."""
    shapes = {k: tuple(v.shape) for k, v in taehv.TinyVideoDecoder().state_dict().items()}
    assert shapes["decoder.1.weight"] == (256, 16, 3, 3) and shapes["decoder.3.conv.0.weight"] == (256, 512, 3, 3)
    assert shapes["decoder.7.conv.weight"] == (256, 256, 1, 1) and shapes["decoder.13.conv.weight"] == (256, 128, 1, 1)
    assert shapes["decoder.8.weight"] == (128, 256, 3, 3) and "decoder.8.bias" not in shapes
    assert shapes["decoder.22.weight"] == (3, 64, 3, 3)


def test_taehv_refuses_other_files(tmp_path: Path) -> None:
    for name, content in (("a.pth", b"x"), ("a.safetensors", b"not safetensors")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(AdapterError, match=r"safetensors"):
            taehv.open(tmp_path / name)


Save = Callable[[Path], None]


def folders() -> Iterator[tuple[str, Save, Callable[[Path], Generate]]]:
    def wan_there(path: Path) -> None:
        tiny.wan().save_pretrained(path)

    def animatediff_there(path: Path) -> None:
        pipe = tiny.animatediff()
        pipe.motion_adapter.save_pretrained(path / "motion")
        tiny.plain_sd().save_pretrained(path / "base")

    def sd_there(path: Path) -> None:
        tiny.sd().save_pretrained(path)

    def ltx_there(path: Path) -> None:
        tiny.ltx().save_pretrained(path)

    yield "wan", wan_there, lambda path: wan.open(path, dtype=torch.float32, rule=SMALL["wan"])
    yield "ltx", ltx_there, lambda path: ltx.open(path, dtype=torch.float32, rule=SMALL["ltx"])
    yield (
        "animatediff",
        animatediff_there,
        lambda path: animatediff.open(path, dtype=torch.float32, rule=SMALL["animatediff"]),
    )

    def sdxl_there(path: Path) -> None:
        pipe = tiny.sdxl()
        pipe.save_pretrained(path / "base", variant="fp16")
        shutil.rmtree(path / "base" / "unet")
        pipe.unet.save_pretrained(path / "unet", variant="fp16")

    yield "sdxl", sdxl_there, lambda path: sd_lcm.open(path, dtype=torch.float32)
    yield "sd", sd_there, lambda path: sd_lcm.open(path, dtype=torch.float32)


@pytest.mark.parametrize(("name", "save", "there"), folders(), ids=lambda v: v if isinstance(v, str) else "")
def test_from_a_folder_of_safetensors(name: str, save: Save, there: Any, tmp_path: Path) -> None:
    save(tmp_path / "weights")
    if name == "wan" and find_spec("accelerate") is None:  # its float32 parts cannot be loaded without
        with pytest.raises(AdapterError, match="pip install accelerate"):
            there(tmp_path / "weights")
        return
    made = np.stack(list(there(tmp_path / "weights")(JOB, on)))
    assert made.shape == (6, 32, 32, 3)
    if name in ("ltx", "sd", "sdxl"):  # the others are given the schedule that suits the real weights
        assert np.array_equal(made, usual(name))


def test_lcm_weights_of_another_pipeline_class(tmp_path: Path) -> None:
    """The published file names LatentConsistencyModelPipeline; the parts are the same."""
    tiny.sd().save_pretrained(tmp_path)
    index = tmp_path / "model_index.json"
    index.write_text(index.read_text().replace("StableDiffusionPipeline", "LatentConsistencyModelPipeline"))
    assert np.array_equal(list(sd_lcm.open(tmp_path, dtype=torch.float32)(JOB, on)), usual("sd"))


@pytest.mark.parametrize("name", ["sd", "animatediff"])
def test_a_prompt_is_not_cut_in_silence(name: str) -> None:
    with pytest.raises(AdapterError, match="40 tokens, this model reads 16"):
        list(generate(name)(replace(JOB, prompt="red " * 40), on))


def test_memory_that_runs_out_is_one_line() -> None:
    def make(window: Any) -> Clip:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(AdapterError, match="32x32: not enough memory -- ask for a smaller --size"):
        list(run(JOB, SMALL["wan"], make, on))


class Copy:
    """Stands where the network stands: a folder that holds what a repository would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self, repository: str, revision: str) -> tuple[str, tuple[Remote, ...]]:
        paths = [p for p in self.folder.rglob("*") if p.is_file()]
        return "a" * 40, tuple(Remote(str(p.relative_to(self.folder)), p.stat().st_size) for p in paths)

    def download(self, repository: str, commit: str, name: str, folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.folder / name, folder / name)


def test_from_the_fetch_to_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VJ_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("vj.studio.models._place", lambda device, dtype: ("cpu", torch.float32))
    tiny.ltx().save_pretrained(tmp_path / "hub")
    assert models.fetch("ltx", lambda offer: True, hub=Copy(tmp_path / "hub"))
    made = np.stack(list(models.dreamed("ltx", JOB, quiet=True)))
    assert np.array_equal(made, usual("ltx"))
    paths = models.draw("ltx", replace(JOB, frames=2), tmp_path / "out", quiet=True)
    assert [p.name for p in paths] == ["ltx-000003.png", "ltx-000004.png"]
    with Image.open(paths[1]) as picture:
        text = picture.info
    assert text["model"] == "ltx" and text["prompt_sha256"] == sha256(JOB.prompt) and text["generated"] == "yes"
    report = verify(paths[1], look=False)
    assert report.trusted and report.layers[0].said["weights"] == text["weights"]
    assert text["weights"] == "Lightricks/LTX-Video-0.9.5@aaaaaaaaaaaa"
    Image.fromarray(photo()).save(tmp_path / "mine.png")
    over = models.draw("ltx", replace(JOB, frames=1), tmp_path / "over", True, (tmp_path / "mine.png",), "agreed")
    told = verify(over[0], look=False).layers[0]
    assert told.source_type == "compositeWithTrainedAlgorithmicMedia"
    assert told.said["consent_sha256"] == sha256("agreed") and "mine.png" in told.note
    assert report.layers[0].source_type == "trainedAlgorithmicMedia"
    first, last = models.between()(photo(), photo(shift=9), replace(JOB, frames=2), on)
    assert first.shape == last.shape == (32, 32, 3)


def test_a_pickle_is_not_loaded(tmp_path: Path) -> None:
    tiny.ltx().save_pretrained(tmp_path / "safe")
    shutil.copytree(tmp_path / "safe", tmp_path / "pickled")
    (weights,) = (tmp_path / "pickled" / "vae").glob("*.safetensors")
    weights.unlink()
    torch.save({}, weights.with_suffix(".bin"))
    assert len(list(ltx.open(tmp_path / "safe", rule=SMALL["ltx"], dtype=torch.float32)(JOB, on))) == 6
    with pytest.raises(AdapterError, match="cannot be loaded"):
        ltx.open(tmp_path / "pickled")
    with pytest.raises(AdapterError, match="no weights there"):
        ltx.open(tmp_path / "nowhere")
