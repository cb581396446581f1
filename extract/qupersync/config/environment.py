"""The environment: paths in it, and settings of clusters, where one that is misspelt is never asked for by dlt."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable

PREFIX = "SOURCES__REDSHIFT__"
# Variables that name a file or a folder, ours and those of libraries. (DBT_TARGET_PATH is relative to the project.)
_PATHS = (
    "QUPERSYNC_HOME", "QUPERSYNC_SETTINGS", "DBT_PROFILES_DIR", "DLT_PROJECT_DIR", "DLT_DATA_DIR", "PGSSLROOTCERT",
    "PGSSLCERT", "PGSSLKEY", "PGPASSFILE", "PGSERVICEFILE", "SSL_CERT_FILE", "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE",
)  # fmt: skip


def make_paths_absolute() -> None:
    """Let variables mean the same for the processes that a command starts, which work in the project's folder."""
    for name in _PATHS:
        path = os.environ.get(name)
        if path and (name, path) != ("PGSSLROOTCERT", "system"):  # which is no file: the system's CAs
            os.environ[name] = os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 - no link is followed


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
