"""SQLSTATE decides what an error means; which of them a slower way round is taken for."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

import pytest

from qupersync.config.clusters import ClusterConfig
from qupersync.errors import (
    SourceError,
    ViewAbsentError,
    ViewCancelledError,
    ViewDataError,
    ViewDeniedError,
    ViewError,
    ViewLostError,
    ViewUnavailableError,
)
from qupersync.redshift.client import ClusterReader
from qupersync.redshift.connect import open_socket
from qupersync.redshift.failures import of_login
from qupersync.redshift.messages import Deadline, LoginError, NoAddressError, ProtocolError, ServerError
from qupersync.redshift.tls import CaFileError
from tests.support.fake_server import Conversation, FakeServer, Statement, fake_server
from tests.support.wire_messages import answer, error, ready

STATES = {
    "42501": ViewDeniedError, "42P01": ViewAbsentError, "3F000": ViewAbsentError, "22003": ViewDataError,
    "22P02": ViewDataError, "22021": ViewDataError, "57014": ViewCancelledError, "53000": ViewUnavailableError,
    "53300": ViewUnavailableError, "58030": ViewUnavailableError, "57P01": ViewUnavailableError,
    "57P03": ViewUnavailableError, "08006": ViewLostError, "42703": ViewError, "42601": ViewError, "XX000": ViewError,
    "0A000": ViewError, "40001": ViewError, "": ViewError,
}  # fmt: skip
WAYS: dict[str, Callable[[ClusterReader], Any]] = {
    "stream": lambda reader: list(reader.stream("stl_vacuum", "select x")),
    "texts": lambda reader: list(reader.texts("stl_vacuum", "select x")),
    "columns": lambda reader: reader.columns("stl_vacuum"),
    "ask": lambda reader: reader.ask("select x"),
}


def cluster(server: FakeServer) -> ClusterConfig:
    return ClusterConfig(
        name="prod",
        host="127.0.0.1",
        port=server.port,
        username="ann",
        password="pw",
        sslmode="disable",
        connect_timeout=20,
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("state", STATES)
def test_state_decides(state: str, way: str) -> None:
    """The text is of something else: it is translated, and differs from engine to engine."""

    def fails(statement: Statement) -> bytes | None:
        if "version()" in statement.sql or statement.kinds == "Q":
            return None
        return error(state, 'permission denied: relation "stl_vacuum" does not exist\nDETAIL: more') + ready()

    with fake_server(answer=fails) as server:
        reader = ClusterReader(cluster(server))
        with pytest.raises(SourceError) as caught:
            WAYS[way](reader)
        assert type(caught.value) is STATES[state]
        assert "\n" not in str(caught.value)
        assert "cluster 'prod'" in str(caught.value)
        reader.close()
        assert len(server.logins) == 1  # an error of a statement costs no session


def test_cancelled_names_the_setting() -> None:
    with fake_server(
        answer=lambda s: (
            error("57014", "Query (7) canceled on user's request") + ready() if "select x" in s.sql else None
        )
    ) as server:
        reader = ClusterReader(cluster(server))
        with pytest.raises(ViewCancelledError, match=r"sources\.redshift\.prod\.statement_timeout \(3600 s\)"):
            list(reader.stream("v", "select x"))
        reader.close()


def test_text_that_is_not_utf8_is_a_data_error() -> None:
    with fake_server(answer=lambda s: answer([("s", 25)], [(b"\xff",)]) if "select x" in s.sql else None) as server:
        reader = ClusterReader(cluster(server))
        with pytest.raises(ViewDataError, match="s holds a text that is not UTF-8"):
            list(reader.stream("v", "select x"))
        reader.close()


def test_broken_answer_is_no_data_error() -> None:
    """A way round must not be taken for it: it would be read from the same server."""
    for said in (
        answer([("s", 25)], [(b"x",)], form=0),
        answer([("n", 20)], [(b"x",)]),
        answer([("n", 1700)], [(b"x",)]),
    ):
        with fake_server(answer=lambda s, said=said: said if "select x" in s.sql else None) as server:  # type: ignore[misc]
            reader = ClusterReader(cluster(server))
            with pytest.raises(ViewError) as caught:
                list(reader.stream("v", "select x"))
            assert type(caught.value) is ViewError
            reader.close()


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("28P01", r"; check sources\.redshift\.prod\.username, \.password and \.database: no$"),
        ("3D000", r"; check sources\.redshift\.prod\.username, \.password and \.database: no$"),
        ("28000", r"; check sources\.redshift\.prod\.username, \.password, \.database and \.sslmode: no$"),
        ("57P03", "try again later"),
        ("53300", "try again later"),
    ],
)
def test_login_that_is_refused(state: str, says: str) -> None:
    def refuses(conversation: Conversation) -> None:
        conversation.send(error(state, "no", "FATAL"))
        raise EOFError

    with fake_server(refuses) as server, pytest.raises(SourceError, match=says):
        ClusterReader(cluster(server))


def test_login_that_takes_too_long_names_its_setting() -> None:
    with fake_server(lambda conversation: conversation.take(1) and None) as server:
        config = ClusterConfig(
            name="prod",
            host="127.0.0.1",
            port=server.port,
            username="a",
            password="p",
            sslmode="disable",
            connect_timeout=1,
        )
        with pytest.raises(
            SourceError,
            match=r"; check sources\.redshift\.prod\.host and \.port, and \.connect_timeout; is the security group open"
            r".* \(VPC\)\?: timed out",
        ):
            ClusterReader(config)


NETWORK = "is the security group open to this machine, is the cluster public or in this network (VPC)?"
SETTING = "sources.redshift.prod."


@pytest.mark.parametrize(
    ("error", "check"),
    [
        (socket.gaierror(-2, "Name or service not known"), f"check {SETTING}host (the endpoint without :5439/dev)"),
        (NoAddressError("none"), f"check {SETTING}host (the endpoint without :5439/dev)"),
        (ConnectionRefusedError(111, "refused"), f"check {SETTING}host and .port; {NETWORK}"),
        (OSError(113, "No route to host"), f"check {SETTING}host and .port; {NETWORK}"),
        (ProtocolError("HTTP?"), f"check {SETTING}host and .port"),
        (LoginError("no proof"), f"check {SETTING}username, .password and .database"),
        (CaFileError(2, "no such file", "ca.pem"), f"check PGSSLROOTCERT and {SETTING}sslmode"),
        (ssl.SSLError(1, "wrong version number"), f"check {SETTING}host and .port, and {SETTING}sslmode"),
    ],
)
def test_only_what_may_be_wrong_is_to_be_checked(error: Exception, check: str) -> None:
    config = ClusterConfig(name="prod", host="h", username="u", password="p")
    assert str(of_login(config, error)).startswith(f"could not connect to {config.where}; {check}: ")


def test_iam_has_no_host_and_no_password_to_check() -> None:
    config = ClusterConfig(name="prod", workgroup="w")
    assert f"; check {SETTING}workgroup and .region; {NETWORK}: " in str(of_login(config, ConnectionRefusedError("no")))
    assert f"; check {SETTING}username and .database: " in str(of_login(config, ServerError("no", "28P01")))


def test_name_that_leads_nowhere() -> None:
    with pytest.raises(NoAddressError, match="is no address"):
        open_socket("a" * 64 + ".x", 5439, Deadline(20))
