"""How training is recorded and drawn, what is left unsaid together, and what blends are measured against."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.diffusion.conditioning import nothing
from engine.model.house import DENOISER, load_denoiser, save_tiny_house
from engine.training.batches import Batches, Diet
from engine.training.train_denoiser import Reached
from vj.core.errors import VjError
from vj.studio.captions import (
    FAMILIES,
    HUES,
    LOOKS,
    MORE,
    PALETTES,
    WORDS,
    for_prior,
    looks_of,
    loosely,
    named_palette,
    own_colour,
    plainly,
    vocabulary,
)
from vj.studio.progress import note, plotted, rows_of
from vj.studio.train import ATTRIBUTES, groups_of
from vj.studio.versus import dissolved, explained
from vj.studio.world import MEASURED, attribute_names


def record(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_hours_of_several_runs_add_up(tmp_path: Path) -> None:
    stages = (("denoiser", 30), ("denoiser", 60), ("denoiser", 15), ("distil", 20))
    path = record(tmp_path / "p.jsonl", [{"stage": s, "minutes": m, "recolour": 0.2} for s, m in stages])
    assert [round(row["hours"], 3) for row in rows_of(path)] == [0.5, 1.0, 1.25, round(75 / 60 + 20 / 60, 3)]


def test_the_picture_of_a_training_shows_its_curves(tmp_path: Path) -> None:
    rows = [{"stage": "denoiser", "minutes": m, "told@1.0": e, "recolour": e} for m, e in ((10, 1.0), (60, 0.2))]
    page = np.asarray(plotted(rows_of(record(tmp_path / "p.jsonl", rows))))
    first = (page[:260, 70:990] == (240, 172, 62)).all(-1)  # the ink of "told@1.0"
    down, right = np.nonzero(first)
    assert down[right < 300].mean() < down[right > 700].mean()  # the error falls
    assert first.sum() > 500


def test_training_goes_on_where_no_pool_fits_the_autoencoder(tmp_path: Path) -> None:
    save_tiny_house(tmp_path)
    dit = load_denoiser(tmp_path / DENOISER, torch.float32)[0]
    note(tmp_path / "p.jsonl", "denoiser", tmp_path, dit, Reached(5, 80, 1.5, {"told@1.0": 0.5}))
    (row,) = rows_of(tmp_path / "p.jsonl")
    assert (row["steps"], row["told@1.0"]) == (5, 0.5)
    assert "not_asked" in row and "palette" not in row
    assert plotted([row]).size[0] > 0


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"minutes": "x"}'])
def test_what_is_no_record_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.jsonl").write_text(text)
    with pytest.raises(VjError, match=r"p\.jsonl: is (empty|no record)"):
        rows_of(tmp_path / "p.jsonl")
    with pytest.raises(VjError, match="No such file"):
        rows_of(tmp_path / "none.jsonl")


def test_things_have_colours_of_their_own() -> None:
    def name(number: int | None) -> str:
        return "" if number is None else PALETTES[number][0]

    assert name(own_colour("slow bonfire, glowing", frozenset({"family"}))) == "fire"
    assert name(own_colour("dense emerald", frozenset({"family"}))) == "forest"
    assert name(own_colour("beach at sunset", frozenset({"family"}))) == "sunset"
    assert own_colour("blue bonfire", frozenset({"family", "palette"})) is None
    assert own_colour("tunnel", frozenset({"family"})) is None


def test_what_is_said_together_is_left_out_together() -> None:
    names = attribute_names()
    groups, looks = groups_of(names)
    assert len(groups) == ATTRIBUTES
    batches = Batches.__new__(Batches)
    batches.diet, batches.generator = Diet(groups=groups, looks=looks, no_looks=0.7), torch.Generator().manual_seed(1)
    cond = nothing(2000, 1, 8, ATTRIBUTES)
    ones = {name: torch.ones(2000) for name in ("audio_known", "depth_known", "closeness")}
    cond = type(cond)(**{**{n: getattr(cond, n) for n in cond.__slots__}, **ones})
    cond = type(cond)(**{**{n: getattr(cond, n) for n in cond.__slots__}, "attributes_known": torch.ones(2000, 96)})
    known = batches.unsaid(cond).attributes_known
    palette = known[:, [i for i, name in enumerate(names) if name.startswith("palette/")]]
    assert torch.equal(palette.amin(1), palette.amax(1))
    assert 0.5 < float(palette.mean()) < 0.75  # a share of 0.25 left out, and all attributes at times
    measured = known[:, [names.index(name) for name in MEASURED]]
    assert torch.equal(measured.amin(1), measured.amax(1))
    assert 0.12 < float(measured.mean()) < 0.28


def test_a_dissolve_is_a_double_exposure_and_a_new_picture_is_not() -> None:
    rng = np.random.default_rng(3)
    one, two, new = (rng.integers(0, 255, (8, 8, 3)).astype(np.uint8) for _ in range(3))
    way = dissolved(one, two, 5)
    assert (way[0] == one).all() and (way[-1] == two).all()
    assert explained(way[2], one, two) > 0.999
    assert explained(new, one, two) < 0.2


def test_who_names_colours_says_how_strong_they_are() -> None:
    numbers = {palette[0]: i for i, palette in enumerate(PALETTES)}
    assert len(LOOKS) == len(PALETTES)
    assert looks_of(numbers["mono"], 0.0, frozenset({"palette"}))["saturation"] < -0.8
    vivid = looks_of(numbers["acid"], 0.0, frozenset({"palette", "light"}))
    assert vivid["saturation"] > 0.7 and "luma" not in vivid  # "dark acid tunnel" is as dark as it says
    assert looks_of(numbers["acid"], 0.0, frozenset({"family"})) == {}
    assert looks_of(numbers["fire"], 0.6, frozenset({"palette"})).keys() == {
        "saturation"
    }  # blue is not as bright as fire


def test_every_colour_is_said_with_every_thing() -> None:
    rng = np.random.default_rng(1)
    blood = [palette[0] for palette in PALETTES].index("blood")
    heard = [plainly("ocean", blood, rng) for _ in range(1500)]
    texts = {said.text for said in heard}
    assert "red ocean waves" in texts and len(texts) == (len(PALETTES[blood]) + len(HUES)) * len(FAMILIES["ocean"])
    assert all(said.spoken == {"family", "palette"} for said in heard)
    shown = {said.text: said.shown for said in heard}
    assert shown["red sea"] == {"palette": blood, "hue": 0.0}
    fire, turns, _ = HUES["green"]
    assert shown["green sea"] == {"palette": [palette[0] for palette in PALETTES].index(fire), "hue": turns}
    assert any(plainly("planet", blood, rng).text.endswith(MORE["planet"][0]) for _ in range(200))


def test_who_names_no_thing_asks_for_no_form() -> None:
    rng = np.random.default_rng(2)
    said = [loosely({name: float(rng.random()) for name in WORDS}, rng) for _ in range(300)]
    assert all(one.spoken and "family" not in one.spoken and one.text for one in said)
    assert {name for one in said for name in one.spoken} == {*WORDS, "palette"}
    assert all(("palette" in one.spoken) == ("palette" in one.shown) for one in said)
    known = set(vocabulary()) | {"and"}
    assert all(set(one.text.replace(",", "").split()) <= known for one in said)


def test_the_prior_reads_captions_of_every_kind() -> None:
    rng, params = np.random.default_rng(3), {name: 0.9 for name in WORDS} | {"palette": 3.0}
    said = [for_prior(i, "tunnel", params, rng) for i in range(200)]
    two = [one for one in said if one.also]
    assert len(two) == 20 and all(one.also != "tunnel" and one.spoken == {"family"} for one in two)
    assert all(any(noun in one.text for noun in FAMILIES[one.also]) for one in two)
    assert sum("family" not in one.spoken for one in said) >= 20
    assert sum(one.spoken == {"family", "palette"} for one in said) >= 100


def test_the_palette_that_a_text_names() -> None:
    def name(text: str) -> str | None:
        return None if (number := named_palette(text)) is None else PALETTES[number][0]

    assert name("a slow jungle green tunnel") == "forest" and name("Acid green, tunnel") == "acid"
    assert name("green tunnel") == "forest" and name("pink flower") == "candy" and name("blue sea") == "ice"
    assert name("tunnel") is None and name("evergreen") is None
