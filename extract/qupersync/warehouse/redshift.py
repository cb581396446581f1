"""Redshift as the warehouse: files go through S3, and nothing in it keeps two machines apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Optional

from .base import Warehouse, is_configured

if TYPE_CHECKING:
    from dlt.common.destination import Destination


class RedshiftWarehouse(Warehouse):
    """A provisioned cluster or a Serverless workgroup."""

    type: ClassVar[str] = "redshift"
    default_port: ClassVar[int] = 5439
    copy_stream: ClassVar[bool] = False
    pg_dump: ClassVar[bool] = False

    @property
    def file_stage(self) -> Optional[str]:
        """S3, where ``[destination.filesystem]`` has a bucket."""
        return "filesystem" if is_configured("destination.filesystem.bucket_url") else None

    @property
    def loads(self) -> str:
        """How rows get in."""
        return "through S3" if self.file_stage else "by INSERT: set destination.filesystem (S3) for more than a trial"

    def dlt_destination(self) -> Destination[Any, Any]:
        """The redshift destination."""
        import dlt

        if is_configured(f"destination.{self.type}.credentials"):
            return dlt.destinations.redshift()
        return dlt.destinations.redshift(credentials=self.dlt_credentials())
