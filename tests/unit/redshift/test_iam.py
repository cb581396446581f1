"""Logins through IAM, against moto; what moto lacks, against botocore's stubs of the API's shapes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from qupersync.config.clusters import ClusterConfig
from qupersync.errors import SourceError
from qupersync.redshift.iam import Logins

NOW = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)
PROVISIONED = ClusterConfig(name="prod", cluster_identifier="my-cluster", username="qupersync", region="eu-west-1")
SERVERLESS = ClusterConfig(name="adhoc", workgroup="my-group", region="eu-west-1")


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def make_cluster() -> None:
    boto3.client("redshift", region_name="eu-west-1").create_cluster(
        ClusterIdentifier="my-cluster", NodeType="ra3.4xlarge", MasterUsername="awsuser", MasterUserPassword="Passw0rd!",
        DBName="dev", Port=5439,
    )  # fmt: skip


@mock_aws
def test_provisioned_login_endpoint_and_node_type() -> None:
    make_cluster()
    logins = Logins(PROVISIONED)
    login = logins.current()
    assert login.username == "IAM:qupersync"
    assert login.password
    assert login.host.startswith("my-cluster.")
    assert login.port == 5439
    assert logins.node_type() == "ra3.4xlarge"
    assert logins.current() is login


@mock_aws
def test_role_is_assumed() -> None:
    make_cluster()
    login = Logins(replace(PROVISIONED, role_arn="arn:aws:iam::123456789012:role/reader")).current()
    assert login.username == "IAM:qupersync"


@mock_aws
def test_unknown_cluster_names_the_setting() -> None:
    with pytest.raises(SourceError, match=r"check sources\.redshift\.prod\.cluster_identifier, .*ClusterNotFound"):
        Logins(PROVISIONED).current()
    assert Logins(PROVISIONED).node_type() is None


def stubbed(
    monkeypatch: pytest.MonkeyPatch, service: str, *answers: tuple[str, dict[str, Any], dict[str, Any]]
) -> None:
    client = boto3.client(service, region_name="eu-west-1")
    stubber = Stubber(client)
    for operation, answer, request in answers:
        stubber.add_response(operation, answer, request)
    stubber.activate()
    monkeypatch.setattr(Logins, "_client", lambda self, wanted: {service: client}[wanted])


def credentials(password: str, expires: datetime) -> tuple[str, dict[str, Any], dict[str, Any]]:
    answer = {"dbUser": "IAMR:reader", "dbPassword": password, "expiration": expires}
    return ("get_credentials", answer, {"workgroupName": "my-group", "dbName": "dev", "durationSeconds": 3600})


def test_serverless_credentials_are_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    place = {"workgroup": {"endpoint": {"address": "my-group.serverless", "port": 5439}}}
    asked = ("get_workgroup", place, {"workgroupName": "my-group"})
    stubbed(
        monkeypatch, "redshift-serverless",
        asked, credentials("first", NOW + timedelta(hours=1)), asked, credentials("second", NOW + timedelta(hours=2)),
    )  # fmt: skip
    clock = [NOW]
    logins = Logins(SERVERLESS, clock=lambda: clock[0])
    assert (logins.current().host, logins.current().password) == ("my-group.serverless", "first")
    clock[0] = NOW + timedelta(minutes=54)
    assert logins.current().password == "first"
    clock[0] = NOW + timedelta(minutes=56)
    assert logins.current().password == "second"


def test_iam_identity_is_the_default_user(monkeypatch: pytest.MonkeyPatch) -> None:
    stubbed(
        monkeypatch, "redshift",
        ("get_cluster_credentials_with_iam", {"DbUser": "IAMR:x", "DbPassword": "p", "Expiration": NOW},
         {"ClusterIdentifier": "my-cluster", "DbName": "dev", "DurationSeconds": 3600}),
    )  # fmt: skip
    login = Logins(replace(PROVISIONED, username=None, host="h")).current()
    assert (login.host, login.username, login.password) == ("h", "IAMR:x", "p")


def test_password_login_needs_no_aws() -> None:
    login = Logins(ClusterConfig(name="a", host="h", username="u", password="p")).current()
    assert (login.host, login.username, login.password, login.expires) == ("h", "u", "p", None)
