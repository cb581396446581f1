"""Peak memory of a full sync of 1,000,000 and of 3,000,000 rows: `python -m benchmarks.memory`."""

from __future__ import annotations

from .bench import bench

ROWS = 1_000_000


def main() -> None:
    """Print the table."""
    print("| rows | wall | peak memory of the process tree | × the first |\n|---|---|---|---|")
    first = 0.0
    with bench() as made:
        for times in (1, 3):
            source = f"source_{times}"
            made.source(source, times * ROWS)
            cost = made.sync(source, made.target(f"target_{times}"))
            first = first or cost.peak
            print(
                f"| {times * ROWS:,} | {cost.wall:.1f} s | {cost.peak:.0f} MB | **{cost.peak / first:.2f}** |",
                flush=True,
            )
            made.sql("postgres", f'drop database "{source}" with (force)')


if __name__ == "__main__":
    main()
