"""The bill is shared out to the last unit: against a simulator that walks through every second, and whatever the queries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extras import execute_values

from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.cost_simulator import BEGIN, KINDS, Execution, hour_of, simulate
from tests.support.dbt_runs import dbt
from tests.support.warehouses import Warehouses, execute

TABLES = ("billed_hours", "carried_executions", "executed_hours", "executed_hours_by_owner")
PRICES = {"node_hour_prices": {"t": 3.26}, "rpu_hour_prices": {"workgroup": 0.375}}
READ_UNTIL = BEGIN + timedelta(days=9)
chosen = settings(
    max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@dataclass
class Costs:
    """A built warehouse, and the SQL with which dbt fills the tables behind the costs."""

    connection: Any
    fill: dict[str, str]

    def of(
        self, executions: list[Execution], snapshots: dict[int, int], charges: dict[int, int], unit: int = 1_000_000
    ) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of the marts; times are in ``unit`` µs."""
        with self.connection.cursor() as cursor:
            rows = []
            for number, one in enumerate(executions):
                user, application, kind, label, pattern, node = one.owners
                start, elapsed = BEGIN + timedelta(microseconds=one.start * unit), (one.wait + one.execution) * unit
                rows.append(
                    ("x", one.cluster, number, start, user, application, "dev", "success", kind, label or None, pattern, node or None, elapsed,
                     one.execution * unit, one.cached, start + timedelta(microseconds=elapsed))
                )  # fmt: skip
            _insert(cursor, "query_history", "transaction_id, cluster_id, query_id, start_time, user_name, application_name, database_name, status, "
                    "query_type, query_label, query_hash, dbt_node_id, elapsed_time_us, execution_time_us, is_cache_hit, end_time", rows)  # fmt: skip
            _insert(cursor, "node_details_history", "cluster_id, node_id, snapshot_date, synced_at, node_type", [
                ("nodes", node, at.date(), at, "t")
                for second, count in snapshots.items() for at in [BEGIN + timedelta(seconds=second)] for node in range(count)
            ])  # fmt: skip
            _insert(cursor, "serverless_usage_history", "cluster_id, start_time, end_time, charged_seconds", [
                ("workgroup", at, at + timedelta(minutes=1), charge)
                for minute, charge in charges.items() for at in [BEGIN + timedelta(minutes=minute)]
            ])  # fmt: skip
            for sql in self.fill.values():
                cursor.execute(sql)
            found = {}
            for mart, columns in {
                "cost_rates_hourly": "cluster_id, cost_hour, usage_us, elapsed_us, busy_us, execution_us, busy_usage_us, cost_billionths, busy_cost_billionths",
                "cost_by_owner_hourly": "cluster_id, cost_hour, owner_kind, owner, is_idle, usage_us, cost_billionths",
                "cost_by_owner_daily": "cluster_id, cost_day, owner_kind, owner, is_idle, usage_us, cost_billionths",
                "cluster_cost_daily": "cluster_id, cost_day, usage_us, cost_billionths",
                "query_cost": "query_id, usage_us, cost",
            }.items():
                cursor.execute(f"select {columns} from qupersync_marts.{mart} order by {columns}")
                found[mart] = cursor.fetchall()
        self.connection.rollback()
        return found


def _insert(cursor: Any, entity: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    """Insert rows of an entity; what they lack and may not be NULL is 0, '' or false."""
    cursor.execute(
        "select column_name, data_type from information_schema.columns where table_schema = 'qupersync' and table_name = %s "
        "and is_nullable = 'NO'", (entity,),
    )  # fmt: skip
    blanks = {"bigint": "0", "double precision": "0", "boolean": "false", "timestamp without time zone": "'2026-05-09'"}
    given = columns.split(", ")
    others = {name: blanks.get(kind, "''") for name, kind in cursor.fetchall() if name not in given}
    if "transaction_id" in given:
        rows, given = [row[1:] for row in rows], given[1:]
    if rows:
        values = "(" + ", ".join(["%s"] * len(given) + list(others.values())) + ")"
        execute_values(
            cursor, f"insert into qupersync.{entity} ({', '.join([*given, *others])}) values %s", rows, values
        )


@pytest.fixture(scope="module")
def costs(project: Project, warehouses: Warehouses, empty: Warehouse, home: Path) -> Iterator[Costs]:
    """The tables behind the costs are built from nothing, with two clusters in the ledger: so all of their SQL is seen."""
    warehouse = warehouses.make(template=empty)
    for table in TABLES:
        execute(warehouse, f"drop table qupersync_marts.{table} cascade")
    for entity in ("node_details_history", "serverless_usage_history"):
        for cluster in ("nodes", "workgroup"):
            execute(
                warehouse,
                "insert into qupersync_staging.absorbed_syncs values (%s, %s, %s)",
                (entity, cluster, READ_UNTIL),
            )
    words = ("run", "--select", "path:models/costs", "path:models/marts/cost", "--vars", json.dumps(PRICES))
    dbt(warehouse, *words, project=project)
    fill = {}
    for table in TABLES:
        (file,) = (path for path in (home / "target" / warehouse.target).rglob(f"compiled/**/costs/{table}.sql"))
        columns = ", ".join(
            name for (name,) in execute(
                warehouse, "select column_name from information_schema.columns where table_schema = 'qupersync_marts' and table_name = %s", (table,)
            )
        )  # fmt: skip
        fill[table] = (
            f"insert into qupersync_marts.{table} ({columns}) select {columns} from ({file.read_text(encoding='utf-8')}) as built"
        )
    connection = warehouse.connect()
    yield Costs(connection, fill)
    connection.close()


owners = st.tuples(
    *[
        st.sampled_from(names)
        for names in (("ann", "bob"), ("", "dbt"), ("copy", "select"), ("", "etl"), ("h1", "h2", "h3"), ("", "model.a"))
    ]
)


def executions(longest: int, begin: int = 79_200, span: int = 21_600) -> st.SearchStrategy[list[Execution]]:
    """Queries around midnight."""
    return st.lists(
        st.builds(
            Execution, st.sampled_from(("nodes", "workgroup")), st.integers(begin, begin + span), st.sampled_from((0, 0, longest // 60)),
            st.integers(0, longest) | st.integers(0, 9), st.sampled_from((False, False, False, True)), owners,
        ), max_size=9,
    )  # fmt: skip


snapshots = st.builds(
    lambda first, count, second, later: {first: count, second: later},
    st.integers(78_000, 86_399), st.integers(1, 4), st.integers(86_400, 100_000), st.integers(1, 4),
)  # fmt: skip
charges = st.dictionaries(st.integers(1_330, 1_600), st.sampled_from((0, 60, 480, 7)), max_size=20)


@chosen
@given(executions(9_000), snapshots, charges)
def test_costs_are_those_of_every_second(
    costs: Costs, ran: list[Execution], taken: dict[int, int], charged: dict[int, int]
) -> None:
    wanted = simulate(ran, taken, charged, {"nodes": 3_260_000_000, "workgroup": 375_000_000})
    found = costs.of(ran, taken, charged)
    assert found["cost_rates_hourly"] == sorted(
        (cluster, hour, one.usage_us, one.elapsed_us, min(one.busy_us, one.elapsed_us), one.execution_us, one.busy_usage_us, one.cost, one.busy_cost)
        for (cluster, hour), one in wanted.items()
    )  # fmt: skip
    assert found["cost_by_owner_hourly"] == sorted(
        (cluster, hour, kind, owner, owner == "idle", *share)
        for (cluster, hour), one in wanted.items() for kind in KINDS for owner, share in one.shares(kind).items()
    )  # fmt: skip
    _conserved(found)
    for number, one in enumerate(ran):  # the shares of queries are not rounded
        _, usage, cost = found["query_cost"][number]
        begin = one.start + one.wait
        seconds = range(0) if one.cached else range(begin, begin + one.execution)
        hours = [wanted.get((one.cluster, hour_of(second))) for second in seconds]
        if None in hours:
            assert usage is None
            assert cost is None
        else:
            assert usage == pytest.approx(
                sum(1e6 * hour.busy_usage_us / hour.execution_us for hour in hours if hour), rel=1e-9
            )
            assert cost == pytest.approx(
                sum(1e-3 * (hour.busy_cost or 0) / hour.execution_us for hour in hours if hour), rel=1e-9
            )


def _conserved(found: dict[str, list[tuple[Any, ...]]]) -> None:
    """In every hour and day, each kind of owner sums up to the bill: usage and cost."""
    for kind in KINDS:
        for mart, bill in (
            ("cost_by_owner_hourly", "cost_rates_hourly"),
            ("cost_by_owner_daily", "cluster_cost_daily"),
        ):
            sums: dict[tuple[Any, ...], list[int]] = {}
            for cluster, period, of_kind, _, _, usage, cost in found[mart]:
                if of_kind == kind:
                    assert usage >= 0
                    assert cost >= 0
                    total = sums.setdefault((cluster, period), [0, 0])
                    total[:] = total[0] + usage, total[1] + cost
            wanted = {
                row[:2]: [row[2], row[7 if bill == "cost_rates_hourly" else 3]] for row in found[bill]
            }  # fmt: skip
            assert sums == wanted, kind


@chosen
@given(executions(9_000_000_017, 79_200_000_003, 21_600_000_000), snapshots, charges, st.data())
def test_no_split_and_no_order_changes_a_share(
    costs: Costs, ran: list[Execution], taken: dict[int, int], charged: dict[int, int], data: st.DataObject
) -> None:
    """To the microsecond: what is shared out is the bill, and an owner's share follows from the time that it executed."""
    found = costs.of(ran, taken, charged, unit=1)
    _conserved(found)
    parts = []
    for one in data.draw(st.permutations(ran)):
        if one.execution > 1 and not one.cached:
            at = data.draw(st.integers(1, one.execution - 1))
            parts.append(replace(one, execution=at))
            parts.append(replace(one, wait=one.wait + at, execution=one.execution - at))
        else:
            parts.append(one)
    split = costs.of(parts, taken, charged, unit=1)
    for mart in ("cost_rates_hourly", "cost_by_owner_hourly", "cost_by_owner_daily", "cluster_cost_daily"):
        assert split[mart] == found[mart], mart
