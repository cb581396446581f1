"""Which clusters a command is about: the configured ones, or for the demo's warehouse the made-up one."""

from __future__ import annotations

from typing import Optional

from ..config.clusters import ClusterConfig, load_clusters, use_project
from ..demo.cluster import CLUSTER, DemoCluster
from ..errors import ConfigurationError
from ..project import Project
from ..warehouse.base import Warehouse
from ..warehouse.postgres import DEMO_TARGET
from ..warehouse.server import EmbeddedServer


def clusters_for(project: Project, warehouse: Warehouse, names: Optional[list[str]]) -> list[ClusterConfig]:
    """The clusters that sync into this warehouse. Errors: ConfigurationError naming the setting."""
    use_project(project)
    if warehouse.target != DEMO_TARGET:
        return load_clusters(names)
    # Made-up history never mixes with real history: the demo's warehouse takes the demo's cluster only.
    if names and set(names) != {CLUSTER}:
        raise ConfigurationError(
            f"target {DEMO_TARGET!r} takes the made-up cluster {CLUSTER!r} only, not {', '.join(names)}"
        )
    return [DemoCluster(EmbeddedServer(project)).config]
