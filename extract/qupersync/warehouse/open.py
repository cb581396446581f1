"""From a dbt target to its warehouse; an embedded one is created and started when it is needed."""

from __future__ import annotations

from typing import Optional

from ..config.dbt_project import Schemas, schemas
from ..config.profiles import (
    Target,
    profiles_file,
    read_target,
    set_embedded_variables,
    wanted_target,
    write_profile,
)
from ..errors import ConfigurationError
from ..project import Project
from .base import Warehouse
from .postgres import EMBEDDED_DATABASES, EmbeddedWarehouse, PostgresWarehouse
from .redshift import RedshiftWarehouse
from .server import EmbeddedServer

TYPES: dict[str, type[Warehouse]] = {kind.type: kind for kind in (PostgresWarehouse, RedshiftWarehouse)}


def warehouse_of(target: Target, named: Schemas = Schemas()) -> Warehouse:  # noqa: B008 (frozen)
    """The warehouse of a target, with the schemas that the dbt project names.

    Errors: ConfigurationError for a type that is not supported.
    """
    if target.name in EMBEDDED_DATABASES:
        return EmbeddedWarehouse(target.name, target.settings, named, target.origin)
    kind = TYPES.get(target.type)
    if kind is None:
        supported = " and ".join(sorted(TYPES))
        raise ConfigurationError(
            f"{target.origin.file}: target {target.name!r} has type {target.type!r}; {supported} are supported"
        )
    return kind(target.name, target.settings, named, target.origin)


def open_warehouse(project: Project, target: Optional[str] = None) -> Warehouse:
    """The warehouse of a target of the profile; an embedded one is created and started when it is needed.

    Errors: ConfigurationError (profile), WarehouseError (server).
    """
    name = wanted_target(project, target)
    profiles = profiles_file(project)
    if name in EMBEDDED_DATABASES:
        server = EmbeddedServer(project)
        server.start()
        if not write_profile(project, server.port, server.password):
            set_embedded_variables(server.port, server.password)
        server.ensure_database(EMBEDDED_DATABASES[name])
    elif not profiles.exists():
        raise ConfigurationError(f"{profiles} is missing: copy profiles.example.yml to it and fill in {name!r}")
    return warehouse_of(read_target(profiles, name), schemas(project))
