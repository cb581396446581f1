"""Clusters from dlt's configuration: settings, defaults, former names."""

from __future__ import annotations

from datetime import timedelta

import pytest

from qupersync.config.clusters import load_cluster
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
