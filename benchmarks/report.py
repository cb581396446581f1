"""The report over 50 clusters and a year of history: `python -m benchmarks.report`.

The rows of the demo's entities and marts are multiplied in SQL (not by 50 × 26 syncs); then `qupersync report` is timed,
and Chromium that opens the page, beside an empty one.
"""

from __future__ import annotations

import argparse
import shutil
import sys

from qupersync.sql import quote

from .bench import Bench, Cost, bench, measured, medians

DATABASE, DEMO = "qupersync_demo", "demo"
# table → (which rows, days between the copies, copies in a year)
MULTIPLIED = {
    "qupersync.table_stats_history": ("snapshot_date = (select max(snapshot_date) from {t})", 1, 365),
    "qupersync.node_details_history": ("snapshot_date = (select max(snapshot_date) from {t})", 1, 365),
    "qupersync.vacuum_history": ("true", 7, 52),
    "qupersync.latest_snapshots": ("true", 1, 1),
    "qupersync_marts.query_performance_daily": ("true", 14, 26),
    "qupersync_marts.query_performance_hourly": ("true", 14, 26),
    "qupersync_marts.query_patterns_daily": ("true", 14, 26),
    "qupersync_marts.findings_history": ("true", 1, 1),
    "qupersync_staging.sync_runs": ("true", 1, 1),
}


def multiply(made: Bench, database: str, clusters: int) -> list[tuple[str, int]]:
    """Copies of the demo's rows as other clusters and earlier days; table and rows then."""
    counts = []
    for table, (where, days, copies) in MULTIPLIED.items():
        schema, name = table.split(".")
        columns = made.sql(
            database,
            "select column_name, data_type from information_schema.columns "
            f"where table_schema = '{schema}' and table_name = '{name}' order by ordinal_position",
        )
        values = []
        for column, kind in columns:
            value = f"t.{quote(column)}"
            if column == "cluster_id":
                value = "'c' || cluster"
            elif kind in ("date", "timestamp without time zone"):
                value = f"({value} - copy * interval '{days} days')::{kind}"
            values.append(value)
        names = ", ".join(quote(column) for column, _ in columns)
        made.sql(
            database,
            f"insert into {table} ({names}) select {', '.join(values)} from {table} as t, generate_series(2, {clusters}) "
            f"as cluster, generate_series(0, {copies - 1}) as copy where t.cluster_id = '{DEMO}' and {where.format(t=table)}",
        )
        made.sql(database, f"analyze {table}")
        counts.append((table, made.sql(database, f"select count(*) from {table}")[0][0]))
    return counts


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--clusters", type=int, default=50)
    options.add_argument("--queries", type=int, default=20_000)
    options.add_argument("--repetitions", type=int, default=3)
    chosen = options.parse_args()
    program = [sys.executable, "-m", "qupersync"]
    browser = shutil.which("chromium")
    with bench() as made:
        measured([*program, "demo", "--queries", str(chosen.queries)])
        pages: dict[str, list[Cost]] = {"1 cluster, two weeks": [], f"{chosen.clusters} clusters, a year": []}
        page = made.home / "report.html"
        opened: dict[str, list[Cost]] = {}
        for what, costs in pages.items():
            if what[0:2] != "1 ":
                for table, rows in multiply(made, DATABASE, chosen.clusters):
                    print(f"  {table}: {rows:,} rows", file=sys.stderr)
            for days in ("28", "365"):
                for _ in range(chosen.repetitions):
                    costs.append(measured([*program, "report", "--target", DEMO, "--days", days, "-o", str(page)]))
                size = page.stat().st_size / 1e6
                wall = medians(costs[-chosen.repetitions :]).wall
                line = f"| {what}, --days {days} | {wall:.1f} s | {size:.2f} MB |"
                if browser:
                    empty = made.home / "empty.html"
                    empty.write_text("<!doctype html><title>empty</title>", encoding="utf-8")
                    for name, file in (("empty", empty), ("page", page)):
                        opened[name] = [
                            measured(
                                [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", file.as_uri()]
                            )
                            for _ in range(chosen.repetitions)
                        ]
                    line += f" {medians(opened['page']).wall:.1f} s | {medians(opened['empty']).wall:.1f} s |"
                print(line, flush=True)


if __name__ == "__main__":
    main()
