"""The environment's settings of clusters, which dlt asks for by name only: one that is misspelt is never asked for."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable

PREFIX = "SOURCES__REDSHIFT__"


def settings_in_environment(cluster: str, others: Iterable[str], known: Collection[str]) -> list[tuple[str, str]]:
    """Variables for a cluster, or for all of them, that name none of the ``known`` settings; each with its setting.

    A name with another section in it (``…__X__Y``) may be one of a cluster that is not listed here: it is left alone
    unless the section is this cluster's.
    """
    own = f"{PREFIX}{cluster.upper()}__"
    longer = tuple(f"{PREFIX}{other.upper()}__" for other in others if len(other) > len(cluster))
    found = []
    for variable in sorted(os.environ):
        upper = variable.upper()
        if not upper.startswith(PREFIX) or upper.startswith(longer):
            continue
        setting = upper.removeprefix(own if upper.startswith(own) else PREFIX).lower()
        another = not upper.startswith(own) and "__" in setting
        if not another and (setting not in known or variable != upper):
            found.append((variable, setting))
    return found
