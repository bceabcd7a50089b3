"""docs/setlist.md and docs/controllers.md name everything there is, with the ranges and defaults of the code."""

import dataclasses
from pathlib import Path

import pytest

from vj.control.actions import ACTIONS, KEYS
from vj.control.mapping import CURVES, TAKEOVERS
from vj.control.router import EVENT_KINDS, NAMES
from vj.setlist import targets
from vj.setlist.catalog import SOURCES, catalog
from vj.setlist.schema import Setlist
from vj.setlist.tables import CHOICES, HIDDEN, PARTS, RANGES, rows, table

DOCS = Path(__file__).resolve().parent.parent / "docs"
SETLIST, CONTROLLERS = (DOCS / "setlist.md").read_text(), (DOCS / "controllers.md").read_text()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_every_key_has_its_row_with_type_range_default_and_a_meaning(part: type) -> None:
    lines = SETLIST.splitlines()
    wanted = table(part)

    def begins(n: int) -> bool:
        return len(lines) >= n + len(wanted) and all(map(str.startswith, lines[n:], wanted))

    (at,) = [n for n in range(len(lines)) if begins(n)]
    for line, row in zip(lines[at:], wanted, strict=False):
        assert len(line.removeprefix(row).strip(" |")) > 5, f"{part.__name__}: no meaning in {line}"


def test_ranges_and_choices_are_of_fields_that_exist() -> None:
    for cls, name in (*RANGES, *CHOICES, *HIDDEN):
        assert name in [f.name for f in dataclasses.fields(cls)]  # type: ignore[arg-type]


def test_every_number_has_a_range() -> None:
    for cls in PARTS:
        for row in rows(cls):
            if row.hint in (int, float) or "int" in str(row.hint) or "float" in str(row.hint).replace("Value", ""):
                assert (cls, row.name) in RANGES or (cls, row.name) in CHOICES or row.name == "params"


def test_tables_of_the_file_are_named() -> None:
    for row in rows(Setlist):
        assert f"[{row.key}]" in SETLIST


def test_sources_targets_curves_and_kinds_are_named() -> None:
    for name in NAMES:
        assert f"`{name}`" in SETLIST or name.startswith("audio.band")
    for form in (*targets.FORMS, *(f"{kind}:..." for kind in EVENT_KINDS)):
        assert f"`{form}`" in SETLIST
    for name in (*CURVES, *SOURCES):
        assert f"`{name}" in SETLIST
    for name in TAKEOVERS:
        assert f"`{name}`:" in CONTROLLERS


def test_shaders_and_blends_are_named() -> None:
    parts = catalog()
    words = set(SETLIST.replace("`", " ").replace("(", " ").replace(")", " ").split())
    assert {*parts.generators, *parts.effects, *parts.transitions, *parts.blends} <= words


def test_actions_and_keys_are_named() -> None:
    for name, text in ACTIONS.items():
        assert f"| `{name}` | {text} |" in CONTROLLERS
    names = {"enter": "Enter", "backspace": "Backspace", "space": "Space", "quit": "Escape", "left": "Left",
             "right": "Right", "up": "Up", "down": "Down"}  # fmt: skip
    for key in KEYS:
        shown = names.get(key, f"`{key.upper()}`")
        assert shown in CONTROLLERS or key.isdigit(), key
