"""dlt's redshift destination with our label on its sessions: the marts leave their queries out, as all of ours."""

from __future__ import annotations

from typing import Any

from dlt.destinations import redshift
from dlt.destinations.impl.redshift.redshift import RedshiftClient, RedshiftSqlClient

from .base import LABELLED


class LabelledSqlClient(RedshiftSqlClient):
    """A connection of dlt: each COPY has one of its own."""

    def _reset_connection(self) -> None:
        """When it is opened and after an error: all settings are the defaults again, so the label comes next."""
        super()._reset_connection()
        with self.native_connection.cursor() as cursor:
            cursor.execute(LABELLED)


class LabelledClient(RedshiftClient):
    """dlt's client, over labelled connections."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        made = self.sql_client
        self.sql_client = LabelledSqlClient(
            made.dataset_name, made.staging_dataset_name, made.credentials, made.capabilities
        )


class LabelledRedshift(redshift):
    """dlt's redshift destination, by its own name: settings and stored states stay valid."""

    @property
    def destination_type(self) -> str:
        """As dlt stores it in a pipeline's state."""
        return "dlt.destinations.redshift"

    @property
    def client_class(self) -> type[RedshiftClient]:
        """The client of labelled connections."""
        return LabelledClient
