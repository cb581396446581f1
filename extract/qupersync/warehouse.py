"""The warehouse, described once: in the target of the dbt profile. Read without importing dbt, which takes seconds."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from .embedded import EmbeddedServer
from .errors import ConfigurationError, WarehouseError
from .project import Project, write_private

if TYPE_CHECKING:
    from dlt.common.destination import Destination

PROFILE = "qupersync"
EMBEDDED_DATABASES = {"embedded": "qupersync", "demo": "qupersync_demo"}
_GENERATED = "# Written by qupersync with the embedded server's port and password: rewritten when they change.\n"


@dataclass(frozen=True)
class Warehouse:
    """A dbt target: where staging, entities and marts live."""

    target: str
    type: str  # postgres or redshift
    settings: dict[str, Any] = field(repr=False)  # the profile's output, rendered

    @property
    def schema(self) -> str:
        """Schema of the entities. Errors: ConfigurationError for a name that dlt would write otherwise than dbt."""
        name = str(self.settings.get("schema") or "qupersync")
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
            raise ConfigurationError(
                f"schema {name!r} of target {self.target!r} in profiles.yml: small letters, digits and single "
                "underscores only"
            )
        return name

    @property
    def staging_schema(self) -> str:
        """Schema of the raw rows; dlt calls it the dataset."""
        return f"{self.schema}_staging"

    @property
    def marts_schema(self) -> str:
        """Schema of the marts."""
        return f"{self.schema}_marts"

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
        """What a message calls it."""
        return (
            f"warehouse {self.target!r} ({self.type} {self.settings.get('host')}:{self.port}/{self.database}, "
            f"user {self.settings.get('user')!r})"
        )

    @property
    def port(self) -> int:
        """TCP port."""
        try:
            return int(self.settings.get("port") or (5439 if self.type == "redshift" else 5432))
        except ValueError:
            raise ConfigurationError(f"profile target {self.target!r}: port must be a number") from None

    @property
    def identity(self) -> str:
        """A name for this very warehouse: pipelines of different warehouses never share a working directory."""
        import hashlib

        place: list[Any] = (
            [self.target]
            if self.target in EMBEDDED_DATABASES
            else [self.type, self.settings.get("host"), self.port, self.database]
        )
        text = "/".join(str(part) for part in [*place, self.staging_schema])
        return f"{self.target}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    @property
    def stages_through_s3(self) -> bool:
        """Are files put into S3 and copied from there? (``[destination.filesystem]`` with a bucket, Redshift only)"""
        return self.type == "redshift" and _configured("destination.filesystem.bucket_url")

    @property
    def file_format(self) -> Optional[str]:
        """What files are loaded as; None where dlt has no way for files."""
        return "parquet" if self.stages_through_s3 else None

    def libpq(self) -> dict[str, Any]:
        """Connection parameters for psycopg2 and psql."""
        parameters = {
            "host": self.settings.get("host"),
            "port": self.port,
            "user": self.settings.get("user"),
            "password": self.password,
            "dbname": self.database,
            "connect_timeout": int(self.settings.get("connect_timeout") or 10),
            "sslmode": self.settings.get("sslmode"),
            "sslrootcert": self.settings.get("sslrootcert"),
            "sslcert": self.settings.get("sslcert"),
            "sslkey": self.settings.get("sslkey"),
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def connect(self) -> Any:
        """A psycopg2 connection. Errors: WarehouseError, in one line."""
        import psycopg2

        try:
            return psycopg2.connect(**self.libpq(), application_name="qupersync")
        except psycopg2.OperationalError as error:
            hint = "; start it with `qupersync warehouse start`" if self.target in EMBEDDED_DATABASES else ""
            raise WarehouseError(f"{self.where} cannot be reached: {first_line(error)}{hint}") from None

    def connect_as_loader(self) -> Any:
        """A psycopg2 connection as dlt has it: by ``[destination.postgres.credentials]`` where there are any.

        Errors: WarehouseError, in one line.
        """
        if not _configured(f"destination.{self.type}.credentials"):
            return self.connect()
        import psycopg2
        from dlt.common.configuration import resolve_configuration
        from dlt.destinations.impl.postgres.configuration import PostgresCredentials

        credentials = resolve_configuration(PostgresCredentials(), sections=("destination", self.type))
        try:
            return psycopg2.connect(credentials.to_native_representation())
        except psycopg2.OperationalError as error:
            raise WarehouseError(f"destination.{self.type}.credentials: {first_line(error)}") from None

    def fetch(self, sql: str, parameters: Any = None) -> tuple[list[str], list[tuple[Any, ...]]]:
        """Column names and rows of a query; no rows when a relation does not exist yet."""
        import psycopg2

        connection = self.connect()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return [column.name for column in cursor.description], list(cursor.fetchall())
        except (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName):
            return [], []
        except psycopg2.Error as error:
            raise WarehouseError(f"{self.where} cannot answer: {first_line(error)}") from error
        finally:
            connection.close()

    def dlt_destination(self) -> Destination[Any, Any]:
        """The dlt destination. Credentials in dlt's own configuration (``[destination.postgres]``) win."""
        import dlt

        section = f"destination.{self.type}.credentials"
        if _configured(section):
            return dlt.destinations.postgres() if self.type == "postgres" else dlt.destinations.redshift()
        parameters = self.libpq()
        credentials = {
            "host": parameters["host"],
            "port": self.port,
            "username": parameters.get("user"),
            "password": self.password or "-",  # dlt demands one even where the server trusts
            "database": self.database,
            "connect_timeout": parameters["connect_timeout"],
        }
        query = {
            name: parameters[name] for name in ("sslmode", "sslrootcert", "sslcert", "sslkey") if name in parameters
        }
        if query:
            credentials["query"] = query
        if self.type == "redshift":
            return dlt.destinations.redshift(credentials=credentials)
        return dlt.destinations.postgres(credentials=credentials)


def _configured(section: str) -> bool:
    import dlt

    try:
        return bool(dlt.secrets.get(section))
    except Exception:  # dlt raises various errors for a half-filled section: its own resolution will name it
        return True


def first_line(error: BaseException) -> str:
    """The first line of an error's text, without the noise that follows it."""
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


# -- the profile -----------------------------------------------------------------------------------------------------


def _render(value: Any, setting: str) -> Any:
    if isinstance(value, dict):
        return {key: _render(item, f"{setting}.{key}") for key, item in value.items()}
    if not isinstance(value, str) or "{" not in value:
        return value
    from jinja2 import Environment, StrictUndefined, TemplateError

    def env_var(name: str, default: Optional[str] = None) -> str:
        found = os.environ.get(name, default)
        if found is None:
            raise ConfigurationError(f"profiles.yml: {setting} needs the environment variable {name}")
        return found

    environment = Environment(undefined=StrictUndefined)
    for name in ("as_number", "as_native", "as_text", "as_bool"):
        environment.filters[name] = lambda item: item
    try:
        return environment.from_string(value).render(env_var=env_var)
    except TemplateError as error:
        raise ConfigurationError(f"profiles.yml: {setting} cannot be rendered: {error}") from None


def read_target(profiles: Path, target: Optional[str]) -> Warehouse:
    """One target of the profile ``qupersync``. Errors: ConfigurationError naming file and setting."""
    import yaml

    try:
        document = yaml.safe_load(profiles.read_text(encoding="utf-8"))
        profile = document[PROFILE]
        outputs = profile["outputs"]
    except FileNotFoundError:
        raise ConfigurationError(f"{profiles} is missing: copy profiles.example.yml to it") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{profiles} is not YAML: {first_line(error)}") from None
    except (KeyError, TypeError):
        raise ConfigurationError(f"{profiles} has no profile {PROFILE!r} with outputs") from None
    name = target or os.environ.get("DBT_TARGET") or _render(profile.get("target", "embedded"), "target")
    if name not in outputs:
        raise ConfigurationError(f"{profiles} has no target {name!r} (there are: {', '.join(outputs)})")
    settings = _render(outputs[name], f"outputs.{name}")
    kind = settings.get("type")
    if kind not in ("postgres", "redshift"):
        raise ConfigurationError(f"{profiles}: target {name!r} has type {kind!r}; postgres and redshift are known")
    missing = [key for key in ("host",) if not settings.get(key)]
    if missing:
        raise ConfigurationError(f"{profiles}: target {name!r} lacks {', '.join(missing)}")
    return Warehouse(name, kind, settings)


def write_profile(project: Project, server: EmbeddedServer) -> None:
    """profiles.yml with the embedded server's port and password; a file that the user wrote is left alone."""
    path = project.profiles_dir / "profiles.yml"
    if path.exists() and not path.read_text(encoding="utf-8").startswith(_GENERATED):
        return
    example = (project.root / "profiles.example.yml").read_text(encoding="utf-8")
    text = example.replace("{{ env_var('QUPERSYNC_EMBEDDED_PORT') | as_number }}", str(server.port))
    text = text.replace("{{ env_var('QUPERSYNC_EMBEDDED_PASSWORD') }}", server.password)
    text = text.replace(f'"{server.port}"', str(server.port))
    if not path.exists() or path.read_text(encoding="utf-8") != _GENERATED + text:
        write_private(path, _GENERATED + text)


def open_warehouse(project: Project, target: Optional[str] = None) -> Warehouse:
    """The warehouse of a target; an embedded one is made and started when it is needed.

    Errors: ConfigurationError (profile), WarehouseError (server).
    """
    profiles = project.profiles_dir / "profiles.yml"
    server = EmbeddedServer(project)
    wanted = target or os.environ.get("DBT_TARGET") or ("embedded" if not profiles.exists() else None)
    if wanted is None:
        wanted = read_target(profiles, None).target
    if wanted in EMBEDDED_DATABASES:
        server.start()
        write_profile(project, server)
        server.ensure_database(EMBEDDED_DATABASES[wanted])
    elif not profiles.exists():
        raise ConfigurationError(f"{profiles} is missing: copy profiles.example.yml to it and fill in {wanted!r}")
    return read_target(profiles, wanted)
