"""The check of the warehouse: can it be reached, can a sync write into it, how do rows get in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Optional

from ..errors import QupersyncError, first_line
from ..sql import quote
from ..warehouse.base import Warehouse


@dataclass
class WarehouseCheck:
    """The warehouse: reachable, writable, how rows get in, how it isolates transactions (None: as PostgreSQL does)."""

    target: str
    where: str
    reachable: bool = False
    writable: bool = False
    loads: str = ""
    isolation: Optional[str] = None
    note: str = ""

    @property
    def ok(self) -> bool:
        """Can a sync be written?"""
        return self.reachable and self.writable

    def to_dict(self) -> dict[str, Any]:
        """The JSON of ``check --json``: its keys are an interface (``says`` is the note)."""
        document = asdict(self)
        document["says"] = document.pop("note")
        return {**document, "ok": self.ok}


def check_warehouse(warehouse: Warehouse) -> WarehouseCheck:
    """Connect, and try whether schemas and tables can be created; all of it is rolled back."""
    found = WarehouseCheck(warehouse.target, warehouse.where, loads=warehouse.loads)
    import psycopg2

    try:
        connection = warehouse.connect()
    except QupersyncError as error:
        found.note = str(error)
        return found
    found.reachable = True
    try:
        with connection.cursor() as cursor:
            for schema in warehouse.schemas:
                cursor.execute("select 1 from information_schema.schemata where schema_name = %s", (schema,))
                if not cursor.fetchone():
                    cursor.execute(f"create schema {quote(schema)}")
                cursor.execute(f"create table {quote(schema)}.qupersync_check (n integer)")
        found.writable = True
    except psycopg2.Error as error:
        grant = f"grant create on database {quote(warehouse.database)} to {quote(warehouse.user)};"
        found.note = f"{first_line(error)}; fix, as an owner: {grant}"
    finally:
        connection.rollback()
        connection.close()
    found.isolation = warehouse.isolation_level()
    return found
