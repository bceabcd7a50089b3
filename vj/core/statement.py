"""What is written of consent: who agreed, to what, and when."""

from __future__ import annotations

import datetime
import re

_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y")
_OLDEST = 1900
FORM = '"who, what for, date"'


def lacking(text: str, today: datetime.date | None = None) -> str:
    """What a statement of consent does not say, in words; "" when it says who, what for and a date up to today."""
    today = today or datetime.date.today()
    parts = [part.strip() for part in text.split(",") if part.strip()]
    dates = [day for part in parts if (day := day_of(part))]
    words = [part for part in parts if not day_of(part) and sum(c.isalpha() for c in part) >= 2]
    missing = [] if len(words) >= 2 else ["what for"] if words else ["who", "what for"]
    if not dates:
        return f"it does not say {_listed([*missing, f'when (a date such as {today.isoformat()})'])}"
    if dates[-1] > today:
        return f"its date {dates[-1].isoformat()} is still to come"
    if dates[-1].year < _OLDEST:
        return f"its date {dates[-1].isoformat()} is before {_OLDEST}"
    return f"it does not say {_listed(missing)}" if missing else ""


def example(today: datetime.date | None = None) -> str:
    """A statement as it should be."""
    return f"Ada Lovelace, projection at the opening, {(today or datetime.date.today()).isoformat()}"


def day_of(text: str) -> datetime.date | None:
    """2026-11-25, 25.11.2026, 25/11/2026 (the day first), 25 November 2026; None for anything else."""
    text = " ".join(re.sub(r"\b(\d{1,2})(?:st|nd|rd|th)\b", r"\1", text).split())
    for form in _DATES:
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
