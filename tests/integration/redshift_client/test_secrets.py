"""Secrets stay where they are: not in the environment of the embedded server, in logs, in representations."""

from __future__ import annotations

import logging
import shutil
import sys
from datetime import datetime, timezone
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from qupersync.config.clusters import ClusterConfig
from qupersync.project import Project
from qupersync.redshift.connect import Address
from qupersync.redshift.iam import Login, Logins
from qupersync.warehouse.server import EmbeddedServer
from tests.support.fake_server import KEY, cleartext, fake_server

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="an environment is read from /proc")
def test_embedded_server_gets_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It kept all of them for as long as it ran, readable by its user."""
    monkeypatch.setenv("QUPERSYNC_HOME", str(tmp_path / "state"))
    for name in ("SOURCES__REDSHIFT__PROD__PASSWORD", "AWS_SECRET_ACCESS_KEY", "DBT_ENV_SECRET_X", "PGPASSWORD"):
        monkeypatch.setenv(name, "s3cret")
    server = EmbeddedServer(Project(ROOT))
    server.start()
    try:
        data = Path(server._state.data)
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert b"TZ=UTC" in environment
        assert b"s3cret" not in environment
        assert server.ensure_database("other")
    finally:
        server.stop()
        shutil.rmtree(data.parent, ignore_errors=True)


def test_no_secret_in_a_representation() -> None:
    address = Address("localhost", 1, "dev", "ann", "s3cret")
    login = Login("localhost", 1, "ann", "s3cret", datetime(2026, 1, 1, tzinfo=timezone.utc))
    assert "s3cret" not in repr(address) + str(address) + repr(login) + str(login)
    with fake_server(cleartext("s3cret")) as server:
        from qupersync.redshift.wire import Session

        session = Session(Address("127.0.0.1", server.port, "dev", "ann", "s3cret", "disable", 20))
        assert repr(KEY)[2:-1] not in repr(session._target)
        session.close()


@mock_aws
def test_temporary_password_in_no_log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Botocore logs the responses of AWS whole."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    boto3.client("redshift", region_name="eu-west-1").create_cluster(
        ClusterIdentifier="my-cluster", NodeType="ra3.4xlarge", MasterUsername="awsuser", MasterUserPassword="Passw0rd!",
        DBName="dev", Port=5439,
    )  # fmt: skip
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    config = ClusterConfig(name="prod", cluster_identifier="my-cluster", username="qupersync", region="eu-west-1")
    login = Logins(config).current()
    assert len(login.password) > 10
    assert login.password not in caplog.text
    logging.getLogger("botocore").debug("as before")
    assert "as before" in caplog.text
