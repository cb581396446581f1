"""The demo's story, as the marts show it."""

from __future__ import annotations

from datetime import datetime, timedelta

from qupersync.warehouse.base import Warehouse
from tests.support.cluster_factories import ClusterFactories
from tests.support.warehouses import execute


def test_a_pattern_slows_down_on_a_day(built: Warehouse) -> None:
    days = execute(
        built,
        """select execution_time_us / query_count / 1e6, bytes_scanned / query_count / 1e9, query_hash
        from qupersync_marts.query_patterns_daily where query_text like '%funnel_step%' order by query_day""",
    )
    # The first day is not whole, and the last may have few runs.
    seconds, gigabytes = (sum(day[n] for day in days[1:9]) / 8 for n in (0, 1))
    slow = [day[0] > 2 * seconds for day in days]
    assert slow == sorted(slow), "a step, not a spike"
    assert 4 <= sum(slow) <= 5
    assert slow == [day[1] > 2 * gigabytes for day in days]
    found = execute(
        built, "select object_name, measured from qupersync_marts.findings where check_name = 'slower pattern'"
    )
    assert 2 < dict(found)[f"pattern {days[0][2]}"] < 4


def test_node_hours_are_those_of_the_whole_story(built: Warehouse) -> None:
    """Four nodes from the first day on until the newest sync, also on the days that no sync read."""
    ((used, wanted),) = execute(
        built,
        """select (select sum(usage_us) from qupersync_marts.cluster_cost_daily),
            (select 4 * round(extract(epoch from max(synced_at) - date_trunc('day', min(synced_at))) * 1000000)
             from qupersync.node_details_history)""",
    )
    assert used == wanted
    assert 4 * 24 * 13 < int(used) / 3.6e9 < 4 * 24 * 14
    ((lowest, whole),) = execute(
        built, "select min(idle_usage_us), sum(usage_us) from qupersync_marts.cost_rates_hourly"
    )
    assert lowest >= 0
    assert whole == used


def test_queues_jam_on_mondays(built: Warehouse) -> None:
    monday = "extract(isodow from query_hour) = 1 and extract(hour from query_hour) between 8 and 11"
    ((share,),) = execute(
        built,
        f"""select sum(queue_seconds) filter (where {monday}) / sum(queue_seconds)
        from qupersync_marts.query_performance_hourly""",
    )
    assert share > 0.8
    ((share,),) = execute(
        built,
        f"""select sum(waiting_us) filter (where {monday}) / sum(waiting_us)
        from qupersync_marts.queue_concurrency_hourly where queue_name <> 'Transform'""",
    )
    assert share > 0.8
    most = "select peak_waiting > peak_running and slots_needed > peak_running from qupersync_marts.queue_concurrency_hourly order by waiting_us desc limit 1"
    assert execute(built, most) == [(True,)]


def test_findings_come_and_go_on_different_days(built: Warehouse) -> None:
    history = execute(
        built,
        """select check_name, coalesce(object_name, ''), cast(first_seen as date), cast(last_seen as date),
            cast(resolved_at as date) from qupersync_marts.findings_history""",
    )
    assert len({first for *_, first, _, _ in history}) == 3
    assert len({last for *_, last, _ in history}) == 3
    assert len({resolved for *_, resolved in history if resolved}) == 2
    resolved = {(check, name) for check, name, *_, until in history if until}
    still_open = {(check, name) for check, name, *_, until in history if not until}
    assert {("ghost rows", '"marts"."orders"'), ("skewed rows", '"staging"."tmp_migration"')} <= resolved
    assert {("days until full", "node 3"), ("failed vacuum", '"marts"."sessions"')} <= still_open
    assert {"failing pattern", "spilling pattern"} <= {check for check, _ in resolved}
    assert "stale sync" not in {check for check, *_ in history}


def test_errors_start_on_a_day(built: Warehouse) -> None:
    days = execute(
        built,
        """select failed_count, query_count from qupersync_marts.query_patterns_daily
        where query_text like '%copy crm.contacts from%' order by query_day""",
    )
    first = next(n for n, (failed, _) in enumerate(days) if failed > 2)
    assert len(days) - 4 <= first < len(days) - 1
    before, since = (sum(f for f, _ in part) / sum(n for _, n in part) for part in (days[:first], days[first:]))
    assert before < 0.1
    assert since > 0.5


def test_tables_differ(built: Warehouse) -> None:
    health = {
        (database, f"{schema}.{table}"): (rows, ghosts, unsorted, vacuumed)
        for database, schema, table, *(rows, ghosts, unsorted, vacuumed) in execute(
            built,
            """select database_name, schema, table_name, tbl_rows, pct_rows_marked_for_deletion, unsorted_pct, last_vacuum_date
            from qupersync_marts.table_health""",
        )
    }
    assert {database for database, _ in health} == {"prod", "dev"}
    _, ghosts, _, vacuumed = health["prod", "raw.page_views"]
    assert ghosts > 30
    assert vacuumed is None
    assert health["prod", "marts.orders"][1] < 5  # vacuumed yesterday
    assert health["prod", "marts.orders"][3] is not None
    assert health["prod", "marts.sessions"][2] > 30
    sizes = [
        row[0]
        for row in execute(
            built,
            """select size_mb from qupersync.table_stats_history
            where schema = 'raw' and table_name = 'clickstream' order by snapshot_date""",
        )
    ]
    assert len(sizes) == 6
    assert sizes == sorted(set(sizes)), "it grows from sync to sync"
    nodes = "select node_id from qupersync_marts.node_storage where days_until_full < 14"
    assert execute(built, nodes) == [(3,)]


def test_nothing_is_older_than_the_window(built: Warehouse) -> None:
    oldest, newest = execute(
        built,
        """select least(
            (select min(start_time) from qupersync.query_history), (select min(start_time) from qupersync.vacuum_history),
            (select min(start_time) from qupersync_marts.unfinished_queries),
            (select min(first_seen) from qupersync_marts.findings_history)
        ), (select max(synced_at) from qupersync_staging.sync_runs)""",
    )[0]
    assert timedelta(days=13) < newest - oldest < timedelta(days=15)


def test_same_seed_and_time_make_the_same_rows(factories: ClusterFactories) -> None:
    now, clock = datetime(2026, 5, 20, 14, 30), datetime(2026, 5, 19, 9, 15)
    views = ("sys_query_history", "sys_query_detail", "svv_table_info", "stl_vacuum", "sys_connection_log")
    contents = []
    for seed in (7, 7, 8):
        cluster = factories.make(queries=200, seed=seed, now=now)
        cluster.show(clock)
        digest = "select md5(string_agg(r::text, ' ' order by r::text)), count(*) from public.{} r"
        contents.append([factories.run(cluster, digest.format(view))[0] for view in views])
    assert contents[0] == contents[1] != contents[2]
    assert min(count for _, count in contents[0]) > 20
