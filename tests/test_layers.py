"""Who may import whom: the walls of docs/architecture.md, checked on the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(p for top in ("vj", "engine") for p in (ROOT / top).rglob("*.py"))
TORCH_FREE = {"engine.types", "engine.frames", "engine.errors"}
MAY_USE_ENGINE = {"vj/engine_link.py", "vj/sources/neural.py"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path, top_level: bool = False) -> set[str]:
    """Modules that a file imports; with `top_level` only those that importing the file imports."""
    tree = ast.parse(path.read_text(), str(path))
    if top_level:
        nodes: list[ast.AST] = []
        queue: list[ast.AST] = list(tree.body)
        while queue:
            node = queue.pop()
            nodes.append(node)
            only_types = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
            if not only_types and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                queue.extend(ast.iter_child_nodes(node))
    else:
        nodes = list(ast.walk(tree))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def part(module: str, names: set[str]) -> set[str]:
    return {n for n in names if n == module or n.startswith(module + ".")}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_walls(path: Path) -> None:
    name, used = name_of(path), imports(path)
    if name.startswith("engine/"):
        assert not part("vj", used), "engine must not import vj"
        return
    if name.startswith("vj/core/"):
        assert part("vj", used) == part("vj.core", used), "vj/core stands on nothing"
    engine = part("engine", used)
    if name.startswith("vj/studio/"):
        pass
    elif name in MAY_USE_ENGINE:
        assert all(any(e == t or e.startswith(t + ".") for t in TORCH_FREE) for e in engine - {"engine"}), engine
    else:
        assert not engine, f"{name} may not import the engine"
    assert not part("torch", imports(path, top_level=True)), "torch is imported inside functions only"


def test_torch_free_files_need_no_torch() -> None:
    for module in TORCH_FREE:
        used = imports(ROOT / (module.replace(".", "/") + ".py"))
        assert {u.split(".")[0] for u in used} <= {*sys.stdlib_module_names, "numpy", "engine"}
        assert part("engine", used) <= {e for t in TORCH_FREE for e in used if e == t or e.startswith(t + ".")}


def test_no_import_cycles_and_no_torch_in_the_stage() -> None:
    code = "import vj.cli, vj.app, vj.play, sys; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_command_starts_without_what_only_the_studio_needs() -> None:
    heavy = ("cv2", "scipy", "skimage", "ray", "diffusers", "transformers", "torch")
    code = f"import vj.cli, sys; print(*[name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout.split() == [], done.stdout + done.stderr
