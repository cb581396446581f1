"""Redshift as the warehouse: files go through S3, and LOCK keeps machines apart, for it has no advisory locks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Optional

from ..errors import WarehouseError, first_line
from ..sql import quote
from .base import LABELLED, Warehouse, is_configured, is_conflict

if TYPE_CHECKING:
    from dlt.common.destination import Destination

_ATTEMPTS, _PAUSE = 5, 1.0  # to create what another machine creates at the same time; seconds


class RedshiftWarehouse(Warehouse):
    """A provisioned cluster or a Serverless workgroup."""

    connect_timeout = 120  # a paused workgroup resumes first

    type: ClassVar[str] = "redshift"
    default_port: ClassVar[int] = 5439
    copy_stream: ClassVar[bool] = False
    pg_dump: ClassVar[bool] = False

    @property
    def file_stage(self) -> Optional[str]:
        """S3, where ``[destination.filesystem]`` has a bucket."""
        return "filesystem" if is_configured("destination.filesystem.bucket_url") else None

    @property
    def loads(self) -> str:
        """How rows get in."""
        return "through S3" if self.file_stage else "by INSERT: set destination.filesystem (S3) for more than a trial"

    def dlt_destination(self) -> Destination[Any, Any]:
        """The redshift destination, whose queries carry our label."""
        from .redshift_loads import LabelledRedshift

        if is_configured(f"destination.{self.type}.credentials"):
            return LabelledRedshift()
        return LabelledRedshift(credentials=self.dlt_credentials())

    def connect(self) -> Any:
        """A psycopg2 connection whose queries carry our label. Errors: WarehouseError, in one line."""
        connection = super().connect()
        connection.autocommit = True  # a SET of a transaction would be rolled back with it
        with connection.cursor() as cursor:
            cursor.execute(LABELLED)
        connection.autocommit = False
        return connection

    @contextmanager
    def first_sync_lock(self, connection: Any) -> Iterator[None]:
        """A lock, held only while the staging tables do not exist: creating them twice at once fails."""
        with connection.cursor() as cursor:
            cursor.execute(
                "select 1 from information_schema.tables "
                "where table_schema = %s and table_name = '_dlt_pipeline_state'",
                (self.staging_schema,),
            )
            exists = cursor.fetchone()
        if exists:
            yield
        else:
            with self._table_lock("first_sync_lock"):
                yield

    @contextmanager
    def build_lock(self) -> Iterator[None]:
        """A lock: another build waits."""
        with self._table_lock("build_lock"):
            yield

    def isolation_level(self) -> Optional[str]:
        """``Serializable`` or ``Snapshot Isolation``; "unknown" where the view cannot be read."""
        own = "select isolation_level from stv_db_isolation_level where db_name = current_database()"
        try:
            _, rows = self.fetch(own)
        except WarehouseError:
            rows = []
        return str(rows[0][0]).strip() if rows else "unknown"

    @contextmanager
    def _table_lock(self, name: str) -> Iterator[None]:
        """Hold an empty table locked, in a transaction of a connection of its own: others wait for its end."""
        import psycopg2

        table = f"{quote(self.staging_schema)}.{quote(name)}"
        connection = self.connect()
        try:
            connection.autocommit = True
            for statement in (
                f"create schema if not exists {quote(self.staging_schema)}",
                f"create table if not exists {table} (n bigint)",
            ):
                self._create(connection, statement)
            connection.autocommit = False
            with connection.cursor() as cursor:
                cursor.execute(f"lock {table}")
        except psycopg2.Error as error:
            connection.close()
            raise WarehouseError(f"{self.where} could not be locked: {first_line(error)}") from error
        try:
            yield
        finally:
            connection.close()  # which ends the transaction

    @staticmethod
    def _create(connection: Any, statement: str) -> None:
        """Run it; again where another machine creates the same at the same time (IF NOT EXISTS does not wait)."""
        import psycopg2

        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with connection.cursor() as cursor:
                    cursor.execute(statement)
                return
            except psycopg2.Error as error:
                if attempt == _ATTEMPTS or not (is_conflict(error) or "already exists" in str(error)):
                    raise
                time.sleep(_PAUSE)
