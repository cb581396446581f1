"""The clusters to read, from dlt's configuration: ``[sources.redshift.<name>]`` or the environment."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Optional

from ..errors import ConfigurationError, first_line
from ..project import Project
from .environment import settings_in_environment
from .files import nearest, toml_files
from .sections import misplaced_cluster

SECTION = "sources.redshift"
QUERY_TEXT = ("normalized", "full", "none")
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
WEAK_SSL_MODES = ("disable", "allow", "prefer")  # a password may go unencrypted
LOGINS = ("built-in", "redshift_connector")
# What the driver is given by us, from settings of their own
_NOT_FOR_THE_DRIVER = (
    "host", "port", "database", "user", "password", "ssl", "sslmode", "timeout", "application_name",
    "client_protocol_version",
)  # fmt: skip
QueryText = Literal["normalized", "full", "none"]
LoginName = Literal["built-in", "redshift_connector"]
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class ClusterConfig:
    """One cluster or workgroup. The fields are the settings of ``[sources.redshift.<name>]``."""

    name: str
    host: Optional[str] = None  # found by AWS's API when IAM is used
    username: Optional[str] = None
    password: Optional[str] = field(default=None, repr=False)
    port: int = 5439
    database: str = "dev"
    # IAM instead of a password: one of the first two
    cluster_identifier: Optional[str] = None  # provisioned
    workgroup: Optional[str] = None  # Serverless
    region: Optional[str] = None
    profile: Optional[str] = None
    role_arn: Optional[str] = None  # to assume
    databases: tuple[str, ...] = ()  # whose tables are read; default: the connected one
    sslmode: str = "verify-full"
    connect_timeout: int = 120  # seconds, for all of a login; a paused Serverless workgroup takes a while to wake
    statement_timeout: int = 3600  # seconds; 0: the cluster's own limits only
    login: LoginName = "built-in"
    # Further arguments of redshift_connector.connect, such as credentials_provider
    login_options: dict[str, Any] = field(default_factory=dict, repr=False, hash=False)
    query_text: QueryText = "normalized"
    lookback_minutes: int = 15
    late_start_hours: int = 24
    retention_days: int = 7

    @property
    def lookback(self) -> timedelta:
        """How late a row may arrive in a view."""
        return timedelta(minutes=self.lookback_minutes)

    @property
    def retention(self) -> timedelta:
        """How long Redshift keeps its views' rows."""
        return timedelta(days=self.retention_days)

    @property
    def late_start(self) -> timedelta:
        """How long a statement may run before its row first appears."""
        return timedelta(hours=self.late_start_hours)

    @property
    def is_serverless(self) -> bool:
        """Is it a Serverless workgroup, by its name or its endpoint?"""
        return bool(self.workgroup) or ".redshift-serverless." in f"{self.host or ''}."

    @property
    def uses_iam(self) -> bool:
        """Is the password a temporary one, from AWS?"""
        return self.password is None and not self.uses_identity_provider

    @property
    def uses_driver(self) -> bool:
        """Does AWS's driver log in?"""
        return self.login == "redshift_connector"

    @property
    def uses_identity_provider(self) -> bool:
        """Does one of the driver's plugins log in, which needs no password of ours?"""
        return self.uses_driver and "credentials_provider" in self.login_options

    @property
    def where(self) -> str:
        """How a message names it."""
        place = f"{self.host}:{self.port}" if self.host else str(self.workgroup or self.cluster_identifier)
        return f"cluster {self.name!r} ({place}/{self.database}, user {self.username or 'by IAM'!r})"

    def setting(self, name: str) -> str:
        """How a message names a setting of this cluster."""
        return f"{SECTION}.{self.name}.{name}"


_IAM = ("cluster_identifier", "workgroup", "region", "profile", "role_arn")
_SETTINGS = tuple(name for name in ClusterConfig.__dataclass_fields__ if name != "name")
_FORMER_NAMES = {"lookback_minutes": "margin_minutes"}  # of settings before release 0.2.0: still read
_NUMBERS = {
    "port": 1, "connect_timeout": 1, "statement_timeout": 0, "lookback_minutes": 0, "late_start_hours": 0,
    "retention_days": 1,
}  # and the least that each may be  # fmt: skip
_CHOICES: dict[str, tuple[str, ...]] = {"query_text": QUERY_TEXT, "sslmode": SSL_MODES, "login": LOGINS}
_ONE_CLUSTER_ONLY = ("cluster_identifier", "workgroup")  # never inherited from [sources.redshift]


def use_project(project: Project) -> None:
    """Make dlt read the project's ``.dlt/`` whatever the working directory, and keep it from phoning home."""
    os.environ.setdefault("DLT_PROJECT_DIR", str(project.root))
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")


def check_name(name: str, where: str = "") -> str:
    """A cluster's name, if it may be one; ``where`` it is written. Errors: ConfigurationError."""
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{where}{': ' if where else ''}{name!r} cannot be a cluster's name: "
            "small letters, digits and _ after a letter, at most 63"
        )
    return name


def _get(path: str) -> Any:
    """A value from any of dlt's providers (environment, secrets.toml, config.toml, vaults), or None."""
    import dlt

    for accessor in (dlt.secrets, dlt.config):
        value: Any = accessor.get(path)
        if value is not None:
            return value
    return None


def cluster_names() -> list[str]:
    """Names of the configured clusters. Errors: ConfigurationError for none or an impossible name."""
    import dlt

    listed = _get(f"{SECTION}.clusters")
    if isinstance(listed, str):
        listed = [part.strip() for part in listed.strip("[]").split(",") if part.strip(" '\"")]
        listed = [part.strip(" '\"") for part in listed]
    if listed is not None and not isinstance(listed, (list, tuple)):
        raise ConfigurationError(f"{SECTION}.clusters must be a list of names, not {listed!r}")
    if listed is not None:
        places = {str(name): f"{SECTION}.clusters" for name in listed}
    else:
        places = {}
        for accessor, file in ((dlt.secrets, "secrets.toml"), (dlt.config, "config.toml")):
            table: Any = accessor.get(SECTION)
            for name, value in table.items() if isinstance(table, dict) else ():
                if isinstance(value, dict) and name not in _SETTINGS:
                    places.setdefault(name, f"[{SECTION}.{name}] in .dlt/{file}")
    if not places:
        raise ConfigurationError(
            misplaced_cluster(toml_files(Path()))
            or f"no cluster is configured: add [{SECTION}.<name>] to .dlt/secrets.toml (see .dlt/secrets.example.toml)"
        )
    return [check_name(name, where) for name, where in places.items()]


def _unknown_settings(name: str) -> list[str]:
    """Settings of a cluster, or of all clusters, that do not exist: as written, each with the nearest name."""
    import dlt

    known = {*_SETTINGS, *_FORMER_NAMES.values()}
    shared: set[str] = set()
    own: set[str] = set()
    for accessor in (dlt.secrets, dlt.config):
        tables: Any = accessor.get(SECTION)
        if isinstance(tables, dict):
            shared |= {key for key, value in tables.items() if not isinstance(value, dict)}
        table: Any = accessor.get(f"{SECTION}.{name}")
        if isinstance(table, dict):
            own |= set(table)
    found = [(f"{SECTION}.{one}", one) for one in sorted(shared - known - {"clusters"})]
    found += [(f"{SECTION}.{name}.{one}", one) for one in sorted(own - known)]
    listed = _get(f"{SECTION}.clusters")
    others = [other for other in (cluster_names() if listed is not None else ()) if other != name]
    found += settings_in_environment(name, others, known | {"clusters"})
    return [f"{written}{nearest(setting, known)}" for written, setting in found]


def _setting(name: str, setting: str) -> tuple[str, Any]:
    """Where a setting of a cluster is found, and its value: its own, else that of all clusters; None without."""
    names = [setting, *([_FORMER_NAMES[setting]] if setting in _FORMER_NAMES else [])]
    sections = [f"{SECTION}.{name}", *([] if setting in _ONE_CLUSTER_ONLY else [SECTION])]
    for path in (f"{section}.{one}" for section in sections for one in names):
        value = _get(path)
        if value is not None:
            return path, value
    return f"{SECTION}.{name}.{setting}", None


def _number(config: str, value: Any, least: int) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise ConfigurationError(f"{config} must be a whole number, not {value!r}") from None
    if number < least:
        raise ConfigurationError(f"{config} must be at least {least}, not {number}")
    return number


def load_cluster(name: str) -> ClusterConfig:
    """One cluster's configuration; a setting of ``[sources.redshift]`` serves all clusters that lack their own.

    Errors: ConfigurationError naming the setting.
    """
    check_name(name)
    try:
        found = {setting: _setting(name, setting) for setting in _SETTINGS}
        values = {setting: value for setting, (_, value) in found.items() if value is not None}
        unknown = _unknown_settings(name)
    except ConfigurationError:
        raise
    except Exception as error:  # a TOML that does not parse, a vault that does not answer
        raise ConfigurationError(f"the configuration of cluster {name!r} cannot be read: {first_line(error)}") from None
    if unknown:
        raise ConfigurationError(f"unknown settings of cluster {name!r}: {', '.join(unknown)}")
    values = {setting: value for setting, value in values.items() if value != ""}
    iam = bool(values.get("cluster_identifier") or values.get("workgroup"))
    if values.get("cluster_identifier") and values.get("workgroup"):
        raise ConfigurationError(f"{SECTION}.{name} has both cluster_identifier and workgroup: it is one or the other")
    values["login_options"] = _login_options(found["login_options"][0], values)
    identity_provider = "credentials_provider" in values["login_options"]
    needed = ("host",) if identity_provider else ("host", "username", "password")
    for setting in () if iam and "password" not in values else needed:
        if not values.get(setting):
            raise ConfigurationError(
                f"{SECTION}.{name}.{setting} is missing: set it in .dlt/secrets.toml or as "
                f"SOURCES__REDSHIFT__{name.upper()}__{setting.upper()}"
                + (" (or use IAM: set cluster_identifier or workgroup)" if setting == "password" else "")
            )
    for setting, least in _NUMBERS.items():
        if setting in values:
            values[setting] = _number(found[setting][0], values[setting], least)
    for setting, allowed in _CHOICES.items():
        if setting in values and values[setting] not in allowed:
            raise ConfigurationError(
                f"{found[setting][0]} must be one of {', '.join(allowed)}, not {values[setting]!r}"
            )
    databases = values.get("databases", ())
    if isinstance(databases, str):
        databases = [part.strip(" '\"") for part in databases.strip("[]").split(",") if part.strip()]
    values["databases"] = tuple(str(item) for item in databases)
    for setting in ("host", "username", "password", "database", *_IAM):
        if setting in values:
            values[setting] = str(values[setting])
    config = ClusterConfig(name=name, **values)
    check_tls(config)
    return config


def check_tls(config: ClusterConfig) -> None:
    """Temporary passwords and tokens of AWS go through TLS only. Errors: ConfigurationError."""
    weak = config.sslmode in WEAK_SSL_MODES
    if weak and (config.uses_iam or config.uses_identity_provider):
        raise ConfigurationError(
            f'{config.setting("sslmode")} = "{config.sslmode}" would send credentials of AWS unencrypted: '
            'with IAM or an identity provider it is "verify-full", "verify-ca" or "require"'
        )
    if config.uses_driver and config.sslmode in ("allow", "prefer"):
        raise ConfigurationError(
            f'{config.setting("sslmode")} = "{config.sslmode}": with login = "redshift_connector" it is '
            '"verify-full", "verify-ca", "require" or "disable"'
        )


def _login_options(path: str, values: dict[str, Any]) -> dict[str, Any]:
    """Arguments for the driver: a table, or JSON in the environment. Errors: ConfigurationError."""
    options = values.get("login_options", {})
    if isinstance(options, str):
        try:
            options = json.loads(options)
        except ValueError:
            options = None
    if not isinstance(options, dict):
        raise ConfigurationError(f"{path} must be a table (JSON in the environment) of redshift_connector's arguments")
    if options and values.get("login") != "redshift_connector":
        raise ConfigurationError(f'{path} needs login = "redshift_connector"')
    for name in _NOT_FOR_THE_DRIVER:
        if name in options:
            raise ConfigurationError(f"{path}.{name} is a setting of the cluster itself, not of the login")
    return dict(options)


def load_clusters(names: Optional[list[str]] = None) -> list[ClusterConfig]:
    """The named clusters, or all. Errors: ConfigurationError for a name that is not configured."""
    configured = cluster_names()
    for name in names or []:
        if name not in configured:
            raise ConfigurationError(f"no cluster {name!r} is configured (there are: {', '.join(configured)})")
    return [load_cluster(name) for name in dict.fromkeys(names or configured)]
