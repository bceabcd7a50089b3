"""Depth, super-resolution and CLIP by open weights: real classes, random weights, and what is said without them."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import adapters_fixtures as tiny
import numpy as np
import pytest
import torch
import transformers
from skimage import data

from engine.adapters import clip, depth, load, superres
from engine.adapters.contracts import AdapterError


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("an adapter asked the network")

    torch.set_num_threads(1)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def depth_model() -> transformers.DepthAnythingForDepthEstimation:
    torch.manual_seed(0)
    eye = transformers.Dinov2Config(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16, image_size=56, patch_size=14,
        out_features=["stage1", "stage2"], reshape_hidden_states=False, apply_layernorm=True,
    )  # fmt: skip
    config = transformers.DepthAnythingConfig(
        backbone_config=eye, reassemble_hidden_size=16, patch_size=14, neck_hidden_sizes=[8, 8],
        reassemble_factors=[2, 1], fusion_hidden_size=8, head_hidden_size=8,
    )  # fmt: skip
    return transformers.DepthAnythingForDepthEstimation(config).eval()


def eyes() -> Any:
    from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

    return DPTImageProcessorPil(size={"height": 56, "width": 56}, ensure_multiple_of=14, keep_aspect_ratio=True)


def test_depth_has_the_size_of_the_picture_and_the_range_of_depths(tmp_path: Path) -> None:
    model = depth_model()
    model.save_pretrained(tmp_path)
    eyes().save_pretrained(tmp_path)
    measure = depth.open(tmp_path)
    picture = data.astronaut()[:101, :150]
    found = measure(picture)
    assert found.shape == (101, 150) and found.dtype == np.float32
    assert found.min() == 0 and found.max() == 1
    assert np.array_equal(measure(picture), found)
    in_memory = transformers.pipeline("depth-estimation", model=model, image_processor=eyes())
    assert np.allclose(depth.open(in_memory)(picture), found, atol=1e-5)


def test_depth_of_a_flat_answer_is_no_division_by_zero() -> None:
    def flat(image: Any) -> dict[str, torch.Tensor]:
        return {"predicted_depth": torch.full((1, 5, 4), 7.0)}

    assert np.array_equal(depth.open(flat)(np.zeros((10, 8, 3), np.uint8)), np.zeros((10, 8), np.float32))


class Doubling:
    """Stands where spandrel's descriptor stands: every pixel becomes four, so the answer is known."""

    scale = 2

    def to(self, place: Any) -> Doubling:
        return self

    def eval(self) -> Doubling:
        return self

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        assert max(x.shape[2:]) <= 32 + 2 * 4, "tiles are bounded"
        return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


@pytest.mark.parametrize("size", [(96, 64), (33, 70), (5, 3)])
def test_tiles_of_super_resolution_meet_without_a_seam(size: tuple[int, int]) -> None:
    picture = data.astronaut()[: size[1], : size[0]]
    large = superres.open(Doubling(), tile=32, margin=4)(picture)
    assert np.array_equal(large, picture.repeat(2, axis=0).repeat(2, axis=1))


def test_super_resolution_without_spandrel_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spandrel", None)
    path = tmp_path / "net.safetensors"
    path.write_bytes(b"")
    with pytest.raises(AdapterError, match="pip install spandrel"):
        superres.open(path)
    with pytest.raises(AdapterError, match="not one safetensors file"):
        superres.open(tmp_path / "net.pth")


def clip_model() -> transformers.CLIPModel:
    torch.manual_seed(0)
    text = {
        "vocab_size": 32, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
        "max_position_embeddings": 16, "eos_token_id": 3, "bos_token_id": 2, "pad_token_id": 0,
    }  # fmt: skip
    vision = {
        "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 32,
        "patch_size": 8,
    }  # fmt: skip
    return transformers.CLIPModel(transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=16))


def test_clip_scores_are_cosines_of_each_with_each(tmp_path: Path) -> None:
    model, words = clip_model().eval(), tiny.tokenizer()
    score = clip.open((model, words))
    pictures = [data.astronaut()[:90, :60], data.coffee()[:40, :80], data.astronaut()[:90, :60]]
    found = score(pictures, ["red tunnel", "blue snow"])
    assert found.shape == (3, 2) and found.dtype == np.float32 and np.abs(found).max() <= 1 + 1e-6
    assert np.array_equal(found[0], found[2]) and not np.allclose(found[0], found[1])
    assert not np.allclose(found[:, 0], found[:, 1])
    assert np.allclose(score([pictures[1]], ["blue snow"]), found[1:2, 1:], atol=1e-5), "alone as in company"
    model.save_pretrained(tmp_path)
    words.save_pretrained(tmp_path)
    assert np.allclose(clip.open(tmp_path)(pictures, ["red tunnel", "blue snow"]), found, atol=1e-5)
    with pytest.raises(AdapterError, match="nothing to compare"):
        score([], ["red"])


def test_clip_sees_what_its_own_image_processor_sees() -> None:
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    theirs = CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    picture = data.astronaut()[:90, :120]
    wanted = torch.as_tensor(np.asarray(theirs(picture, return_tensors="np")["pixel_values"][0]))
    assert torch.allclose(clip._seen(picture, 32), wanted, atol=0.02)


@pytest.mark.parametrize("library", ["diffusers", "transformers"])
def test_a_missing_library_is_one_line_with_the_command(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "clip" if library == "transformers" else "taesd"
    monkeypatch.delitem(sys.modules, f"engine.adapters.{name}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(AdapterError, match=rf"{library} is not installed.* pip install 'vj\[models\]'"):
        load.adapter(name)


def test_an_adapter_that_is_none() -> None:
    with pytest.raises(AdapterError, match='no adapter "sora"'):
        load.adapter("sora")
