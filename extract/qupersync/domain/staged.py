"""How a dataclass declares the columns of a staging table.

Annotations give type and nullability; the helpers :func:`text`, :func:`whole`, :func:`real`, :func:`flag` and
:func:`moment` add what an annotation cannot say. From such a class come the SELECT list, the staging columns and dbt's
source description (``qupersync.staging``): a column is written once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Any, Optional

from .hints import field_hints

TEXT_MAX = 65_535  # bytes; Redshift's widest varchar
NAME = 256  # bytes; identifiers are at most 127, views pad them up to 136: AWS widens now and then


@dataclass(frozen=True)
class Column:
    """One staging column, as its row dataclass declares it."""

    name: str
    type: type  # int, float, str, bool or datetime
    nullable: bool
    about: str
    length: Optional[int] = None  # bytes, of str columns
    optional: bool = False  # the view may lack it (older engine): NULL then
    derived: bool = False  # made at extraction, not a column of the view
    unkept: Optional[str] = None  # why no entity and no history holds it: `prune` deletes its values


def _column(about: str, **spec: Any) -> Any:
    return field(metadata={"about": about, **spec})


def text(about: str, length: int = NAME, **spec: Any) -> Any:
    """A text of at most ``length`` bytes; trailing blanks are padding."""
    return _column(about, length=length, **spec)


def whole(about: str, **spec: Any) -> Any:
    """A whole number, kept in 64 bits whatever AWS documents (µs and row counts pass 2³¹)."""
    return _column(about, **spec)


def real(about: str, **spec: Any) -> Any:
    """A number with a fraction, kept as double precision."""
    return _column(about, **spec)


def flag(about: str, **spec: Any) -> Any:
    """A boolean."""
    return _column(about, **spec)


def moment(about: str, **spec: Any) -> Any:
    """A timestamp without time zone, UTC, microseconds."""
    return _column(about, **spec)


@dataclass(frozen=True)
class StagedRow:
    """Base of everything that is a row of a staging table."""

    @classmethod
    @cache
    def columns(cls) -> tuple[Column, ...]:
        """The columns in declared order."""
        hints = field_hints(cls)
        return tuple(Column(f.name, *hints[f.name], **f.metadata) for f in fields(cls))


@dataclass(frozen=True)
class Stamp(StagedRow):
    """What every staged row carries."""

    cluster_id: str = text("The user's name for the cluster or workgroup.", 128)
    sync_id: str = text("The sync that read this row version.", 64)
    synced_at: datetime = moment("When that sync began (UTC); strictly increasing within a cluster.")
