"""How a command ends that did not end well: one line, an exit code, and the traceback of what nobody expected."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path

from .. import __version__
from ..errors import QupersyncError, first_line
from ..project import Project, write_private
from .signals import Terminated
from .stamps import LOGGING

LOG = "last-error.log"
_BROKEN_PIPE = 141  # as after SIGPIPE


def exit_code_of(error: BaseException, command: str = "") -> int:
    """Print what happened to a command; the exit code of the process."""
    if isinstance(error, QupersyncError):
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    if isinstance(error, Terminated):
        print(f"terminated by {error}: the next sync resumes from there", file=sys.stderr)
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        print("interrupted: the next sync resumes from there", file=sys.stderr)
        return 130
    if isinstance(error, BrokenPipeError):
        # Whoever read the answer has seen enough of it (`head`); work that stopped half-way is no success.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE if command in (*LOGGING, "demo") else 0
    if not isinstance(error, Exception):
        raise error
    print(f"error: {_described(error)}; the traceback is in {_keep(error)}", file=sys.stderr)
    return 1


def flush_output(code: int) -> int:
    """Write what is still buffered; the exit code, which is no success when an answer could not be written (ENOSPC)."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            continue
        except OSError as error:
            code = code or 1
            with suppress(OSError):
                print(f"error: the output could not be written: {error.strerror}", file=sys.stderr, flush=True)
    return code


def _described(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:  # a full disk, a folder that may not be written
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"unexpected {type(error).__name__}: {first_line(error)}"


def _keep(error: Exception) -> Path | str:
    """Where the traceback is: in our own folder, else in that for temporary files; nobody else may read it."""
    text = f"qupersync {__version__}, Python {sys.version}\n" + "".join(traceback.format_exception(error))
    for folder in (_home, lambda: Path(tempfile.mkdtemp(prefix="qupersync-"))):
        try:
            file = folder() / LOG
            write_private(file, text)
            return file
        except (OSError, QupersyncError):
            continue
    return "no file: none could be written"


def _home() -> Path:
    return Project.find().private_home()
