import glfw
import pytest

from vj.control.actions import ACTIONS, KEYS, actions, parse
from vj.core.types import ControlEvent
from vj.inputs import keyboard
from vj.inputs.keyboard import CODES, PRESS, RELEASE, REPEAT


@pytest.mark.parametrize(
    ("constant", "name"),
    [("KEY_SPACE", "space"), ("KEY_B", "b"), ("KEY_1", "1"), ("KEY_KP_9", "9"), ("KEY_LEFT_BRACKET", "["),
     ("KEY_RIGHT_BRACKET", "]"), ("KEY_F11", "f11"), ("KEY_ESCAPE", "escape"), ("KEY_ENTER", "enter"),
     ("KEY_KP_ENTER", "enter"), ("KEY_LEFT", "left"), ("KEY_RIGHT", "right"), ("KEY_UP", "up"), ("KEY_DOWN", "down"),
     ("KEY_BACKSPACE", "backspace"), ("KEY_F1", "f1"), ("KEY_Z", "z"), ("KEY_0", "0")],
)  # fmt: skip
def test_codes_are_those_of_glfw(constant: str, name: str) -> None:
    assert CODES[getattr(glfw, constant)] == name


def test_press_and_release_are_both_told_and_only_arrows_repeat() -> None:
    keys = keyboard.open(lambda: 5.0)
    for code, action in ((65, PRESS), (65, REPEAT), (65, RELEASE), (265, REPEAT), (9999, PRESS)):
        keys.callback(None, code, 0, action, 0)
    assert keys.poll() == [
        ControlEvent(5.0, "key:a", 1.0),
        ControlEvent(5.0, "key:a", 0.0),
        ControlEvent(5.0, "key:up"),
    ]
    assert keys.poll() == []


def test_escape_ends_the_show_only_when_pressed_twice_within_a_second() -> None:
    keys = keyboard.open()
    for t in (1.0, 2.5, 3.2):
        keys.key(256, PRESS, t)
    names = [(e.t, e.address) for e in keys.poll()]
    assert names == [(1.0, "key:escape"), (2.5, "key:escape"), (3.2, "key:escape"), (3.2, "key:quit")]
    assert [a.name for a in actions([ControlEvent(3.2, "key:quit")])] == ["quit"]


def test_every_key_has_a_name_and_a_known_action() -> None:
    for key, text in KEYS.items():
        assert key == "quit" or key in CODES.values()
        assert parse(text, 0.0, 1.0) is not None
        assert text.split("/")[0] in ACTIONS


def test_a_released_key_does_nothing() -> None:
    assert actions([ControlEvent(0.0, "key:b", 0.0), ControlEvent(0.0, "osc:/next", 0.0)]) == []


@pytest.mark.parametrize("text", ["/scene/1/2", "/nextt", "/next/3", "", "/master", "/blackout/now"])
def test_other_paths_are_no_actions(text: str) -> None:
    assert parse(text, 0.0, 1.0) is None
