"""Tables on a terminal of any width: names are shortened, numbers and times never."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Optional

from rich.console import Console
from rich.text import Text

GAP = 2  # spaces between columns
LEAST = 8  # characters that a name keeps

TEXT, NAME, NUMBER = "text", "name", "number"  # kinds of columns: text is never shortened, names are, numbers go right


def shortened(name: str, width: int) -> str:
    """The name, or its beginning and … where it is longer than the width."""
    return name if len(name) <= width else f"{name[: max(width - 1, 0)]}…"


def print_table(
    out: Console,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[str]],
    title: Optional[str] = None,
    styles: Optional[Sequence[Optional[str]]] = None,
    column_styled: int = 1,
) -> None:
    """Print rows below the headings of ``columns`` (heading and kind).

    Where the console is too narrow the names are shortened, the widest first. What still does not fit goes beyond the
    margin. ``styles`` colours, row by row, the value in the column ``column_styled``.
    """
    table = [[heading for heading, _ in columns], *[list(row) for row in rows]]
    widths = _widths([kind for _, kind in columns], table, out.width)
    if title:
        out.print(Text(title, style="bold"))
    for n, row in enumerate(table):
        line = Text(no_wrap=True, end="")
        for at, (value, width, (_, kind)) in enumerate(zip(row, widths, columns)):
            cell = shortened(value, width)
            padded = cell.rjust(width) if kind == NUMBER else cell.ljust(width)
            style = (styles[n - 1] if styles and n and at == column_styled else None) or ("dim" if not n else "")
            line.append(" " * GAP if at else "").append(padded, style=style)
        line.rstrip()
        out.print(line, soft_wrap=True)


def _widths(kinds: Sequence[str], table: Sequence[Sequence[str]], most: int) -> list[int]:
    widths = [max(len(row[at]) for row in table) for at in range(len(kinds))]
    names = [at for at, kind in enumerate(kinds) if kind == NAME]
    while sum(widths) + GAP * (len(widths) - 1) > most and any(widths[at] > LEAST for at in names):
        widths[max(names, key=lambda at: widths[at])] -= 1
    return widths
