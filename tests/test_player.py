from dataclasses import replace
from itertools import pairwise

import pytest
from show import moment, scene, setlist

from vj.core.types import Binding, ControlEvent, Look
from vj.setlist.player import Player
from vj.setlist.schema import EffectSpec, Scene, Setlist

FRAME = 1.0 / 30.0
"""beats per frame at 120 bpm and 60 fps"""


def press(*names: str, prefix: str = "key:", value: float = 1.0) -> list[ControlEvent]:
    return [ControlEvent(0.0, prefix + name, value) for name in names]


def play(
    player: Player, start: float, stop: float, events: list[ControlEvent] | None = None
) -> list[tuple[float, Look]]:
    """Frames from start to before stop (beats); the events come with the first."""
    out = []
    for n in range(round((stop - start) / FRAME)):
        beats = start + n * FRAME
        out.append((beats, player.update(moment(beats), (events or []) if n == 0 else [])))
    return out


def two(**kind: object) -> Setlist:
    return setlist(scene("a"), scene("b", **kind), scene("c"))  # type: ignore[arg-type]


@pytest.mark.parametrize(("quantise", "due"), [("off", 5.0), ("beat", 6.0), ("bar", 8.0), ("phrase", 16.0)])
def test_a_change_begins_with_the_first_frame_of_its_boundary(quantise: str, due: float) -> None:
    player = Player(two(quantise=quantise))
    play(player, 0.0, 5.2 if quantise != "off" else 5.0)
    start = 5.2 if quantise != "off" else 5.0
    frames = play(player, start, 20.5, press("2"))
    began = next(beats for beats, look in frames if look.after is not None)
    assert due <= began + 1e-9 < due + FRAME
    look = next(look for _, look in frames if look.after is not None)
    assert (look.scene.name, look.after and look.after.name, look.transition) == ("a", "b", "dissolve")


def test_progress_is_a_function_of_beats_not_of_frames() -> None:
    player = Player(two(beats=4.0))
    play(player, 0.0, 3.0)
    for beats, look in play(player, 3.0, 7.99, press("2")):
        expected = max(0.0, (beats - 4.0) / 4.0)
        assert look.progress == pytest.approx(expected, abs=1e-6)
    assert player.update(moment(8.0), []).scene.name == "b"
    late = Player(two(beats=4.0))
    late.update(moment(0.0), [])
    late.update(moment(3.9), press("2"))
    assert late.update(moment(7.0), []).progress == pytest.approx(0.75)  # three beats without a frame


def test_a_hand_that_is_a_little_late_meant_this_bar() -> None:
    player = Player(two())
    play(player, 0.0, 4.0)
    assert player.update(moment(4.1), press("2")).after is not None
    other = Player(two())
    play(other, 0.0, 4.0)
    assert other.update(moment(4.2), press("2")).after is None


def test_a_cut_takes_no_frame_between() -> None:
    player = Player(two(beats=0.0, quantise="off"))
    play(player, 0.0, 1.0)
    look = player.update(moment(1.0), press("2"))
    assert (look.scene.name, look.after) == ("b", None)


def test_autopilot_changes_after_its_bars_and_goes_round() -> None:
    player = Player(setlist(scene("a", bars=2, beats=0.0), scene("b", bars=1, beats=0.0)))
    names = [(beats, look.scene.name) for beats, look in play(player, 0.0, 25.0)]
    changes = [round(b, 2) for (b, name), (_, before) in zip(names[1:], names, strict=False) if name != before]
    assert changes == pytest.approx([8.0, 12.0, 20.0, 24.0], abs=FRAME)


def test_autopilot_at_ten_frames_a_second_does_not_miss_its_bar() -> None:
    player = Player(setlist(scene("a", bars=1, beats=0.0), scene("b", bars=1, beats=0.0)))
    seen = [player.update(moment(n * 0.23), []).scene.name for n in range(40)]
    assert seen[17] == "a" and seen[18] == "b" and seen[35] == "a"  # 4.14 and 8.05 beats


def test_pause_holds_the_autopilot_and_goes_on_with_what_was_left() -> None:
    player = Player(setlist(scene("a", bars=2, beats=0.0), scene("b", beats=0.0)))
    play(player, 0.0, 4.0)
    assert all(look.scene.name == "a" for _, look in play(player, 4.0, 20.0, press("space")))
    assert player.states == ("paused",)
    frames = play(player, 20.0, 28.0, press("space"))
    changed = next(beats for beats, look in frames if look.scene.name == "b")
    assert changed == pytest.approx(24.0, abs=FRAME)


def test_a_transition_that_is_interrupted_ends_within_a_beat_and_the_next_follows() -> None:
    player = Player(setlist(scene("a"), scene("b", beats=16.0), scene("c", beats=4.0)))
    play(player, 0.0, 4.0, press("2"))
    play(player, 4.0, 7.0)
    frames = play(player, 7.0, 14.0, press("3"))
    jumps = [
        abs(y.progress - x.progress)
        for (_, x), (_, y) in pairwise(frames)
        if x.after and y.after and x.after.name == y.after.name
    ]
    assert max(jumps) < 2 * FRAME  # nothing pops
    began = next(beats for beats, look in frames if look.after and look.after.name == "c")
    assert began == pytest.approx(9.0, abs=2 * FRAME)  # bar 8 plus the hurried beat
    assert frames[-1][1].scene.name == "c"


def test_going_back_before_the_change_leaves_everything_as_it_is() -> None:
    player = Player(two())
    play(player, 0.0, 1.0)
    play(player, 1.0, 2.0, press("2"))
    assert player.scene_next == "b"
    frames = play(player, 2.0, 10.0, press("1"))
    assert all(look.after is None and look.scene.name == "a" for _, look in frames)


def test_next_twice_goes_two_further_and_stray_numbers_do_nothing() -> None:
    player = Player(two())
    play(player, 0.0, 1.0)
    play(player, 1.0, 1.5, press("n", "enter", "9"))
    assert player.scene_next == "c"
    assert player.beats_left == pytest.approx(2.5, abs=2 * FRAME)


def test_a_tempo_that_is_halved_moves_no_scene() -> None:
    player = Player(two(beats=8.0))
    play(player, 0.0, 1.0)
    play(player, 1.0, 6.0, press("2"))
    before = player.update(moment(6.0), []).progress
    assert before == pytest.approx(0.25)
    now = replace(moment(3.0, bpm=60.0), t=moment(6.0).t + FRAME / 2)  # the same instant, counted in half
    after = player.update(now, []).progress
    assert after == pytest.approx(before, abs=0.01)


def test_blackout_fades_and_comes_back() -> None:
    player = Player(two())
    play(player, 0.0, 1.0)
    dark = play(player, 1.0, 2.0, press("b"))
    assert 0.8 < dark[0][1].brightness < 1.0  # no hard cut
    assert dark[-1][1].brightness == 0.0
    assert play(player, 2.0, 3.0, press("b"))[-1][1].brightness == 1.0


def test_freeze_repeats_and_panic_is_a_safe_look_until_it_is_pressed_again() -> None:
    base = two()
    player = Player(replace(base, show=replace(base.show, effects=(EffectSpec("bloom"),))))
    assert player.update(moment(0.0), press("f", "b", "down")).freeze
    play(player, 0.1, 1.0)
    look = player.update(moment(1.0), press("p"))
    assert [layer.source for layer in look.scene.layers] == ["shader:plasma"]
    assert (look.effects, look.brightness, look.freeze, look.after) == ((), 1.0, False, None)
    assert player.update(moment(1.1), []).scene.name == "panic"
    back = player.update(moment(1.2), press("p"))
    assert (back.scene.name, back.brightness, back.freeze, len(back.effects)) == ("a", 1.0, False, 1)


def test_osc_desk_and_midi_programs_do_what_keys_do() -> None:
    for events in (
        press("/scene/2", prefix="osc:"),
        press("/scene", prefix="osc:", value=2.0),
        press("/vj/scene/b", prefix="osc:"),
        press("/scene/b", prefix="desk:"),
        press("apc/1/pc/1", prefix="midi:"),
    ):
        player = Player(two(quantise="off"))
        player.update(moment(0.0), [])
        assert player.update(moment(1.0), events).after is not None, events


def test_osc_switches_are_set_not_turned_over() -> None:
    player = Player(two())
    for value, state in ((1.0, True), (1.0, True), (0.0, False), (0.0, False)):
        assert player.update(moment(0.0), press("/freeze", prefix="osc:", value=value)).freeze is state
    assert player.update(moment(0.0), press("/freeze/toggle", prefix="osc:")).freeze is True
    assert player.update(moment(0.0), press("/master/brightness", prefix="osc:", value=0.25)).brightness == 0.25


def test_a_pad_bound_to_an_action_fires_when_pressed_not_when_released() -> None:
    one = setlist(scene("a", Binding("midi:*/note/36", "do.next")), scene("b"), scene("c"))
    player = Player(one)
    player.update(moment(0.0), press("x/1/note/36", prefix="midi:", value=0.9))
    player.update(moment(0.1), press("x/1/note/36", prefix="midi:", value=0.0))
    assert player.scene_next == "b"
    assert player.values == {}


def test_actions_of_the_application_are_handed_on_with_their_time() -> None:
    player = Player(two())
    player.update(
        moment(0.0), [ControlEvent(99.5, "key:t"), ControlEvent(99.6, "key:f11"), ControlEvent(99.7, "osc:/hud")]
    )
    assert [(a.name, a.t, a.toggle) for a in player.done] == [
        ("tap", 99.5, False),
        ("fullscreen", 99.6, True),
        ("hud", 99.7, False),
    ]


def _bound(*binds: Binding) -> Scene:
    base = scene("a", *binds)
    layer = replace(base.layers[0], effects=(EffectSpec("bloom", {"amount": 0.2}), EffectSpec("kaleido")))
    return replace(base, layers=(layer,), effects=(EffectSpec("ripple"),))


def test_values_reach_layers_effects_scene_and_engine() -> None:
    targets = (
        "layer1.opacity",
        "layer1.light",
        "layer1.motion",
        "layer1.effect2.amount",
        "scene.effect1.amount",
        "engine.strength",
    )
    player = Player(setlist(_bound(*(Binding("beat.count", t) for t in targets))))
    look = player.update(moment(5.75), [])
    layer = look.scene.layers[0]
    assert layer.key == "0:0:shader:plasma"
    assert layer.opacity == 1.0  # kept within 0-1
    assert dict(layer.params) == {"light": 5.75, "motion": 0.75}  # whole turns of the loop are left out
    assert dict(layer.effects[0].params) == {"amount": 0.2}
    assert dict(layer.effects[1].params) == {"amount": 5.75}
    assert dict(look.scene.effects[0].params) == {"amount": 5.75}
    assert player.engine_spec().strength == 1.0


def test_a_scene_has_its_bindings_in_its_very_first_frame() -> None:
    cut = scene("b", Binding("beat.phase", "layer1.opacity", 0.1, 0.1), beats=0.0, quantise="off")
    player = Player(setlist(scene("a"), cut))
    player.update(moment(0.0), [])
    assert player.update(moment(1.0), press("2")).scene.layers[0].opacity == pytest.approx(0.1)


def test_values_given_with_the_moment_win() -> None:
    player = Player(setlist(_bound(Binding("beat.count", "layer1.light"))))
    assert (
        player.update(replace(moment(3.0), values={"layer1.light": 0.125}), []).scene.layers[0].params["light"] == 0.125
    )


def test_a_crossfader_takes_the_transition_over() -> None:
    fader = Binding("midi:*/cc/15", "transition.progress")
    player = Player(replace(two(beats=2.0, quantise="off"), binds=(fader,)))
    cc = "x/1/cc/15"
    player.update(moment(0.0), press(cc, prefix="midi:", value=0.0))
    play(player, 1.0, 6.0, press("2"))
    assert player.update(moment(6.1), []).progress == 0.0  # four beats later it is still the hand's
    assert player.update(moment(6.2), press(cc, prefix="midi:", value=0.5)).progress == 0.5
    assert player.update(moment(6.3), press(cc, prefix="midi:", value=1.0)).scene.name == "b"


def test_hot_swap_keeps_the_scene_by_name_the_beat_and_the_faders() -> None:
    player = Player(two())
    play(player, 0.0, 4.0, press("2"))
    play(player, 4.0, 10.0, press("down"))
    assert player.scene_now == "b"
    fresh = replace(scene("b"), layers=(replace(scene("b").layers[0], source="shader:tunnel"),))
    player.swap(setlist(scene("new"), scene("a"), fresh))
    look = player.update(moment(10.0), [])
    assert (look.scene.name, look.scene.layers[0].source, look.brightness) == ("b", "shader:tunnel", 0.95)


def test_hot_swap_in_a_transition_goes_on_with_it() -> None:
    player = Player(two(beats=8.0))
    play(player, 0.0, 1.0)
    play(player, 1.0, 4.0, press("2"))
    before = play(player, 4.0, 8.0)[-1][1].progress
    player.swap(two(beats=8.0))
    look = player.update(moment(8.0), [])
    assert look.after is not None
    assert look.progress == pytest.approx(before, abs=0.01)
    assert look.progress > 0.4


def test_hot_swap_without_the_present_scene_shows_it_until_its_heir_has_come_in() -> None:
    player = Player(two())
    play(player, 0.0, 2.0)
    player.swap(setlist(scene("x", beats=2.0), scene("y")))
    look = player.update(moment(2.0), [])
    assert (look.scene.name, look.after and look.after.name) == ("a", "x")
    assert play(player, 2.03, 5.0)[-1][1].scene.name == "x"


def test_looks_begin_with_the_present_scene() -> None:
    player = Player(two(beats=0.0, quantise="off"))
    player.update(moment(0.0), press("2"))
    assert [look.name for look in player.looks()] == ["b", "a", "c"]
