"""From rows to charts: over days and hours, a series a cluster, or a bar a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Optional

from .marts import Marts
from .model import Chart, Row

MAX_SERIES = 8  # clusters that a chart distinguishes; the others are one series
LABEL_LENGTH = 60  # characters below a bar


def daily(marts: Marts, name: str, title: str, unit: str, expression: str) -> Chart:
    """A bar a day and cluster: an aggregate over query_performance_daily, with the placeholders of Marts."""
    rows = marts(
        f"select cluster_id, query_day, {expression} as value from {{marts}}.query_performance_daily "
        "where {selected} and query_day between %(first)s and %(last)s group by cluster_id, query_day"
    )
    return by_day(marts, name, title, unit, rows, "query_day")


def by_day(marts: Marts, name: str, title: str, unit: str, rows: list[Row], day: str, kind: str = "bar") -> Chart:
    """A mark a day and cluster. ``rows`` have cluster_id, a date in the column ``day`` and a value."""
    labels = [str(marts.first_day + timedelta(days=n)) for n in range(marts.days)]
    return Chart(name, title, unit, kind, labels, _by_cluster(rows, day, labels, str))


def by_hour_of_week(marts: Marts, name: str, title: str, unit: str, rows: list[Row], hour: str) -> Chart:
    """A line a cluster over seven days. ``rows`` have cluster_id, a time in the column ``hour`` and a value."""
    start = datetime.combine(marts.last_day - timedelta(days=6), datetime.min.time())
    labels = [f"{start + timedelta(hours=n):%Y-%m-%d %H:00}" for n in range(7 * 24)]
    series = _by_cluster(leading(rows), hour, labels, lambda at: f"{at:%Y-%m-%d %H:00}")
    return Chart(name, title, unit, "line", labels, series)


def ranked(name: str, title: str, unit: str, rows: list[Row], label: Callable[[Row], str], value: str) -> Chart:
    """A bar for each row of a table."""
    labels = [label(row)[:LABEL_LENGTH] for row in rows]
    return Chart(name, title, unit, "bar", labels, {unit: [round(float(row[value]), 4) for row in rows]})


def leading(rows: list[Row]) -> list[Row]:
    """The rows of the clusters with the largest values: for values that cannot be added up across clusters."""
    few = _rank_clusters(rows)[:MAX_SERIES]
    return [row for row in rows if row["cluster_id"] in few]


def _by_cluster(
    rows: list[Row], label: str, labels: list[str], text: Callable[[Any], str]
) -> dict[str, list[Optional[float]]]:
    """Series by cluster: the ones with the largest sums, and the rest added up."""
    clusters = _rank_clusters(rows)
    shown = clusters if len(clusters) <= MAX_SERIES + 1 else clusters[:MAX_SERIES]
    rest = f"{len(clusters) - len(shown)} others"
    index = {at: i for i, at in enumerate(labels)}
    series: dict[str, list[Optional[float]]] = {name: [None] * len(labels) for name in shown}
    if len(shown) < len(clusters):
        series[rest] = [None] * len(labels)
    for row in rows:
        name = row["cluster_id"] if row["cluster_id"] in series else rest
        at = index.get(text(row[label]))
        if at is not None:
            series[name][at] = round((series[name][at] or 0.0) + float(row["value"] or 0), 4)
    return series


def _rank_clusters(rows: list[Row]) -> list[str]:
    totals: dict[str, float] = {}
    for row in rows:
        totals[row["cluster_id"]] = totals.get(row["cluster_id"], 0.0) + float(row["value"] or 0)
    return sorted(totals, key=lambda name: (-totals[name], name))
