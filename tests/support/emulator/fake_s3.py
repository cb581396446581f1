"""A fake S3: moto's server on 127.0.0.1, for dlt to write files to and for the emulator to copy them from."""

from __future__ import annotations

import logging
import threading
from typing import Any


class FakeS3:
    """One S3 endpoint with buckets of its own."""

    access_key = "AKIAEMULATOR"
    secret_key = "emulator-secret"  # of the fake only

    def __init__(self) -> None:
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for each request otherwise
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        _, port = self._server.get_host_and_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        self._clients = threading.local()

    def close(self) -> None:
        """Stop the server; its buckets are gone."""
        self._server.stop()

    def make_bucket(self, name: str) -> None:
        """A new, empty bucket."""
        self._client.create_bucket(Bucket=name)

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """All keys that start with the prefix: COPY loads them all."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def get(self, bucket: str, key: str) -> bytes:
        """An object's bytes."""
        body: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body

    def put(self, bucket: str, key: str, data: bytes) -> None:
        """Write an object."""
        self._client.put_object(Bucket=bucket, Key=key, Body=data)

    @property
    def _client(self) -> Any:
        import boto3

        if not hasattr(self._clients, "s3"):
            self._clients.s3 = boto3.session.Session().client(
                "s3", endpoint_url=self.endpoint, region_name="us-east-1",
                aws_access_key_id=self.access_key, aws_secret_access_key=self.secret_key,
            )  # fmt: skip
        return self._clients.s3
