"""The project folder of `qupersync init`: a small dbt project of the user's around the installed one of QuperSync.

The models stay in the installed package, and the folder links to them as dbt's package `qupersync`: an upgrade needs no
copying, and dbt writes its target/ and logs/ into the folder.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from .. import __version__
from ..errors import ConfigurationError, first_line
from ..hints import program
from ..project import Project, installed_models, open_private
from .files import read_text

PACKAGE = Path(".qupersync", "package")  # what packages.yml names; `dbt deps` links to it
_INSTALLED = Path("dbt_packages", "qupersync")  # where dbt looks for it
_COPIED = ".copied"  # in a copy of the models, where links cannot be made: the version that it is of
_TEMPLATES = Path(__file__).with_name("new_folder")
_COMMAND = "{command}"  # in the README: how the tool is started in the folder
# Where the folder lies in a repository already, its .gitignore may not know of them.
_IGNORED = {".dlt/.gitignore": "secrets.toml\n", ".qupersync/.gitignore": "*\n"}
_FILES = {
    "dbt_project.yml": "dbt_project.yml",
    "packages.yml": "packages.yml",
    "qupersync.yml": "qupersync.yml",
    ".gitignore": "gitignore",
    "README.md": "README.md",
    ".dlt/secrets.toml": "secrets.toml",
}


def demo_folder() -> Path:
    """The project of a demo that was started outside of any other. Errors: ConfigurationError."""
    home = os.environ.get("QUPERSYNC_HOME")
    if home:
        return Path(home).expanduser().resolve() / "demo"
    data = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_DATA_HOME")
    try:
        return (Path(data) if data else Path.home() / ".local" / "share") / "qupersync" / "demo"
    except RuntimeError:
        raise ConfigurationError("there is no home directory for the demo: set QUPERSYNC_HOME") from None


def make_folder(root: Path) -> dict[str, bool]:
    """Make a project folder, or what one lacks; its files, and whether each is new. Nothing is overwritten.

    Errors: ConfigurationError for a folder that is a checkout or has another dbt project, or cannot be written.
    """
    if Project(root).is_checkout:
        raise ConfigurationError(f"{root} is a checkout of QuperSync, which needs no project folder")
    if (root / "dbt_project.yml").exists() and not (root / "qupersync.yml").exists():
        raise ConfigurationError(f"{root} has a dbt project already: choose another folder")
    texts = {name: (_TEMPLATES / template).read_text(encoding="utf-8") for name, template in _FILES.items()}
    for name in ("profiles.example.yml", ".dlt/config.toml", ".dlt/secrets.example.toml"):
        texts[name] = (installed_models() / name).read_text(encoding="utf-8")
    texts["README.md"] = texts["README.md"].replace(_COMMAND, program(root))
    texts.update(_IGNORED)
    try:
        root.mkdir(parents=True, exist_ok=True)
        (root / ".dlt").mkdir(exist_ok=True)
        (root / PACKAGE.parent).mkdir(mode=0o700, exist_ok=True)
        return {name: _write_new(root / name, text) for name, text in texts.items()}
    except OSError as error:
        raise ConfigurationError(f"{root} cannot be made a project folder: {first_line(error)}") from None


def not_ignored(root: Path) -> list[str]:
    """What git should ignore and the folder's .gitignore does not name."""
    lines = (_TEMPLATES / _FILES[".gitignore"]).read_text(encoding="utf-8").split()
    named = {line.strip().strip("/") for line in read_text(root / ".gitignore").splitlines()}
    return [line for line in lines if line.strip("/") not in named]


def _write_new(file: Path, text: str) -> bool:
    """Write a file that does not exist; False when it does. One with secrets is for nobody else to read."""
    try:
        with open_private(file) if file.name == "secrets.toml" else file.open("xb") as opened:
            opened.write(text.encode("utf-8"))
    except FileExistsError:
        return False
    return True


def link_models(project: Project) -> None:
    """Let the folder's package `qupersync` be the installed models. Errors: ConfigurationError."""
    if project.is_checkout:
        return
    models = project.dbt_root
    for place in (project.root / PACKAGE, project.root / _INSTALLED):
        try:
            _link(place, models)
        except OSError as error:
            raise ConfigurationError(f"{place} cannot be linked to {models}: {first_line(error)}") from None


def _link(place: Path, models: Path) -> None:
    if place.exists() and place.resolve() == models.resolve():
        return
    copied = place / _COPIED
    if place.is_dir() and not place.is_symlink() and not copied.exists():
        return  # the user's own, such as a package of another version
    if copied.exists() and copied.read_text(encoding="utf-8") == __version__:
        return
    place.parent.mkdir(mode=0o700 if place.parent.name == PACKAGE.parent.name else 0o777, parents=True, exist_ok=True)
    scratch = place.with_name(f"{place.name}.{secrets.token_hex(8)}")
    try:
        try:
            scratch.symlink_to(models, target_is_directory=True)
        except (OSError, NotImplementedError):  # Windows without the right to make links
            shutil.copytree(models, scratch)
            (scratch / _COPIED).write_text(__version__, encoding="utf-8")
        if copied.exists():
            shutil.rmtree(place)
        scratch.replace(place)
    finally:
        with suppress(OSError):
            scratch.unlink() if scratch.is_symlink() else shutil.rmtree(scratch)
