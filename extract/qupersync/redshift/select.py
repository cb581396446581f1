"""The SELECT over a system view: only our columns, only the rows that can have changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from ..domain.system_views import SystemView
from ..sql import literal, quote
from .wire import TYPES

# Nothing but casts, and those only where the wire would bring something else: what char(n) columns are padded with is
# trimmed by the transform, not by the cluster.
_SELECT: dict[type, Callable[[str], str]] = {
    int: "{}::bigint".format,
    float: "{}::double precision".format,
    bool: "{}::boolean".format,
    str: "{}::varchar(65535)".format,
    datetime: "{}::timestamp".format,
}


def select_list(view: type[SystemView], present: Mapping[str, int], as_text: bool = False) -> str:
    """The SELECT list over a view with the columns ``present`` (name → OID); an optional one that is missing is NULL.

    ``as_text``: every value as the server's text, nothing cast that a bad value could fail.
    """
    items = []
    for column in view.columns():
        if column.derived:
            continue
        name = quote(column.name)
        if not as_text and TYPES.get(present.get(column.name, 0)) is column.type:
            items.append(name)
            continue
        source = name if column.name in present else "null"
        cast = _SELECT[str] if as_text else _SELECT[column.type]
        items.append(f"{cast(source)} as {name}")
    return ",\n  ".join(items)


def select_query(view: type[SystemView], present: Mapping[str, int], where: str = "", as_text: bool = False) -> str:
    """One pass over the view: only our columns, only the rows of ``where`` (SQL without the keyword)."""
    conditions = [where] if where else []
    if view.only:
        conditions.append(f"rtrim({quote(view.only[0])}) = {literal(view.only[1])}")
    tail = f"\nwhere {' and '.join(conditions)}" if conditions else ""
    return f"select\n  {select_list(view, present, as_text)}\nfrom {view.view}{tail}"
