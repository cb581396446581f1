"""Processes of ours that work for a command: they end when it ends, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Optional

from ..hints import STARTED_AS, program

GRACE = 10  # seconds to roll back and to end by itself

# As `python -m qupersync.cli.child`, which would import from the working directory first: what lies in a project is
# data, such as somebody's yaml.py. PYTHONSAFEPATH does the same for processes of the child's own, from Python 3.11 on.
_START = "import sys; sys.path[:] = [p for p in sys.path if p]; from qupersync.cli.child import main; main()"
_SAFE_PATH = {"PYTHONSAFEPATH": "1"}

_running: set[subprocess.Popen[str]] = set()


def run_module(
    module: str,
    arguments: Sequence[str],
    *,
    cwd: Path,
    environment: Optional[Mapping[str, str]] = None,
    capture: bool = False,
    forward: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run ``python -m module`` to its end, by way of :mod:`qupersync.cli.child`; it imports nothing from ``cwd``.

    ``capture``: its output is in the result. ``forward``: its output goes through our own standard output, line by
    line. Else it writes to ours. When this process is interrupted, so is that one, and it is killed when it does not
    end within ``GRACE`` seconds.
    """
    command = [sys.executable, "-c", _START, module, *arguments]
    out = subprocess.PIPE if capture or forward else None
    err = subprocess.PIPE if capture else subprocess.STDOUT if forward else None
    # A session of its own: Ctrl-C in the terminal reaches this process only, which hands it on once.
    process = subprocess.Popen(
        command, cwd=cwd, env={**os.environ, **_SAFE_PATH, **(environment or {}), STARTED_AS: program()}, text=True,
        encoding="utf-8", errors="replace", stdin=subprocess.PIPE, stdout=out, stderr=err, start_new_session=True,
    )  # fmt: skip
    with _ending(process):
        if forward and process.stdout:
            for line in process.stdout:
                sys.stdout.write(line)
                sys.stdout.flush()
        if capture:
            assert process.stdout is not None
            assert process.stderr is not None
            # Not communicate(): it closes stdin first, by which the child knows that its parent lives.
            said, complained = _read_both(process)
        else:
            said = complained = ""
        process.wait()
    return subprocess.CompletedProcess(command, process.returncode, said, complained)


def interrupt_all() -> None:
    """Interrupt the children that other threads wait for."""
    for process in list(_running):
        with suppress(OSError):
            process.send_signal(signal.SIGINT)


def _read_both(process: subprocess.Popen[str]) -> tuple[str, str]:
    from concurrent.futures import ThreadPoolExecutor

    assert process.stdout is not None
    assert process.stderr is not None
    with ThreadPoolExecutor(1) as pool:
        complained = pool.submit(process.stderr.read)
        return process.stdout.read(), complained.result()


@contextmanager
def _ending(process: subprocess.Popen[str]) -> Iterator[None]:
    _running.add(process)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            process.send_signal(signal.SIGINT)
        try:
            process.wait(GRACE)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):  # too slow, or Ctrl-C again
            process.kill()
            process.wait()
        raise
    finally:
        _running.discard(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                with suppress(OSError):
                    stream.close()
