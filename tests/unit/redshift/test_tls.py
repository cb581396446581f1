"""The TLS policy: what each mode verifies, by which CAs, and that no password goes where it was not verified."""

from __future__ import annotations

import ssl
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from qupersync.config.clusters import ClusterConfig
from qupersync.errors import ConfigurationError, SourceError
from qupersync.redshift.client import ClusterReader
from qupersync.redshift.connect import Address
from qupersync.redshift.messages import WireError
from qupersync.redshift.tls import aws_ca_file, tls_context
from qupersync.redshift.wire import Session
from tests.support.certificates import Certificates, make_certificates
from tests.support.fake_server import FakeServer, cleartext, fake_server


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home without certificates."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.delenv("PGSSLROOTCERT", raising=False)
    return tmp_path


def certificates_in(file: Path) -> set[bytes]:
    """As OpenSSL knows them; a file may hold one twice."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(file)
    return set(context.get_ca_certs(binary_form=True))


def cluster(server: FakeServer, **settings: object) -> ClusterConfig:
    base = ClusterConfig(
        name="prod", host="localhost", port=server.port, username="ann", password="s3cret", connect_timeout=20
    )
    return replace(base, **settings)  # type: ignore[arg-type]


# -- contexts -----------------------------------------------------------------------------------------------------------


def test_default_trusts_aws_and_the_system(monkeypatch: pytest.MonkeyPatch, made: Certificates) -> None:
    aws = aws_ca_file()
    assert aws is not None
    monkeypatch.setenv("SSL_CERT_FILE", str(made.ca))  # the system's, for OpenSSL
    for sslmode in ("verify-full", "verify-ca"):
        context = tls_context(sslmode)
        trusted = set(context.get_ca_certs(binary_form=True))
        assert len(certificates_in(aws)) > 3
        assert trusted >= certificates_in(aws) | certificates_in(made.ca)
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname == (sslmode == "verify-full")


def test_file_of_aws_is_found_without_its_driver() -> None:
    asked = "import sys; from qupersync.redshift.tls import aws_ca_file; assert aws_ca_file(); assert 'redshift_connector' not in sys.modules"
    subprocess.run([sys.executable, "-c", asked], check=True)


def test_own_file_is_the_only_one_trusted(monkeypatch: pytest.MonkeyPatch, made: Certificates, home: Path) -> None:
    monkeypatch.setenv("PGSSLROOTCERT", str(made.ca))
    assert set(tls_context("verify-full").get_ca_certs(binary_form=True)) == certificates_in(made.ca)
    monkeypatch.delenv("PGSSLROOTCERT")
    (home / ".postgresql").mkdir()
    (home / ".postgresql" / "root.crt").write_bytes(made.ca.read_bytes())
    assert set(tls_context("verify-ca").get_ca_certs(binary_form=True)) == certificates_in(made.ca)


def test_require_with_an_own_file_verifies_as_in_libpq(
    monkeypatch: pytest.MonkeyPatch, made: Certificates, home: Path
) -> None:
    assert tls_context("require").verify_mode is ssl.CERT_NONE
    (home / ".postgresql").mkdir()
    (home / ".postgresql" / "root.crt").write_bytes(made.ca.read_bytes())
    context = tls_context("require")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert not context.check_hostname
    assert tls_context("prefer").verify_mode is ssl.CERT_NONE


def test_named_files_that_are_no_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PGSSLROOTCERT", str(tmp_path / "none.crt"))
    for sslmode in ("require", "verify-ca", "verify-full"):
        with pytest.raises(OSError, match=r"No such file.*none\.crt"):
            tls_context(sslmode)
    (tmp_path / "none.crt").write_text("nonsense", encoding="utf-8")
    with pytest.raises(OSError, match="holds no certificate"):
        tls_context("verify-full")
    monkeypatch.setenv("PGSSLROOTCERT", "system")
    tls_context("verify-full")
    with pytest.raises(OSError, match="needs sslmode"):
        tls_context("require")


# -- servers in the middle ----------------------------------------------------------------------------------------------


def test_self_signed_server_gets_no_password_by_default(made: Certificates) -> None:
    """It got it once: the default was `require`, which verifies nothing."""
    with fake_server(cleartext("s3cret"), certificate=made.other) as server:
        with pytest.raises(SourceError, match="self-signed") as caught:
            ClusterReader(cluster(server))
        assert "sources.redshift.prod.sslmode" in str(caught.value)
        assert "PGSSLROOTCERT" in str(caught.value)
        assert (server.logins, server.secrets) == ([], [])


def test_server_without_tls_gets_no_password_by_default() -> None:
    with fake_server(cleartext("s3cret")) as server:
        with pytest.raises(SourceError, match="does not offer TLS") as caught:
            ClusterReader(cluster(server))
        assert str(caught.value).endswith(
            ': the server does not offer TLS, which sources.redshift.prod.sslmode = "verify-full" (the mode in force) '
            "demands; are sources.redshift.prod.host and .port right? "
            'sslmode = "disable" would send the password and all rows unencrypted'
        )
        assert (server.logins, server.secrets) == ([], [])


def test_verified_server_is_talked_to(monkeypatch: pytest.MonkeyPatch, made: Certificates) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(made.ca))
    with fake_server(cleartext("s3cret"), certificate=made.server) as server:
        reader = ClusterReader(cluster(server))
        assert reader.columns("v") == {"n": 20}
        reader.close()
        assert (server.encrypted, server.secrets) == (1, [b"s3cret\0"])


def test_name_is_compared_unless_lowered(monkeypatch: pytest.MonkeyPatch, made: Certificates) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(made.ca))
    with fake_server(cleartext("s3cret"), certificate=made.server) as server:
        with pytest.raises(SourceError, match=r"verify-ca.*127\.0\.0\.1"):
            ClusterReader(cluster(server, host="127.0.0.1"))
        assert server.secrets == []
        ClusterReader(cluster(server, host="127.0.0.1", sslmode="verify-ca")).close()
        assert server.secrets == [b"s3cret\0"]


def test_require_is_the_user_s_choice(made: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_server(cleartext("s3cret"), certificate=made.other) as server:
        ClusterReader(cluster(server, sslmode="require")).close()
        assert server.encrypted == 1
        monkeypatch.setenv("PGSSLROOTCERT", str(made.ca))
        with pytest.raises(SourceError, match="self-signed"):
            ClusterReader(cluster(server, sslmode="require"))
        assert len(server.secrets) == 1


@pytest.mark.parametrize("sslmode", ["disable", "allow", "prefer"])
def test_temporary_passwords_go_through_tls_only(sslmode: str) -> None:
    config = ClusterConfig(name="prod", workgroup="w", sslmode=sslmode)
    with pytest.raises(ConfigurationError, match=r"sources\.redshift\.prod\.sslmode"):
        ClusterReader(config)


def test_answer_to_the_request_for_tls_that_is_none() -> None:
    """An error in the clear, as a server of other times would send, is not believed."""
    for said in (b"E", b"\0", b"R", b""):
        server = FakeServer(tls_reply=said)
        with pytest.raises((WireError, OSError)):
            Session(Address("localhost", server.port, "d", "u", "p", timeout=10))
        assert server.logins == []
        server.close()
