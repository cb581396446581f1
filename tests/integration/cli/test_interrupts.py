"""Ctrl-C and SIGTERM while a command waits or dbt works: it ends, and nothing of it stays behind.

A process that is killed, and its child: unit/cli/test_children.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import psycopg2
import pytest

from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.lock_waits import waits_for

PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is started with SIGINT ignored
from qupersync.cli import program
program()
"""


@contextmanager
def started(project: Project, *words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words], cwd=project.root, text=True, env={**os.environ},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(found: Callable[[], Any]) -> Any:
    """What is found once there is something. Errors: AssertionError after three minutes."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError("nothing found")


def ends(process: subprocess.Popen[str], number: int) -> str:
    process.send_signal(number)
    said = process.communicate(timeout=120)[0]
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_while_another_build_holds_the_lock(
    project: Project, warehouse: Warehouse, server: Any, number: int, code: int
) -> None:
    with warehouse.build_lock(), started(project, "build", "--target", warehouse.target) as process:
        waits_for(server.url(warehouse.database), "advisory")
        said = ends(process, number)
    assert process.returncode == code, said
    assert ("interrupted" if code == 130 else "terminated by SIGTERM") in said


def test_while_dbt_works(project: Project, warehouse: Warehouse, server: Any) -> None:
    """Dbt waits for a schema that another session creates and does not commit."""
    holder, watcher = (psycopg2.connect(server.url(warehouse.database)) for _ in range(2))
    watcher.autocommit = True

    def waits() -> bool:
        with watcher.cursor() as cursor:
            cursor.execute(
                "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            return bool(cursor.fetchone())

    try:
        holder.cursor().execute("create schema qupersync_staging")
        handed_on = ["--vars", '{"test_days": 1}', "--select", "findings", "--full-refresh"]
        with started(project, "build", "--target", warehouse.target, *handed_on) as process:
            until(waits)
            (dbt,) = psutil.Process(process.pid).children()
            words = dbt.cmdline()
            assert words[words.index("--vars") :][: len(handed_on)] == handed_on
            said = ends(process, signal.SIGINT)
            assert process.returncode == 130, said
        assert not dbt.is_running()
    finally:
        holder.close()
        watcher.close()
