"""The text of a statement with its literals, quoted identifiers and comments masked, for patterns and a scan of parentheses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_OPAQUE = re.compile(
    r"""'(?:[^'\\]|\\.|'')*' | "(?:[^"]|"")*" | \$(\w*)\$.*?\$\1\$ | /\*.*?\*/ | --[^\n]*""", re.S | re.X
)
_MASK = re.compile(r"\x01(\d+)\x02")


class Masked:
    """A statement whose opaque parts are replaced by masks in ``text``."""

    def __init__(self, sql: str) -> None:
        self._opaque: list[str] = []

        def hide(match: re.Match[str]) -> str:
            self._opaque.append(match[0])
            return f"\x01{len(self._opaque) - 1}\x02"

        self.text = _OPAQUE.sub(hide, sql)

    def restore(self, text: str) -> str:
        """The text with what its masks stand for."""
        return _MASK.sub(lambda match: self._opaque[int(match[1])], text)

    def blanked(self) -> str:
        """Literals as '', quoted identifiers and comments as x and a blank."""
        return _MASK.sub(lambda match: self._blank(self._opaque[int(match[1])]), self.text)

    def uncommented(self) -> str:
        """The text without comments, all else as written."""
        return _MASK.sub(
            lambda match: " " if self._opaque[int(match[1])].startswith(("/*", "--")) else self._opaque[int(match[1])],
            self.text,
        )

    def starts_with(self, *words: str) -> bool:
        """Is one of these the first word?"""
        return re.match(rf"(?:\s|\x01\d+\x02)*(?:{'|'.join(words)})\b", self.text, re.I) is not None

    @staticmethod
    def _blank(opaque: str) -> str:
        if opaque.startswith("'"):
            return "''"
        return " " if opaque.startswith(("/*", "--")) else " x "


@dataclass
class Select:
    """A SELECT of a statement, set operations counted one by one."""

    sort_orders: set[str] = field(default_factory=set)


def selects(blanked: str) -> Iterator[Select]:
    """Each SELECT with the orders of its sort-based aggregates (percentile_cont, percentile_disc, listagg, median)."""
    stack: list[Select] = [Select()]
    tokens = re.finditer(
        r"\bwithin\s+group\s*\(|\bmedian\s*\(|\((?=\s*(?:select|with)\b)|\(|\)|\b(?:union|except|intersect)\b|;|\bselect\b",
        blanked,
        re.I,
    )
    skip_until = 0
    for token in tokens:
        if token.start() < skip_until:
            continue
        word = token[0].lower()
        if word.startswith(("within", "median")):
            end = closing(blanked, token.end())
            order = re.sub(r"^\s*order\s+by\b", "", blanked[token.end() : end], flags=re.I)
            stack[-1].sort_orders.add(" ".join(order.split()).lower())
            skip_until = end + 1
        elif word == "(":
            opens = re.match(r"\s*(?:select|with)\b", blanked[token.end() :], re.I)
            stack.append(Select() if opens else stack[-1])
        elif word == ")":
            if len(stack) > 1:
                inner = stack.pop()
                if inner is not stack[-1]:
                    yield inner
        elif word in ("union", "except", "intersect", ";"):
            yield stack[-1]
            stack[-1] = Select()
    yield from stack


def closing(text: str, start: int) -> int:
    """Where the parenthesis that was opened just before ``start`` is closed; the end of the text when it is not."""
    depth = 1
    for index in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return index
    return len(text)
