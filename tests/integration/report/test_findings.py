"""Findings: valid statements, cleared once they are followed, counted by `status` and `run`."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from qupersync.cli.parser import main
from qupersync.project import Project
from qupersync.warehouse.base import Warehouse
from tests.support.dbt_runs import BUILD, dbt
from tests.support.report_warehouse import SCRIPT
from tests.support.staged_rows import stage, utc
from tests.support.warehouses import Warehouses, execute


def parsed_as(statement: str) -> str:
    """The kind of a statement: by sqlglot's Redshift dialect, or by our own grammar where sqlglot has no class for it."""
    name = r'"(?:[^"]|"")+"'
    if re.fullmatch(
        rf"VACUUM (FULL|DELETE ONLY|SORT ONLY) {name}\.{name} TO 100 PERCENT;|VACUUM REINDEX {name}\.{name};", statement
    ):
        return "vacuum"
    tree = sqlglot.parse_one(statement, read="redshift")
    if isinstance(tree, exp.Command):
        assert re.fullmatch(rf"ALTER TABLE {name}\.{name} ALTER (ENCODE|DISTSTYLE|SORTKEY) AUTO;", statement), statement
        return "alter"
    return type(tree).__name__.lower()


def test_statements_parse(built: Warehouse) -> None:
    found = execute(built, "select check_name, statement from qupersync_marts.findings where statement is not null")
    kinds = {check: parsed_as(statement) for check, statement in found}
    expected = {"ghost rows": "vacuum", "unsorted rows": "vacuum", "stale statistics": "analyze", "skewed rows": "alter",
                "no compression": "alter", "failed vacuum": "vacuum"}  # fmt: skip
    # A check that is not listed has parsed as one of these statements, too.
    assert {check: kind for check, kind in kinds.items() if check in expected}.items() <= expected.items()
    assert set(kinds.values()) <= set(expected.values())
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
FIXES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
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


def _states(warehouse: Warehouse, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, str]:
    """What `qupersync findings` lists, by check."""
    assert main(["findings", "--target", warehouse.target, "--json", *words]) == 0
    listed = json.loads(capsys.readouterr().out)["findings"]
    return {one["check_name"]: one["state"] for one in listed if one["check_name"] != "stale sync"}


def test_following_a_finding_clears_it(
    project: Project, warehouses: Warehouses, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = warehouses.make()
    dbt(warehouse, *BUILD, project=project)
    found = "select check_name, statement, first_seen from qupersync_marts.findings where check_name <> 'stale sync'"
    days = [utc("2026-05-01") + timedelta(days=n) for n in range(4)]
    sick = [_table(table_id=n, table=f"t{n}", **bad) for n, (_, _, bad, _) in enumerate(FIXES)]
    healed = [_table(table_id=n, table=f"t{n}", **good) for n, (_, _, _, good) in enumerate(FIXES)]
    for day, tables in zip(days, (sick, sick, healed, sick)):
        vacuums = [] if tables is sick and day == days[1] else [_vacuum(day, finished=tables is healed)]
        stage(warehouse, {"svv_table_info": tables, "sys_vacuum_history": vacuums}, f"s{day:%d}", day)
        dbt(warehouse, "run", project=project)
        now = execute(warehouse, found)
        states = _states(warehouse, capsys, "--new")
        if day == days[1]:
            assert states == {}
        else:
            assert states == {check: "resolved" if tables is healed else "new" for check, *_ in FIXES}
        if tables is healed:
            assert now == []
        else:
            assert {check for check, _, _ in now} == {check for check, *_ in FIXES}
            for check, statement, first_seen in now:
                wanted = next(words for name, words, *_ in FIXES if name == check)
                assert all(word in statement for word in wanted.split())
                assert first_seen == (days[3] if day == days[3] else days[0])
    history = execute(
        warehouse,
        "select check_name, first_seen, last_seen, resolved_at from qupersync_marts.findings_history"
        " where check_name <> 'stale sync' order by 1, 2",
    )
    assert history == sorted(
        row for check, *_ in FIXES for row in ((check, days[0], days[1], days[2]), (check, days[3], days[3], None))
    )


def test_run_fails_on_findings(
    built: Warehouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("qupersync.cli.sync.sync", lambda *_: 0)
    monkeypatch.setattr("qupersync.cli.build.build", lambda *_: 0)
    assert main(["run", "--target", built.target]) == 0
    assert main(["run", "--target", built.target, "--fail-on", "info"]) == 4
    assert main(["run", "--target", built.target, "--fail-on", "warning"]) == 4
    execute(built, "alter view qupersync_marts.findings rename to hidden_findings")
    try:
        assert main(["run", "--target", built.target]) == 0
        assert "not built yet" in capsys.readouterr().out
        assert main(["run", "--target", built.target, "--fail-on", "info"]) == 1  # unknown is not none
        assert "--fail-on info: " in capsys.readouterr().err
    finally:
        execute(built, "alter view qupersync_marts.hidden_findings rename to findings")


def test_findings_are_listed(built: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    """All of the mart's, the worst first, as text and as JSON; unknown clusters are named."""
    names, rows = built.fetch("select * from qupersync_marts.findings")
    assert main(["findings", "--target", built.target, "--json"]) == 0
    listed = [one for one in json.loads(capsys.readouterr().out)["findings"] if one["state"] != "resolved"]
    key = ("severity", "cluster_id", "check_name", "object_name", "reason", "statement")
    assert sorted(str([one[name] for name in key]) for one in listed) == sorted(
        str([row[names.index(name)] for name in key]) for row in rows
    )
    severities = [("critical", "warning", "info").index(one["severity"]) for one in listed]
    assert severities == sorted(severities)
    assert main(["findings", "--target", built.target]) == 0
    text = capsys.readouterr().out
    assert [text.count(one["reason"]) >= 1 and (one["statement"] or "") in text for one in listed] == [True] * len(rows)
    assert main(["findings", "--target", built.target, "--cluster", "absent"]) == 2
    assert "--cluster absent: " in capsys.readouterr().err


def test_status_counts_findings(built: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    counted = dict(execute(built, "select severity, count(*) from qupersync_marts.findings group by severity"))
    assert main(["status", "--target", built.target, "--json"]) == 0
    reported = json.loads(capsys.readouterr().out)["findings"]
    assert reported == {
        **{severity: counted.get(severity, 0) for severity in ("critical", "warning", "info")},
        "muted": 0,
    }
    assert main(["status", "--target", built.target]) == 0
    assert f"{counted['warning']} warning" in capsys.readouterr().out


def test_muted_findings_do_not_count(
    built: Warehouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """They stay in the mart with their reason, and the report shows them apart."""
    definition = execute(built, "select pg_get_viewdef('qupersync_marts.findings'::regclass)")[0][0]
    text = re.sub(
        r"NULL::character varying(\(1024\))?(::character varying)? AS muted_reason",
        "'known <b>'::varchar(1024) AS muted_reason",
        definition,
    )
    assert text != definition
    number = execute(built, "select count(*) from qupersync_marts.findings")[0][0]
    monkeypatch.setattr("qupersync.cli.sync.sync", lambda *_: 0)
    monkeypatch.setattr("qupersync.cli.build.build", lambda *_: 0)
    for sql, code, muted in ((text, 0, number), (definition, 4, 0)):
        execute(built, "drop view qupersync_marts.findings")
        execute(built, f"create view qupersync_marts.findings as {sql}")
        assert main(["run", "--target", built.target, "--fail-on", "info"]) == code
        assert (f"{number} muted" in capsys.readouterr().out) == bool(muted)
        file = tmp_path / "report.html"
        assert main(["report", "--target", built.target, "-o", str(file)]) == 0
        assert ("known &lt;b&gt;" in file.read_text(encoding="utf-8")) == bool(muted)
    # A warehouse that was built by a version without mutes.
    former = re.sub(r",\s+NULL::[^,]+ AS muted_reason", "", definition)
    assert former != definition
    execute(built, "drop view qupersync_marts.findings")
    execute(built, f"create view qupersync_marts.findings as {former}")
    try:
        assert main(["run", "--target", built.target, "--fail-on", "info"]) == 4
        assert main(["report", "--target", built.target, "-o", str(tmp_path / "report.html")]) == 0
    finally:
        execute(built, "drop view qupersync_marts.findings")
        execute(built, f"create view qupersync_marts.findings as {definition}")
