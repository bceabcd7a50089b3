"""The window: on a chosen monitor, full screen or not, letter-boxed, with the HUD over it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import glfw
import moderngl

from vj.core.errors import DeviceError
from vj.core.types import Moment
from vj.render.gl import Pass

BLIT = """#version 330 core
uniform sampler2D picture;
uniform vec4 place;  // x, y, width, height in pixels
out vec4 colour;
void main() { colour = vec4(texture(picture, (gl_FragCoord.xy - place.xy) / place.zw).rgb, 1.0); }
"""


@dataclass(frozen=True, slots=True)
class Monitor:
    """`number` counts from 0; position and size in screen coordinates."""

    number: int
    name: str
    position: tuple[int, int]
    size: tuple[int, int]
    hz: int


def _init() -> None:
    glfw.ERROR_REPORTING = "ignore"  # failures are looked at where they happen
    if not glfw.init():
        raise DeviceError("no window can be opened (no display)", "use --output headless --record out.mp4")


def monitors() -> list[Monitor]:
    """All monitors; empty without a display."""
    try:
        _init()
    except DeviceError:
        return []
    found = []
    for number, handle in enumerate(glfw.get_monitors()):
        mode = glfw.get_video_mode(handle)
        name = glfw.get_monitor_name(handle)
        name = name.decode(errors="replace") if isinstance(name, bytes) else name
        size = (mode.size.width, mode.size.height)
        found.append(Monitor(number, name, glfw.get_monitor_pos(handle), size, mode.refresh_rate))
    return found


def fit(picture: tuple[int, int], window: tuple[int, int]) -> tuple[int, int, int, int]:
    """x, y, width, height of the picture in the window: as large as it goes, in its own aspect, in the middle."""
    scale = min(window[0] / picture[0], window[1] / picture[1])
    width, height = max(1, round(picture[0] * scale)), max(1, round(picture[1] * scale))
    return (window[0] - width) // 2, (window[1] - height) // 2, width, height


class Window:
    """A GLFW window whose context draws the whole show. Keys collect in `keys` as (name, pressed)."""

    def __init__(self, title: str, size: tuple[int, int], monitor: int | None = None) -> None:
        """monitor: full screen there; None: a window of `size`. Raises DeviceError without a display."""
        _init()
        glfw.window_hint(glfw.CONTEXT_VERSION_MAJOR, 3)
        glfw.window_hint(glfw.CONTEXT_VERSION_MINOR, 3)
        glfw.window_hint(glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE)
        glfw.window_hint(glfw.OPENGL_FORWARD_COMPAT, True)
        # or the show minimises itself when the operator clicks on the other screen
        glfw.window_hint(glfw.AUTO_ICONIFY, False)
        self._handle: Any = glfw.create_window(*size, title, None, None)
        if not self._handle:
            raise DeviceError("the window could not be opened (no OpenGL 3.3?)", "see `vj doctor`")
        self._windowed = (80, 80, *size)
        glfw.make_context_current(self._handle)
        glfw.swap_interval(1)
        glfw.set_key_callback(self._handle, self._key)
        self.keys: deque[tuple[int, int]] = deque(maxlen=256)
        self._blit: Pass | None = None
        if monitor is not None:
            self.fullscreen(monitor)

    def _key(self, _window: Any, key: int, _code: int, action: int, _mods: int) -> None:
        self.keys.append((key, action))

    def fullscreen(self, monitor: int | None = None) -> None:
        """Go to full screen on a monitor, or back to a window when already there."""
        if glfw.get_window_monitor(self._handle) is not None:
            x, y, width, height = self._windowed
            glfw.set_window_monitor(self._handle, None, x, y, width, height, glfw.DONT_CARE)  # type: ignore[arg-type]
            return
        screens = glfw.get_monitors()
        number = 0 if monitor is None else monitor
        if not 0 <= number < len(screens):
            raise DeviceError(f"monitor {number} is not there: 0 to {len(screens) - 1}", "see `vj devices`")
        self._windowed = (*glfw.get_window_pos(self._handle), *glfw.get_window_size(self._handle))
        mode = glfw.get_video_mode(screens[number])
        size = (mode.size.width, mode.size.height)
        glfw.set_window_monitor(self._handle, screens[number], 0, 0, *size, mode.refresh_rate)
        glfw.swap_interval(1)

    @property
    def size(self) -> tuple[int, int]:
        """Size of the drawable area in pixels."""
        size: tuple[int, int] = glfw.get_framebuffer_size(self._handle)
        return size

    @property
    def closed(self) -> bool:
        """True after the user closed it."""
        return bool(glfw.window_should_close(self._handle))

    def poll(self) -> list[tuple[int, int]]:
        """Key codes and actions (GLFW's numbers) since the last call."""
        glfw.poll_events()
        keys = list(self.keys)
        self.keys.clear()
        return keys

    def write(self, picture: Any, now: Moment) -> None:
        """Draw the picture into the window; `present` shows it."""
        ctx: moderngl.Context = picture.texture.ctx
        if self._blit is None:
            self._blit = Pass(ctx, BLIT, ("picture",), "blit")
        width, height = self.size
        if width < 1 or height < 1:  # minimised
            return
        place = fit(picture.size, (width, height))
        screen = ctx.screen
        screen.viewport = (0, 0, width, height)
        screen.clear()
        screen.viewport = place
        self._blit.draw(screen, {"picture": picture.texture}, {"place": tuple(map(float, place))})
        screen.viewport = (0, 0, width, height)

    def present(self) -> None:
        """Swap buffers; waits for the screen's refresh."""
        glfw.swap_buffers(self._handle)

    def close(self) -> None:
        """Close the window; may be called twice."""
        if self._handle:
            glfw.destroy_window(self._handle)
            self._handle = None
