"""What a warehouse is to the rest of the package: a dbt target, its schemas, its connections and what it can do.

What differs between types is a capability or a method here, never a comparison of type names elsewhere. A new type is
one module with a subclass, named in :mod:`qupersync.warehouse.open`.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Optional

from ..config.dbt_project import SCHEMA_NAME, Schemas
from ..config.profiles import Origin
from ..errors import ConfigurationError, WarehouseError, first_line
from .interrupts import register

if TYPE_CHECKING:
    from dlt.common.destination import Destination


# A firewall forgets a connection that is silent for minutes: while a statement runs, or a lock is held. Seconds.
_KEEPALIVES = {"keepalives": 1, "keepalives_idle": 60, "keepalives_interval": 20, "keepalives_count": 5}

# Redshift: by it the DBA, and our own marts, recognize our queries. dbt's sessions have it by the profile.
LABELLED = "set query_group to 'qupersync'"


@dataclass(frozen=True)
class Warehouse(ABC):
    """A dbt target: where staging, entities and marts live."""

    target: str
    settings: dict[str, Any] = field(repr=False)  # the target's settings in the dbt profile, rendered
    named: Schemas = Schemas()  # as the dbt project names its schemas
    origin: Origin = Origin()  # of the settings

    type: ClassVar[str]  # of the dbt adapter and of dlt's destination
    default_port: ClassVar[int]
    connect_timeout: ClassVar[int] = 10  # seconds, where the profile sets none
    # Capabilities
    copy_stream: ClassVar[bool]  # takes rows by COPY FROM STDIN while the cluster is being read
    pg_dump: ClassVar[bool]  # PostgreSQL's client programs can back it up and restore it
    is_embedded: ClassVar[bool] = False  # our own server holds it

    # -- where it is ----------------------------------------------------------------------------------------------

    @property
    def target_schema(self) -> str:
        """The target's schema. Errors: ConfigurationError for a name that dlt and dbt would write differently."""
        name = str(self.settings.get("schema") or "qupersync")
        if not re.fullmatch(SCHEMA_NAME, name):
            raise ConfigurationError(
                f"schema {name!r} of target {self.target!r} in {self.origin.file}: small letters, digits and single "
                "underscores only"
            )
        return name

    @property
    def staging_schema(self) -> str:
        """Schema of the raw rows; dlt calls it the dataset."""
        return self.named.staging or f"{self.target_schema}_staging"

    @property
    def views_schema(self) -> str:
        """Schema of the views on the raw rows, and of the bookkeeping."""
        return self._schema(self.named.views)

    @property
    def schema(self) -> str:
        """Schema of the entities."""
        return self._schema(self.named.entities)

    @property
    def marts_schema(self) -> str:
        """Schema of the marts."""
        return self._schema(self.named.marts)

    @property
    def schemas(self) -> tuple[str, ...]:
        """All of them, each once, in the order in which a build writes: entities, marts, bookkeeping, raw rows."""
        return tuple(dict.fromkeys((self.schema, self.marts_schema, self.views_schema, self.staging_schema)))

    def _schema(self, name: str) -> str:
        """As dbt's generate_schema_name has it."""
        return f"{self.target_schema}_{name}" if name else self.target_schema

    @property
    def host(self) -> str:
        """Host name or address."""
        return str(self.settings.get("host"))

    @property
    def port(self) -> int:
        """TCP port."""
        return self._number("port", self.default_port)

    def _number(self, setting: str, default: int) -> int:
        value = self.settings.get(setting) or default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise ConfigurationError(
                f"{self.origin.file}: {self.origin.name(self.target, setting)} must be a number, not {value!r}"
            ) from None

    @property
    def user(self) -> str:
        """User that connects."""
        return str(self.settings.get("user"))

    @property
    def database(self) -> str:
        """Name of the database."""
        return str(self.settings.get("dbname") or self.settings.get("database") or "")

    @property
    def password(self) -> Optional[str]:
        """The password, when there is one."""
        value = self.settings.get("password", self.settings.get("pass"))
        return None if value is None else str(value)

    @property
    def where(self) -> str:
        """How a message names it."""
        return f"warehouse {self.target!r} ({self.type} {self.host}:{self.port}/{self.database}, user {self.user!r})"

    @property
    def identity(self) -> str:
        """A name for this very warehouse: pipelines of different warehouses never share a working directory."""
        text = "/".join(str(part) for part in [*self._place(), self.staging_schema])
        return f"{self.target}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    def _place(self) -> list[Any]:
        return [self.type, self.settings.get("host"), self.port, self.database]

    # -- how rows get in ------------------------------------------------------------------------------------------

    @property
    def file_stage(self) -> Optional[str]:
        """The dlt destination for files that the warehouse copies from (S3), or None."""
        return None

    def staging_columns(self) -> dict[str, list[tuple[str, str]]]:
        """Staging table → its columns in order, each with its type in the words of the information schema.

        Errors: WarehouseError.
        """
        found: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in self.fetch(
            "select table_name, column_name, data_type from information_schema.columns where table_schema = %s "
            "order by table_name, ordinal_position",
            (self.staging_schema,),
        )[1]:
            found.setdefault(str(table), []).append((str(column), str(kind)))
        return found

    @property
    @abstractmethod
    def loads(self) -> str:
        """How rows get in, for `check`: "by COPY"."""

    @abstractmethod
    def dlt_destination(self) -> Destination[Any, Any]:
        """The dlt destination. Credentials in dlt's own configuration (``[destination.<type>]``) win."""

    # -- locks ----------------------------------------------------------------------------------------------------

    def try_cluster_lock(self, connection: Any, cluster: str) -> bool:
        """Take the lock of a cluster's syncs for as long as the connection lives; False when another holds it.

        True where the warehouse has no such locks: then only processes of one machine are kept apart.
        """
        return True

    @contextmanager
    def first_sync_lock(self, connection: Any) -> Iterator[None]:
        """While the staging tables do not exist, first syncs of clusters go one after the other, where locks exist."""
        yield

    @contextmanager
    def build_lock(self) -> Iterator[None]:
        """Builds of several machines go one after the other, where locks exist. Errors: WarehouseError."""
        yield

    def isolation_level(self) -> Optional[str]:
        """How the database isolates transactions, for `check`; None where that does not vary."""
        return None

    # -- connections ----------------------------------------------------------------------------------------------

    def libpq(self) -> dict[str, Any]:
        """Connection parameters for psycopg2 and psql."""
        parameters = {
            "host": self.settings.get("host"),
            "port": self.port,
            "user": self.settings.get("user"),
            "password": self.password,
            "dbname": self.database,
            "connect_timeout": self._number("connect_timeout", self.connect_timeout),
            "sslmode": self.settings.get("sslmode"),
            "sslrootcert": self.settings.get("sslrootcert"),
            "sslcert": self.settings.get("sslcert"),
            "sslkey": self.settings.get("sslkey"),
            **_KEEPALIVES,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def connect(self) -> Any:
        """A psycopg2 connection. Errors: WarehouseError, in one line."""
        import psycopg2

        try:
            return register(psycopg2.connect(**self.libpq(), application_name="qupersync"))
        except psycopg2.OperationalError as error:
            said = first_line(error)
            raise WarehouseError(f"could not reach {self.where}: {said}{self._hint_when_down(said)}") from None

    def _hint_when_down(self, said: str) -> str:
        """What to check, by libpq's message; what follows FATAL is the answer of a server that was reached."""
        if "FATAL:" not in said:
            settings = ["sslmode"] if "SSL" in said else ["host", "port"]
        elif "password authentication failed" in said:
            settings = ["user", "password"]
        else:
            return ""
        names = " and ".join(self.origin.name(self.target, setting) for setting in settings)
        return f"; check {names} in {self.origin.file}"

    def connect_as_loader(self) -> Any:
        """A psycopg2 connection as dlt has it: by ``[destination.<type>.credentials]`` where there are any.

        Errors: WarehouseError, in one line.
        """
        if not is_configured(f"destination.{self.type}.credentials"):
            return self.connect()
        import psycopg2
        from dlt.common.configuration import resolve_configuration
        from dlt.destinations.impl.postgres.configuration import PostgresCredentials

        credentials = resolve_configuration(PostgresCredentials(), sections=("destination", self.type))
        try:
            return register(psycopg2.connect(credentials.to_native_representation()))
        except psycopg2.OperationalError as error:
            raise WarehouseError(f"destination.{self.type}.credentials: {first_line(error)}") from None

    def fetch(self, sql: str, parameters: Any = None) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows of a query; neither when a relation does not exist yet. Errors: WarehouseError."""
        import psycopg2

        connection = self.connect()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return [column.name for column in cursor.description], list(cursor.fetchall())
        except (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName):
            return [], []
        except psycopg2.Error as error:
            raise WarehouseError(f"{self.where} could not answer: {first_line(error)}") from error
        finally:
            connection.close()

    def dlt_credentials(self) -> dict[str, Any]:
        """The profile's connection as dlt's credentials."""
        parameters = self.libpq()
        credentials = {
            "host": parameters["host"],
            "port": self.port,
            "username": parameters.get("user"),
            "password": self.password or "-",  # dlt demands one even where the server trusts
            "database": self.database,
            "connect_timeout": parameters["connect_timeout"],
        }
        handed_on = ("sslmode", "sslrootcert", "sslcert", "sslkey", *_KEEPALIVES)
        return {**credentials, "query": {name: str(parameters[name]) for name in handed_on if name in parameters}}


def is_conflict(error: BaseException) -> bool:
    """Did another transaction get in the way? The same transaction, begun again, may succeed.

    PostgreSQL has SQLSTATEs for it (class 40). Redshift reports XX000, with its own number in the text.
    """
    from psycopg2.extensions import TransactionRollbackError

    signs = ("1023", "Serializable isolation violation", "conflict with concurrent transaction")
    return isinstance(error, TransactionRollbackError) or any(sign in str(error) for sign in signs)


def is_configured(section: str) -> bool:
    """Has dlt's configuration anything in a section?"""
    import dlt

    try:
        return bool(dlt.secrets.get(section))
    except Exception:  # dlt raises various errors for a half-filled section: its own resolution will name it
        return True
