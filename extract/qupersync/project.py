"""Where things are: the dbt project, the folder of our own state, the profile."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .errors import ConfigurationError, NoProjectError
from .hints import program

_PACKAGED = Path(__file__).resolve().parent / "dbt_project"  # in a wheel
_CHECKOUT = Path(__file__).resolve().parents[2]  # of this package, when it is installed from one
MADE = ("dbt_project.yml", "packages.yml", "qupersync.yml")  # all three: the folder is one of `qupersync init`
# Any of them: the folder is one of our own state.
_STATE = ("server.json", "last-error.log", "demo/qupersync.yml", "*-build.lock", f"pipelines/*-{8 * '[0-9a-f]'}")


def _is_checkout(folder: Path) -> bool:
    return (folder / "dbt_project.yml").is_file() and (folder / "extract" / "qupersync").is_dir()


def _is_made(folder: Path) -> bool:
    return all((folder / name).is_file() for name in MADE) and not _is_checkout(folder)


def installed_models() -> Path:
    """QuperSync's own dbt project as this package brings it."""
    return _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT


@dataclass(frozen=True)
class Project:
    """The folder that QuperSync works in: a checkout of it, or one that `qupersync init` has made."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """The project of the working directory or one above it, else the checkout that this package lies in.

        Errors: ConfigurationError when there is none, or another user could have put it there.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if _is_checkout(folder) or _is_made(folder):
                _refuse_foreign(folder, here)
                return cls(folder)
        if _is_checkout(_CHECKOUT):
            return cls(_CHECKOUT)
        raise NoProjectError(
            f"{here} is no project of QuperSync, nor is a folder above it: `{program()} init` makes one, "
            f"`{program()} demo` needs none"
        )

    @property
    def is_checkout(self) -> bool:
        """Are the models in the project itself?"""
        return _is_checkout(self.root)

    @property
    def dbt_root(self) -> Path:
        """QuperSync's own dbt project, with its models: the checkout, or for a made folder that of the package."""
        return installed_models() if _is_made(self.root) else self.root

    @property
    def home(self) -> Path:
        """Our own state: ``$QUPERSYNC_HOME``, else ``.qupersync/`` in the project."""
        configured = os.environ.get("QUPERSYNC_HOME")
        return Path(configured).expanduser().resolve() if configured else self.root / ".qupersync"

    def private_home(self) -> Path:
        """``home``, made when missing; others may not list it (as root they may pass: the server's user must).

        One that holds something else is never closed to others: it may be /tmp. Errors: ConfigurationError.
        """
        try:
            is_new = not self.home.exists()
            self.home.mkdir(parents=True, exist_ok=True)
            if is_new or self._home_is_ours():
                self.home.chmod(0o711 if hasattr(os, "geteuid") and os.geteuid() == 0 else 0o700)
        except OSError as error:
            raise ConfigurationError(
                f"{self.home}, the folder of our own state, cannot be made or closed to others: {error.strerror}; "
                "QUPERSYNC_HOME names another one"
            ) from None
        if not os.access(self.home, os.W_OK | os.X_OK):
            raise ConfigurationError(
                f"{self.home}, the folder of our own state, is read-only; QUPERSYNC_HOME names another one"
            )
        return self.home

    def _home_is_ours(self) -> bool:
        """Is it a folder of our state, or an empty one? Another is taken as it is.

        Errors: ConfigurationError where other users can use that one.
        """
        mode = self.home.stat().st_mode
        is_empty = next(self.home.iterdir(), None) is None
        has_state = any(next(self.home.glob(name), None) for name in _STATE)
        # What lies in a folder that everybody may write to says nothing.
        if self.home == self.root / ".qupersync" or ((is_empty or has_state) and not mode & stat.S_IWOTH):
            return True
        if mode & 0o077 and hasattr(os, "geteuid"):
            raise ConfigurationError(
                f"{self.home} is to be the folder of our own state (QUPERSYNC_HOME), but other users can use it and it "
                f"is not ours: name a new folder, such as {self.home / 'qupersync'}"
            )
        return False

    @property
    def profiles_dir(self) -> Path:
        """The folder of dbt's profiles.yml: ``$DBT_PROFILES_DIR``, else the project."""
        configured = os.environ.get("DBT_PROFILES_DIR")
        return Path(configured).expanduser() if configured else self.root


def _refuse_foreign(folder: Path, here: Path) -> None:
    """Refuse a project that everybody may write to, and one above the working directory with anything of another user.

    What a project holds is executed: SQL, Jinja, commands for credentials, dbt's parsed state in target/. Who works in
    the folder itself has chosen it. root may do all anyway. Errors: ConfigurationError.
    """
    if not hasattr(os, "geteuid"):
        return
    if folder.stat().st_mode & stat.S_IWOTH:
        raise ConfigurationError(
            f"everybody may write to {folder}, and what lies there would be executed: "
            "work in a folder that only you may write to (`chmod o-w`)"
        )
    for part in [] if folder == here else [folder, *sorted(folder.iterdir())]:
        try:
            owner = part.lstat().st_uid
        except FileNotFoundError:
            continue
        if owner not in (os.geteuid(), 0):
            raise ConfigurationError(
                f"{part} belongs to another user (id {owner}), and what it says would be executed: "
                f"change to {folder} if you trust it, or make a project here with `{program()} init`"
            )


def write_private(path: Path, content: str | bytes) -> None:
    """Replace a file atomically; nobody else may read it, at no moment."""
    with private_scratch(path) as scratch:
        with scratch.open("wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)


@contextmanager
def private_scratch(beside: Path) -> Iterator[Path]:
    """A new, empty file in the folder of ``beside``, removed at the end unless it was moved (``scratch.replace(…)``).

    Nobody else may read it. Its name is nobody's yet and cannot be guessed: no file is overwritten, no symbolic link
    followed. Errors: OSError.
    """
    scratch = beside.with_name(f".{beside.name[:50]}.{secrets.token_hex(8)}.tmp")
    open_private(scratch).close()
    try:
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)


def open_private(path: Path) -> BinaryIO:
    """A new file for writing that nobody else may read. Errors: FileExistsError, also for a symbolic link."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")
