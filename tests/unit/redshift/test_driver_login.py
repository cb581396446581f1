"""The login of AWS's driver, against a server that asks for what only the driver can do."""

from __future__ import annotations

import logging
import struct
import traceback
from dataclasses import replace
from typing import Any

import pytest
import redshift_connector

from qupersync.config.clusters import ClusterConfig
from qupersync.errors import ConfigurationError, SourceError
from qupersync.redshift.client import ClusterReader
from qupersync.redshift.connect import Address
from qupersync.redshift.driver_login import driver_connector
from qupersync.redshift.messages import LoginError
from qupersync.redshift.wire import Session
from tests.support.certificates import make_certificates
from tests.support.fake_server import KEY, Conversation, FakeServer, Statement, asking, digest, fake_server
from tests.support.wire_messages import OIDS, answer

PASSWORD = "sha-256-s3cret"


def cluster(server: FakeServer, **settings: Any) -> ClusterConfig:
    base = ClusterConfig(
        name="prod", host="localhost", port=server.port, username="ann", password=PASSWORD, sslmode="disable",
        login="redshift_connector", connect_timeout=20,
    )  # fmt: skip
    return replace(base, **settings)


def numbers(statement: Statement) -> bytes | None:
    """Rows of a number and a text, in the binary format."""
    if "numbers" not in statement.sql or "E" not in statement.kinds:
        return None
    assert not statement.text
    return answer([("n", OIDS["int8"]), ("s", OIDS["text"])], [(struct.pack("!q", n), b"x") for n in range(2000)])


def test_built_in_login_says_what_to_set() -> None:
    with fake_server(digest(PASSWORD)) as server:
        with pytest.raises(SourceError) as caught:
            ClusterReader(cluster(server, login="built-in"))
        assert 'set sources.redshift.prod.login = "redshift_connector"' in str(caught.value)
        assert "method 13 (a password that is stored as SHA-256)" in str(caught.value)
        assert not any(PASSWORD.encode() in secret for secret in server.secrets)


def test_rows_come_through_our_decoder_after_the_driver_s_login(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with fake_server(digest(PASSWORD), numbers) as server:
        reader = ClusterReader(cluster(server))
        assert "Redshift" in reader.engine_version()
        assert [n for batch in reader.stream("v", "select numbers") for n in batch.column("n").to_pylist()] == list(
            range(2000)
        )
        assert reader.columns("v") == {"n": 20}
        reader.close()
        (start,) = server.logins
        assert start["client_protocol_version"] == "0"  # 1 and 2 describe columns in another way
        assert start["user"] == "ann"
        assert "set client_encoding to 'UTF8'" in [statement.sql for statement in server.statements]
    assert PASSWORD not in caplog.text


def test_wrong_password_of_the_driver(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with fake_server(digest("another one")) as server:
        with pytest.raises(SourceError, match="password authentication failed") as caught:
            ClusterReader(cluster(server))
        assert PASSWORD not in "".join(traceback.format_exception(caught.value))
    assert PASSWORD not in caplog.text


def test_driver_s_session_can_be_cancelled() -> None:
    with fake_server(digest(PASSWORD)) as server:
        address = Address("localhost", server.port, "dev", "ann", PASSWORD, "disable", 20)
        session = Session(address, driver_connector({}))
        session.cancel()
        assert server.cancel_arrived.wait(20)
        assert server.cancelled == [KEY]
        session.close()


def test_tls_of_the_driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    made = make_certificates(tmp_path)
    monkeypatch.delenv("PGSSLROOTCERT", raising=False)
    with fake_server(digest(PASSWORD), certificate=made.server) as server:
        for sslmode in ("require", "verify-ca", "verify-full"):
            with pytest.raises(SourceError, match=r"prod\.sslmode.*certificate"):
                ClusterReader(cluster(server, sslmode=sslmode))
        assert server.logins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(made.ca))
        for sslmode in ("require", "verify-full"):
            ClusterReader(cluster(server, sslmode=sslmode)).close()
        assert server.encrypted >= 2


def test_token_of_an_identity_provider(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = make_certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.ca))
    token = "a.jwt.tok3n"

    def wants_token(conversation: Conversation) -> None:
        conversation.request(14)
        conversation.check(conversation.read(b"i") == token.encode())

    options = {
        "credentials_provider": "BasicJwtCredentialsProvider",
        "web_identity_token": token,
        "provider_name": "entra",
    }
    with fake_server(wants_token, certificate=made.server) as server:
        config = cluster(server, username=None, password=None, sslmode="verify-full", login_options=options)
        assert not config.uses_iam
        assert token not in repr(config)
        ClusterReader(config).close()
        assert server.secrets == [token.encode()]
        with pytest.raises(ConfigurationError, match=r"prod\.sslmode"):
            ClusterReader(replace(config, sslmode="disable"))
    assert token not in caplog.text


def test_driver_s_login_is_bounded_as_a_whole() -> None:
    def silent(conversation: Conversation) -> None:
        conversation.take(1)

    with fake_server(silent) as server, pytest.raises(TimeoutError, match="no session after"):
        Session(Address("localhost", server.port, "d", "u", "p", "disable", 0.3), driver_connector({}))


@pytest.mark.parametrize("sslmode", ["allow", "prefer"])
def test_modes_that_the_driver_does_not_have(sslmode: str) -> None:
    with fake_server() as server, pytest.raises(LoginError, match=sslmode):
        Session(Address("localhost", server.port, "d", "u", "p", sslmode, 20), driver_connector({}))


def test_secrets_in_the_driver_s_own_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**arguments: Any) -> None:
        raise redshift_connector.InterfaceError(f"the provider answered: {arguments}\nand more")

    monkeypatch.setattr(redshift_connector.Connection, "__init__", lambda self, **arguments: fails(**arguments))
    options = {"client_secret": "t0ken-1", "idp_tenant": "tenant"}
    with fake_server() as server, pytest.raises(SourceError, match="the provider answered") as caught:
        ClusterReader(cluster(server, login_options={**options, "web_identity_token": "t0ken-2"}))
    for secret in (PASSWORD, "t0ken-1", "t0ken-2"):
        assert secret not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unreachable_server_and_unknown_option() -> None:
    with fake_server(asking(3)) as server:
        with pytest.raises(SourceError, match="no_such_option"):
            ClusterReader(cluster(server, login_options={"no_such_option": 1}))
        server.close()
        with pytest.raises(SourceError, match="refused"):
            ClusterReader(cluster(server, port=1))
