"""House rules that a reader would otherwise have to check by hand."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(p for top in ("vj", "engine") for p in (ROOT / top).rglob("*.py"))
LINES, FUNCTION, PARAMETERS = 350, 50, 6
# a command's options are its parameters
COMMANDS = {"vj/cli.py", *(f"vj/commands/{p.name}" for p in (ROOT / "vj" / "commands").glob("*.py"))}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_stay_readable(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LINES, f"{name_of(path)} has {text.count(chr(10))} lines, at most {LINES}"
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION, f"{name_of(path)}: {node.name} has {length} lines, at most {FUNCTION}"
            a = node.args
            names = [x.arg for x in (*a.posonlyargs, *a.args, *a.kwonlyargs) if x.arg not in ("self", "cls")]
            if name_of(path) not in COMMANDS:
                assert len(names) <= PARAMETERS, f"{name_of(path)}: {node.name} has {len(names)} parameters"


@pytest.mark.parametrize("path", [p for p in FILES if p.read_text().strip()], ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), f"{name_of(path)} has no docstring"


def test_broad_excepts_stay_at_the_named_seams() -> None:
    broad = []
    for path in FILES:
        lines = path.read_text().splitlines()
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, ast.ExceptHandler):
                name = getattr(node.type, "id", None)
                if (node.type is None or name == "Exception") and "seam" not in lines[node.lineno - 1]:
                    broad.append(f"{name_of(path)}:{node.lineno}")
    assert not broad, f"broad except without the word 'seam' and the reason behind it: {broad}"


def test_locked_versions_satisfy_the_declared_ones() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = {
        line.split("==")[0].lower().replace("_", "-") for line in (ROOT / "requirements.lock").read_text().split()
    }
    wanted = project["dependencies"] + [
        d
        for extra in ("engine", "midi", "osc", "dev", "studio", "cluster", "models")
        for d in project["optional-dependencies"][extra]
    ]
    missing = [w for w in wanted if w.split(">")[0].split("=")[0].lower().replace("_", "-") not in locked]
    assert not missing


def test_the_tests_assert_something() -> None:
    idle = []
    for path in sorted((ROOT / "tests").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                text = ast.unparse(node)
                if "assert" not in text and "raises" not in text and "check" not in text:
                    idle.append(f"{path.name}:{node.lineno} {node.name}")
    assert not idle
