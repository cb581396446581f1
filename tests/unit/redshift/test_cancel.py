"""Cancelling: the statement ends here at once and on the server, through TLS where the session has it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

import pytest

from qupersync.redshift.connect import Address
from qupersync.redshift.messages import LostError
from qupersync.redshift.wire import Session
from tests.support.certificates import make_certificates
from tests.support.fake_server import KEY, FakeServer, Statement, fake_server
from tests.support.wire_messages import complete, description, parsed, ready, row


class Running:
    """A server whose queries do not end; ``begun`` when one was asked for."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.over = threading.Event()

    def __call__(self, statement: Statement) -> Optional[bytes]:
        self.begun.set()
        self.over.wait(60)
        return b""


def in_a_thread(work: Callable[[], Any]) -> tuple[threading.Thread, list[BaseException]]:
    """Work that another thread will be waiting for, and the error it ends with."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, problems


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("work", ["rows", "describe", "execute"])
def test_cancel_from_another_thread(tls: bool, work: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running = Running()
    made = make_certificates(tmp_path)
    monkeypatch.setenv("PGSSLROOTCERT", str(made.ca))
    with fake_server(answer=running, certificate=made.server if tls else None) as server:
        session = Session(Address("localhost", server.port, "d", "u", "p", "verify-full" if tls else "disable", 20))
        waiting, problems = in_a_thread(lambda: list(getattr(session, work)("select") or ()))
        assert running.begun.wait(20)
        session.cancel()
        waiting.join(20)
        assert [type(problem) for problem in problems] == [LostError]
        assert server.cancel_arrived.wait(20)
        assert server.cancelled == [KEY]
        assert server.encrypted == (2 if tls else 0)  # one policy for both connections
        assert session.closed
        running.over.set()
        with pytest.raises(LostError):
            session.execute("set a to b")
        session.close()


def test_stopping_early_cancels_on_the_server() -> None:
    fields = [("s", 25)]
    many = b"".join(row(1000 * b"x") for _ in range(20_000)) + complete() + ready()
    with fake_server(answer=lambda statement: parsed() + description(fields) + many) as server:
        session = Session(Address("127.0.0.1", server.port, "d", "u", "p", "disable", 20))
        rows = session.rows("select")
        next(rows)
        rows.close()
        assert session.closed
        assert server.cancel_arrived.wait(20)


def test_interrupt_in_the_middle_cancels_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the thread that reads."""
    running = Running()
    with fake_server(answer=running) as server:
        session = Session(Address("127.0.0.1", server.port, "d", "u", "p", "disable", 20))

        def interrupted(*_: object) -> int:
            assert running.begun.wait(20)
            raise KeyboardInterrupt

        monkeypatch.setattr(session._channel, "receive_into", interrupted)
        with pytest.raises(KeyboardInterrupt):
            list(session.rows("select"))
        assert server.cancel_arrived.wait(20)
        assert session.closed
        running.over.set()


def test_cancel_after_the_last_row_is_not_sent() -> None:
    with fake_server() as server:
        session = Session(Address("127.0.0.1", server.port, "d", "u", "p", "disable", 20))
        assert list(session.rows("select")) == []
        session.close()
        assert server.cancelled == []


def test_server_that_stops_is_given_up() -> None:
    running = Running()
    with fake_server(answer=running) as server:
        session = Session(Address("127.0.0.1", server.port, "d", "u", "p", "disable", 20))
        session.give_up_after(0.2)
        with pytest.raises(LostError, match=r"did not go on for 0\.2 s"):
            list(session.rows("select"))
        assert server.cancel_arrived.wait(20)
        running.over.set()


def test_server_that_is_gone_does_not_hold_up_the_cancel() -> None:
    server = FakeServer()
    session = Session(Address("127.0.0.1", server.port, "d", "u", "p", "disable", 20))
    server._listener.shutdown(2)
    server.close()
    session.cancel()
    session.close()
