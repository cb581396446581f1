"""A reader of the test server, and a superuser beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from qupersync.config.clusters import ClusterConfig
from qupersync.redshift.client import ClusterReader
from qupersync.warehouse.server import USER, EmbeddedServer


@pytest.fixture(scope="module")
def config(server: EmbeddedServer) -> ClusterConfig:
    """The test server as a cluster."""
    return ClusterConfig(
        name="prod", host="127.0.0.1", port=server.port, username=USER, password=server.password, database="postgres",
        sslmode="disable", connect_timeout=20,
    )  # fmt: skip


@pytest.fixture
def reader(config: ClusterConfig) -> Iterator[ClusterReader]:
    """A reader of it."""
    made = ClusterReader(config)
    yield made
    made.close()


@pytest.fixture(scope="module")
def admin(server: EmbeddedServer) -> Iterator[Any]:
    """A cursor of psycopg2 as the superuser, in autocommit."""
    connection = psycopg2.connect(server.url("postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        yield cursor
    connection.close()
