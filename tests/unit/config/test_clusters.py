"""Clusters from dlt's configuration: settings, defaults, former names."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from qupersync.config.clusters import cluster_names, load_cluster, load_clusters
from qupersync.errors import ConfigurationError


@pytest.fixture
def prod(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A complete cluster `prod` in the environment; takes further settings."""
    for name in ("HOST", "USERNAME", "PASSWORD"):
        monkeypatch.setenv(f"SOURCES__REDSHIFT__PROD__{name}", name.lower())
    return monkeypatch


def test_iam_needs_no_password_and_one_kind_of_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__REDSHIFT__PROD__WORKGROUP", "my-group")
    assert load_cluster("prod").uses_iam
    monkeypatch.setenv("SOURCES__REDSHIFT__PROD__CLUSTER_IDENTIFIER", "my-cluster")
    with pytest.raises(ConfigurationError, match="it is one or the other"):
        load_cluster("prod")


def test_lookback_by_its_former_name(prod: pytest.MonkeyPatch) -> None:
    assert load_cluster("prod").lookback == timedelta(minutes=15)
    prod.setenv("SOURCES__REDSHIFT__PROD__MARGIN_MINUTES", "40")
    assert load_cluster("prod").lookback == timedelta(minutes=40)
    prod.setenv("SOURCES__REDSHIFT__PROD__LOOKBACK_MINUTES", "20")
    assert load_cluster("prod").lookback == timedelta(minutes=20)


def test_former_name_of_the_cluster_beats_the_default_of_all(prod: pytest.MonkeyPatch) -> None:
    prod.setenv("SOURCES__REDSHIFT__LOOKBACK_MINUTES", "20")
    prod.setenv("SOURCES__REDSHIFT__PROD__MARGIN_MINUTES", "40")
    assert load_cluster("prod").lookback == timedelta(minutes=40)


def test_wrong_value_names_the_setting_as_written(prod: pytest.MonkeyPatch) -> None:
    prod.setenv("SOURCES__REDSHIFT__PROD__MARGIN_MINUTES", "-1")
    with pytest.raises(ConfigurationError, match=r"sources\.redshift\.prod\.margin_minutes must be at least 0"):
        load_cluster("prod")


def test_tls_is_verified_unless_lowered(prod: pytest.MonkeyPatch) -> None:
    assert load_cluster("prod").sslmode == "verify-full"
    prod.setenv("SOURCES__REDSHIFT__PROD__SSLMODE", "require")
    assert load_cluster("prod").sslmode == "require"


@pytest.mark.parametrize("sslmode", ["disable", "allow", "prefer"])
def test_iam_needs_tls(monkeypatch: pytest.MonkeyPatch, sslmode: str) -> None:
    monkeypatch.setenv("SOURCES__REDSHIFT__PROD__WORKGROUP", "my-group")
    monkeypatch.setenv("SOURCES__REDSHIFT__PROD__SSLMODE", sslmode)
    with pytest.raises(ConfigurationError, match=r"sources\.redshift\.prod\.sslmode.*credentials of AWS unencrypted"):
        load_cluster("prod")


def test_statement_timeout(prod: pytest.MonkeyPatch) -> None:
    assert load_cluster("prod").statement_timeout == 3600
    prod.setenv("SOURCES__REDSHIFT__PROD__STATEMENT_TIMEOUT", "0")
    assert load_cluster("prod").statement_timeout == 0
    prod.setenv("SOURCES__REDSHIFT__PROD__STATEMENT_TIMEOUT", "1h")
    with pytest.raises(ConfigurationError, match=r"sources\.redshift\.prod\.statement_timeout must be a whole number"):
        load_cluster("prod")


def test_login_of_the_driver(prod: pytest.MonkeyPatch) -> None:
    assert not load_cluster("prod").uses_driver
    prod.setenv("SOURCES__REDSHIFT__PROD__LOGIN", "redshift_connector")
    assert load_cluster("prod").uses_driver
    prod.setenv(
        "SOURCES__REDSHIFT__PROD__LOGIN_OPTIONS", '{"credentials_provider": "OktaCredentialsProvider", "iam": true}'
    )
    for name in ("USERNAME", "PASSWORD"):
        prod.delenv(f"SOURCES__REDSHIFT__PROD__{name}")
    config = load_cluster("prod")
    assert config.login_options == {"credentials_provider": "OktaCredentialsProvider", "iam": True}
    assert config.uses_identity_provider
    assert not config.uses_iam
    prod.setenv("SOURCES__REDSHIFT__PROD__SSLMODE", "disable")
    with pytest.raises(ConfigurationError, match="identity provider"):
        load_cluster("prod")


@pytest.mark.parametrize(
    ("login", "options", "says"),
    [
        ("kerberos", "{}", "login must be one of built-in, redshift_connector, not 'kerberos'"),
        ("redshift_connector", "nonsense", "login_options must be a table"),
        ("redshift_connector", "[1]", "login_options must be a table"),
        ("redshift_connector", '{"sslmode": "x"}', r"login_options\.sslmode is a setting of the cluster"),
        ("built-in", '{"iam": true}', 'login_options needs login = "redshift_connector"'),
    ],
)
def test_wrong_login(prod: pytest.MonkeyPatch, login: str, options: str, says: str) -> None:
    prod.setenv("SOURCES__REDSHIFT__PROD__LOGIN", login)
    prod.setenv("SOURCES__REDSHIFT__PROD__LOGIN_OPTIONS", options)
    with pytest.raises(ConfigurationError, match=says):
        load_cluster("prod")


def test_options_for_all_clusters_are_no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"login_options": {"iam": True}, "prod": {"host": "h"}}
    monkeypatch.setattr("dlt.secrets.get", lambda path: table if path == "sources.redshift" else None)
    assert cluster_names() == ["prod"]


def test_clusters_that_are_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlt.secrets.get", lambda path: 5 if path == "sources.redshift.clusters" else None)
    with pytest.raises(ConfigurationError, match=r"sources\.redshift\.clusters must be a list of names, not 5"):
        cluster_names()


def test_impossible_name_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"Prod-1": {"host": "h"}}
    monkeypatch.setattr("dlt.secrets.get", lambda path: table if path == "sources.redshift" else None)
    with pytest.raises(
        ConfigurationError, match=r"\[sources\.redshift\.Prod-1\] in \.dlt/secrets\.toml: 'Prod-1' cannot be"
    ):
        cluster_names()
    monkeypatch.undo()
    monkeypatch.setenv("SOURCES__REDSHIFT__CLUSTERS", '["Prod-1"]')
    with pytest.raises(ConfigurationError, match=r"sources\.redshift\.clusters: 'Prod-1' cannot be"):
        cluster_names()


def test_wrong_choice_is_repeated_with_its_place(prod: pytest.MonkeyPatch) -> None:
    prod.setenv("SOURCES__REDSHIFT__QUERY_TEXT", "some")
    with pytest.raises(
        ConfigurationError, match=r"^sources\.redshift\.query_text must be one of normalized, full, none, not 'some'"
    ):
        load_cluster("prod")


def test_misspelt_section_is_named_when_no_cluster_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for accessor in ("secrets", "config"):
        monkeypatch.setattr(f"dlt.{accessor}.get", lambda path: None)
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path))
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match=r"no cluster is configured: add \[sources\.redshift\.<name>\]"):
        cluster_names()
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "secrets.toml").write_text('[sources.redhsift.prod]\nhost = "h"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"did you mean \[sources\.redshift\.prod\]\?"):
        cluster_names()


def test_a_cluster_named_twice_is_one(prod: pytest.MonkeyPatch) -> None:
    prod.setenv("SOURCES__REDSHIFT__CLUSTERS", '["prod"]')
    assert [config.name for config in load_clusters(["prod", "prod"])] == ["prod"]


def test_no_secret_in_a_repr(prod: pytest.MonkeyPatch) -> None:
    prod.setenv("SOURCES__REDSHIFT__PROD__PASSWORD", "s3cret")
    prod.setenv("SOURCES__REDSHIFT__PROD__LOGIN", "redshift_connector")
    prod.setenv("SOURCES__REDSHIFT__PROD__LOGIN_OPTIONS", '{"client_secret": "t0ken"}')
    config = load_cluster("prod")
    assert config.password == "s3cret"
    assert "s3cret" not in repr(config)
    assert "t0ken" not in repr(config)
