"""Times in the log of a scheduler: each line begins with its own, where nobody looks on."""

from __future__ import annotations

import os
import sys
from typing import Any

from ..clock import utc_now

SETTING = "QUPERSYNC_TIMESTAMPS"  # 1: always, 0: never; else where standard output is no terminal
# Commands that do something, and log it. The others print an answer, which other programs may read.
LOGGING = ("build", "forget", "prune", "run", "sync")


class Stamped:
    """A stream that puts the time (UTC) before each line."""

    def __init__(self, stream: Any) -> None:
        self.unstamped = self._stream = stream
        self._at_start = True

    def write(self, text: str) -> int:
        """Write text, with a time wherever a line begins."""
        for line in text.splitlines(keepends=True):
            if self._at_start and line.strip():
                self._stream.write(f"{utc_now():%Y-%m-%dT%H:%M:%SZ} ")
            self._stream.write(line)
            self._at_start = line.endswith("\n")
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def wants_stamps(command: str) -> bool:
    """Do lines of this command begin with their time?"""
    setting = os.environ.get(SETTING, "")
    return command in LOGGING and (setting == "1" or (setting != "0" and not sys.stdout.isatty()))


def stamp_output() -> None:
    """Put times before the lines of standard output and standard error, from now on."""
    sys.stdout, sys.stderr = Stamped(sys.stdout), Stamped(sys.stderr)


def is_stamped() -> bool:
    """Do our lines begin with their time?"""
    return isinstance(sys.stdout, Stamped)
