"""The console that all commands print to, and the progress of a sync."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, NoReturn, Optional

from rich.console import Console

from .tables import LEAST, shortened


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Leave the exit code to the command, as print does; rich exits with 1."""
        raise BrokenPipeError


def console() -> Console:
    """A console on standard output; without a terminal it is plain, and wide enough not to break lines."""
    terminal = sys.stdout.isatty()
    return _Console(highlight=False, soft_wrap=not terminal, width=None if terminal else 160)


_NUMBERS = 36  # characters of rows and rate, also where a line has no rate: the names' column is one for all


class SyncProgress:
    """Rows and rate per view: a live line on a terminal, one plain line per finished view elsewhere."""

    def __init__(self, out: Console, cluster: str, views: Iterable[str] = ()) -> None:
        """``views``: the names that may come, which are as wide as the longest of them."""
        self.out, self.cluster = out, cluster
        self._width = max(map(len, views), default=0)
        self._view: Optional[str] = None
        self._last = (0, 0.0)
        self._status: Any = None

    def __enter__(self) -> SyncProgress:
        if self.out.is_terminal:
            self._status = self.out.status(f"{self.cluster}: connecting")
            self._status.start()
        return self

    def __call__(self, view: str, rows: int, seconds: float) -> None:
        if self._view not in (None, view):
            self._finish()
        self._view, self._last = view, (rows, seconds)
        if self._status:
            self._status.update(f"{self.cluster}: {view}  {rows:,} rows{_rate(rows, seconds)}")

    def _finish(self) -> None:
        if self._view is not None:
            rows, seconds = self._last
            self.out.print(self._line(rows, seconds), markup=False, soft_wrap=True)
            self._view = None
            if self._status:
                self._status.update(f"{self.cluster}: loading")

    def _line(self, rows: int, seconds: float) -> str:
        numbers = f"{rows:>12,} rows{_rate(rows, seconds)}"
        left = self.out.width - max(len(numbers), _NUMBERS) - 4
        cluster = shortened(self.cluster, max(left - 24, LEAST))
        view = shortened(self._view or "", max(left - len(cluster), LEAST))
        return f"  {cluster}  {view:<{min(self._width, max(left - len(cluster), 1))}}{numbers}"

    def __exit__(self, *_: object) -> None:
        self._finish()
        if self._status:
            self._status.stop()


def _rate(rows: int, seconds: float) -> str:
    return f"  {rows / seconds:>10,.0f} rows/s" if rows >= 1000 and seconds > 0.01 else ""
