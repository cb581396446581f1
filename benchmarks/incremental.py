"""The cost of a sync and a build as history grows: `python -m benchmarks.incremental`.

50,000 new and 5,000 changed queries, into warehouses with no history, with some, and with ten times that; the whole
commands, each measured once more after another such step.
"""

from __future__ import annotations

import argparse
import sys

from .bench import Bench, Cost, bench, medians

NEW, CHANGED = 50_000, 5_000


def step(made: Bench, source: str, target: str, shift: int, origin: int) -> tuple[Cost, Cost]:
    """New and changed rows, a sync and a `dbt build`."""
    made.source(source, NEW, shift, origin)
    made.sql(
        source,
        f"update sys_query_history set status = 'success', end_time = start_time + interval '3 days' where query_id between {shift - CHANGED + 1} and {shift}",
    )
    made.sql(
        source,
        f"update sys_query_history set status = 'running', end_time = null where query_id between {shift + NEW - CHANGED + 1} and {shift + NEW}",
    )
    made.sql("postgres", "checkpoint")
    synced = made.sync(source, target)
    made.sql("postgres", "checkpoint")
    return synced, made.dbt(target, "build")


def measure(made: Bench, history: int, steps: int) -> tuple[Cost, Cost]:
    """Medians of the steps on a warehouse with so much history."""
    source, target = f"source_{history}", made.target(f"target_{history}")
    # The new rows have the same times whatever the history: the marts rebuild a changed day as a whole.
    origin = max(history, CHANGED)
    made.source(source, origin, origin=origin)
    made.sql(
        source,
        f"update sys_query_history set status = 'running', end_time = null where query_id > {origin - CHANGED}",
    )
    made.sync(source, target)
    made.dbt(target, "build")
    # The view has the same rows whatever the warehouse holds: only the warehouse's history grows here.
    made.sql(source, f"delete from sys_query_history where query_id <= {origin - CHANGED}")
    made.sql(source, "vacuum full analyze sys_query_history")
    # The history is old: dbt's tests look at rows built in the last days only.
    for table in (
        "qupersync.query_history",
        "qupersync_marts.query_performance_daily",
        "qupersync_marts.query_performance_hourly",
        "qupersync_marts.query_patterns_daily",
    ):
        seen = ", synced_at = synced_at - interval '60 days'" if table == "qupersync.query_history" else ""
        made.sql(target, f"update {table} set built_at = built_at - interval '60 days'{seen}")
        made.sql(target, f"vacuum full {table}")
    made.sql(target, "vacuum analyze")
    costs = []
    for n in range(steps + 1):  # the first step finds cold caches and is not counted
        costs.append(step(made, source, target, origin + n * NEW, origin))
        print(
            f"  {history:,}: sync {costs[-1][0].wall:.1f} s, build {costs[-1][1].wall:.1f} s",
            file=sys.stderr,
            flush=True,
        )
    made.sql("postgres", f'drop database "{source}" with (force)')
    return medians([synced for synced, _ in costs[1:]]), medians([built for _, built in costs[1:]])


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--history", type=int, default=5_000_000)
    options.add_argument("--skip", type=int, default=0, help="leave out so many of the three histories")
    options.add_argument("--steps", type=int, default=2)
    chosen = options.parse_args()
    print(f"{NEW:,} new and {CHANGED:,} changed rows, medians of {chosen.steps} steps\n")
    print("| history | sync | × none | `dbt build` | × a tenth | peak memory of the sync |\n|---|---|---|---|---|---|")
    with bench() as made:
        none: Cost | None = None
        tenth: Cost | None = None
        for history in [0, chosen.history // 10, chosen.history][chosen.skip :]:
            synced, built = measure(made, history, chosen.steps)
            none, against = none or synced, tenth.wall if tenth else 0.0
            tenth = built if history else None
            ratio = f"**{built.wall / against:.2f}**" if against else ""
            print(
                f"| {history:,} | {synced.wall:.1f} s | **{synced.wall / none.wall:.2f}** | {built.wall:.1f} s | {ratio} | {synced.peak:.0f} MB |",
                flush=True,
            )


if __name__ == "__main__":
    main()
