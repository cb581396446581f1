"""Tables and lines at 80 columns: names may be shortened, numbers and times never."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from qupersync.checks.clusters import ClusterCheck
from qupersync.cli import check
from qupersync.cli.console import SyncProgress
from qupersync.cli.status import show_cluster
from qupersync.cli.tables import NAME, NUMBER, TEXT, print_table
from qupersync.clock import utc_now
from qupersync.config.clusters import ClusterConfig
from qupersync.report.freshness import FRESH, Freshness
from qupersync.sync.runs import names_of_views


def terminal(width: int = 80) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(width=width, file=out, force_terminal=True, color_system=None, highlight=False), out


def test_names_give_way_widest_first() -> None:
    console, out = terminal(40)
    print_table(console, [("table", NAME), ("user", NAME), ("GB", NUMBER), ("since", TEXT)],
                [["a_very_long_name_of_a_table", "short", "1,234,567", "2026-11-27"]])  # fmt: skip
    heading, row = out.getvalue().splitlines()
    assert row == "a_very_lo…  short  1,234,567  2026-11-27"
    assert heading == "table       user          GB  since"
    console, out = terminal(20)
    print_table(console, [("table", NAME), ("n", NUMBER)], [["a_very_long_name", "123,456,789,012"]])
    assert out.getvalue().splitlines()[1] == "a_very_…  123,456,789,012"  # beyond the margin rather than cut


def test_status_at_80_columns() -> None:
    console, out = terminal()
    now = utc_now()
    run = {
        "view_name": "svv_table_info", "database_name": "a_database_with_a_long_name", "outcome": "failed", "error": "ARRAY[/x]",
        "window_from": now, "window_to": now, "rows_read": 1_234_567_890, "rows_rejected": 12_345, "gap_from": None,
    }  # fmt: skip
    show_cluster(console, Freshness("prod", now, now - now, FRESH), [run])
    lines = out.getvalue().splitlines()
    assert max(len(line) for line in lines) <= 80, lines
    for number in ("1,234,567,890", "12,345", f"{now:%Y-%m-%d %H:%M}"):
        assert any(number in line for line in lines), lines
    assert "…" in out.getvalue()
    assert lines[-1] == "svv_table_info: ARRAY[/x]"  # no markup of ours


def test_warning_of_the_schedule_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    check._show_cluster(ClusterCheck("prod", warning="[/]"))
    assert "schedule: [/]" in capsys.readouterr().out


def test_sync_at_80_columns() -> None:
    for cluster in ("prod", "a_cluster_whose_name_is_longer_than_most"):
        out = io.StringIO()
        with SyncProgress(Console(width=80, file=out), cluster) as progress:
            progress("svv_table_info of a_database_with_a_long_name", 123_456_789, 3.0)
        (line,) = [line for line in out.getvalue().splitlines() if "rows" in line]
        assert len(line) <= 80
        assert "123,456,789 rows  41,152,263 rows/s" in line


@pytest.mark.parametrize("width", [80, 160])
def test_numbers_of_a_sync_are_below_each_other(width: int) -> None:
    out = io.StringIO()
    config = ClusterConfig("prod", databases=("demo_cluster_dev_of_the_whole_company", "dev"))
    views = names_of_views(config)
    assert {"sys_query_history", "svv_table_info of demo_cluster_dev_of_the_whole_company", "svv_table_info of dev"} < {
        *views
    }
    with SyncProgress(Console(width=width, file=out), "prod", views) as progress:
        for number, view in enumerate(views):
            progress(view, 7 * 1000**number % 10**9, 3.0)
    lines = [line for line in out.getvalue().splitlines() if "rows" in line]
    assert len(lines) == len(views)
    assert len({line.index(" rows") for line in lines}) == 1, lines
    assert {len(line) <= width for line in lines} == {True}
