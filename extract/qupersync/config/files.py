"""Files that a user writes: YAML and TOML, with errors that name the file and the line."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError, first_line
from ..project import Project


def read_text(file: Path) -> str:
    """The text of a file. Errors: ConfigurationError naming it."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file} is not UTF-8: byte {error.start + 1}") from None


def load_yaml(file: Path) -> Any:
    """What a YAML file holds. Errors: ConfigurationError naming file and line."""
    return parse_yaml(read_text(file), str(file))


def parse_yaml(text: str, where: str) -> Any:
    """What a YAML text holds. Errors: ConfigurationError naming where it is from, and the line."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, loader)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2026-02-31
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(
            f"{where}{line}, is not YAML: {getattr(error, 'problem', None) or first_line(error)}"
        ) from None


def toml_files(root: Path) -> list[Path]:
    """Where dlt looks for settings of a project in this folder, whether there is such a file or not."""
    own = Path(os.environ.get("DLT_PROJECT_DIR") or root) / ".dlt"
    everyone = Path(os.environ.get("DLT_DATA_DIR") or Path("~/.dlt").expanduser())
    return [folder / name for folder in (own, everyone) for name in ("secrets.toml", "config.toml")]


def check_toml(project: Project) -> None:
    """Read dlt's TOML files as dlt will, which raises a traceback. Errors: ConfigurationError naming file and line."""
    for file in toml_files(project.root):
        if not file.exists():
            continue
        text = read_text(file)
        import tomlkit
        from tomlkit.exceptions import ParseError, TOMLKitError

        try:
            tomlkit.parse(text)
        except ParseError as error:
            # Without the parser's words: they may repeat a part of a password.
            raise ConfigurationError(
                f"{file}, line {error.line}, is not TOML: is a quote closed at the end of its line, has a text quotes?"
            ) from None
        except TOMLKitError as error:
            raise ConfigurationError(f"{file} is not TOML: {first_line(error)}") from None


def nearest(name: str, known: Any) -> str:
    """A word on the known name that an unknown one resembles most: " (did you mean 'x'?)", or nothing."""
    found = get_close_matches(name, [str(one) for one in known], n=1, cutoff=0.6)
    return f" (did you mean {found[0]!r}?)" if found else ""
