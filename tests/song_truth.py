"""The demo track as its score has it, as a Song: nothing is heard, all is known."""

from __future__ import annotations

from vj.audio.demo import demo_track
from vj.audio.song import INSTRUMENTS, Bar, Section, Song

ENERGY = {"intro": 0.5, "build": 0.6, "drop": 0.9, "breakdown": 0.2, "outro": 0.5}
GROUPS = "ABCDCE"


def scored(rate: int = 48000) -> Song:
    """Sections intro, build, drop, breakdown, drop, outro of 8, 4, 12, 8, 12 and 4 bars; the two drops are alike."""
    track = demo_track(rate)
    beat = 60.0 / track.bpm
    bars, sections = list[Bar](), list[Section]()
    for group, (label, start, stop) in zip(GROUPS, track.sections, strict=True):
        first, count, energy = round(start / beat / 4), round((stop - start) / beat / 4), ENERGY[label]
        sections.append(Section(start, stop, first, count, label, group, energy, 0.5, energy))
        played = dict.fromkeys(INSTRUMENTS, float(label == "drop"))
        for i in range(first, first + count):
            bars.append(Bar(i * 4 * beat, (i + 1) * 4 * beat, energy, 0.5, energy, 0.5, played))
    beats = tuple(float(t) for t in track.beats)
    times = (tuple(map(float, x)) for x in (track.kicks, track.snares, track.hats))
    return Song("demo", bars[-1].stop_s, track.bpm, beats, beats[::4], (), "", tuple(sections), tuple(bars), *times)
