"""Marts sum up to the entities; own queries and prices are settings."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.contracts import broken_contracts, broken_metrics, manifest_of, models_of
from tests.support.dbt_runs import dbt
from tests.support.documents import of
from tests.support.warehouses import TABLES, Warehouses, execute

CUTS = ("user_name", "application_name", "database_name", "queue_name", "query_type", "dbt_node_id", "cluster_id")


@pytest.mark.parametrize("cut", CUTS)
def test_workload_sums(built: Warehouse, cut: str) -> None:
    sums = (
        "sum({n})::bigint, sum({failed})::bigint, round(sum({execution})::numeric, 3), round(sum({queue})::numeric, 3), "
        "sum(spilled_blocks)::bigint, sum(bytes_scanned)::numeric"
    )
    daily = sums.format(n="query_count", failed="failed_count", execution="execution_seconds", queue="queue_seconds")
    whole = sums.format(
        n="1",
        failed="case when status = 'failed' then 1 else 0 end",
        execution="execution_time_us / 1e6",
        queue="queue_time_us / 1e6",
    )
    marts = execute(
        built, f"select coalesce({cut}, ''), {daily} from qupersync_marts.query_performance_daily group by 1 order by 1"
    )
    entity = execute(built, f"select coalesce({cut}, ''), {whole} from qupersync.query_history group by 1 order by 1")
    assert marts == entity
    assert len(marts) >= (1 if cut in ("cluster_id",) else 2)
    hourly = execute(built, f"select {daily} from qupersync_marts.query_performance_hourly")
    assert hourly == execute(built, f"select {whole} from qupersync.query_history")


def test_concurrency_loses_no_time(built: Warehouse) -> None:
    """Over all hours queries wait and run as long as they report; of the cluster no query waits or runs longer than it takes."""
    marts = "select sum(running_us), sum(waiting_us) from qupersync_marts.queue_concurrency_hourly"
    whole = "select sum(execution_time_us), sum(queue_time_us) from qupersync.query_history where not is_cache_hit"
    assert execute(built, marts) == execute(built, whole)


def test_percentiles(built: Warehouse) -> None:
    busiest = "select p50_execution_seconds, p95_execution_seconds, p99_execution_seconds from qupersync_marts.query_performance_hourly order by query_count desc limit 1"
    ((p50, p95, p99),) = execute(built, busiest)
    ((hour,),) = execute(
        built, "select query_hour from qupersync_marts.query_performance_hourly order by query_count desc limit 1"
    )
    times = sorted(
        row[0] / 1e6 for row in execute(built, "select execution_time_us from qupersync.query_history where date_trunc('hour', start_time) = %s", (hour,))
    )  # fmt: skip

    def share(p: float) -> float:
        at = p * (len(times) - 1)
        low = int(at)
        return times[low] + (at - low) * (times[min(low + 1, len(times) - 1)] - times[low])

    assert [p50, p95, p99] == pytest.approx([share(0.5), share(0.95), share(0.99)])


def test_own_queries_are_left_out(project: Project, warehouses: Warehouses, built: Warehouse) -> None:
    warehouse = warehouses.make(template=built)
    count: Callable[[], int] = lambda: execute(  # noqa: E731
        warehouse, "select sum(query_count) from qupersync_marts.query_performance_daily"
    )[0][0]
    before = count()
    execute(
        warehouse,
        "update qupersync.query_history set query_label = 'qupersync' where query_id in (select query_id from qupersync.query_history order by 1 limit 10)",
    )
    dbt(warehouse, "run", "--full-refresh", "--select", "marts", project=project)
    assert 0 < before - count() <= 20
    dbt(
        warehouse,
        "run",
        "--full-refresh",
        "--select",
        "marts",
        "--vars",
        "{include_own_queries: true}",
        project=project,
    )
    assert count() == before


def test_cost_needs_a_price(project: Project, warehouses: Warehouses, built: Warehouse) -> None:
    warehouse = warehouses.make(template=built)
    costs = "select distinct cost, cost_basis from qupersync_marts.cluster_cost_daily"
    assert execute(warehouse, costs) == [(None, "no price set")]
    ((node_type,),) = execute(warehouse, "select distinct node_type from qupersync.node_details")
    dbt(
        warehouse,
        "run",
        "--select",
        "cluster_cost_hourly+",
        "--vars",
        json.dumps({"node_hour_prices": {node_type: 1.5}}),
        project=project,
    )
    found = execute(warehouse, "select usage_us, cost, cost_basis from qupersync_marts.cluster_cost_daily")
    assert found
    assert all(cost == pytest.approx(1.5 * usage / 3.6e9) for usage, cost, _ in found)
    assert {basis for *_, basis in found} == {"node hours × price"}
    shared = """select cost_day, owner_kind, sum(usage_us), sum(cost_billionths) from qupersync_marts.cost_by_owner_daily
        group by cost_day, owner_kind order by cost_day, owner_kind"""
    kinds = ("application", "dbt node", "label", "pattern", "query type", "user")
    bill = "select cost_day, usage_us, cost_billionths from qupersync_marts.cluster_cost_daily order by cost_day"
    assert execute(warehouse, shared) == [
        (day, kind, *sums) for day, *sums in execute(warehouse, bill) for kind in kinds
    ]


def test_queries_of_the_readme(built: Warehouse) -> None:
    """They run, and give the columns of the output that stands below them."""
    asked = of("README.md", "sql")[1:]  # the first one grants rights on the cluster
    shown = [text for text in of("README.md", "text") if "---+---" in text]
    assert len(asked) == len(shown) == 2
    for query, output in zip(asked, shown):
        rows = execute(built, f"select row_to_json(answer) from ({query.rstrip().rstrip(';')}) as answer")
        assert rows
        assert list(rows[0][0]) == [name.strip() for name in output.splitlines()[0].split("|")]


def test_public_models_keep_their_contracts(project: Project, built: Warehouse) -> None:
    """Names, order and exact types; what is not public is private to the package."""
    assert broken_contracts(project, built) == {}
    models = models_of(manifest_of(project, built))
    folders = ("models/entities/", "models/marts/", "models/findings/findings")
    for name, model in models.items():
        public = model["original_file_path"].startswith(folders)
        assert (model["access"], model["group"]) == ("public" if public else "private", "qupersync"), name
        if public:
            assert model["config"]["contract"]["enforced"], name
            assert [column["name"] for column in model["columns"].values() if not column["data_type"]] == [], name


def test_list_of_tables_is_whole(project: Project, built: Warehouse) -> None:
    """What builds are killed in, and where faults happen."""
    models = models_of(manifest_of(project, built))
    tables = {name for name, model in models.items() if model["config"]["materialized"] == "incremental"}
    assert {model["config"]["materialized"] for model in models.values()} == {
        "incremental",
        "qupersync_view",
        "ephemeral",
    }
    assert set(TABLES) == tables


def test_metrics_are_computed_from_the_marts(project: Project, built: Warehouse) -> None:
    """Parsing validates the semantic models, but not their SQL."""
    semantic = manifest_of(project, built, "semantic_manifest.json")
    assert len(semantic["metrics"]) > 20
    assert [spine["node_relation"]["alias"] for spine in semantic["project_configuration"]["time_spines"]] == ["time_spine_daily"]  # fmt: skip
    assert broken_metrics(project, built) == {}
    # The one formula that a measure repeats.
    (measure,) = [
        m for s in semantic["semantic_models"] for m in s["measures"] if m["name"] == "redshift_reclaimable_gb"
    ]
    newest = "select max(snapshot_date) from qupersync.table_stats_history"
    ((gb, expected),) = execute(
        built,
        f"select (select sum({measure['expr']}) from qupersync.table_stats_history where snapshot_date = ({newest})), "
        "(select sum(reclaimable_gb) from qupersync_marts.table_health)",
    )
    assert gb == pytest.approx(expected)
    assert gb > 0


def test_time_spine_has_each_day_once(built: Warehouse) -> None:
    spine = (
        "select min(date_day), max(date_day), count(*), count(distinct date_day) from qupersync_marts.time_spine_daily"
    )
    ((first, last, days, distinct),) = execute(built, spine)
    assert days == distinct == (last - first).days + 1
    ends = "select min(query_day), max(query_day) from qupersync_marts.query_performance_daily"
    ((oldest, newest),) = execute(built, ends)
    assert first == oldest
    assert last >= newest
