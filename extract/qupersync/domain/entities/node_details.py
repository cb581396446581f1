"""The nodes of a cluster."""

from __future__ import annotations

from dataclasses import dataclass

from .base import BaseEntity


@dataclass
class NodeDetails(BaseEntity):
    """
    Hardware specifications for each Redshift cluster node.
    Sourced from stv_slices + stv_node_storage_capacity.
    """

    node_id: int
    node_type: str  # dc2.large | ra3.4xlarge | etc.; 'unknown' when it cannot be told
    slice_count: int  # data slices on this node
    is_nvme: bool  # NVMe SSD storage
    capacity_mb: int
    used_mb: int

    @property
    def storage_utilization_pct(self) -> float:
        """Used share of the capacity, 0-100; 0.0 without capacity."""
        return (1.0 * self.used_mb / self.capacity_mb) * 100 if self.capacity_mb > 0 else 0.0

    @property
    def capacity_gb(self) -> float:
        """Capacity in GB."""
        return self.capacity_mb / 1024.0
