"""The fingerprint of the staging tables: it changes with what a warehouse depends on, and with nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

import pytest

from qupersync.domain.staged import StagedRow, text, whole
from qupersync.staging.tables import STAGING_TABLES, schema_fingerprint


@dataclass(frozen=True)
class Table(StagedRow):
    number: Optional[int] = whole("A number.")
    name: Optional[str] = text("A name.", 64)


@dataclass(frozen=True)
class OtherDescription(StagedRow):
    number: Optional[int] = whole("Described in other words.")
    name: Optional[str] = text("A name.", 64)


@dataclass(frozen=True)
class NewColumn(Table):
    more: Optional[int] = whole("A new column.")


@dataclass(frozen=True)
class Wider(StagedRow):
    number: Optional[int] = whole("A number.")
    name: Optional[str] = text("A name.", 65)


@dataclass(frozen=True)
class Required(StagedRow):
    number: int = whole("A number.")
    name: Optional[str] = text("A name.", 64)


@dataclass(frozen=True)
class OtherType(StagedRow):
    number: Optional[float] = whole("A number.")
    name: Optional[str] = text("A name.", 64)


def fingerprint(table: type[StagedRow], **more: Any) -> str:
    return schema_fingerprint({"table": table, **more})


@pytest.mark.parametrize("changed", [NewColumn, Wider, Required, OtherType])
def test_fingerprint_changes_with_the_schema(changed: type[StagedRow]) -> None:
    assert fingerprint(changed) != fingerprint(Table)


def test_fingerprint_changes_with_a_new_table() -> None:
    assert fingerprint(Table, other=Table) != fingerprint(Table)


def test_fingerprint_ignores_descriptions_and_order_of_tables() -> None:
    assert fingerprint(OtherDescription) == fingerprint(Table)
    assert schema_fingerprint(dict(reversed(STAGING_TABLES.items()))) == schema_fingerprint()
