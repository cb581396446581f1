"""Sessions with the test server, for the tests of the protocol client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from qupersync.redshift.wire import Address, Session
from qupersync.warehouse.server import USER, EmbeddedServer


@pytest.fixture(scope="module")
def address(server: EmbeddedServer) -> Address:
    """Where and as whom to connect, without TLS."""
    return Address("127.0.0.1", server.port, "postgres", USER, server.password, "disable", 20)


@pytest.fixture
def session(address: Address) -> Iterator[Session]:
    """A session of our protocol client."""
    made = Session(address)
    yield made
    made.close()


@pytest.fixture(scope="module")
def admin(server: EmbeddedServer) -> Iterator[Any]:
    """A cursor of psycopg2 as the superuser, in autocommit and UTC."""
    connection = psycopg2.connect(server.url("postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("set timezone to 'UTC'")
        yield cursor
    connection.close()
