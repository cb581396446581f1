"""Sections of dlt's TOML files that are meant for a cluster and are not read as one: misspelt, or without a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Optional

SECTION = ("sources", "redshift")
EXAMPLE = "prod"  # the name that is suggested where the section has none
_OF_ONE_CLUSTER = ("host", "cluster_identifier", "workgroup")
_SIMILAR = 0.75  # of 1: "redhsift" is 0.88 like "redshift", "redis" 0.62


def misplaced_cluster(files: Sequence[Path]) -> Optional[str]:
    """What is wrong with the first section that was meant for a cluster; None where no file has one."""
    import tomlkit

    for file in (file for file in files if file.is_file()):
        tables: dict[str, Any] = tomlkit.parse(file.read_text(encoding="utf-8")).unwrap()
        for path, table in _tables(tables):
            found = _misspelt(path) or _unnamed(path, table)
            if found:
                return found.format(file=f"{file.parent.name}/{file.name}")
    return None


def _misspelt(path: tuple[str, ...]) -> Optional[str]:
    name = _meant(path)
    if name is None:
        return None
    return f"{{file}} has [{_written(path)}]: did you mean [{_written((*SECTION, name))}]?"


def _unnamed(path: tuple[str, ...], table: Mapping[str, Any]) -> Optional[str]:
    setting = next((setting for setting in _OF_ONE_CLUSTER if setting in table), None)
    if path != SECTION or setting is None:
        return None
    return (
        f"[{_written(path)}] in {{file}} has a {setting} but no cluster below it: "
        f"name it [{_written((*SECTION, EXAMPLE))}]"
    )


def _tables(
    table: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """The tables below one that hold a value, and empty ones."""
    below = {key: value for key, value in table.items() if isinstance(value, dict)}
    if path and len(below) < max(len(table), 1):
        yield path, table
    for key, value in below.items():
        yield from _tables(value, (*path, key))


def _meant(path: tuple[str, ...]) -> Optional[str]:
    """The cluster's name below a misspelt section; None where the section is right, or nothing like ours."""
    if path[:2] == SECTION:
        return None
    if len(path) > 1 and all(map(_is_like, path, SECTION)):
        names = path[2:]
    elif _is_like(path[0], SECTION[1]):
        names = path[1:]
    else:
        return None
    return names[0] if names else EXAMPLE


def _is_like(written: str, known: str) -> bool:
    return SequenceMatcher(None, written.casefold(), known).ratio() >= _SIMILAR


def _written(path: Sequence[str]) -> str:
    return ".".join(path).replace("{", "{{").replace("}", "}}")
