import math

import numpy as np
import pytest
from show import moment, scene, setlist

from vj.control.router import HITS, NAMES, Router, matches
from vj.core.types import AudioFeatures, Binding, ControlEvent, Moment
from vj.setlist.schema import LfoSpec, Scene

T = "layer1.light"


def _router(*binds: Binding, lfos: tuple[LfoSpec, ...] = ()) -> tuple[Router, Scene]:
    one = scene("one", *binds)
    return Router(setlist(one, lfos=lfos)), one


def _heard(t: float, *events: tuple[str, float]) -> list[ControlEvent]:
    return [ControlEvent(t, address, value) for address, value in events]


def test_bands_and_levels() -> None:
    bands = np.array([0.2, 0.4, 0.1, 0.1, 0.1, 0.5, 1.0, 0.6], np.float32)
    audio = AudioFeatures(level=0.7, bands=bands, centroid_hz=1000.0, buildup=0.3)
    router, _ = _router()
    now = moment(0.25, audio=audio)
    read = {name: router.read(name, now) for name in NAMES}
    assert read["audio.level"] == pytest.approx(0.7)
    assert read["audio.band2"] == pytest.approx(0.4)
    assert read["audio.bass"] == pytest.approx(0.3)
    assert read["audio.mid"] == pytest.approx(0.2)
    assert read["audio.high"] == pytest.approx(0.8)
    assert read["audio.centroid"] == pytest.approx(0.5)
    assert read["audio.buildup"] == pytest.approx(0.3)
    assert read["beat.phase"] == 0.25
    assert read["beat.pulse"] == pytest.approx(0.5625)
    assert read["beat.count"] == 0.25
    assert all(value is not None for value in read.values())


def test_a_kick_is_1_in_the_first_frame_that_can_show_it_and_decays() -> None:
    router, one = _router(Binding("audio.kick", T))
    assert router.values(moment(0.0), [], [one])[T] == 0.0
    kick = AudioFeatures(kicks=1, kick_t=100.1)
    first = moment(0.4, audio=kick)  # 0.1 s after it sounded
    assert router.values(first, [], [one])[T] == 1.0
    later = moment(0.4 + 2 * HITS["audio.kick"].decay_s, audio=kick)  # 120 bpm: 2 beats a second
    assert router.values(later, [], [one])[T] == pytest.approx(math.exp(-1))


def test_no_kick_is_lost_when_a_frame_is_late_or_several_come_at_once() -> None:
    router, one = _router(Binding("audio.kick", T))
    router.values(moment(0.0, audio=AudioFeatures(kicks=4, kick_t=90.0)), [], [one])
    late = AudioFeatures(kicks=7, kick_t=100.2)
    assert router.values(moment(6.0, audio=late), [], [one])[T] == 1.0


def test_ears_that_start_again_from_zero_are_no_kick_but_their_first_kick_is() -> None:
    router, one = _router(Binding("audio.kick", T))
    router.values(moment(0.0, audio=AudioFeatures(kicks=50, kick_t=90.0)), [], [one])
    restarted = AudioFeatures(kicks=0)
    assert router.values(moment(1.0, audio=restarted), [], [one])[T] == 0.0
    assert router.values(moment(2.0, audio=AudioFeatures(kicks=1, kick_t=100.9)), [], [one])[T] == 1.0


def test_curve_range_and_smoothing_in_that_order() -> None:
    bind = Binding("audio.level", T, 10.0, 20.0, "square", attack_s=0.5)
    router, one = _router(bind)
    assert router.values(moment(0.0), [], [one])[T] == 10.0
    now = moment(1.0, fps=2.0, audio=AudioFeatures(level=0.5))  # dt is the attack time
    assert router.values(now, [], [one])[T] == pytest.approx(10.0 + 10.0 * 0.25 * (1 - math.exp(-1)))


def test_lfo_time_and_running_beats() -> None:
    binds = (
        Binding("lfo.slow", T),
        Binding("time", "layer1.twist"),
        Binding("beat.count", "layer1.motion", 0.0, 0.125),
    )
    router, one = _router(*binds, lfos=(LfoSpec("slow", "ramp", 8.0),))
    router.values(moment(0.0), [], [one])
    values = router.values(moment(20.0), [], [one])
    assert values == pytest.approx({T: 0.5, "layer1.twist": 10.0, "layer1.motion": 2.5})


@pytest.mark.parametrize("kind", ["midi:apc/1/cc/48", "osc:/layer1/light", "key:a", "desk:/fader/1"])
def test_controls_say_nothing_until_touched_and_are_remembered(kind: str) -> None:
    router, one = _router(Binding(kind, T))
    assert router.values(moment(0.0), [], [one]) == {}
    assert router.values(moment(1.0), _heard(100.0, (kind, 0.6)), [one]) == {T: 0.6}
    assert router.values(moment(2.0), [], [one]) == {T: 0.6}


def test_wildcards_for_device_and_channel() -> None:
    assert matches("midi:*/cc/48", "midi:apc-mini/3/cc/48")
    assert not matches("midi:*/cc/48", "midi:apc-mini/3/cc/4")
    assert not matches("midi:a.c/cc/1", "midi:abc/cc/1")
    router, one = _router(Binding("midi:*/cc/48", T))
    router.values(moment(0.0), _heard(1.0, ("midi:x/1/cc/48", 0.2), ("midi:y/9/cc/48", 0.9)), [one])
    assert router.values(moment(0.1), [], [one])[T] == 0.9


def test_a_control_touched_before_its_scene_began_is_known_to_it() -> None:
    one, two = scene("one"), scene("two", Binding("midi:*/cc/1", T))
    router = Router(setlist(one, two))
    router.values(moment(0.0), _heard(1.0, ("midi:x/1/cc/1", 0.3)), [one])
    assert router.values(moment(1.0), [], [two]) == {T: 0.3}


def test_a_note_that_came_and_went_within_one_frame_is_seen_for_one_frame() -> None:
    router, one = _router(Binding("midi:*/note/36", T))
    note = "midi:x/1/note/36"
    router.values(moment(0.0), [], [one])
    assert router.values(moment(0.1), _heard(1.0, (note, 0.8), (note, 0.0)), [one]) == {T: 0.8}
    assert router.values(moment(0.2), [], [one]) == {T: 0.0}


def test_pickup_starts_from_what_the_setlist_says() -> None:
    bind = Binding("midi:*/cc/1", "layer1.opacity", takeover="pickup")
    router, one = _router(bind)
    seen: list[float] = []
    for n, hand in enumerate((0.1, 0.5, 0.9, 0.7)):
        seen.append(router.values(moment(n), _heard(n, ("midi:x/1/cc/1", hand)), [one])["layer1.opacity"])
    assert seen == [0.8, 0.8, 0.9, 0.7]


def test_the_scene_coming_in_has_targets_of_its_own_but_master_is_one() -> None:
    one, two = scene("one", Binding("audio.level", T)), scene("two", Binding("beat.phase", T))
    router = Router(setlist(one, two, binds=(Binding("audio.level", "master.brightness"),)))
    values = router.values(moment(0.25, audio=AudioFeatures(level=0.5)), [], [one, two])
    assert values == {T: 0.5, "after.layer1.light": 0.25, "master.brightness": 0.5}


def test_smoothing_goes_on_when_the_scene_coming_in_has_come_in() -> None:
    bind = Binding("audio.level", T, attack_s=1.0)
    one, two = scene("one"), scene("two", bind)
    router = Router(setlist(one, two))
    loud = AudioFeatures(level=1.0)
    router.values(moment(0.0), [], [one, two])
    before = router.values(moment(0.1, audio=loud), [], [one, two])["after." + T]
    after = router.values(moment(0.2, audio=loud), [], [two])[T]
    assert 0.0 < before < after < 0.1


def test_the_same_moments_give_the_same_numbers() -> None:
    def run() -> list[dict[str, float]]:
        router, one = _router(
            Binding("lfo.r", T, attack_s=0.1), Binding("audio.kick", "layer1.twist"), lfos=(LfoSpec("r", "random"),)
        )
        frames: list[Moment] = [
            moment(n / 7, audio=AudioFeatures(kicks=n // 9, kick_t=100.0 + n / 14)) for n in range(200)
        ]
        return [router.values(m, [], [one]) for m in frames]

    assert run() == run()


def test_a_stranger_inventing_addresses_does_not_fill_the_memory() -> None:
    router, one = _router(Binding("osc:/x", T))
    flood = [ControlEvent(0.0, f"osc:/{n}") for n in range(10_000)]
    router.values(moment(0.0), flood, [one])
    assert len(router._state.hands._last) <= 4096
