"""Settings of clusters in the environment: an unknown one is refused, as it is in the file."""

from __future__ import annotations

import pytest

from qupersync.config.clusters import load_cluster
from qupersync.errors import ConfigurationError

PREFIX = "SOURCES__REDSHIFT__"


@pytest.fixture
def eu(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A complete cluster `eu` in the environment; takes further settings."""
    for name in ("HOST", "USERNAME", "PASSWORD"):
        monkeypatch.setenv(f"{PREFIX}EU__{name}", name.lower())
    return monkeypatch


@pytest.mark.parametrize(
    ("variable", "says"),
    [
        ("EU__HOTS", r"SOURCES__REDSHIFT__EU__HOTS \(did you mean 'host'\?\)"),
        ("EU__LOGIN_OPTIONS__IAM", "SOURCES__REDSHIFT__EU__LOGIN_OPTIONS__IAM"),
        ("LOOKBAK_MINUTES", r"SOURCES__REDSHIFT__LOOKBAK_MINUTES \(did you mean 'lookback_minutes'\?\)"),
        ("eu__port", "SOURCES__REDSHIFT__eu__port"),  # dlt reads capitals only
    ],
)
def test_unknown(eu: pytest.MonkeyPatch, variable: str, says: str) -> None:
    eu.setenv(PREFIX + variable, "1")
    with pytest.raises(ConfigurationError, match=f"unknown settings of cluster 'eu': {says}"):
        load_cluster("eu")


def test_known_and_those_of_other_clusters(eu: pytest.MonkeyPatch) -> None:
    eu.setenv(f"{PREFIX}CLUSTERS", '["eu", "eu__west"]')
    eu.setenv(f"{PREFIX}LOOKBACK_MINUTES", "5")
    eu.setenv(f"{PREFIX}EU__MARGIN_MINUTES", "4")  # its former name
    eu.setenv(f"{PREFIX}EU__WEST__HOST", "h")  # of a cluster whose name begins with this one's
    eu.setenv(f"{PREFIX}ASIA__HOTS", "h")  # of a cluster that is not read here
    assert load_cluster("eu").lookback_minutes == 4


def test_unknown_setting_of_all_clusters_in_the_file(eu: pytest.MonkeyPatch) -> None:
    table = {"lookbak_minutes": 5, "eu": {"hots": "h"}}
    found = {"sources.redshift": table, "sources.redshift.eu": table["eu"]}
    eu.setattr("dlt.secrets.get", found.get)
    eu.setattr(
        "dlt.config.get", lambda path: path.rpartition(".")[2] if path.endswith(("host", "name", "word")) else None
    )
    with pytest.raises(
        ConfigurationError,
        match=r"redshift\.lookbak_minutes \(.*'lookback_minutes'\?\), sources\.redshift\.eu\.hots \(",
    ):
        load_cluster("eu")
