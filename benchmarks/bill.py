"""The load of a sync on the cluster, counted on the demo: `python -m benchmarks.bill`.

The Redshift emulator's proxy stands in front of the made-up cluster and records every statement of every session. Rows
answered are those of the sync's own records, rows held are counted in the views.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import datetime, timedelta

from tests.support.emulator.proxy import Proxy

from qupersync.clock import utc_now
from qupersync.demo.cluster import DATABASE, DemoCluster
from qupersync.domain.system_views import SYSTEM_VIEWS
from qupersync.sync.pipeline import sync_cluster
from qupersync.warehouse.open import open_warehouse

from .bench import Bench, bench


def kind_of(statement: str) -> str:
    """The class of a statement: settings, columns of a view, rows of a view, or another question."""
    words = statement.lower().split()
    if words[0] in ("set", "begin", "commit", "rollback"):
        return "settings"
    if words[-2:] == ["limit", "0"]:
        return "columns"
    return "views" if any(f"from {view}" in " ".join(words) for view in SYSTEM_VIEWS) else "other questions"


def held(made: Bench) -> int:
    """Rows of all views that the demo has."""
    there = [view for view in SYSTEM_VIEWS if made.sql(DATABASE, f"select to_regclass('{view}') is not null")[0][0]]
    return sum(int(made.sql(DATABASE, f"select count(*) from {view}")[0][0]) for view in there)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--queries", type=int, default=20_000)
    chosen = options.parse_args()
    with bench() as made:
        made.server.ensure_database(DATABASE)
        cluster = DemoCluster(made.server)
        cluster.make(seed=7, queries=chosen.queries)
        heard: list[tuple[int, str]] = []
        proxy = Proxy(made.server.port, on_statement=lambda session, statement: heard.append((session, statement)))
        warehouse, now = open_warehouse(made.project, made.target("target")), utc_now()
        config = replace(cluster.config, port=proxy.port)
        print(
            "| sync | sessions | statements: settings | a view's columns | a view's rows | other | rows answered | rows held |"
        )
        print("|---|---|---|---|---|---|---|---|")
        syncs: dict[str, datetime] = {
            "the first": now - timedelta(hours=1), "a quarter of an hour later": now - timedelta(minutes=45),
            "with nothing new": now - timedelta(minutes=45, seconds=-1), "three quarters later": now,
        }  # fmt: skip
        for name, at in syncs.items():
            cluster.show(at)
            heard.clear()
            result = sync_cluster(made.project, warehouse, config, now=at)
            assert not result.failed, [run.error for run in result.failed]
            kinds = [kind_of(statement) for _, statement in heard]
            counts = " | ".join(str(kinds.count(kind)) for kind in ("settings", "columns", "views", "other questions"))
            print(
                f"| {name} | {len({session for session, _ in heard})} | {counts} | {result.rows:,} | {held(made):,} |",
                flush=True,
            )
        for rejected in proxy.rejected:
            print(f"rejected: {rejected}", file=sys.stderr)
        proxy.close()


if __name__ == "__main__":
    main()
