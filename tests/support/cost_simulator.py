"""What clusters cost, second by second: it walks through every second of two days and knows nothing of intervals and windows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Optional

BEGIN = datetime(2026, 5, 1)
SECONDS = 2 * 86_400
US = 1_000_000
KINDS = ("user", "application", "query type", "label", "pattern", "dbt node")
Hour = tuple[str, datetime]


@dataclass(frozen=True)
class Execution:
    """A query: seconds since BEGIN at which it started, that it waited and that it executed; its owners by kind."""

    cluster: str
    start: int
    wait: int
    execution: int
    cached: bool
    owners: tuple[str, str, str, str, str, str]


@dataclass
class Cost:
    """An hour of a cluster, in the units of the marts."""

    usage_us: int = 0
    elapsed_us: int = 0
    busy_us: int = 0
    execution_us: int = 0
    price: Optional[int] = None  # of an hour, in billionths
    of_owners: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def busy_usage_us(self) -> int:
        return self.usage_us * min(self.busy_us, self.elapsed_us) // self.elapsed_us if self.elapsed_us else 0

    @property
    def cost(self) -> Optional[int]:
        return None if self.price is None else self.usage_us * self.price // (3600 * US)

    @property
    def busy_cost(self) -> Optional[int]:
        if self.cost is None:
            return None
        return self.cost * min(self.busy_us, self.elapsed_us) // self.elapsed_us if self.elapsed_us else 0

    def shares(self, kind: str) -> dict[str, tuple[int, Optional[int]]]:
        """Usage and cost of each owner, and of nobody as ``None``'s stand-in ``idle``."""
        found: dict[str, tuple[int, Optional[int]]] = {}
        before = 0
        for owner, executed in sorted(self.of_owners[kind].items()):
            upto = before + executed
            found[owner] = (
                self._part(self.busy_usage_us, upto) - self._part(self.busy_usage_us, before),
                None
                if self.busy_cost is None
                else self._part(self.busy_cost, upto) - self._part(self.busy_cost, before),
            )
            before = upto
        idle = None if self.cost is None or self.busy_cost is None else self.cost - self.busy_cost
        return {**found, "idle": (self.usage_us - self.busy_usage_us, idle)}

    def _part(self, amount: int, executed: int) -> int:
        return amount * executed // self.execution_us if self.execution_us else 0


def simulate(
    executions: list[Execution], snapshots: dict[int, int], charges: dict[int, int], prices: dict[str, Optional[int]]
) -> dict[Hour, Cost]:
    """The hours with a bill.

    ``snapshots``: nodes of the cluster ``nodes`` by the second, one a day; ``charges``: RPU-seconds of the cluster ``workgroup``
    by the minute.
    """
    hours: dict[Hour, Cost] = defaultdict(Cost)
    taken = sorted(snapshots)
    for second in range(max(taken, default=0)):
        former = [at for at in taken if at <= second]
        hour = hours["nodes", hour_of(second)]
        hour.usage_us += snapshots[max(former, default=taken[0])] * US
        hour.elapsed_us += US
    for minute, charge in charges.items():
        hour = hours["workgroup", hour_of(60 * minute)]
        hour.usage_us += charge * US
        hour.elapsed_us += 60 * US if charge else 0
    for (cluster, _), hour in hours.items():
        hour.price = prices[cluster]
    running: dict[str, list[int]] = {cluster: [0] * SECONDS for cluster in ("nodes", "workgroup")}
    for one in executions:
        first = one.start + one.wait
        for second in range(first, first if one.cached else first + one.execution):
            running[one.cluster][second] += 1
            hour = hours[one.cluster, hour_of(second)]
            for kind, owner in zip(KINDS, one.owners):
                hour.of_owners[kind][owner] += US
        hour = hours[one.cluster, hour_of(one.start)]  # an owner who executed nothing in it costs nothing
        for kind, owner in zip(KINDS, one.owners):
            hour.of_owners[kind][owner] += 0
    for cluster, counts in running.items():
        for second, count in enumerate(counts):
            if count:
                hours[cluster, hour_of(second)].busy_us += US
                hours[cluster, hour_of(second)].execution_us += count * US
    billed = {hour_of(second) for second in range(max(taken, default=0))}
    charged = {hour_of(60 * minute) for minute in charges}
    return {
        (cluster, hour): cost
        for (cluster, hour), cost in hours.items()
        if hour in (billed if cluster == "nodes" else charged)
    }


def hour_of(second: int) -> datetime:
    return BEGIN + timedelta(hours=second // 3600)
