"""What is remembered when the model is asked in words, and that what it is shown reaches the picture."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from engine_fixtures import tiny_pool

from engine.diffusion.conditioning import nothing, unreferenced
from engine.model.dit import DiT, gaussian
from engine.model.house import TINY_DENOISER, House, load_house, save_tiny_house
from engine.pipelines import text2video
from engine.pipelines.text2video import Job
from engine.pools.memory import Memory, Recalled


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("house")
    save_tiny_house(folder)
    return load_house(folder, torch.float32)


@pytest.fixture(scope="module")
def memory(house: House) -> Memory:
    return Memory(house, tiny_pool())


def test_a_family_asked_for_is_what_is_remembered(memory: Memory) -> None:
    """Entry 0 of the toy pool is family a, entry 1 family b, the others neither."""
    for knobs, entry in (({"family/a": 1.0}, 0), ({"family/b": 1.0}, 1)):
        assert {memory.recall((("", 1.0),), knobs, seed).loops for seed in range(8)} == {((entry, 1.0),)}
    both = dict(memory.recall((("", 1.0),), {"family/a": 0.6, "family/b": 0.4}).loops)
    assert set(both) == {0, 1} and sum(both.values()) == pytest.approx(1.0)


def test_another_seed_may_remember_another_loop(memory: Memory) -> None:
    assert len({memory.recall((("red", 1.0),), seed=seed).loops for seed in range(24)}) > 1
    assert memory.recall((("red", 1.0),), seed=5) == memory.recall((("red", 1.0),), seed=5)


def test_weights_of_prompts_weigh_what_is_remembered(memory: Memory) -> None:
    found = memory.recall((("red", 3.0), ("blue", 1.0), ("spiral", -1.0)), seed=3)
    assert sum(weight for _, weight in found.loops) == pytest.approx(1.0)
    assert memory.recall((("", 1.0),)).loops, "no words at all: still something to go by"


def test_the_reference_is_the_loop_at_any_size(memory: Memory) -> None:
    found = memory.recall((("", 1.0),), {"family/a": 1.0}, 1)
    shown = memory.reference(found, torch.tensor([-found.turn, 1 - found.turn]), (2, 2))
    assert torch.allclose(shown[0], memory.pool.frame(0, 0), atol=1e-5)
    assert torch.allclose(shown[0], shown[1], atol=1e-3), "a whole turn later it is the same"
    assert memory.reference(found, torch.zeros(3), (4, 6)).shape == (3, 4, 4, 6)
    values, known = memory.forms(text2video.heard(memory.house, ()), found)
    assert float(values[0]) == 1.0 and float(known[0]) == 1.0, "the loop's family is told"


def test_a_clip_goes_by_the_memory_unless_it_is_told_not_to(house: House, memory: Memory) -> None:
    job = Job("red", frames=2, size=(32, 32), steps=2)
    made = [list(text2video.latents(j, house, memory))[1] for j in (job, replace(job, closeness=0.0))]
    alone = list(text2video.latents(job, house))[1]
    assert not torch.equal(made[0], alone) and torch.equal(made[1], alone)


def test_the_reference_reaches_the_answer_and_its_closeness_counts() -> None:
    torch.manual_seed(0)
    model = DiT(TINY_DENOISER)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    x, t = torch.randn(2, 4, 1, 4, 4), torch.full((2, 1), 0.7)
    cond = nothing(2, 1, TINY_DENOISER.text, TINY_DENOISER.attributes)
    shown = replace(cond, reference=torch.randn(x.shape), closeness=torch.tensor([1.0, 1.0]))
    plain, with_it = model(x, t, cond), model(x, t, shown)
    assert not torch.allclose(plain, with_it)
    assert torch.allclose(model(x, t, replace(shown, closeness=torch.zeros(2))), plain, atol=1e-5), "0 leaves it out"
    assert not torch.allclose(model(x, t, replace(shown, closeness=torch.tensor([0.3, 0.3]))), with_it)
    assert torch.equal(model(x, t, unreferenced(shown)), plain)


def test_a_reference_that_tells_all_is_the_answer() -> None:
    """Full trust: the velocity leads to the reference, in one leap or along the way; no trust: white noise's own."""
    torch.manual_seed(0)
    clean, noise = torch.randn(2, 4, 1, 3, 3), torch.randn(2, 4, 1, 3, 3)
    t = torch.tensor([[0.8], [0.3]])
    x = clean + t[:, None, :, None, None] * (noise - clean)
    sure, unsure = torch.full((2, 1, 4), 1 - 1e-6), torch.zeros(2, 1, 4)
    for until in (t, torch.zeros(2, 1), t / 2):
        assert torch.allclose(gaussian(x, t, until, clean, sure), noise - clean, atol=3e-2)
    whole = gaussian(noise, torch.ones(2, 1), torch.zeros(2, 1), clean, unsure)
    assert torch.allclose(noise - whole, noise, atol=1e-5), "one leap of white noise is white noise"
    small = gaussian(x, t, t - 2e-3, clean, unsure)
    assert torch.allclose(small, gaussian(x, t, t, clean, unsure), atol=1e-2), "leaps go over into the velocity"


def test_between_two_loops_one_grows_out_of_the_other(memory: Memory) -> None:
    first, second = memory.pool.frame(0, 0).float(), memory.pool.frame(1, 0).float()
    cells = (first.shape[1], first.shape[2])

    def shown(weight: float, seed: int = 0) -> torch.Tensor:
        return memory.reference(Recalled(((0, 1 - weight), (1, weight)), 0.0, seed), torch.zeros(1), cells)[0]

    assert torch.equal(shown(0.0), first) and torch.equal(shown(1.0), second)
    between = torch.minimum(first, second) - 1e-5, torch.maximum(first, second) + 1e-5
    assert bool(((shown(0.5) >= between[0]) & (shown(0.5) <= between[1])).all())
    assert not torch.allclose(shown(0.5), (first + second) / 2, atol=0.05), "not both at once everywhere"
    assert not torch.equal(shown(0.5), shown(0.5, seed=5)), "another seed grows elsewhere"


def test_a_loop_that_goes_leaves_the_others_where_they_are(memory: Memory) -> None:
    cells = (2, 2)

    def shown(*loops: tuple[int, float]) -> torch.Tensor:
        return memory.reference(Recalled(loops, 0.0, 3), torch.zeros(1), cells)[0]

    for gone, stay in ((0, (1, 2)), (1, (2, 0)), (2, (0, 1))):
        before = shown((gone, 1e-6), *((entry, 0.5) for entry in stay))
        assert torch.allclose(before, shown(*((entry, 0.5) for entry in stay)), atol=0.02)
