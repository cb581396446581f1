"""The environment of a `qupersync` process, as a scheduler would set it."""

from __future__ import annotations

import json
import os

from qupersync.config.clusters import ClusterConfig


def environment_of(config: ClusterConfig, name: str = "prod") -> dict[str, str]:
    """The environment of this process with one cluster configured under a name."""
    settings = {"host": config.host, "port": config.port, "username": config.username, "password": config.password,
                "database": config.database, "sslmode": config.sslmode}  # fmt: skip
    return {
        **os.environ,
        "SOURCES__REDSHIFT__CLUSTERS": json.dumps([name]),
        **{f"SOURCES__REDSHIFT__{name.upper()}__{setting.upper()}": str(value) for setting, value in settings.items()},
    }
