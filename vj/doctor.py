"""`vj doctor` and `vj devices`: what this machine has, what is missing, and the command that mends it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from vj.core.errors import VjError
from vj.core.paths import ROOT, SHIPPED, data_dir
from vj.core.quiet import quiet
from vj.files.camera import MEND_CV2, devices
from vj.outputs.window import monitors


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor."""

    what: str
    ok: bool
    mend: str = ""
    optional: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"what": self.what, "ok": self.ok, "mend": self.mend, "optional": self.optional}


def _opengl() -> Check:
    from vj.render.gl import open_context

    try:
        ctx = open_context()
    except VjError as e:
        return Check(f"OpenGL: {e.message}", False, e.mend)
    name = str(ctx.info["GL_RENDERER"])
    ctx.release()
    return Check(f"OpenGL: {name}", True)


def _sound() -> Check:
    try:
        from vj.audio.capture import list_devices

        with quiet():
            names = [d.name for d in list_devices()]
    except (VjError, OSError) as e:
        return Check(f"sound input: {e}", False, "sudo apt-get install libportaudio2")
    if not names:
        return Check("sound input: none", False, "plug one in; until then the demo track plays (--audio demo)", True)
    return Check(f"sound input: {', '.join(names[:4])}", True)


def _module(name: str, what: str, mend: str, optional: bool = True) -> Check:
    return Check(f"{what}: {name}", find_spec(name) is not None, mend, optional)


def _h264() -> Check:
    import av

    ok = "libx264" in av.codecs_available
    return Check("recording: H.264 (libx264)", ok, "" if ok else "pip install av")


def _pool(name: str) -> Check:
    there = (data_dir("latent_pools") / name / "pool.safetensors").is_file()
    return Check(f"{name} pool", there, f"reinstall, or `python -m vj.studio.prerender {name}`")


def _files() -> list[Check]:
    weights = any((ROOT / "engine" / "assets").glob("*.safetensors"))
    return [
        *(_pool(name) for name in SHIPPED),
        Check("house model", weights, "reinstall, or train it (docs/models.md)"),
    ]


def checkup() -> list[Check]:
    """Every check; those marked optional are not needed for a show."""
    compiler = Check("C++ compiler (for the compiled runtime)", shutil.which("g++") is not None, "", True)
    return [
        Check(f"Python {sys.version.split()[0]}", sys.version_info >= (3, 11), "install Python 3.11 or newer"),
        _opengl(),
        Check(f"monitors: {len(monitors())}", bool(monitors()), "without a display: --output headless", True),
        _sound(),
        _module("mido", "MIDI", "make setup"),
        _module("pythonosc", "OSC", "make setup"),
        _h264(),
        _module("cv2", "cameras of this machine", MEND_CV2),
        _module("torch", "dreaming engine", "make setup"),
        *_files(),
        compiler,
    ]


def devices_here() -> dict[str, list[str]]:
    """Names by kind: what can be given to `vj play`."""
    return {
        "sound inputs": _safely(_sound_rows),
        "MIDI inputs": _safely(_midi_rows),
        "cameras": [device.label for device in devices()],
        "monitors": [f"{m.number}: {m.name} {m.size[0]}x{m.size[1]} {m.hz} Hz" for m in monitors()],
        "OpenGL": [_opengl().what],
        "GPUs": _safely(_gpu_rows),
    }


def _safely(rows: Callable[[], list[str]]) -> list[str]:
    try:
        with quiet():
            return rows()
    except (VjError, OSError) as e:
        return [f"not available: {e}"]


def _sound_rows() -> list[str]:
    from vj.audio.capture import list_devices

    return [f"{d.label}, {d.channels} channels, {d.rate} Hz" for d in list_devices()]


def _midi_rows() -> list[str]:
    from vj.inputs.midi import list_ports

    return list_ports()


def _gpu_rows() -> list[str]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    query = [tool, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    answer = subprocess.run(query, capture_output=True, text=True, timeout=10, check=False)
    return answer.stdout.strip().splitlines() if answer.returncode == 0 else []
