"""What the docs of the studio say is there: pictures, commands, options, functions."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

import vj.studio
from vj.cli import app
from vj.studio.bench import ROWS
from vj.studio.gallery import DRAWN, SHEETS

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]


def options_of(words: list[str]) -> tuple[str, set[str]]:
    """The command that the words name, and its options."""
    command: Any = typer.main.get_command(app)
    path = []
    while hasattr(command, "commands"):
        path.append(words.pop(0))
        assert path[-1] in command.commands, f"no command vj {' '.join(path)}"
        command = command.commands[path[-1]]
    return " ".join(path), {name for param in command.params for name in (*param.opts, *param.secondary_opts)}


def examples() -> list[tuple[str, str]]:
    """(page, line) for every command line in a code block."""
    found = []
    for page in PAGES:
        for block in re.findall(r"```\w*\n(.*?)```", page.read_text(), re.DOTALL):
            found += [(page.name, line) for line in block.splitlines() if re.match(r"vj [a-z]", line)]
    return found


@pytest.mark.parametrize(("page", "line"), examples(), ids=lambda text: text[:60])
def test_every_command_line_in_the_docs_is_one(page: str, line: str) -> None:
    for part in re.split(r"  +| · | #|; ", line):
        if not part.startswith("vj "):
            continue
        words = shlex.split(part.split(" | ")[0])[1:]
        if not words or words[0].startswith("-") or "..." in words[:2]:
            continue
        said = [word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)]
        name, allowed = options_of([word for word in words if not word.startswith("-")])
        assert set(said) <= allowed, f"{page}: vj {name} has no {sorted(set(said) - allowed)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_and_page_that_is_linked_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    gone = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not gone


def test_every_heading_that_is_linked_is_there() -> None:
    text = (ROOT / "docs" / "studio.md").read_text()
    heads = {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in re.findall(r"^#+ (.*)$", text, re.M)}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= heads


def test_the_gallery_shows_every_job_and_the_bench_measures_it() -> None:
    jobs = set(vj.studio.JOBS)
    assert len(jobs) >= 12
    assert {sheet.words[0] for sheet in SHEETS} == jobs == {row.words[0] for row in ROWS}
    shown = (ROOT / "docs" / "studio.md").read_text()
    assert all(f"img/studio/{name}.jpg" in shown for name in (*(sheet.name for sheet in SHEETS), *DRAWN))


@pytest.mark.parametrize("name", vj.studio.JOBS)
def test_every_job_is_a_function_and_a_command_with_the_common_options(name: str) -> None:
    job = getattr(vj.studio, name)
    assert job.__name__ == name and job.__doc__
    _, allowed = options_of([name])
    assert {"--out", "-o", "--size", "--preview", "--json", "--pool"} <= allowed
    assert "--resume" in allowed or name == "multiview", "which writes several files"
