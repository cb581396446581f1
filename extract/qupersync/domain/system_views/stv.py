"""STV_SLICES, STV_NODE_STORAGE_CAPACITY, STV_PARTITIONS: the nodes of a provisioned cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Optional

from ..staged import text, whole
from .base import Kind, Presence, SystemView, Visibility

_SUMMED = "The partitions of a node are counted and summed."


@dataclass(frozen=True)
class StvSlices(SystemView):
    """A slice of a node."""

    view: ClassVar[str] = "stv_slices"
    kind: ClassVar[Kind] = Kind.SNAPSHOT
    presence: ClassVar[Presence] = Presence.PROVISIONED
    visibility: ClassVar[Visibility] = Visibility.ANYONE
    key: ClassVar[tuple[str, ...]] = ("node", "slice")
    unread: ClassVar[tuple[str, ...]] = ("localslice",)

    node: int = whole("Node.")
    slice: int = whole("Slice.", unkept="The slices of a node are counted.")
    type: Optional[str] = text("`D` for data slices.", 16, optional=True)


@dataclass(frozen=True)
class StvNodeStorageCapacity(SystemView):
    """Storage of a node."""

    view: ClassVar[str] = "stv_node_storage_capacity"
    kind: ClassVar[Kind] = Kind.SNAPSHOT
    presence: ClassVar[Presence] = Presence.PROVISIONED
    visibility: ClassVar[Visibility] = Visibility.SUPERUSER
    key: ClassVar[tuple[str, ...]] = ("node",)

    node: int = whole("Node.")
    used: Optional[int] = whole("1 MB blocks in use; on RA3 local cache and S3.")
    capacity: Optional[int] = whole("1 MB blocks; on RA3 the managed-storage quota.")


@dataclass(frozen=True)
class StvPartitions(SystemView):
    """A disk partition."""

    view: ClassVar[str] = "stv_partitions"
    kind: ClassVar[Kind] = Kind.SNAPSHOT
    presence: ClassVar[Presence] = Presence.PROVISIONED
    visibility: ClassVar[Visibility] = Visibility.SUPERUSER
    key: ClassVar[tuple[str, ...]] = ("owner", "host", "diskno", "part_begin")
    unread: ClassVar[tuple[str, ...]] = ("reads", "writes", "seek_forward", "seek_back", "is_san", "mbps")

    owner: int = whole("Node that owns the partition.")
    host: int = whole("Node the disk is attached to; another than the owner for a mirror.")
    diskno: int = whole("Disk.", unkept=_SUMMED)
    part_begin: int = whole("Offset; 0 is the primary half.", unkept=_SUMMED)
    part_end: Optional[int] = whole("Offset.", unkept="The capacity says the same.")
    used: Optional[int] = whole("1 MB blocks in use.")
    tossed: Optional[int] = whole("1 MB blocks waiting to be freed.", optional=True)
    capacity: Optional[int] = whole("1 MB blocks: tells the node type.")
    failed: Optional[int] = whole("Deprecated by AWS.", optional=True, unkept="AWS has deprecated it.")
    mount: Optional[str] = text("Device path: `/dev/nvme…` for NVMe.", 512, optional=True)
