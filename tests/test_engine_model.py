"""The networks: shapes, identities of fresh weights, what each may look at, weights on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.diffusion.contracts import Conditioning
from engine.errors import WeightsError
from engine.model.autoencoder import Autoencoder
from engine.model.dit import DiT, DiTConfig
from engine.model.house import TEXT, TINY_AUTOENCODER, TINY_DENOISER, load_house, load_text, save_tiny_house
from engine.model.layers import rms_norm, rope_1d, rope_2d, rotate
from engine.model.prior import train
from engine.model.prompt import directed, guessed, heard, knobs_of
from engine.model.text import TextTable
from engine.model.weights import load, save, verify


def cond(b: int, f: int, config: DiTConfig = TINY_DENOISER) -> Conditioning:
    ones = torch.ones(b)
    return Conditioning(
        torch.randn(b, config.text),
        torch.randn(b, config.attributes),
        torch.rand(b, f),
        ones,
        torch.ones(b, config.attributes),
        ones,
    )


def busy_dit() -> DiT:
    """A network whose gates are open."""
    model = DiT(TINY_DENOISER)
    for p in model.parameters():
        torch.nn.init.normal_(p, std=0.2)
    return model.eval()


def test_autoencoder_shapes() -> None:
    model = Autoencoder(TINY_AUTOENCODER)
    z = model.encode(torch.zeros(2, 3, 32, 48))
    assert z.shape == (2, 4, 2, 3)
    assert model.decode(z).shape == (2, 3, 32, 48)


def test_autoencoder_statistics_make_unit_latents() -> None:
    torch.manual_seed(0)
    model, frames = Autoencoder(TINY_AUTOENCODER), torch.rand(8, 3, 64, 64) * 2 - 1
    for _ in range(400):
        with torch.no_grad():
            model(frames)
    z = model.encode(frames).detach()
    assert z.mean().abs() < 0.05
    assert abs(float(z.std()) - 1) < 0.05


def test_fresh_denoiser_knows_white_noise_and_fresh_blocks_are_the_identity() -> None:
    """In a world of white noise of variance 1 the flow only scales: a leap and many small steps end alike."""
    model, c = DiT(TINY_DENOISER), cond(2, 3)
    x, t = torch.randn(2, 4, 3, 4, 6), torch.full((2, 3), 0.9)
    leap = x - 0.7 * model(x, t, replace(c, until=torch.full((2, 3), 0.2)))
    walked = x
    for i in range(200):
        walked = walked - 0.7 / 200 * model(walked, t - 0.7 * (i + 0.5) / 200, c)
    assert torch.allclose(leap, walked, atol=2e-3)
    assert torch.allclose(leap, x * ((0.8**2 + 0.2**2) / (0.1**2 + 0.9**2)) ** 0.5, atol=1e-5)
    tokens, c, mod = torch.randn(1, 2, 6, 16), torch.randn(1, 2, 16), torch.zeros(1, 2, 9, 16)
    assert torch.equal(model.blocks[0](tokens, c, mod, rope_2d(2, 3, 8), rope_1d(2, 8)), tokens)


def test_patches_come_back() -> None:
    model, x = DiT(TINY_DENOISER), torch.randn(2, 4, 3, 6, 8)
    assert torch.equal(model.from_tokens(model.to_tokens(x), 3, 4), x)


def test_a_single_frame_is_blind_to_its_neighbours_and_a_clip_is_not() -> None:
    torch.manual_seed(1)
    model, c = busy_dit(), cond(1, 2)
    x, t = torch.randn(1, 4, 2, 4, 4), torch.full((1, 2), 0.5)
    other = x.clone()
    other[:, :, 1] += 1.0
    assert not torch.allclose(model(x, t, c)[:, :, 0], model(other, t, c)[:, :, 0])
    one = replace(c, phases=c.phases[:, :1])
    alone, again = model(x[:, :, :1], t[:, :1], one), model(other[:, :, :1], t[:, :1], one)
    assert torch.equal(alone, again)


def test_each_frame_has_its_own_level() -> None:
    model, c = busy_dit(), cond(1, 2)
    x = torch.randn(1, 4, 2, 4, 4)
    a, b = model(x, torch.tensor([[0.2, 0.2]]), c), model(x, torch.tensor([[0.2, 0.9]]), c)
    assert not torch.allclose(a[:, :, 1], b[:, :, 1])


def test_what_is_left_out_does_not_count() -> None:
    model, c = busy_dit(), cond(2, 1)
    x, t = torch.randn(2, 4, 1, 4, 4), torch.full((2, 1), 0.5)
    silent = replace(c, text_known=torch.zeros(2))
    louder = replace(silent, text=silent.text + 5)
    assert torch.equal(model(x, t, silent), model(x, t, louder))
    assert not torch.allclose(model(x, t, c), model(x, t, replace(c, text=c.text + 5)))


def test_rotary_positions_turn_and_keep_length() -> None:
    cos, sin = rope_2d(3, 4, 8)
    x = torch.randn(12, 8)
    turned = rotate(x, cos, sin)
    assert torch.allclose(turned.norm(dim=-1), x.norm(dim=-1), atol=1e-5)
    middle = rotate(x, *rope_1d(12, 8))
    assert torch.equal(middle[0], x[0])
    assert torch.allclose(rms_norm(x * 7).square().mean(-1), torch.ones(12), atol=1e-3)


def table() -> TextTable:
    pieces = ("[UNK]", "golden", "six", "-", "fold", "spiral", "##s", "##ly")
    vectors = torch.tensor([[0, 0], [100, 0], [0, 0], [0, 0], [-50, 50], [0, 100], [0, 100], [0, 20]], dtype=torch.int8)
    return TextTable(pieces, vectors, torch.full((8,), 0.01), ("golden", "six-fold", "spiral"))


def test_words() -> None:
    words = table()
    assert words.unknown("A golden, six-fold teapot, a") == ["a", "teapot"]
    vectors, known = words(["golden spiral", "teapot \U0001f9e0", "", "spirally"])
    assert torch.allclose(vectors[0], torch.tensor([1.0, 1.0]) * 0.5**0.5)
    assert known.tolist() == [1.0, 0.0, 0.0, 1.0]
    mixed, heard_ = words.mixed((("golden", 3.0), ("spiral", 4.0)))
    assert torch.allclose(mixed[0], torch.tensor([0.6, 0.8]))
    assert heard_.tolist() == [1.0]
    away, _ = words.mixed((("golden spiral", 1.0), ("golden", -(0.5**0.5))))
    assert torch.allclose(away[0], torch.tensor([0.0, 1.0]), atol=1e-5)
    assert words.mixed((("teapot", 1.0),))[1].tolist() == [0.0]
    assert words.mixed((("golden", -1.0),))[1].tolist() == [0.0]
    assert words.nearest("spirally", 1)[0][0] == "spiral"
    assert words.nearest("teapot") == []


def test_words_of_any_kind_are_survived() -> None:
    words = load_text(Path(__file__).parent.parent / "engine" / "assets" / TEXT)
    rows, known = words(
        ["", "   ", "\U0001f525", "x" * 10_000, "\u661f\u7a7a", "\u0437\u0432\u0435\u0437\u0434\u0430", "a\0b"]
    )
    assert bool(torch.isfinite(rows).all())
    assert known.tolist()[:2] == [0.0, 0.0]
    near = words(["golden tunnel", "gold tunnel", "icy ocean"])[0]
    assert float(near[0] @ near[1]) > float(near[0] @ near[2]) + 0.3


def test_the_prior_reads_words() -> None:
    torch.manual_seed(0)
    text = torch.nn.functional.normalize(torch.randn(64, 8), dim=-1)
    kind = (text[:, 0] > 0).float()
    values, known = torch.stack([kind, 1 - kind, text[:, 1]], 1), torch.ones(64, 3)
    known[:, 2] = 0
    got, sure = train(text, values, known, steps=300, batch=64)(text)
    assert float(((got[:, 0] > 0.5) == (kind > 0.5)).float().mean()) > 0.85
    assert float(sure[:, 0].min()) > 0.5 > float(sure[:, 2].max())


def test_prompts_and_knobs_become_attributes(tmp_path: Path) -> None:
    save_tiny_house(tmp_path, names=("family/a", "family/b", "scale"))
    house = load_house(tmp_path, torch.float32)
    plain = heard(house, (("red spiral", 1.0),))
    assert plain.text.norm().item() == pytest.approx(1.0, abs=1e-5)
    turned_ = heard(house, (("red spiral", 1.0),), knobs_of({"attr/scale": 0.5, "attr/family/b": 1.0, "strength": 1.0}))
    assert turned_.attributes[:3].tolist() == [0.0, 1.0, 0.5]
    assert turned_.attributes_known[:3].tolist() == [1.0, 1.0, 1.0]
    assert torch.equal(plain.text, turned_.text)
    a, b = heard(house, (("red", 1.0),)), heard(house, (("blue", 1.0),))
    middle = heard(house, (("red", 0.5), ("blue", 0.5)))
    assert torch.allclose(middle.attributes_known, (a.attributes_known + b.attributes_known) / 2)
    assert not heard(house, (("", 1.0),)).attributes_known.any()


class Reader(torch.nn.Module):
    """Knows a form by `spiral`, another by `red`, neither by `blue`; of two words in one vector only the first."""

    def __init__(self, table: TextTable) -> None:
        super().__init__()
        self.known = torch.stack([table.vector(word)[0] for word in ("spiral", "red")])

    def forward(self, text: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        like = torch.nn.functional.one_hot((text @ self.known.T).argmax(1), 2).float()
        sure = ((text @ self.known.T).amax(1, keepdim=True) > 0.6).float().expand(-1, 2)
        return torch.cat([like, like[:, :1]], 1), torch.cat([sure, like[:, :1] * sure[:, :1]], 1)


def test_things_that_and_joins_are_read_each_alone(tmp_path: Path) -> None:
    save_tiny_house(tmp_path)
    table = load_house(tmp_path, torch.float32).text
    assert table is not None
    names, reader = ("family/a", "family/b", "scale"), Reader(table)
    values, sure = guessed(table, reader, names, "spiral and red")  # type: ignore[arg-type]
    assert values.tolist() == [0.5, 0.5, 1.0], "who says nothing of the scale does not halve it"
    assert sure.tolist() == [1.0, 1.0, 1.0]
    alone = guessed(table, reader, names, "spiral")  # type: ignore[arg-type]
    one = guessed(table, reader, names, "spiral and blue")  # type: ignore[arg-type]
    assert alone[0].tolist() == [1.0, 0.0, 1.0] and one[0].max() == 1.0, "a part that names no form leaves all whole"
    assert guessed(table, reader, ("scale",) * 3, "spiral and red")[0].max() == 1.0  # type: ignore[arg-type]


def test_the_turn_of_hues_is_a_direction() -> None:
    names = ("palette/0", "hue_cos", "hue_sin")
    at = [0.7, 0.45, -0.6]
    out = directed(names, torch.tensor([*at, 0.3]))
    assert out[0].item() == pytest.approx(0.7) and out[3].item() == pytest.approx(0.3)
    assert out[1:3].tolist() == pytest.approx([0.6, -0.8])
    assert directed(names, torch.tensor([0.5, 0.1, 0.0]))[1:].tolist() == pytest.approx([0.2, 0.0]), "between opposites"
    assert directed(names, torch.zeros(3)).tolist() == [0, 0, 0]
    assert directed(("palette/0",), torch.tensor([0.4])).tolist() == pytest.approx([0.4])


def test_house_round_trip_and_hash(tmp_path: Path) -> None:
    save_tiny_house(tmp_path, seed=3)
    house = load_house(tmp_path, torch.float32)
    assert house.denoiser is not None and house.text is not None
    assert house.text.vocabulary == {"red", "blue", "spiral"}
    assert house.prior is not None and house.prior.sizes[:2] == (8, 8)
    assert house.sha["denoiser"] == verify(tmp_path / "denoiser.safetensors")


def test_weights_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"autoencoder\.safetensors: No such file"):
        load_house(tmp_path, torch.float32)
    save_tiny_house(tmp_path)
    path = tmp_path / "autoencoder.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(WeightsError, match="damaged or cut off"):
        load_house(tmp_path, torch.float32)
    path.write_bytes(whole[:-4] + b"\x01\x02\x03\x04")
    with pytest.raises(WeightsError, match="sha256"):
        verify(path)
    torch.save({"a": torch.zeros(3)}, path)
    with pytest.raises(WeightsError, match="pickle"):
        load_house(tmp_path, torch.float32)


def test_no_denoiser_is_no_catastrophe(tmp_path: Path) -> None:
    save_tiny_house(tmp_path)
    (tmp_path / "denoiser.safetensors").unlink()
    house = load_house(tmp_path, torch.float32)
    assert house.denoiser is None
    assert "denoiser.safetensors" in house.missing
    save_tiny_house(tmp_path)
    tensors, meta = load(tmp_path / "denoiser.safetensors")
    save(tmp_path / "denoiser.safetensors", tensors, {**meta, "config": {"breadth": 3}})
    assert "another release" in load_house(tmp_path, torch.float32).missing
