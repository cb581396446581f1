"""Ways in through IAM, against moto; what moto does not know, against botocore's own stubs of the API's shapes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from qupersync.aws import Logins
from qupersync.clusters import ClusterConfig
from qupersync.errors import ConfigurationError, SourceError

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
def test_a_provisioned_cluster_gives_a_temporary_password_its_place_and_its_node_type() -> None:
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
def test_a_role_is_assumed() -> None:
    make_cluster()
    login = Logins(replace(PROVISIONED, role_arn="arn:aws:iam::123456789012:role/reader")).current()
    assert login.username == "IAM:qupersync"


@mock_aws
def test_an_unknown_cluster_names_the_setting() -> None:
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


def test_serverless_credentials_are_renewed_before_they_expire(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_without_a_user_the_iam_identity_is_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    stubbed(
        monkeypatch, "redshift",
        ("get_cluster_credentials_with_iam", {"DbUser": "IAMR:x", "DbPassword": "p", "Expiration": NOW},
         {"ClusterIdentifier": "my-cluster", "DbName": "dev", "DurationSeconds": 3600}),
    )  # fmt: skip
    login = Logins(replace(PROVISIONED, username=None, host="h")).current()
    assert (login.host, login.username, login.password) == ("h", "IAMR:x", "p")


def test_a_password_needs_no_aws() -> None:
    login = Logins(ClusterConfig(name="a", host="h", username="u", password="p")).current()
    assert (login.host, login.username, login.password, login.expires) == ("h", "u", "p", None)


def test_iam_needs_no_password_and_only_one_kind_of_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    from qupersync.clusters import load_cluster

    monkeypatch.setenv("SOURCES__REDSHIFT__PROD__WORKGROUP", "my-group")
    assert load_cluster("prod").uses_iam
    monkeypatch.setenv("SOURCES__REDSHIFT__PROD__CLUSTER_IDENTIFIER", "my-cluster")
    with pytest.raises(ConfigurationError, match="it is one or the other"):
        load_cluster("prod")
