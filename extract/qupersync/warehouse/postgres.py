"""PostgreSQL as the warehouse, embedded or the user's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import WarehouseError, first_line
from ..hints import hint
from .base import Warehouse, is_configured

if TYPE_CHECKING:
    from dlt.common.destination import Destination

EMBEDDED_DATABASES = {"embedded": "qupersync", "demo": "qupersync_demo"}  # target → database of the embedded server
DEMO_TARGET = "demo"


class PostgresWarehouse(Warehouse):
    """A PostgreSQL, 15 or newer: locks live in it, rows reach it by COPY."""

    type: ClassVar[str] = "postgres"
    default_port: ClassVar[int] = 5432
    copy_stream: ClassVar[bool] = True
    pg_dump: ClassVar[bool] = True

    @property
    def loads(self) -> str:
        """How rows get in."""
        return "by COPY"

    def dlt_destination(self) -> Destination[Any, Any]:
        """The postgres destination."""
        import dlt

        if is_configured(f"destination.{self.type}.credentials"):
            return dlt.destinations.postgres()
        return dlt.destinations.postgres(credentials=self.dlt_credentials())

    def try_cluster_lock(self, connection: Any, cluster: str) -> bool:
        """An advisory lock: it also counts between machines, and ends with its connection."""
        with connection.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(hashtext(%s), hashtext(%s))", (self.staging_schema, cluster))
            return bool(cursor.fetchone()[0])

    @contextmanager
    def first_sync_lock(self, connection: Any) -> Iterator[None]:
        """An advisory lock, held only while the staging tables do not exist: creating them twice at once fails."""
        import psycopg2

        with connection.cursor() as cursor:
            cursor.execute(
                "select 1 from information_schema.tables "
                "where table_schema = %s and table_name = '_dlt_pipeline_state'",
                (self.staging_schema,),
            )
            alone = not cursor.fetchone()
            if alone:
                cursor.execute("select pg_advisory_lock(hashtext(%s), 0)", (self.staging_schema,))
            try:
                yield
            finally:
                if alone:
                    with suppress(psycopg2.Error):  # a connection that is lost has released the lock
                        cursor.execute("select pg_advisory_unlock(hashtext(%s), 0)", (self.staging_schema,))

    @contextmanager
    def build_lock(self) -> Iterator[None]:
        """An advisory lock: another build waits."""
        import psycopg2

        connection = self.connect()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_lock(hashtext(%s), 1)", (self.staging_schema,))
        except psycopg2.Error as error:
            connection.close()
            raise WarehouseError(f"{self.where} could not be locked: {first_line(error)}") from error
        try:
            yield
        finally:
            connection.close()  # which releases the lock


class EmbeddedWarehouse(PostgresWarehouse):
    """A database of the embedded server (:mod:`qupersync.warehouse.server`)."""

    is_embedded: ClassVar[bool] = True

    def _hint_when_down(self, said: str) -> str:
        """Commands start the server: either it was stopped since, or variables of the user's name another one."""
        read = [name for setting in ("port", "password") for name in self.origin.variables.get(setting, ())]
        unset = f", or unset {' and '.join(read)}" if read else ""
        return f"; start it with {hint('warehouse start')}{unset}"

    def _place(self) -> list[Any]:
        return [self.target]  # its port may change
