"""Connections to the warehouse survive firewalls, and a paused workgroup has time to resume."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest

from qupersync.config.dbt_project import Schemas
from qupersync.errors import ConfigurationError
from qupersync.warehouse.base import Warehouse
from qupersync.warehouse.postgres import PostgresWarehouse
from qupersync.warehouse.redshift import RedshiftWarehouse

PROFILE: dict[str, Any] = {"host": "127.0.0.1", "user": "u", "password": "p", "dbname": "d", "schema": "qupersync"}


@pytest.mark.parametrize("kind", [PostgresWarehouse, RedshiftWarehouse])
def test_silent_connections_are_kept_alive(kind: type[Warehouse]) -> None:
    """Also those of dlt: a COPY may be silent for longer than a firewall waits."""
    warehouse = kind("t", PROFILE)
    assert {name: warehouse.libpq()[name] for name in ("keepalives", "keepalives_idle")} == {
        "keepalives": 1,
        "keepalives_idle": 60,
    }
    assert int(warehouse.dlt_credentials()["query"]["keepalives_idle"]) == 60
    assert "keepalives_idle=60" in psycopg2.extensions.make_dsn(**warehouse.libpq())


def test_paused_workgroup_has_time_to_resume() -> None:
    assert RedshiftWarehouse("t", PROFILE).libpq()["connect_timeout"] == 120
    assert RedshiftWarehouse("t", {**PROFILE, "connect_timeout": 7}).libpq()["connect_timeout"] == 7
    assert PostgresWarehouse("t", PROFILE).libpq()["connect_timeout"] == 10


def test_timeout_that_is_no_number() -> None:
    with pytest.raises(
        ConfigurationError, match=r"^profiles\.yml: outputs\.t\.connect_timeout must be a number, not '10s'"
    ):
        PostgresWarehouse("t", {**PROFILE, "connect_timeout": "10s"}).libpq()


def test_schemas_are_those_that_the_dbt_project_names() -> None:
    warehouse = PostgresWarehouse("t", PROFILE)
    assert warehouse.schemas == ("qupersync", "qupersync_marts", "qupersync_staging")
    assert (warehouse.views_schema, warehouse.staging_schema) == ("qupersync_staging", "qupersync_staging")
    named = PostgresWarehouse("t", PROFILE, Schemas(staging="loaded", views="views", entities="facts", marts=""))
    assert named.schemas == ("qupersync_facts", "qupersync", "qupersync_views", "loaded")
    assert (named.schema, named.marts_schema, named.staging_schema) == ("qupersync_facts", "qupersync", "loaded")
