"""Ctrl-C while a query runs: the process ends and the cluster is asked to cancel, whoever reads the rows."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.fake_server import KEY, Conversation, Statement, fake_server
from tests.support.wire_messages import description, parsed

ROOT = Path(__file__).parents[3]
PROGRAM = """
import signal, sys, threading
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job is started with SIGINT ignored
from qupersync.config.clusters import ClusterConfig
from qupersync.redshift.client import ClusterReader
config = ClusterConfig(name="c", host="127.0.0.1", port=int(sys.argv[1]), username="u", password="p", sslmode="disable")
def read():
    for _ in way("v", "select forever"):
        pass
if sys.argv[2] == "login":
    ClusterReader(config)
reader = ClusterReader(config)
if sys.argv[2] == "columns":
    reader.columns("forever")
way = reader.texts if sys.argv[2] == "texts" else reader.stream
if sys.argv[2] != "thread":
    read()
else:  # as the sync does it: another thread reads
    reading = threading.Thread(target=read)
    reading.start()
    try:
        threading.Event().wait()
    finally:
        reader.cancel()
        reading.join()
"""


def _interrupt(process: subprocess.Popen[str]) -> str:
    """What the process says when it ends by SIGINT. Errors: TimeoutExpired, and the process is killed."""
    process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        raise


@pytest.mark.parametrize("way", ["stream", "texts", "thread", "columns"])
@pytest.mark.parametrize("rows_before", [False, True])
def test_ctrl_c(way: str, rows_before: bool) -> None:
    begun, over = threading.Event(), threading.Event()

    def forever(statement: Statement) -> bytes | None:
        if "forever" not in statement.sql:
            return None
        begun.set()
        if not rows_before:
            over.wait(120)
        return parsed() + description([("n", 20)], form=0 if statement.text else 1)  # and no end

    with fake_server(answer=forever) as server:
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(server.port), way], stderr=subprocess.PIPE, cwd=ROOT, text=True
        ) as process:
            assert begun.wait(60)
            said = _interrupt(process)
        assert server.cancel_arrived.wait(60)
        assert server.cancelled == [KEY]
        assert process.returncode == -signal.SIGINT, said
        assert "KeyboardInterrupt" in said
        over.set()


def test_ctrl_c_during_the_login() -> None:
    begun = threading.Event()

    def silent(conversation: Conversation) -> None:
        begun.set()
        conversation.take(1)

    with fake_server(silent) as server:
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(server.port), "login"], stderr=subprocess.PIPE, cwd=ROOT, text=True
        ) as process:
            assert begun.wait(60)
            _interrupt(process)
        assert process.returncode == -signal.SIGINT
