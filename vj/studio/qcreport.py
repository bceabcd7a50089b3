"""The report of `vj qc`: one page that needs nothing else, a filmstrip with marks where something is wrong."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape

from engine.quality.contracts import Span, Verdict
from engine.quality.limits import LIMITS
from vj.studio.qc import STRIP, Checked, pictures

SHOWN = 3
"""places of each failing check that are shown, the worst ones"""
WORDS = {True: "ok", False: "fails", None: "not applicable"}
LEAST_WIDTH = 0.6
"""percent of the strip: a mark of one frame can still be hit with a finger"""
STYLE = """
:root { color-scheme: dark; --bad: #ff5c5c; --good: #4cc38a; --dim: #8b8d98; --line: #2a2c33 }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1100px; padding: 16px; background: #111216; color: #e6e6ea;
  font: 15px/1.45 system-ui, sans-serif }
h1 { font-size: 20px; margin: 8px 0 2px; overflow-wrap: anywhere } h2 { font-size: 16px; margin: 26px 0 8px }
.dim, small { color: var(--dim) } .bad { color: var(--bad) } .good { color: var(--good) }
.verdict { font-size: 26px; font-weight: 650; margin: 10px 0 }
.film { display: grid; grid-template-columns: 92px 1fr; gap: 5px 8px; align-items: center }
.film > b { font-weight: 500; font-size: 13px; text-align: right; overflow: hidden; text-overflow: ellipsis }
.strip { display: flex; border-radius: 4px; overflow: hidden } .strip img { flex: 1 1 0; min-width: 0; height: 74px;
  object-fit: cover }
.track { position: relative; height: 18px; background: #1b1d23; border-radius: 3px }
.track a { position: absolute; top: 1px; bottom: 1px; background: var(--bad); border-radius: 2px }
.track a.whole { opacity: .45 } .track a:hover, .track a:focus { outline: 2px solid #fff; opacity: 1 }
.scale { display: flex; justify-content: space-between; font-size: 12px; color: var(--dim) }
table { border-collapse: collapse; width: 100% } td { padding: 6px 8px 6px 0; border-top: 1px solid var(--line);
  vertical-align: top } td:first-child { white-space: nowrap } td.state { white-space: nowrap }
.bar { position: relative; width: 96px; height: 9px; margin-top: 6px; background: #1b1d23; border-radius: 2px }
.bar i { position: absolute; inset: 0 auto 0 0; border-radius: 2px; background: var(--good) }
.fails .bar i { background: var(--bad) } .bar u { position: absolute; top: -3px; bottom: -3px; width: 2px;
  background: #fff } tr.not { color: var(--dim) }
.place { margin: 0 0 14px; scroll-margin-top: 12px } .place:target { outline: 2px solid var(--bad);
  outline-offset: 6px }
.stills { display: flex; gap: 8px; overflow-x: auto } figure { margin: 0; flex: 0 0 auto } figure img { display: block;
  height: 112px; border-radius: 4px } figure.guilty img { outline: 2px solid var(--bad); outline-offset: -2px }
figcaption { font-size: 12px; color: var(--dim) } article + article { margin-top: 48px; border-top: 1px solid #444 }
@media (max-width: 600px) { .film { grid-template-columns: 66px 1fr } .strip img { height: 44px }
  .strip img:nth-child(odd) { display: none } .bar { width: 60px } td { font-size: 14px } .hide { display: none }
  figure img { height: 76px } td.state { white-space: normal } }
"""


def page(found: Sequence[Checked]) -> str:
    """HTML of all of them, with their pictures in it; reads failing files once more. Raises MediaError."""
    body = "\n".join(_article(one, f"f{number}") for number, one in enumerate(found))
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    title = f"Quality: {', '.join(one.info.path.name for one in found)}"
    whole = f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{body}</body></html>\n"
    return f'<!doctype html><html lang="en"><head>{head}{whole}'


def _article(one: Checked, key: str) -> str:
    places = {verdict.name: _worst(verdict) for verdict in one.failed}
    count = len(one.times)
    wanted = {number for spans in places.values() for span in spans for number in _frames(span, count)}
    stills = pictures(one.info.path, sorted(wanted))
    shown = "".join(_section(one, verdict, places[verdict.name], stills, key) for verdict in one.failed)
    return f"<article>{_header(one)}{_film(one, key)}{_table(one)}{_figures(one)}{shown}</article>"


def _header(one: Checked) -> str:
    said = one.as_dict()
    facts = [f"{one.info.size[0]}x{one.info.size[1]}", f"{said['frames']} frames", f"{one.clip.fps:g} per second"]
    facts += [f"{said['seconds']:.1f} s"] + (["a loop"] if one.clip.loop else [])
    facts += [f"“{one.clip.prompt}”"] if one.clip.prompt else []
    applied = sum(verdict.ok is not None for verdict in one.verdicts)
    names = ", ".join(verdict.name for verdict in one.failed)
    told = f"Fails: {names}" if one.failed else f"Nothing wrong in {applied} checks"
    style = "bad" if one.failed else "good"
    line = f'<div class="dim">{escape(" · ".join(facts))}</div>'
    return f'<h1>{escape(one.info.path.name)}</h1>{line}<div class="verdict {style}">{escape(told)}</div>'


def _film(one: Checked, key: str) -> str:
    """The strip, and under it a track for each check that fails."""
    step = max(1, round(len(one.strip) / STRIP))
    images = "".join(_image(data, f"frame {number}") for number, data in one.strip[::step])
    rows = [f'<b></b><div class="strip">{images}</div>']
    for verdict in one.failed:
        rows.append(f'<b class="bad">{escape(verdict.name)}</b><div class="track">{_marks(one, verdict, key)}</div>')
    end = one.times[-1] + 1 / one.clip.fps
    ticks = "".join(f"<span>{end * part / 4:.1f} s</span>" for part in range(5))
    return f'<div class="film">{"".join(rows)}<b></b><div class="scale">{ticks}</div></div>'


def _marks(one: Checked, verdict: Verdict, key: str) -> str:
    worst = _worst(verdict)
    if not verdict.where:
        title = escape(f"the whole clip: {verdict.reason}", quote=True)
        return f'<a class="whole" href="#{key}-{verdict.name}" title="{title}" style="left:0;width:100%"></a>'
    out = []
    for span in verdict.where:
        left = 100 * span.first / len(one.times)
        width = max(LEAST_WIDTH, 100 * (span.last + 1 - span.first) / len(one.times))
        spot = f"-{span.first}" if span in worst else ""
        title = escape(f"{_told(one, span)}: {verdict.reason}", quote=True)
        where = f"left:{min(left, 100 - width):.2f}%;width:{width:.2f}%"
        out.append(f'<a href="#{key}-{verdict.name}{spot}" title="{title}" style="{where}"></a>')
    return "".join(out)


def _table(one: Checked) -> str:
    rows = []
    for verdict in one.verdicts:
        style = {True: "ok", False: "fails", None: "not"}[verdict.ok]
        least = LIMITS[verdict.name].least
        bar, number = "", ""
        if verdict.score is not None:
            edges = (
                f'<i style="width:{100 * verdict.score:.0f}%"></i><u style="left:calc({100 * least:.0f}% - 2px)"></u>'
            )
            bar = f'<div class="bar" title="at least {least:g}">{edges}</div>'
            number = f"{verdict.score:.2f}"
        word = f'<td class="state {"bad" if verdict.ok is False else ""}">{WORDS[verdict.ok]}</td>'
        why = escape(verdict.reason or LIMITS[verdict.name].why)
        rows.append(
            f'<tr class="{style}"><td>{escape(verdict.name)}</td><td>{bar}</td><td class="hide">{number}</td>'
            f"{word}<td>{why}</td></tr>"
        )
    return f"<h2>Checks</h2><table>{''.join(rows)}</table>"


def _figures(one: Checked) -> str:
    if not one.vbench:
        return ""
    told = " · ".join(f"{name} {value:.4g}" for name, value in one.vbench.items())
    return f'<p class="dim">For comparison with tables: {escape(told)}</p>'


def _section(one: Checked, verdict: Verdict, spans: Sequence[Span], stills: Mapping[int, bytes], key: str) -> str:
    """A check that fails: its reason, and pictures of the worst places."""
    places = []
    for span in spans:
        images = []
        for number in _frames(span, len(one.times)):
            if number in stills:
                guilty = ' class="guilty"' if span.first <= number <= span.last else ""
                label = f"frame {number}"
                images.append(
                    f"<figure{guilty}>{_image(stills[number], label)}<figcaption>{label}</figcaption></figure>"
                )
        spot = f'id="{key}-{verdict.name}-{span.first}"'
        told = f'<div class="dim">{escape(_told(one, span))}</div><div class="stills">{"".join(images)}</div>'
        places.append(f'<div class="place" {spot}>{told}</div>')
    more = len(verdict.where) - len(spans)
    rest = f'<p class="dim">and {more} more places, see the strip</p>' if more > 0 else ""
    head = f'<h2 id="{key}-{verdict.name}" class="bad">{escape(verdict.name)}</h2><p>{escape(verdict.reason)}</p>'
    return f"<section>{head}{''.join(places)}{rest}</section>"


def _worst(verdict: Verdict) -> tuple[Span, ...]:
    worst = sorted(verdict.where, key=lambda span: span.score)[:SHOWN]
    return tuple(sorted(worst, key=lambda span: span.first))


def _frames(span: Span, count: int) -> list[int]:
    """The one before the span, its first, middle and last, and the one after it."""
    wanted = (span.first - 1, span.first, (span.first + span.last) // 2, span.last, span.last + 1)
    return sorted({number for number in wanted if 0 <= number < count})


def _told(one: Checked, span: Span) -> str:
    first, last = one.seconds(span)
    frames = f"frame {span.first}" if span.first == span.last else f"frames {span.first} to {span.last}"
    return f"{frames}, {first:.2f} to {last:.2f} s"


def _image(jpeg: bytes, label: str) -> str:
    return f'<img alt="{escape(label, quote=True)}" src="data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}">'


def limits_table() -> str:
    """All checks and their limits as Markdown, for docs/quality.md."""
    rows = [f"| `{name}` | {limit.least:g} | {limit.why} |" for name, limit in LIMITS.items()]
    return "\n".join(["| check | least | what it asks |", "| --- | --- | --- |", *rows])
