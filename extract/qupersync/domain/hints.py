"""Reading of annotations, for entities and row dataclasses alike."""

from __future__ import annotations

from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def without_none(hint: Any) -> tuple[Any, bool]:
    """``Optional[X]`` or ``X | None`` → ``(X, True)``; anything else → ``(hint, False)``."""
    if get_origin(hint) in (Union, UnionType):
        rest = [arg for arg in get_args(hint) if arg is not type(None)]
        if len(rest) == 1:
            return rest[0], True
    return hint, False


def field_hints(cls: type) -> dict[str, tuple[Any, bool]]:
    """Field name → (type, may be None), also under postponed annotations."""
    return {name: without_none(hint) for name, hint in get_type_hints(cls).items()}
