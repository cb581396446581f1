"""The staging tables: which there are, their columns, and a fingerprint of them all."""

from __future__ import annotations

import hashlib
import json

from ..domain.staged import Column, StagedRow, Stamp
from ..domain.sync_records import SYNC_RECORDS
from ..domain.system_views import SYSTEM_VIEWS

STAGING_TABLES: dict[str, type[StagedRow]] = {**SYSTEM_VIEWS, **SYNC_RECORDS}


def staged_columns(row: type[StagedRow]) -> tuple[Column, ...]:
    """The columns of a staging table: the stamp, then the row's own."""
    return (*Stamp.columns(), *row.columns())


def schema_fingerprint(tables: dict[str, type[StagedRow]] = STAGING_TABLES) -> str:
    """A digest (32 hex digits) of all that a warehouse's staging tables depend on: names, types, widths, nullability.

    A sync whose warehouse carries another one evolves the frozen schema once. Descriptions do not count.
    """
    described = {
        name: [[c.name, c.type.__name__, c.nullable, c.length] for c in staged_columns(row)]
        for name, row in sorted(tables.items())
    }
    return hashlib.sha256(json.dumps(described).encode()).hexdigest()[:32]
