"""Sizes of ISF passes such as `floor($WIDTH / 2.0)`: a small parser, so that a shader file cannot run code."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|\$?([A-Za-z_]\w*)|(.))", re.S)
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
    "min": min,
    "max": max,
    "abs": abs,
    "sqrt": math.sqrt,
    "pow": math.pow,
    "mod": math.fmod,
    "trunc": math.trunc,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "clamp": lambda value, least, most: min(max(value, least), most),
}


def evaluate(text: str, names: Mapping[str, float]) -> float:
    """The value of `text` with + - * / % ^ ( ), numbers, names (with or without $) and the functions above.

    Raises ValueError with what is wrong, for division by zero too.
    """
    parser = _Parser(text, names)
    value = parser.total()
    if parser.at < len(parser.tokens):
        raise ValueError(f'unexpected "{parser.tokens[parser.at][1]}" in "{text}"')
    return value


class _Parser:
    def __init__(self, text: str, names: Mapping[str, float]) -> None:
        self.text, self.names, self.at = text, names, 0
        self.tokens: list[tuple[str, str]] = []
        for number, name, sign in _TOKEN.findall(text.strip()):
            self.tokens.append(("number", number) if number else ("name", name) if name else ("sign", sign))

    def total(self) -> float:
        value = self.product()
        while (sign := self.accept("+-")) is not None:
            right = self.product()
            value = value + right if sign == "+" else value - right
        return value

    def product(self) -> float:
        value = self.single()
        while (sign := self.accept("*/%")) is not None:
            right = self.single()
            if sign != "*" and right == 0:
                raise ValueError(f'division by zero in "{self.text}"')
            value = value * right if sign == "*" else value / right if sign == "/" else math.fmod(value, right)
        return value

    def single(self) -> float:
        if (sign := self.accept("+-")) is not None:
            return self.single() if sign == "+" else -self.single()
        value = self.atom()
        if self.accept("^") is not None:
            return math.pow(value, self.single())
        return value

    def atom(self) -> float:
        if self.accept("(") is not None:
            value = self.total()
            self.expect(")")
            return value
        if self.at >= len(self.tokens):
            raise ValueError(f'"{self.text}" ends too early')
        kind, word = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return float(word)
        if kind == "name" and word in self.names:
            return float(self.names[word])
        if kind == "name" and word in _FUNCTIONS:
            return self.call(word)
        known = ", ".join(sorted([*self.names, *_FUNCTIONS]))
        raise ValueError(f'unknown "{word}" in "{self.text}"; known: {known}')

    def call(self, function: str) -> float:
        self.expect("(")
        arguments = [self.total()]
        while self.accept(",") is not None:
            arguments.append(self.total())
        self.expect(")")
        try:
            return float(_FUNCTIONS[function](*arguments))
        except (TypeError, ValueError) as error:
            raise ValueError(f'{function}() in "{self.text}": {error}') from error

    def accept(self, signs: str) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "sign" and self.tokens[self.at][1] in signs:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def expect(self, sign: str) -> None:
        if self.accept(sign) is None:
            raise ValueError(f'"{sign}" missing in "{self.text}"')
