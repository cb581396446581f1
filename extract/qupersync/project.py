"""Where things are: the dbt project, the folder of our own state, the profile."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .errors import ConfigurationError


def _is_project(folder: Path) -> bool:
    file = folder / "dbt_project.yml"
    return file.is_file() and (folder / "extract" / "qupersync").is_dir()


@dataclass(frozen=True)
class Project:
    """A checkout of QuperSync."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """The project of the working directory or one above it, else the one this package lies in.

        Errors: ConfigurationError when neither is a checkout.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents, *Path(__file__).resolve().parents):
            if _is_project(folder):
                return cls(folder)
        raise ConfigurationError("no dbt_project.yml of QuperSync here or above: run qupersync inside its checkout")

    @property
    def home(self) -> Path:
        """Our own state: ``$QUPERSYNC_HOME``, else ``.qupersync/`` in the project."""
        configured = os.environ.get("QUPERSYNC_HOME")
        return Path(configured).expanduser().resolve() if configured else self.root / ".qupersync"

    def private_home(self) -> Path:
        """``home``, made when missing; others may not list it (as root they may pass: the server's user must)."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o711 if hasattr(os, "geteuid") and os.geteuid() == 0 else 0o700)
        return self.home

    @property
    def profiles_dir(self) -> Path:
        """The folder of dbt's profiles.yml: ``$DBT_PROFILES_DIR``, else the project."""
        configured = os.environ.get("DBT_PROFILES_DIR")
        return Path(configured).expanduser() if configured else self.root


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
