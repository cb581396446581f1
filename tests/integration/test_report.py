"""The report in a real browser, the findings and what clears them, marts that sum up."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from qupersync.cli import main
from qupersync.commands.report import write_report
from qupersync.errors import ConfigurationError, WarehouseError
from qupersync.pipeline import sync_cluster
from qupersync.project import Project
from qupersync.report.contents import gather
from qupersync.source import utc_now
from qupersync.warehouse import Warehouse

from ..support import MADE, Warehouses, dbt, execute, stage, utc
from .lookalikes import Lookalikes

SCRIPT = "<script>document.title='taken'</script>"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Appended by the test: what the page drew, told in its own DOM.
PROBE = """<script>
const told = {};
for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
  const chart = Chart.getChart(canvas);
  told[canvas.dataset.chart] = chart.data.datasets.reduce((sum, dataset, i) =>
    sum + chart.getDatasetMeta(i).data.filter((mark, k) => dataset.data[k] !== null && !isNaN(mark.y)).length, 0);
}
const probe = document.createElement("pre"); probe.id = "probe"; probe.textContent = JSON.stringify(told);
document.body.append(probe);
</script>"""


@pytest.fixture(scope="module")
def built(project: Project, warehouses: Warehouses, lookalikes: Lookalikes) -> Warehouse:
    """A synced and built warehouse of the made-up cluster, with a hostile table and endless texts."""
    warehouse, cluster, now = warehouses.make(), lookalikes.make(queries=3000, seed=61), utc_now()
    for ago in (2, 0):
        at = now - timedelta(days=ago)
        cluster.show(at)
        sync_cluster(project, warehouse, cluster.config, now=at)
    execute(
        warehouse,
        """insert into qupersync_staging.svv_table_info (cluster_id, sync_id, synced_at, connected_database, "database",
            "schema", table_id, "table", encoded, diststyle, size, tbl_rows, estimated_visible_rows, stats_off)
        select cluster_id, sync_id, synced_at, connected_database, "database", 'a"b; drop', 987654, %s, 'Y', 'EVEN',
            9000000, 9000000000, 1, 90
        from qupersync_staging.svv_table_info""",
        (SCRIPT,),
    )
    execute(
        warehouse,
        "update qupersync_staging.sys_query_history set query_text = rpad(coalesce(query_text, ''), 60000, 'x')",
    )
    dbt(warehouse, *MADE, project=project)
    return warehouse


# -- the page ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(built: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("report") / "report.html"
    write_report(built, None, 14, file)
    return file


def browse(page: Path, folder: Path) -> tuple[str, str, list[str]]:
    """The DOM once the scripts ran, what the console said, and the addresses that were asked for."""
    if not CHROMIUM:
        pytest.skip("no chromium here")
    log = folder / "net.json"
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}",
         "--enable-logging=stderr", "--virtual-time-budget=4000", "--window-size=1400,2000", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    console = "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)
    events = [event.get("params", {}) for event in json.loads(log.read_text(encoding="utf-8"))["events"]]
    # The browser's own business has no origin; what a page asks for has the page's.
    asked = [
        p["url"]
        for p in events
        if str(p.get("url", "")).startswith("http") and p.get("initiator", "not an origin") != "not an origin"
    ]
    return done.stdout, console, asked


def test_every_chart_has_a_mark_for_each_row_behind_it(built: Warehouse, page: Path, tmp_path: Path) -> None:
    probed = tmp_path / "probed.html"
    probed.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE + "</body>"), encoding="utf-8")
    dom, console, asked = browse(probed, tmp_path)
    found = json.loads(unescape(re.search(r'<pre id="probe">(.*?)</pre>', dom, re.S).group(1)))  # type: ignore[union-attr]
    sections = gather(built, None, 14, utc_now()).sections
    assert found == {chart.name: chart.marks for section in sections for chart in section.charts}
    assert min(found.values()) > 0
    (days,) = execute(
        built, "select count(distinct query_day) from qupersync_marts.query_performance_daily where query_day > (select max(synced_at)::date - 14 from qupersync_staging.sync_runs)"
    )  # fmt: skip
    assert found["queries"] == days[0]
    assert console == ""
    assert asked == []


def test_texts_of_the_data_are_texts(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert SCRIPT not in text
    assert "&lt;script&gt;document.title=" in text
    assert page.stat().st_size < 5_000_000
    dom, _, _ = browse(page, tmp_path)
    assert "<title>QuperSync" in dom


def test_a_name_in_the_charts_cannot_end_the_script(built: Warehouse) -> None:
    from qupersync.report.page import _for_script

    assert "</" not in str(_for_script({"</script><b>": 1}))


def test_the_command_says_what_is_wrong(
    built: Warehouse, warehouse: Warehouse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--target", built.target, "-o", str(tmp_path / "r.html"), "--days", "3"]) == 0
    assert "report:" in capsys.readouterr().out
    with pytest.raises(ConfigurationError, match="--cluster nobody: not in"):
        write_report(built, ["nobody"], 7, tmp_path / "r.html")
    with pytest.raises(ConfigurationError, match="there is no folder"):
        write_report(built, None, 7, tmp_path / "none" / "r.html")
    with pytest.raises(WarehouseError, match="nothing to report yet"):
        write_report(warehouse, None, 7, tmp_path / "r.html")


def test_status_tells_the_findings(built: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    counted = dict(execute(built, "select severity, count(*) from qupersync_marts.findings group by severity"))
    assert main(["status", "--target", built.target, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["findings"]
    assert told == {severity: counted.get(severity, 0) for severity in ("critical", "warning", "info")}
    assert main(["status", "--target", built.target]) == 0
    assert f"{counted['warning']} warning" in capsys.readouterr().out


# -- findings ---------------------------------------------------------------------------------------------------------


def parsed_as(statement: str) -> str:
    """What a statement is: by sqlglot's Redshift dialect, or by our own grammar where sqlglot has no class for it."""
    name = r'"(?:[^"]|"")+"'
    if re.fullmatch(
        rf"VACUUM (FULL|DELETE ONLY|SORT ONLY) {name}\.{name} TO 100 PERCENT;|VACUUM REINDEX {name}\.{name};", statement
    ):
        return "vacuum"
    tree = sqlglot.parse_one(statement, read="redshift")
    if isinstance(tree, exp.Command):
        assert re.fullmatch(rf"ALTER TABLE {name}\.{name} ALTER (ENCODE|DISTSTYLE) AUTO;", statement), statement
        return "alter"
    return type(tree).__name__.lower()


def test_every_statement_is_what_it_says(built: Warehouse) -> None:
    found = execute(built, "select check_name, statement from qupersync_marts.findings where statement is not null")
    kinds = {check: parsed_as(statement) for check, statement in found}
    expected = {"ghost rows": "vacuum", "unsorted rows": "vacuum", "stale statistics": "analyze", "skewed rows": "alter",
                "no compression": "alter", "failed vacuum": "vacuum"}  # fmt: skip
    assert kinds == {check: kind for check, kind in expected.items() if check in kinds}
    assert len(kinds) >= 4
    quoted = f'"a""b; drop"."{SCRIPT}"'
    assert ("ghost rows", f"VACUUM DELETE ONLY {quoted} TO 100 PERCENT;") in found
    assert ("stale statistics", f"ANALYZE {quoted};") in found


def _table(**values: Any) -> dict[str, Any]:
    healthy = {"database": "d", "schema": "s", "table": "t", "table_id": 1, "encoded": "Y", "diststyle": "EVEN", "size": 9000,
               "sortkey1": "a", "tbl_rows": 9e6, "estimated_visible_rows": 9e6, "unsorted": 0.0, "stats_off": 0.0,
               "vacuum_sort_benefit": 0.0, "skew_rows": 1.0, "connected_database": "db"}  # fmt: skip
    return {**healthy, **values}


# What is out of bounds, and what Redshift shows once the finding's statement has run.
CURED: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("ghost rows", "VACUUM DELETE ONLY", {"estimated_visible_rows": 5e6}, {"tbl_rows": 5.1e6, "estimated_visible_rows": 5.1e6}),
    ("unsorted rows", "VACUUM SORT ONLY", {"unsorted": 40.0, "vacuum_sort_benefit": 30.0}, {}),
    ("stale statistics", "ANALYZE", {"stats_off": 80.0}, {}),
    ("skewed rows", "ALTER DISTSTYLE AUTO", {"diststyle": "KEY(k)", "skew_rows": 9.0}, {"diststyle": "AUTO(EVEN)", "skew_rows": 9.0}),
    ("no compression", "ALTER ENCODE AUTO", {"encoded": "N"}, {"encoded": "Y, AUTO(ENCODE)"}),
    ("failed vacuum", "VACUUM FULL", {}, {}),
]  # fmt: skip


def _vacuum(day: datetime, finished: bool) -> dict[str, Any]:
    """A run on the first table: one that failed, or one that finished."""
    return {"user_id": 100, "transaction_id": day.day, "database_name": "d", "schema_name": "s", "table_name": "t0",
            "table_id": 0, "vacuum_type": "Full", "status": "Finished" if finished else "Failed",
            "start_time": day - timedelta(hours=2), "end_time": day - timedelta(hours=1)}  # fmt: skip


def test_following_a_finding_clears_it_and_its_history_stays(project: Project, warehouses: Warehouses) -> None:
    warehouse = warehouses.make()
    dbt(warehouse, *MADE, project=project)
    found = "select check_name, statement, first_seen from qupersync_marts.findings where check_name <> 'stale sync'"
    days = [utc("2026-05-01") + timedelta(days=n) for n in range(4)]
    sick = [_table(table_id=n, table=f"t{n}", **bad) for n, (_, _, bad, _) in enumerate(CURED)]
    healed = [_table(table_id=n, table=f"t{n}", **good) for n, (_, _, _, good) in enumerate(CURED)]
    for day, tables in zip(days, (sick, sick, healed, sick)):
        vacuums = [] if tables is sick and day == days[1] else [_vacuum(day, finished=tables is healed)]
        stage(warehouse, {"svv_table_info": tables, "sys_vacuum_history": vacuums}, f"s{day:%d}", day)
        dbt(warehouse, "run", project=project)
        now = execute(warehouse, found)
        if tables is healed:
            assert now == []
        else:
            assert {check for check, _, _ in now} == {check for check, *_ in CURED}
            for check, statement, first_seen in now:
                wanted = next(words for name, words, *_ in CURED if name == check)
                assert all(word in statement for word in wanted.split())
                assert first_seen == (days[3] if day == days[3] else days[0])
    history = execute(
        warehouse,
        "select check_name, first_seen, last_seen, resolved_at from qupersync_marts.findings_history"
        " where check_name <> 'stale sync' order by 1, 2",
    )
    assert history == sorted(
        row for check, *_ in CURED for row in ((check, days[0], days[1], days[2]), (check, days[3], days[3], None))
    )


def test_a_run_can_fail_on_findings(
    built: Warehouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("qupersync.commands.sync.sync", lambda *_: 0)
    monkeypatch.setattr("qupersync.commands.build.build", lambda *_: 0)
    assert main(["run", "--target", built.target]) == 0
    assert main(["run", "--target", built.target, "--fail-on", "info"]) == 4
    assert main(["run", "--target", built.target, "--fail-on", "warning"]) == 4
    execute(built, "alter view qupersync_marts.findings rename to hidden_findings")
    try:
        assert main(["run", "--target", built.target, "--fail-on", "info"]) == 0
        assert "not built yet" in capsys.readouterr().out
    finally:
        execute(built, "alter view qupersync_marts.hidden_findings rename to findings")


# -- sums -------------------------------------------------------------------------------------------------------------

CUTS = ("user_name", "application_name", "database_name", "queue_name", "query_type", "dbt_node_id", "cluster_id")


@pytest.mark.parametrize("cut", CUTS)
def test_the_workload_sums_up_to_the_history(built: Warehouse, cut: str) -> None:
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


def test_percentiles_are_those_of_the_history(built: Warehouse) -> None:
    told = "select p50_execution_seconds, p95_execution_seconds, p99_execution_seconds from qupersync_marts.query_performance_hourly order by query_count desc limit 1"
    ((p50, p95, p99),) = execute(built, told)
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


def test_our_own_queries_stay_out_of_the_marts(project: Project, warehouses: Warehouses, built: Warehouse) -> None:
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


def test_a_cost_is_known_only_with_a_price(project: Project, warehouses: Warehouses, built: Warehouse) -> None:
    warehouse = warehouses.make(template=built)
    costs = "select distinct cost, cost_basis from qupersync_marts.cluster_cost_daily"
    assert execute(warehouse, costs) == [(None, "no price set")]
    ((node_type,),) = execute(warehouse, "select distinct node_type from qupersync.node_details")
    dbt(
        warehouse,
        "run",
        "--select",
        "cluster_cost_daily",
        "--vars",
        json.dumps({"node_hour_prices": {node_type: 1.5}}),
        project=project,
    )
    found = execute(warehouse, "select node_hours, cost, cost_basis from qupersync_marts.cluster_cost_daily")
    assert found
    assert all(cost == 1.5 * hours and basis == "node hours × price" for hours, cost, basis in found)
