"""The reference model's costs: the hours of a cluster, from its world and the snapshots that were taken of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from .reference_model import ReferenceModel
from .simulation import MINUTE

HOUR = timedelta(hours=1)
US = timedelta(microseconds=1)

# In every hour each kind of owner sums up to the bill.
NOT_CONSERVED = """
    select rates.cluster_id, rates.cost_hour, kinds.owner_kind, rates.usage_us, shared.usage_us as shared_us
    from {marts}.cost_rates_hourly as rates
    cross join (select distinct owner_kind from {marts}.cost_by_owner_hourly) as kinds
    left join (
        select cluster_id, cost_hour, owner_kind, sum(usage_us) as usage_us
        from {marts}.cost_by_owner_hourly where usage_us >= 0 group by 1, 2, 3
    ) as shared using (cluster_id, cost_hour, owner_kind)
    where shared.usage_us is distinct from rates.usage_us
"""


def rates(model: ReferenceModel) -> dict[datetime, dict[str, Any]]:
    """What cost_rates_hourly has of the cluster, by hour."""
    hours: dict[datetime, dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("usage_us", "elapsed_us", "busy_us", "execution_us", "query_count"), 0)
    )
    for hour, _, length in _paid(model):  # of one node
        hours[hour]["usage_us"] += length
        hours[hour]["elapsed_us"] += length
    for start, _, charged, _ in model.world.usage if model.world.kind == "serverless" else ():
        hour = _hour(start)
        hours[hour]["usage_us"] += charged * 1_000_000
        paid = hours[hour]["elapsed_us"] + (MINUTE // US if charged else 0)
        hours[hour]["elapsed_us"] = min(paid, HOUR // US)
    billed = set(hours)
    busy_until: dict[datetime, int] = {}
    for hour, begin, length in sorted(_executed(model)):
        hours[hour]["execution_us"] += length
        until = busy_until.get(hour, 0)
        hours[hour]["busy_us"] += max(begin + length - max(begin, until), 0)
        busy_until[hour] = max(until, begin + length)
    for query in model.world.queries:
        hours[_hour(query.start)]["query_count"] += 1
    return {
        hour: {**one, "busy_us": min(one["busy_us"], one["elapsed_us"])}
        for hour, one in hours.items()
        if hour in billed
    }


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _parts(begin: datetime, end: datetime) -> Iterator[tuple[datetime, int, int]]:
    """The hours of a span of time: each with the begin of the span in it, and its length, in µs."""
    while begin < end:
        hour = _hour(begin)
        stop = min(end, hour + HOUR)
        yield hour, (begin - hour) // US, (stop - begin) // US
        begin = stop


def _paid(model: ReferenceModel) -> Iterator[tuple[datetime, int, int]]:
    days = sorted({taken.synced_at.date(): taken.synced_at for taken in model.nodes}.values())
    if days:
        yield from _parts(datetime.combine(days[0].date(), time()), days[-1])


def _executed(model: ReferenceModel) -> Iterator[tuple[datetime, int, int]]:
    """Queries execute in the second half of their time; one in four is answered from the result cache."""
    for query in model.world.queries:
        took = (query.end - query.start) // US
        if query.number % 4:
            end = query.start + took * US
            yield from _parts(end - took // 2 * US, end)
