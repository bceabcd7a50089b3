"""From a storyboard to a show: every look becomes a scene, and a script says which one comes in at which beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from vj.audio.song import Song
from vj.core.errors import VjError, nearest
from vj.core.types import Binding, Param, Value
from vj.setlist.catalog import Catalog
from vj.setlist.load import load
from vj.setlist.schema import (
    AudioSpec,
    EffectSpec,
    EngineShow,
    EngineSpec,
    LayerSpec,
    LfoSpec,
    Scene,
    Setlist,
    ShowSpec,
    TransitionSpec,
)
from vj.studio.captions import FAMILIES
from vj.studio.songtime import SongClock
from vj.studio.storyboard import PALETTE_NAMES, Cue, Look, Storyboard

Script = tuple[tuple[float, str], ...]
EARLY = 1e-4
"""beats that a transition is over before its beat, so that rounding never makes it a frame late"""

# what moves an effect: its own parameters, then (source, parameter, least, most at full energy)
EFFECTS: Mapping[str, tuple[Mapping[str, Value], tuple[tuple[str, str, float, float], ...]]] = {
    "bloom": ({"threshold": 0.55}, (("audio.kick", "amount", 0.2, 0.9),)),
    "edges": ({"ground": 0.35}, (("audio.kick", "glow", 0.2, 0.9),)),
    "feedback": ({"amount": 0.6, "trail": 0.5, "zoom": 0.4}, (("audio.high", "zoom", 0.2, 0.8),)),
    "glitch": ({}, (("audio.snare", "amount", 0.0, 0.6),)),
    "grainscan": ({}, (("audio.hat", "amount", 0.2, 0.6),)),
    "huecycle": ({"speed": 0.04}, ()),
    "kaleido": ({"segments": 8.0}, (("lfo.story_breath", "zoom", 0.7, 1.3),)),
    "mirror": ({"axes": 2.0}, ()),
    "pixelate": ({"cells": 70.0}, (("audio.kick", "pump", 0.1, 0.8),)),
    "posterize": ({"tint": 0.5}, ()),
    "rgbsplit": ({}, (("audio.snare", "amount", 0.08, 0.7),)),
    "ripple": ({"amount": 0.5}, ()),
    "sharpen": ({"amount": 0.6}, ()),
    "slitscan": ({"amount": 0.6}, ()),
    "strobe": ({"amount": 0.0, "rate": 2.0}, (("audio.buildup", "amount", 0.0, 0.5),)),
    "warp": ({}, (("audio.bass", "amount", 0.08, 0.45),)),
    "zoompulse": ({"twist": 0.1}, (("audio.kick", "amount", 0.3, 0.9),)),
}
LFOS = (LfoSpec("story_breath", "sine", 8.0), LfoSpec("story_drift", "smooth", 6.0))


def show_of(board: Storyboard, cues: tuple[Cue, ...], song: Song, catalog: Catalog) -> tuple[Setlist, Script]:
    """The setlist of a video and its script in the beats of SongClock. Raises VjError for a scene that is not there."""
    base = load(board.path.parent / board.setlist, catalog) if board.setlist else None
    clock, scenes, script, names = SongClock(song), list[Scene](), list[tuple[float, str]](), dict[Look, str]()
    rooms = [clock.beats(b.t) - clock.beats(a.t) for a, b in pairwise(cues)]
    for cue, room in zip(cues, [0.0, *rooms], strict=True):
        # a transition takes at most half of the look before it
        look = replace(cue.look, beats=min(cue.look.beats, max(0.0, room / 2)))
        if look not in names:
            names[look] = f"{len(scenes) + 1} {cue.section}"
            scenes.append(_scene(names[look], look, base, catalog, board))
        script.append((clock.beats(cue.t) - look.beats - EARLY, names[look]))
    lfos = (*(base.lfos if base else ()), *LFOS)
    path = base.path if base else board.path
    pools = base.pools if base else ()
    agreed = base.show.consent if base else ""
    show = ShowSpec(title=Path(song.path).stem, fallback=cues[0].look.generator, consent=agreed)
    return Setlist(path, show, AudioSpec(), EngineShow(), tuple(scenes), lfos=lfos, pools=pools), tuple(script[1:])


def _scene(name: str, look: Look, base: Setlist | None, catalog: Catalog, board: Storyboard) -> Scene:
    into = TransitionSpec(look.transition, look.beats, "off")
    if look.scene:
        known = {scene.name: scene for scene in base.scenes} if base else {}
        if look.scene not in known:
            allowed = ", ".join(known) or 'none without setlist = "show.toml" in the first line'
            raise VjError(f"{board.path}: scene: got {look.scene!r}, allowed: {allowed}{nearest(look.scene, [*known])}")
        return replace(known[look.scene], name=name, transition=into, bars=0.0)
    layers, binds = _layers(look, catalog.generators.get(look.generator, ()))
    for number, effect in enumerate(look.effects, 1):
        _, moved = EFFECTS.get(effect, ({}, ()))
        binds += [
            Binding(source, f"scene.effect{number}.{param}", lo, _toward(lo, hi, look.energy))
            for source, param, lo, hi in moved
        ]
    effects = tuple(EffectSpec(effect, dict(EFFECTS.get(effect, ({}, ()))[0])) for effect in look.effects)
    return Scene(name, tuple(layers), effects, tuple(binds), into, _engine(look, catalog.pools.get(look.pool, ())))


def _layers(look: Look, params: tuple[Param, ...]) -> tuple[list[LayerSpec], list[Binding]]:
    """Dream and generator, what there is more of below."""
    has = {param.name for param in params}
    colour = {"palette": float(PALETTE_NAMES.index(look.palette))} if "palette" in has else {}
    drawn = LayerSpec(f"shader:{look.generator}", params=colour)
    sharp = (EffectSpec("sharpen", {"amount": 0.6}),)
    dream = LayerSpec(f"neural:{look.pool}", effects=sharp)
    if look.dream <= 0:
        return [drawn], _drawn_binds(1, look, has)
    if look.dream >= 1:
        return [dream], [_push(1, look)]
    if look.dream > 0.5:
        over = replace(drawn, blend="overlay", opacity=round(min(1.0, 0.3 + 1.2 * (1 - look.dream)), 3))
        return [dream, over], [_push(1, look), *_drawn_binds(2, look, has)]
    over = replace(dream, blend="overlay", opacity=round(0.3 + look.dream, 3))
    return [drawn, over], [*_drawn_binds(1, look, has), _push(2, look)]


def _push(layer: int, look: Look) -> Binding:
    return Binding("audio.kick", f"layer{layer}.zoom", 0.0, round(0.4 * look.energy, 3), "sqrt")


def _drawn_binds(layer: int, look: Look, has: set[str]) -> list[Binding]:
    """What moves a generator: turns with the beat, light with the bass, a camera that wanders."""
    e = look.energy
    wanted = [
        Binding("beat.count", f"layer{layer}.motion", 0.0, round(0.02 + 0.1 * e, 4)),
        Binding("audio.bass", f"layer{layer}.light", 0.35, round(0.4 + 0.3 * e, 3), attack_s=0.01, release_s=0.15),
        Binding("audio.buildup", f"layer{layer}.energy", round(0.2 + 0.5 * e, 3), 1.0, attack_s=0.3, release_s=1.0),
        Binding("lfo.story_drift", f"layer{layer}.camx", -0.4, 0.4),
    ]
    return [bind for bind in wanted if bind.target.rpartition(".")[2] in has]


def _engine(look: Look, entries: tuple[str, ...]) -> EngineSpec:
    """entries: of the pool. The dream walks through those of the things that the prompt names, where there are two."""
    prompts = ((look.prompt, 1.0),) if look.prompt else ()
    calm = 1.0 - look.energy
    return EngineSpec(
        look.pool,
        prompts,
        strength=0.6 if prompts else 0.3,
        hold=round(1 + 5 * calm, 2),
        morph=round(1 + 5 * calm, 2),
        motion=round(4 + 8 * calm, 2),
        entries=fit if len(fit := _named(look.prompt, entries)) > 1 else (),
    )


def _named(prompt: str, entries: tuple[str, ...]) -> tuple[str, ...]:
    """Entries, such as `tunnel-gold`, whose first word is a thing in the prompt."""
    said = f" {' '.join(prompt.lower().replace(',', ' ').split())} "
    kinds = {kind for kind, words in FAMILIES.items() if any(f" {word} " in said for word in words)}
    return tuple(name for name in entries if name.partition("-")[0] in kinds)


def _toward(low: float, high: float, energy: float) -> float:
    return round(low + (high - low) * (0.4 + 0.6 * energy), 3)
