"""Where things are: the dbt project, the folder of our own state, the profile."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

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
    scratch = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
