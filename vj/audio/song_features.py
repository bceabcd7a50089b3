"""First pass over a song: how loud, what colour, which pitches, which drums, at fixed rates and bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import scipy.fft
import scipy.ndimage
import scipy.signal
from numpy.typing import NDArray

from vj.audio.onsets import DELAY_S, Drums, peak_of
from vj.audio.song_read import RATE, Mono

FRAME_HZ = 100
"""rate of loudness and colour"""
TONE_HZ = 10
"""rate of the pitches"""
GLIDE_HZ = 25
"""rate of the look at gliding pitches"""
MELS = 40
LOW_NOTE, NOTES = 24, 84
"""MIDI number of the lowest pitch, and how many semitones from there"""
FLOOR_DB = -90.0
BLOCK = 10 * RATE
MARGIN = 8192
DRUM_HOP = 128

Curve = NDArray[np.float32]
Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frames:
    """A song frame by frame. Frame k is centred on k / rate seconds; decibels re full scale, floor FLOOR_DB.

    mel [T, MELS] dB at FRAME_HZ, loud [T] dB, notes [N, NOTES] power at TONE_HZ, glide [G] 0-1 at GLIDE_HZ,
    flat [T] 0-1: flatness of 1-7 kHz (noise 0.5, tones near 0); deep [T, 2] dB: 40-110 Hz, and 85-130 Hz where a kick
    is soon gone but the overtones of a bass are not.
    """

    seconds: float
    mel: Curve
    loud: Curve
    notes: Curve
    glide: Curve
    flat: Curve
    deep: Curve
    kicks: Times
    snares: Times
    hats: Times


@cache
def mel_edges() -> NDArray[np.float64]:
    """MELS + 2 corner frequencies, 30 Hz-16 kHz, in Hz, even in mel (O'Shaughnessy 1987)."""
    low, high = 2595 * np.log10(1 + 30 / 700), 2595 * np.log10(1 + 16000 / 700)
    edges: NDArray[np.float64] = 700 * (10 ** (np.linspace(low, high, MELS + 2) / 2595) - 1)
    return edges


def bands_between(low_hz: float, high_hz: float) -> slice:
    """The mel bands whose centre lies in low_hz-high_hz."""
    centres = mel_edges()[1:-1]
    return slice(int(np.searchsorted(centres, low_hz)), max(1, int(np.searchsorted(centres, high_hz))))


@cache
def _mel_matrix(window: int) -> Curve:
    """[bins, MELS], triangles that sum a power spectrum of `window` samples; narrow ones take the nearest bin."""
    f = np.fft.rfftfreq(window, 1 / RATE)[:, None]
    e = mel_edges()
    width = RATE / window
    left, centre, right = e[:-2], e[1:-1], e[2:]
    up = (f - left) / np.maximum(centre - left, width)
    down = (right - f) / np.maximum(right - centre, width)
    return np.asarray(np.maximum(0, np.minimum(up, down)), np.float32)


@cache
def _note_matrix(window: int) -> Curve:
    """[bins, NOTES], half a semitone wide bells in frequency, never narrower than a bin."""
    f = np.fft.rfftfreq(window, 1 / RATE)[:, None]
    centre = 440.0 * 2.0 ** ((np.arange(LOW_NOTE, LOW_NOTE + NOTES) - 69) / 12)
    width = np.maximum(centre * 0.015, 0.6 * RATE / window)
    return np.asarray(np.exp(-0.5 * ((f - centre) / width) ** 2), np.float32)


def _spectra(padded: Mono, window: int, hop: int) -> Curve:
    """Power spectra [frames, bins] of the block inside `padded`, full-scale sine = 1; a frame each `hop`, centred."""
    start = MARGIN - window // 2
    views = np.lib.stride_tricks.sliding_window_view(padded[start : start + BLOCK - hop + window], window)[::hop]
    hann = scipy.signal.windows.hann(window, sym=False).astype(np.float32)
    spectrum = scipy.fft.rfft(views * (hann * np.float32(4 / window)), axis=1)
    return np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32)


def _decibels(power: NDArray[np.floating]) -> Curve:
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10))), np.float32)


def _flatness(power: Curve) -> Curve:
    """Geometric over arithmetic mean of each row."""
    power = power + np.float32(1e-12)
    return np.asarray(np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1), np.float32)


STEPS = 60
"""pitches an octave that a glide is looked for on, 200-3200 Hz"""


def _glide(power: Curve, window: int) -> Curve:
    """Where the partials of 200-3200 Hz move together by 0.2-1.4 semitones in 80 ms, as voices do; 0 or 1 a frame."""
    f = 200.0 * 2.0 ** (np.arange(4 * STEPS) / STEPS) / (RATE / window)
    at = f.astype(int)
    part = (f - at).astype(np.float32)
    tones = np.sqrt(power[:, at]) * (1 - part) + np.sqrt(power[:, at + 1]) * part
    smooth = scipy.ndimage.uniform_filter1d(tones, 15, axis=1)
    peaks = np.maximum(tones - smooth, 0)
    before, now = peaks[:-2], peaks[2:]
    norm = np.linalg.norm(before, axis=1) * np.linalg.norm(now, axis=1) + 1e-9
    shifts = range(-7, 8)
    match = np.stack([(np.roll(before, s, axis=1) * now).sum(axis=1) / norm for s in shifts])
    best = np.argmax(match, axis=0)
    top = match.max(axis=0)
    moved = (np.abs(best - 7) >= 1) & (np.abs(best - 7) < 7) & (top > 0.75) & (top > match[7] + 0.04)
    out = np.zeros(len(power), np.float32)
    out[1:-1] = moved & (np.linalg.norm(now, axis=1) > 1e-3)
    return out


def _padded(blocks: Iterable[tuple[Mono, float]], done: Callable[[float], None]) -> Iterator[tuple[Mono, int]]:
    """Blocks of BLOCK samples with MARGIN more at both ends, and how many of the BLOCK are the song's."""
    waiting = [np.zeros(MARGIN, np.float32)]
    size, need = MARGIN, BLOCK + 2 * MARGIN
    for block, share in blocks:
        waiting.append(block)
        size += len(block)
        done(share)
        while size >= need:
            whole = np.concatenate(waiting)
            yield whole[:need], BLOCK
            waiting, size = [whole[BLOCK:]], size - BLOCK
    rest = np.concatenate(waiting)
    while len(rest) > MARGIN:
        yield np.pad(rest[:need], (0, max(0, need - len(rest)))), min(BLOCK, len(rest) - MARGIN)
        rest = rest[BLOCK:]


class _Hits:
    """The live drum detectors over the song, without the rest of the live analyser."""

    def __init__(self) -> None:
        self._drums = Drums(RATE, DRUM_HOP)
        self._left = np.zeros(0, np.float32)
        self._hop = 0
        self.times: dict[str, list[float]] = {"kick": [], "snare": [], "hat": []}

    def push(self, block: Mono) -> None:
        block = np.concatenate([self._left, block])
        for start in range(0, len(block) - DRUM_HOP + 1, DRUM_HOP):
            part = block[start : start + DRUM_HOP]
            peak = peak_of(part)
            hits = self._drums.push(part, peak, peak < 1e-4)
            self._hop += 1
            for name, hit in (("kick", hits.kick), ("snare", hits.snare), ("hat", hits.hat)):
                if hit:
                    self.times[name].append(max(0.0, (self._hop - 0.5) * DRUM_HOP / RATE - DELAY_S[name]))
        self._left = block[len(block) // DRUM_HOP * DRUM_HOP :]


def frames_of(blocks: Iterable[tuple[Mono, float]], done: Callable[[float], None] = lambda share: None) -> Frames:
    """The first pass. blocks: mono at RATE and the share read; memory grows by about 100 kB for each second."""
    mel, loud, notes, glide, flat, deep = [], [], [], [], [], []
    hits, samples = _Hits(), 0
    for padded, count in _padded(blocks, done):
        samples += count
        short = _spectra(padded, 2048, RATE // FRAME_HZ)[: -(-count * FRAME_HZ // RATE)]
        mel.append(_decibels(short @ _mel_matrix(2048)))
        loud.append(_decibels(short.sum(axis=1)))
        flat.append(_flatness(short[:, 46:325]))
        deep.append(_decibels(np.stack([short[:, 2:6].sum(axis=1), short[:, 4:7].sum(axis=1)], axis=1)))
        long = _spectra(padded, 16384, RATE // TONE_HZ)[: -(-count * TONE_HZ // RATE)]
        notes.append(long @ _note_matrix(16384))
        glide.append(_glide(_spectra(padded, 4096, RATE // GLIDE_HZ), 4096)[: -(-count * GLIDE_HZ // RATE)])
        hits.push(padded[MARGIN : MARGIN + count])
    drums = {name: np.array(times) for name, times in hits.times.items()}
    whole = Frames(
        seconds=samples / RATE,
        mel=np.concatenate(mel),
        loud=np.concatenate(loud),
        notes=np.concatenate(notes),
        glide=np.concatenate(glide),
        flat=np.concatenate(flat),
        deep=np.concatenate(deep),
        kicks=drums["kick"],
        snares=drums["snare"],
        hats=drums["hat"],
    )
    return _weeded(whole)


def _weeded(f: Frames) -> Frames:
    """Without what the live gates take for drums while there are none: they adapt to what comes, we know the whole.

    A kick is a fall: its 130-300 Hz are gone after 60 ms (measured: 13 dB or more; bass notes and plucks under 5).
    A snare is noise: flat between 1 and 7 kHz. All must be near what this drum usually reaches in the song.
    """

    def peak(band: Curve, times: Times, first: int, last: int) -> NDArray[np.float64]:
        at = np.clip(np.round(times * FRAME_HZ).astype(int)[:, None] + np.arange(first, last), 0, len(band) - 1)
        return band[at].max(axis=1).astype(np.float64) if len(times) else np.zeros(0)

    def strong(times: Times, band: Curve, below: float, ok: NDArray[np.bool_]) -> Times:
        level = peak(band, times, 0, 5)
        ok = ok & (level > float(np.percentile(f.loud, 95)) - below - 12.0)
        return times[ok & (level > np.percentile(level[ok], 75) - below)] if ok.any() else times[:0]

    low, high, air = (f.mel[:, bands_between(*r)].max(axis=1) for r in ((30, 160), (1000, 7000), (7500, 16000)))
    punch = f.mel[:, bands_between(130, 300)].max(axis=1)
    fall = peak(punch, f.kicks, 0, 4) + peak(-punch, f.kicks, 6, 11)
    kicks = strong(f.kicks, low, 12.0, fall > 6.0)
    snares = strong(f.snares, high, 18.0, peak(f.flat, f.snares, 0, 4) > 0.25)
    hats = strong(f.hats, air, 24.0, peak(air, f.hats, 0, 4) + peak(-air, f.hats, -6, 0) > 6.0)
    return replace(f, kicks=kicks, snares=snares, hats=hats)
