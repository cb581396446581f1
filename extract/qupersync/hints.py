"""Commands that a message advises: as they are typed here, on the target in use."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Optional

STARTED_AS = "QUPERSYNC_STARTED_AS"  # how the process was started that started this one

_target: Optional[str] = None


def use_target(target: Optional[str]) -> None:
    """The `--target` that the command line was given: hints repeat it."""
    global _target
    _target = target


def hint(words: str, target: Optional[str] = None) -> str:
    """A command for the user to run, in backquotes: ``hint("build")`` gives "`.venv/bin/qupersync build`".

    ``target`` is repeated as its `--target`; without it, the one that the command line was given.
    """
    target = target or _target
    return f"`{program()} {words}{f' --target {shlex.quote(target)}' if target else ''}`"


def program(folder: Optional[Path] = None) -> str:
    """How the tool was started: `qupersync`, `.venv/bin/qupersync`, `python -m qupersync`.

    ``folder``: where it is going to be typed; without it, the working directory.
    """
    folder = folder or Path.cwd()
    inherited = os.environ.get(STARTED_AS)
    if inherited:
        return inherited
    started = sys.argv[0]
    if Path(started).name == "__main__.py":
        return f"{_shortest(sys.executable, folder)} -m qupersync"
    return _shortest(started, folder) if Path(started).stem == "qupersync" else "qupersync"


def _shortest(path: str, folder: Path) -> str:
    """Its name where the shell finds it by that, else a relative path where it lies below, else the path."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() follows links, and a venv's python is one
    found = shutil.which(absolute.name)
    if found and os.path.abspath(found) == str(absolute):  # noqa: PTH100
        return absolute.name
    below = absolute.is_relative_to(folder)
    return shlex.quote(str(absolute.relative_to(folder) if below else absolute))
