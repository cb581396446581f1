"""The cost of commands with nothing to do, beside that of their imports: `python -m benchmarks.fixed`."""

from __future__ import annotations

import sys

from .bench import Bench, Cost, bench, measured, medians

REPETITIONS = 5


def main() -> None:
    """Print the table."""
    with bench() as made:
        made.source("source", 10_000)
        target = made.target("target")
        made.sync("source", target)
        made.dbt(target, "build")
        commands = {
            "importing dlt": lambda: measured([sys.executable, "-c", "import dlt"]),
            "`qupersync --help`": lambda: measured([sys.executable, "-m", "qupersync", "--help"]),
            "`qupersync sync`, nothing new": lambda: made.sync("source", target),
            "importing dbt": lambda: measured([sys.executable, "-c", "import dbt.cli.main"]),
            "`dbt build`, nothing new": lambda: made.dbt(target, "build"),
            "`qupersync run`, nothing new": lambda: _run(made, target),
        }
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(REPETITIONS):
            for name, command in commands.items():
                costs[name].append(command())
        limit = medians(costs["importing dlt"]).wall
        print(
            f"medians of {REPETITIONS} repetitions in turns\n\n| | wall | × importing dlt | CPU | peak memory |\n|---|---|---|---|---|"
        )
        for name, found in costs.items():
            cost = medians(found)
            print(
                f"| {name} | {cost.wall:.2f} s | **{cost.wall / limit:.2f}** | {cost.cpu:.2f} s | {cost.peak:.0f} MB |"
            )


def _run(made: Bench, target: str) -> Cost:
    return measured([sys.executable, "-m", "qupersync", "run", "--target", target], made.settings("source"))


if __name__ == "__main__":
    main()
