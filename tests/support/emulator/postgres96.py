"""PostgreSQL 9.6 from the npm package ``postgresql-portable-linux64``: an upstream with the type rules of Redshift's ancestor.

Since PostgreSQL 10 a literal of unknown type becomes text; in 9.6, as in Redshift, it stays ``unknown``, and a query that
sorts, compares or unites such a column fails. The package is downloaded once, by ``npm pack``, into a cache outside the
checkout.
"""

from __future__ import annotations

import hashlib
import os
import platform
import pwd
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Optional

PACKAGE, VERSION = "postgresql-portable-linux64", "9.6.0-build2"
SHA512 = (
    "328115e6c0111f6c0ea95f36ace273b9040c56d8e3e76b1a57bd89a1c1da51f1"
    "ec57b50607070a00a56edcdaf133d5b67fad68b60e5e9a69282a4cb853ba1a97"
)
START_SECONDS = 60

# The server lives for one test session: speed instead of durability.
SETTINGS = {
    "extra_float_digits": "3",  # else it prints 15 digits: the same number would look different
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "128MB",
    "max_connections": "60",
    "autovacuum_naptime": "5s",
}


class UnavailableError(Exception):
    """PostgreSQL 9.6 cannot be had on this machine; the message says why."""


def _unprivileged() -> Optional[pwd.struct_passwd]:
    """The user that the server runs as when we are root, which PostgreSQL refuses; None when we are not."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _cache() -> Path:
    """Where the unpacked package is kept. Root's own cache would be out of reach for the server's user."""
    if os.geteuid() == 0:
        return Path("/var/cache/qupersync-tests")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "qupersync-tests"


def installed() -> Path:
    """The folder of the unpacked package, downloaded when it is missing. Errors: UnavailableError."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise UnavailableError(f"{PACKAGE} is for Linux on x86-64, this is {platform.system()} on {platform.machine()}")
    folder = _cache() / f"{PACKAGE}-{VERSION}"
    if folder.is_dir():
        return folder
    if shutil.which("npm") is None:
        raise UnavailableError(f"{PACKAGE} is an npm package, and npm is not installed")
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        packed = subprocess.run(
            ["npm", "pack", "--silent", f"{PACKAGE}@{VERSION}"], cwd=scratch, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=300, check=False,
        )  # fmt: skip
        archives = list(Path(scratch).glob("*.tgz"))
        if packed.returncode or not archives:
            raise UnavailableError(f"npm pack {PACKAGE}@{VERSION} failed: {packed.stderr.strip()[-300:]}")
        if hashlib.sha512(archives[0].read_bytes()).hexdigest() != SHA512:
            raise UnavailableError(f"{archives[0].name} is not the archive that was reviewed: its SHA-512 differs")
        with tarfile.open(archives[0]) as archive:
            archive.extractall(scratch, filter="data")
        unpacked = Path(scratch, "package")
        for path in unpacked.rglob("*"):  # packed for its owner only
            path.chmod(0o755)
        with suppress(OSError):  # another process was faster
            unpacked.rename(folder)
    return folder


class Postgres96:
    """A throw-away PostgreSQL 9.6 server on 127.0.0.1. Errors: UnavailableError."""

    user = "qupersync"
    password = "any"  # the server trusts 127.0.0.1

    def __init__(self) -> None:
        self._package = installed()
        self._root = Path(tempfile.mkdtemp(prefix="qupersync-pg96-"))
        self._process: Optional[subprocess.Popen[bytes]] = None
        self.port = 0

    def url(self, database: str) -> str:
        """A libpq URL of a database."""
        return f"postgresql://{self.user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Initialize and start the server; it accepts connections when this returns."""
        if (user := _unprivileged()) is not None:
            os.chown(self._root, user.pw_uid, user.pw_gid)
        data = self._root / "data"
        made = subprocess.run(
            [self._package / "bin" / "initdb", "-D", data, "-U", self.user, "-A", "trust", "-E", "UTF8", "--locale=C",
             "--nosync"],
            capture_output=True, text=True, check=False, **self._as_server_user(),
        )  # fmt: skip
        if made.returncode:
            raise UnavailableError(f"initdb of {PACKAGE} failed: {made.stderr.strip()[-500:]}")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        # -O: only a server started so may have functions of ours in pg_catalog.
        words = [str(self._package / "bin" / "postgres"), "-O", "-D", str(data), "-p", str(self.port)]
        for name, value in SETTINGS.items():
            words += ["-c", f"{name}={value}"]
        with (self._root / "server.log").open("wb") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log, **self._as_server_user())
        self._wait()

    def stop(self) -> None:
        """Stop the server and delete its data."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)  # immediate shutdown: nothing of it is kept
            self._process.wait(30)
        shutil.rmtree(self._root, ignore_errors=True)

    def _wait(self) -> None:
        import psycopg2

        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg2.connect(self.url("postgres"), connect_timeout=5).close()
                return
            except psycopg2.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = (self._root / "server.log").read_text(encoding="utf-8", errors="replace")[-1000:]
                    raise UnavailableError(
                        f"PostgreSQL 9.6 did not start: {error}; its log ends with:\n{log}"
                    ) from None
            time.sleep(0.05)

    def _as_server_user(self) -> dict[str, Any]:
        environment = {"PATH": os.environ.get("PATH", ""), "LD_LIBRARY_PATH": str(self._package / "lib"), "LC_ALL": "C"}
        options: dict[str, Any] = {"cwd": self._root, "stdin": subprocess.DEVNULL, "env": {**environment, "TZ": "UTC"}}
        if (user := _unprivileged()) is not None:
            options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        return options
