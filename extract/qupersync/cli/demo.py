"""`qupersync demo`: a made-up cluster, synced and built like a real one, with a summary and a report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ..clock import utc_now
from ..config.clusters import use_project
from ..demo.cluster import DATABASE, DEV_DATABASE, DemoCluster
from ..errors import WarehouseError
from ..hints import program, use_target
from ..project import Project
from ..sql import quote
from ..warehouse.base import Warehouse
from ..warehouse.open import open_warehouse
from ..warehouse.postgres import DEMO_TARGET, EMBEDDED_DATABASES
from ..warehouse.server import EmbeddedServer
from .build import build, dbt
from .console import console
from .findings import count_findings, show_findings
from .report import write_report
from .sync import sync_one
from .tables import NAME, NUMBER, TEXT, print_table

# The cluster is first synced as it was on earlier days, so that the marts have growth to show, and built after some of
# these syncs, so that findings appear and are resolved on different days.
EARLIER_DAYS = (13, 10, 7, 4, 2)
BUILT_DAYS = (7, 2)
REPORT_DAYS = 14


def demo(project: Project, queries: int, seed: int) -> int:
    """Make the cluster or let its time go on, sync it, build, and print a summary; 0. Errors: QupersyncError."""
    use_target(DEMO_TARGET)
    use_project(project)
    out = console()
    out.print("starting the embedded PostgreSQL")
    server = EmbeddedServer(project)
    server.start()
    for database in (DATABASE, DEV_DATABASE):
        server.ensure_database(database)
    cluster = DemoCluster(server, DATABASE, DEV_DATABASE)
    first = not cluster.matches(seed, queries)
    if first:
        out.print(f"making up a cluster: two weeks of {queries:,} queries each")
        cluster.make(seed, queries, weeks=2)
        _drop_former_demo(open_warehouse(project, DEMO_TARGET))
    else:
        out.print("the made-up cluster exists: adding what happened since")
        cluster.go_on()
    warehouse = open_warehouse(project, DEMO_TARGET)
    first = first or not warehouse.fetch(f"select 1 from {quote(warehouse.staging_schema)}.sync_runs limit 1")[1]
    if first:
        replay(project, warehouse, cluster, utc_now(), lambda: _build_findings(project))
    out.print("syncing it")
    failed = sync_one(project, warehouse, cluster.config)
    failed |= build(project, DEMO_TARGET)
    if failed:
        raise WarehouseError("the demo failed: see the messages above")
    _summary(warehouse)
    file = project.home / "demo-report.html"
    write_report(project, warehouse, None, REPORT_DAYS, file)
    console().print(f"  the report: {file}", markup=False, soft_wrap=True)
    if not project.is_checkout:
        console().print(f"  your own cluster: `{program()} init FOLDER`", markup=False)
    return 0


def replay(
    project: Project, warehouse: Warehouse, cluster: DemoCluster, now: datetime, build_findings: Callable[[], object]
) -> None:
    """Sync the cluster as it was on earlier days, with a build after some of the syncs.

    Errors: QupersyncError.
    """
    try:
        for days in EARLIER_DAYS:
            then = now - timedelta(days=days)
            cluster.show(then)
            console().print(f"syncing it as it was {days} days ago")
            if sync_one(project, warehouse, cluster.config, now=then):
                raise WarehouseError("the demo failed: see the messages above")
            if days in BUILT_DAYS:
                build_findings()
                _forget_stale_syncs(warehouse)
    finally:
        cluster.show(None)


def _build_findings(project: Project) -> None:
    """Build the findings, and what they need, without tests."""
    console().print("building the findings of that day")
    quick = ("--quiet", "--log-level-file", "none", "--no-write-json")
    words = ("build", "--select", "+findings_history", "--exclude-resource-type", "test", "unit_test")
    if dbt(project, *quick, *words, target=DEMO_TARGET):
        raise WarehouseError("the demo failed: see the messages above")


def _forget_stale_syncs(warehouse: Warehouse) -> None:
    """A build of today finds a sync of an earlier day stale; on its day it was not."""
    connection = warehouse.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                f"delete from {quote(warehouse.marts_schema)}.findings_history where check_name = 'stale sync'"
            )
    finally:
        connection.close()


def _drop_former_demo(warehouse: Warehouse) -> None:
    """Another seed or size has another history: drop what the demo's warehouse holds of the former one."""
    if warehouse.database != EMBEDDED_DATABASES[DEMO_TARGET]:
        raise WarehouseError(f"{warehouse.where} is not the demo's database")
    connection = warehouse.connect()
    try:
        with connection, connection.cursor() as cursor:
            for schema in warehouse.schemas:
                cursor.execute(f"drop schema if exists {quote(schema)} cascade")
    finally:
        connection.close()


def _summary(warehouse: Warehouse) -> None:
    out = console()
    marts = quote(warehouse.marts_schema)

    def show(title: str, columns: dict[str, str], answer: tuple[list[str], list[tuple[Any, ...]]]) -> None:
        rows = [[str(value) if value is not None else "" for value in row] for row in answer[1]]
        out.print()
        print_table(out, list(columns.items()), rows, title)

    show(
        "The five largest spills",
        {"GB": NUMBER, "seconds": NUMBER, "user": NAME, "application": NAME, "started (UTC)": TEXT, "query": NAME},
        warehouse.fetch(
            f"""
            select round(spill_gb::numeric, 1), round(execution_seconds::numeric), user_name, application_name,
                to_char(start_time, 'YYYY-MM-DD HH24:MI'), substring(query_text, 1, 60)
            from {marts}.query_spill order by spill_gb desc limit 5
            """,
        ),
    )
    show(
        "Tables to vacuum",
        {"table": NAME, "GB": NUMBER, "reclaimable GB": NUMBER, "ghost rows %": NUMBER, "unsorted %": NUMBER,
         "last vacuum (UTC)": TEXT},
        warehouse.fetch(
            f"""
            select schema || '.' || table_name, round(size_gb::numeric, 1), round(reclaimable_gb::numeric, 1),
                round(pct_rows_marked_for_deletion::numeric, 1), round(unsorted_pct::numeric, 1),
                to_char(last_vacuum_date, 'YYYY-MM-DD HH24:MI')
            from {marts}.table_health where reclaimable_gb > 1 order by reclaimable_gb desc limit 5
            """,
        ),
    )  # fmt: skip
    show(
        "Nodes",
        {"node": NUMBER, "type": TEXT, "used %": NUMBER, "of GB": NUMBER, "GB a day": NUMBER,
         "days until full": NUMBER},
        warehouse.fetch(
            f"""
            select node_id, node_type, round(storage_utilization_pct::numeric, 1), round(capacity_gb::numeric),
                round(growth_gb_per_day::numeric, 1), round(days_until_full::numeric)
            from {marts}.node_storage order by node_id
            """,
        ),
    )  # fmt: skip
    out.print()
    show_findings(count_findings(warehouse))
    out.print("\n[bold]Next steps[/]")
    psql = f"{program()} warehouse psql --target {DEMO_TARGET}"
    out.print(f"  {psql} -c 'select * from qupersync_marts.query_patterns limit 5'", markup=False, soft_wrap=True)
    out.print(f"  {program()} status --target {DEMO_TARGET}", markup=False, soft_wrap=True)
    out.print("  the marts, each with its question, and how to sync your own cluster: README.md")
