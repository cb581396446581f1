"""Warehouses on the Redshift emulator, builds of them, and what differs from the same builds on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import yaml

from qupersync.clock import utc_now
from qupersync.demo.cluster import DemoCluster
from qupersync.project import Project
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.base import Warehouse

from .dbt_runs import BUILD_AND_TEST, dbt
from .emulator.proxy import Proxy
from .emulator.upstream import BLANK, Upstream, make_database
from .warehouses import Warehouses, everything, rows_of

DIFFER = ("built_at", "sync_id")  # columns in which two warehouses that read the same rows may differ
# An entity whose synced_at is that of the newest sync that read a row: a sync that failed has the lookback's staged again.
READ_AGAIN = "connection_history"


@dataclass
class Emulator:
    """An emulated Redshift cluster: a PostgreSQL behind a proxy. Each database of it is a warehouse."""

    warehouses: Warehouses
    upstream: Upstream
    proxy: Proxy

    def warehouse(self, database: str = "dev", template: str = BLANK, **settings: Any) -> Warehouse:
        """A warehouse as profiles.example.yml describes one, in a new database.

        ``settings`` override the profile's; ``session`` among them has the settings of the database's sessions.
        """
        make_database(self.upstream, database, template, **settings.pop("session", {}))
        example = yaml.safe_load((self.warehouses.project.root / "profiles.example.yml").read_text(encoding="utf-8"))
        described = {
            name: value
            for name, value in example["qupersync"]["outputs"]["redshift"].items()
            if not (isinstance(value, str) and "env_var" in value)
        }
        login = {"user": self.upstream.user, "password": self.upstream.password, "port": self.proxy.port}
        place = {"host": "127.0.0.1", "dbname": database, "sslmode": "disable"}
        return self.warehouses.register(f"{database}_{self.proxy.port}", **{**described, **login, **place, **settings})

    def copy(self, source: str, target: str) -> None:
        """Replace database ``target`` by a copy of ``source``."""
        make_database(self.upstream, target, source)

    @property
    def rejected(self) -> list[tuple[str, str]]:
        """Messages and statements that were rejected, without dlt's queries of its own tables before they exist."""
        return [pair for pair in self.proxy.rejected if "_dlt_" not in pair[1]]


def differences(found: Warehouse, expected: Warehouse) -> dict[str, Any]:
    """Relations with other rows: the two numbers of rows, and the values of the first row that differs."""
    rows, all_wanted, result = everything(found, without=DIFFER), everything(expected, without=DIFFER), {}
    for warehouse, held in ((found, rows), (expected, all_wanted)):
        name = f"{warehouse.schema}.{READ_AGAIN}"
        held[name] = rows_of(warehouse, name, (*DIFFER, "synced_at"))
    for relation, wanted in all_wanted.items():
        different = [pair for pair in zip(rows[relation], wanted) if pair[0] != pair[1]]
        if different or len(rows[relation]) != len(wanted):
            first = [pair for pair in zip(*different[0]) if pair[0] != pair[1]] if different else None
            result[relation] = (len(rows[relation]), len(wanted), first)
    return result


def errors_of(results: list[dict[str, Any]]) -> dict[str, str]:
    """The nodes of a dbt run that failed, each with the database's message; not those skipped behind them."""
    failed = [result for result in results if result["status"] in ("error", "fail", "runtime error")]
    return {result["node"].split(".", 2)[-1]: _message(str(result["message"])) for result in failed}


def _message(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if not line.strip().startswith("compiled code at")]
    heads = [number for number, line in enumerate(lines) if line.startswith(("Database Error", "Compilation Error"))]
    start = heads[-1] + 1 if heads else 0
    return " ".join(lines[start : start + 3])


def sync_and_build(
    project: Project, cluster: DemoCluster, *warehouses: Warehouse, builds: int, words: Sequence[str] = ("build",)
) -> None:
    """Sync the growing cluster into each warehouse and build it, ``builds`` times, a day apart.

    ``words``: the dbt command for the last build of a Redshift; the others, and PostgreSQL, are built with their data tests.

    Errors: AssertionError when all is done, with a line for each node that failed.
    """
    now, errors = utc_now(), []
    for number in range(1, builds + 1):
        at = now - timedelta(days=builds - number)
        cluster.show(at)
        for warehouse in warehouses:
            assert not sync_cluster(project, warehouse, cluster.config, now=at).failed
            command = words if warehouse.type == "redshift" and number == builds else BUILD_AND_TEST
            found = errors_of(dbt(warehouse, *command, project=project, expect=None))
            errors += [f"{warehouse.type}, build {number}: {node}: {message}" for node, message in found.items()]
    if errors:
        raise AssertionError("\n".join(errors))
