"""What a report consists of: tiles, and sections of charts and tables. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Optional

from .freshness import Freshness

SEVERITIES = ("critical", "warning", "info")  # of findings, worst first

Row = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A chart and the rows behind it: one mark for each (label, series) that has a value."""

    name: str
    title: str
    unit: str
    kind: str  # bar or line
    labels: list[str]
    series: dict[str, list[Optional[float]]]

    @property
    def marks(self) -> int:
        """How many marks it must have."""
        return sum(value is not None for values in self.series.values() for value in values)


@dataclass(frozen=True)
class Tile:
    """A number of the last 7 × 24 whole hours beside the same of the 7 × 24 before."""

    title: str
    unit: str
    now: float
    before: float

    @property
    def change_pct(self) -> Optional[float]:
        """Change in percent; None when there was nothing before."""
        return 100 * (self.now - self.before) / self.before if self.before else None


@dataclass(frozen=True)
class Column:
    """A column of a table on the page."""

    name: str  # of the row's value
    title: str
    kind: str = "text"  # text, number, code, time; of findings: severity, measure (with threshold and unit), advice


@dataclass(frozen=True)
class Table:
    """A table, and the sentence that stands in its place when it has no rows."""

    title: str
    columns: tuple[Column, ...]
    rows: list[Row]
    empty: str
    cards: bool = False  # on a phone, one below the other


@dataclass(frozen=True)
class Section:
    """A question with the charts and tables that answer it."""

    name: str
    title: str
    charts: list[Chart] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """Everything that the page shows."""

    target: str
    made_at: datetime  # naive UTC, like all times
    days: int
    first_day: date
    last_day: date
    clusters: list[Freshness]
    severities: dict[str, int]
    opened: int  # findings first seen in the last seven days …
    resolved: int  # … and those resolved in them
    tiles: list[Tile]
    sections: list[Section]
