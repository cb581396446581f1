"""`qupersync warehouse …`: start and stop the embedded server; psql, backup and restore of any PostgreSQL target."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Optional
from urllib.parse import quote

from ..config.clusters import cluster_names
from ..config.dbt_project import relation_names
from ..config.profiles import write_profile
from ..errors import ConfigurationError, WarehouseError
from ..hints import hint
from ..project import Project, private_scratch
from ..sql import quote as quoted
from ..sync.locking import cluster_lock
from ..warehouse.base import Warehouse
from ..warehouse.open import open_warehouse
from ..warehouse.postgres import EMBEDDED_DATABASES
from ..warehouse.relations import drops, others_in_schemas
from ..warehouse.server import EmbeddedServer, password_environment


def warehouse(project: Project, arguments: argparse.Namespace) -> int:
    """Carry out one action; its exit code."""
    server = EmbeddedServer(project)
    action = arguments.action
    if action == "start":
        started = server.start()
        write_profile(project, server.port, server.password)
        for database in EMBEDDED_DATABASES.values():
            server.ensure_database(database)
        print(f"{'started' if started else 'already running'} on 127.0.0.1:{server.port}")
        return 0
    if action == "stop":
        print("stopped" if server.stop() else "not running")
        return 0
    if action == "status":
        if server.running:
            print(f"running on 127.0.0.1:{server.port}, log {server.log}")
            return 0
        state = "not running" if server.exists else "not created yet"
        print(f"{state}: start it with {hint('warehouse start')}")
        return 1
    opened = open_warehouse(project, arguments.target)
    if action == "url":
        print(_url(opened))
        return 0
    if action == "psql":
        return _client(server, opened, "psql", *[word for word in arguments.arguments if word != "--"])
    if action == "backup":
        return _backup(server, opened, Path(arguments.file))
    spare = None if arguments.drop_others else relation_names(project)
    return _restore(project, server, opened, Path(arguments.file), arguments.yes, spare)


def _url(opened: Warehouse) -> str:
    parameters = opened.libpq()
    user = quote(str(parameters.get("user", "")), safe="")
    password = f":{quote(opened.password, safe='')}" if opened.password else ""
    return f"postgresql://{user}{password}@{parameters['host']}:{opened.port}/{quote(opened.database, safe='')}"


def _client(server: EmbeddedServer, opened: Warehouse, program: str, *arguments: str) -> int:
    """Run a client program of the wheel on the warehouse; the password goes through the environment."""
    parameters = opened.libpq()
    environment = password_environment(opened.password)
    if "sslmode" in parameters:
        environment["PGSSLMODE"] = str(parameters["sslmode"])
    command = [
        str(server.client(program)), "-h", str(parameters["host"]), "-p", str(opened.port),
        "-U", str(parameters.get("user", "")), "-d", opened.database, *arguments,
    ]  # fmt: skip
    if program != "psql" or not sys.stdin.isatty():
        return subprocess.run(command, env=environment, check=False).returncode
    # Ctrl-C is psql's: it cancels a statement there.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, before)


def _needs_pg_dump(opened: Warehouse) -> None:
    if not opened.pg_dump:
        raise ConfigurationError(
            f"{opened.where}: backup and restore use PostgreSQL's pg_dump; take the warehouse's own snapshots instead"
        )


def _backup(server: EmbeddedServer, opened: Warehouse, file: Path) -> int:
    _needs_pg_dump(opened)
    if file.is_dir():
        raise ConfigurationError(f"{file} is a folder: name a file in it, such as {file / 'qupersync.dump'}")
    if file.exists() and not file.is_file():
        raise ConfigurationError(f"{file} is a device or a pipe: a backup replaces it, so name a file")
    if not file.resolve().parent.is_dir():
        raise ConfigurationError(f"{file}: there is no folder {file.resolve().parent}")
    schemas = [word for name in _present(opened) for word in ("-n", name)]
    if not schemas:
        raise WarehouseError(f"{opened.where} is empty: run {hint('sync')} first")
    with private_scratch(file) as scratch:
        # Our schemas: a database of the user's own may hold others, which a restore must not touch.
        if _client(server, opened, "pg_dump", "-Fc", "--no-owner", *schemas, "-f", str(scratch)):
            raise WarehouseError(f"{opened.where} could not be backed up: see pg_dump's message above")
        scratch.replace(file)
    print(f"backed up {opened.target} into {file} ({file.stat().st_size / 1e6:.1f} MB)")
    return 0


def _present(opened: Warehouse) -> list[str]:
    """Those of our schemas that exist."""
    _, found = opened.fetch("select nspname from pg_namespace where nspname in %s", (opened.schemas,))
    return [str(name) for (name,) in found]


@contextmanager
def _alone(project: Project, opened: Warehouse) -> Iterator[None]:
    """No sync and no build meanwhile: a sync would load its watermark into the restored warehouse, after its rows went.

    Waits for a build. Errors: AlreadyRunningError for a sync.
    """
    staged = opened.fetch(f"select distinct cluster_id from {quoted(opened.staging_schema)}.sync_runs")[1]
    clusters = {str(name) for (name,) in staged}
    with suppress(ConfigurationError):  # none is configured here
        clusters.update(cluster_names())
    with ExitStack() as locks:
        for cluster in sorted(clusters):
            locks.enter_context(cluster_lock(project, opened, cluster))
        locks.enter_context(opened.build_lock())
        yield


def _schemas_in(server: EmbeddedServer, opened: Warehouse, file: Path) -> list[str]:
    """Those of our schemas that a backup has. Errors: WarehouseError, ConfigurationError when it has none."""
    listed = subprocess.run([str(server.client("pg_restore")), "-l", str(file)], stdout=subprocess.PIPE, check=False)
    if listed.returncode:
        raise WarehouseError(f"{file} is not a backup of QuperSync: see pg_restore's message above")
    lines = listed.stdout.decode("utf-8", "replace").splitlines()
    found = [name for name in opened.schemas if any(f" SCHEMA - {name} " in line for line in lines)]
    if not found:
        raise ConfigurationError(f"{file} has none of the schemas {', '.join(opened.schemas)} of {opened.where}")
    return found


def _restore(
    project: Project, server: EmbeddedServer, opened: Warehouse, file: Path, yes: bool,
    models: Optional[Collection[str]],
) -> int:  # fmt: skip
    """Replace what is in our schemas. With the names of our ``models``: only where nothing of others would go, too."""
    _needs_pg_dump(opened)
    if not file.is_file():
        raise ConfigurationError(f"{file}: no such file")
    others = [] if models is None else others_in_schemas(opened, models)
    if others:
        raise ConfigurationError(
            f"restore would drop what QuperSync did not make in {opened.where}: {', '.join(others)}. "
            "Move it to another schema (views on our tables: drop and make them again), or confirm with --drop-others"
        )
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigurationError(f"restore replaces everything in {opened.target}: confirm it with --yes")
        if input(f"Replace everything in {opened.where}? [y/N] ").strip().lower() != "y":
            print("nothing restored")
            return 1
    stored = _schemas_in(server, opened, file)
    # One transaction: the warehouse is the old one or the backup, never half of each. The script is not made beside the
    # backup, which may be on a read-only disk.
    with _alone(project, opened), private_scratch(project.private_home() / "restore.sql") as script:
        present = _present(opened)
        missing = [f"create schema {quoted(name)};" for name in stored if name not in present]
        with script.open("wb") as sql:
            sql.write("\n".join([*drops(opened), *missing, ""]).encode("utf-8"))
            sql.flush()
            # Of our schemas only what is in them: a role may write them that may make none. No grants: the roles may
            # not exist on this server, and a build grants to `readers` again.
            converted = subprocess.run(
                [str(server.client("pg_restore")), "--no-owner", "--no-acl",
                 *[word for name in stored for word in ("-n", name)], "-f", "-", str(file)],
                stdout=sql, check=False,
            ).returncode  # fmt: skip
        if converted:
            raise WarehouseError(f"{file} is not a backup of QuperSync: see pg_restore's message above")
        code = _client(
            server, opened, "psql", "-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "--single-transaction",
            "-c", "set client_min_messages = warning", "-f", str(script),
        )  # fmt: skip
    if code:
        raise WarehouseError(f"{opened.where} could not be restored from {file}; it is unchanged")
    print(f"restored {opened.target} from {file}, without grants: the next build grants to the var `readers` again")
    return 0
