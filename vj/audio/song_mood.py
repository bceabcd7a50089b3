"""What each bar is like: loudness, energy, brightness, who plays, major or minor, and the mood that follows.

No trained weights: every figure is a measure of the sound, mapped to 0-1 by the ramps written here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vj.audio.song_bars import Bars, Values, chroma_of, hits_in, means, unit
from vj.audio.song_features import FRAME_HZ, GLIDE_HZ, TONE_HZ, Curve, Frames, bands_between, mel_edges

PITCHES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
"""how well each pitch fits the key of C (Krumhansl and Kessler 1982)"""
SILENT_DB = -70.0
LEAST_CONTRAST = 1.25
"""strongest pitch class beside their mean, below which there is no key (noise 1.1, music 1.5 and more)"""
AFTER_KICK_S = 0.18
"""when the bass can be heard again"""
TAIL = 40
"""frames that a kick may ring"""


@dataclass(frozen=True, slots=True)
class Looks:
    """Per bar, all 0-1 but loud (dB), mel [bars, MELS] (dB) and chroma [bars, 12] (unit rows)."""

    loud: Values
    mel: Values
    chroma: Values
    energy: Values
    valence: Values
    arousal: Values
    brightness: Values
    instruments: dict[str, Values]
    key: str


def ramp(x: Values, low: float, high: float) -> Values:
    """0 at low, 1 at high."""
    return np.asarray(np.clip((x - low) / (high - low), 0.0, 1.0))


def _fits(chroma: Values) -> Values:
    """chroma [..., 12] -> correlation with the 24 keys [..., 24]: C major ... B major, C minor ... B minor."""
    profiles = np.array([np.roll(p, k) for p in (MAJOR, MINOR) for k in range(12)])
    profiles = unit(profiles - profiles.mean(axis=1, keepdims=True))
    return np.asarray(unit(chroma - chroma.mean(axis=-1, keepdims=True)) @ profiles.T)


def _key(chroma: Values, played: NDArray[np.bool_]) -> tuple[str, Values]:
    """Name of the key, and how major (1) or minor (0) each bar and its neighbours are; played: bars that sound.

    Relative keys share their pitches, so the chords that the song begins and ends on have a say.
    """
    sounding = np.nonzero(played)[0]
    chroma = unit(chroma)
    whole = chroma[sounding].mean(axis=0) if len(sounding) else np.zeros(12)
    if float(whole.max()) < LEAST_CONTRAST * float(whole.mean()) or not whole.any():
        return "", np.full(len(chroma), 0.5)
    triads = np.zeros((24, 12))
    for tonic in range(12):
        for row, third in ((tonic, 4), (12 + tonic, 3)):
            triads[row, [tonic, (tonic + third) % 12, (tonic + 7) % 12]] = 1.0, 0.8, 0.8
    triads = unit(triads)
    fits = _fits(whole)
    phrases = chroma[sounding[::8]].mean(axis=0)
    fits = fits + triads @ (0.4 * chroma[sounding[0]] + 0.2 * chroma[sounding[-1]] + 0.3 * phrases)
    best = int(np.argmax(fits))
    kernel = np.ones(9) / 9
    wide = np.stack([np.convolve(np.pad(chroma[:, i], 4, mode="edge"), kernel, "valid") for i in range(12)], axis=1)
    local = _fits(wide)
    tonic = best % 12
    lean = 0.5 * (local[:, tonic] - local[:, 12 + tonic] + fits[tonic] - fits[12 + tonic])
    return f"{PITCHES[tonic]} {'major' if best < 12 else 'minor'}", np.clip(0.5 + 1.2 * lean, 0.0, 1.0)


def _percentiles(curve: Curve, edges: Values, share: float) -> Values:
    """Percentile of a curve [T, ...] at FRAME_HZ within each bar -> [bars, ...]."""
    at = np.clip(np.round(edges * FRAME_HZ).astype(int), 0, len(curve) - 1)
    stop = np.maximum(at[1:], at[:-1] + 1)
    return np.array([np.percentile(curve[a:b], share, axis=0) for a, b in zip(at[:-1], stop, strict=True)])


def _near(times: Values, count: int, before_s: float, after_s: float) -> NDArray[np.bool_]:
    """[count] at FRAME_HZ: true from before_s ahead of each time to after_s behind it."""
    mark = np.zeros(count + 1)
    np.add.at(mark, np.clip(np.round((times - before_s) * FRAME_HZ).astype(int), 0, count), 1)
    np.add.at(mark, np.clip(np.round((times + after_s) * FRAME_HZ).astype(int), 0, count), -1)
    return np.asarray(np.cumsum(mark)[:count] > 0)


def _struck(times: Values, edges: Values, usual: float) -> Values:
    """Activity of a drum: hits in a bar beside what this song's bars usually have, at least `usual`."""
    count = hits_in(times, edges)
    playing = count[count > 0]
    many = max(usual, float(np.percentile(playing, 60))) if len(playing) else usual
    return np.minimum(1.0, count / many)


def _notes_struck(f: Frames, ref_db: float) -> Values:
    """Times of tonal onsets between 400 Hz and 3 kHz that ring and do not glide: the lead's."""
    band = np.maximum(f.mel[:, bands_between(400, 3000)], ref_db - 55.0)
    n = len(band)
    rise = np.zeros(n, np.float32)
    rise[3:] = np.maximum(0.0, band[3:] - band[:-3]).mean(axis=1)
    wide = np.lib.stride_tricks.sliding_window_view(np.pad(rise, 5), 11).max(axis=1)
    calm = np.lib.stride_tricks.sliding_window_view(np.pad(f.flat, (0, 4), mode="edge"), 5).min(axis=1) < 0.2
    rings = np.roll(band.max(axis=1), -5) > ref_db - 32.0
    gliding = np.nonzero(f.glide > 0)[0] / GLIDE_HZ
    spoilt = _near(f.snares, n, 0.03, 0.06) | _near(gliding, n, 0.1, 0.1)
    found = (rise >= wide) & (rise > 2.0) & calm & rings & ~spoilt
    return np.asarray(np.nonzero(found)[0] / FRAME_HZ)


def _tails(curve: Curve, kicks: Values) -> Values:
    """[T] what of a curve (dB) is the kick's own tail: its level so long after a kick in those that stand alone."""
    out = np.full(len(curve), -200.0)
    at = np.round(kicks * FRAME_HZ).astype(int)
    at = at[at + TAIL < len(curve)]
    if len(at) < 8:
        return out
    alone = np.percentile(curve[at[:, None] + np.arange(TAIL)], 10, axis=0)
    for offset in range(TAIL - 1, -1, -1):
        out[at + offset] = alone[offset]
    return out


def _bass(f: Frames, edges: Values, ref_db: float) -> Values:
    """How much of each bar a bass sounds: below 110 Hz when the kick is over, or by its overtones soon after it."""
    n = len(f.loud)
    sounds = np.zeros(n, bool)
    for curve, below, after_s in ((f.deep[:, 0], 19.0, AFTER_KICK_S), (f.deep[:, 1], 24.0, 0.08)):
        sounds |= (curve > np.maximum(ref_db - below, _tails(curve, f.kicks) + 4.0)) & ~_near(f.kicks, n, 0.02, after_s)
    return ramp(means(sounds.astype(np.float32), FRAME_HZ, edges), 0.04, 0.3)


def _instruments(f: Frames, edges: Values, meter: int, ref_db: float) -> dict[str, Values]:
    heard = ramp(means(f.loud, FRAME_HZ, edges), SILENT_DB, SILENT_DB + 10.0)
    held = _percentiles(f.mel[:, bands_between(200, 4000)], edges, 20.0)
    held_db = 10 * np.log10((10 ** (held / 10)).sum(axis=1))
    lead = hits_in(_notes_struck(f, ref_db), edges)
    return {
        "kick": _struck(f.kicks, edges, 2.0),
        "snare": _struck(f.snares, edges, 2.0),
        "hats": _struck(f.hats, edges, 4.0),
        "bass": heard * _bass(f, edges, ref_db),
        "lead": heard * ramp(lead / meter, 0.1, 1.2),
        "pads": heard * ramp(held_db, ref_db - 36.0, ref_db - 12.0),
        "voice": heard * ramp(means(f.glide, GLIDE_HZ, edges), 0.05, 0.35),
    }


def looks_of(f: Frames, bars: Bars, bpm: float) -> Looks:
    """The bars' looks. Loudness is judged beside the song's own loudest moments, tempo by 60-180 bpm."""
    edges = bars.edges
    ref_db = float(np.percentile(f.loud, 95))
    loud = 10 * np.log10(np.maximum(1e-9, means(10 ** (f.loud / 10), FRAME_HZ, edges)))
    mel = means(f.mel, FRAME_HZ, edges)
    instruments = _instruments(f, edges, bars.meter, ref_db)
    chroma = unit(means(chroma_of(f.notes, 48, 96), TONE_HZ, edges))
    key, mode = _key(chroma, loud > max(SILENT_DB, ref_db - 35.0))
    power = 10 ** (mel / 10)
    centroid = (power**0.5 * np.log2(mel_edges()[1:-1])).sum(axis=1) / (power**0.5).sum(axis=1)
    heard = ramp(loud, SILENT_DB, SILENT_DB + 15.0)
    brightness = heard * ramp(centroid, np.log2(250.0), np.log2(5000.0))
    volume = heard * ramp(loud, ref_db - 24.0, ref_db)
    drums = (instruments["kick"] + instruments["snare"] + instruments["hats"]) / 3
    melody = np.maximum.reduce([instruments[k] for k in ("lead", "pads", "voice")])
    energy = 0.4 * volume + 0.3 * drums + 0.15 * instruments["bass"] + 0.05 * melody + 0.1 * brightness
    tempo = float(np.clip((bpm - 60.0) / 120.0, 0.0, 1.0)) if bpm else 0.3
    arousal = heard * np.clip(0.4 * volume + 0.25 * drums + 0.2 * tempo + 0.15 * brightness, 0.0, 1.0)
    valence = np.clip(0.5 + heard * (0.5 * (mode - 0.5) + 0.25 * (tempo - 0.5) + 0.25 * (brightness - 0.5)), 0.0, 1.0)
    return Looks(loud, mel, chroma, energy, valence, arousal, brightness, instruments, key)
