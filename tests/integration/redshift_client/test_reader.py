"""The reader against PostgreSQL: what its errors become, timeouts, cancelling, no cursor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import psycopg2
import pytest

from qupersync.config.clusters import ClusterConfig
from qupersync.errors import (
    ViewAbsentError,
    ViewCancelledError,
    ViewDataError,
    ViewDeniedError,
    ViewError,
    ViewLostError,
    ViewUnavailableError,
)
from qupersync.redshift.client import ClusterReader

FOREVER = "select pg_sleep(100000) is null as never"
RUNNING = "select pid from pg_stat_activity where state = 'active' and query like 'select pg_sleep(100000)%'"
CHECKS = 300  # looks at the server, a tenth of a second apart: then it will not happen


@pytest.fixture
def denied(config: ClusterConfig, admin: Any) -> Iterator[ClusterReader]:
    """A reader whose user may not read the table `secret_view`."""
    admin.execute("create table secret_view (n int); create role poor_user login password 'pw'")
    made = ClusterReader(replace(config, username="poor_user", password="pw"))
    yield made
    made.close()
    admin.execute("drop table secret_view; drop role poor_user")


def eventually(admin: Any, query: str, wanted: Callable[[list[Any]], bool]) -> list[Any]:
    """Wait until a query's rows are as wanted."""
    pause = threading.Event()
    for _ in range(CHECKS):
        admin.execute(query)
        rows = list(admin.fetchall())
        if wanted(rows):
            return rows
        pause.wait(0.1)
    raise AssertionError(f"still not so: {rows}")


def test_denied_view(denied: ClusterReader) -> None:
    """Rights are checked when the query is bound: nothing need be executed to know."""
    with pytest.raises(ViewDeniedError, match="may not read secret_view"):
        denied.columns("secret_view")
    with pytest.raises(ViewDeniedError):
        list(denied.stream("secret_view", "select * from secret_view"))
    with pytest.raises(ViewDeniedError):
        list(denied.texts("secret_view", "select * from secret_view"))


def test_absent_view_and_schema(reader: ClusterReader) -> None:
    for name in ("no_such_view", "no_such_schema.view"):
        with pytest.raises(ViewAbsentError, match=f"has no view {name}"):
            reader.columns(name)
        with pytest.raises(ViewAbsentError):
            list(reader.stream(name, f"select * from {name}"))


def test_data_error_and_its_way_round(reader: ClusterReader, admin: Any) -> None:
    """Every row comes as the server's text."""
    admin.execute(
        "create table odd_view as select n, case when n = 7000 then 'x' else n::text end as s from generate_series(1, 20000) n"
    )
    with pytest.raises(ViewDataError, match='invalid input syntax for type bigint: "x"'):
        list(reader.stream("odd_view", "select s::bigint as s from odd_view"))
    rows = list(reader.texts("odd_view", "select n::text, s, null::text from odd_view order by odd_view.n"))
    assert rows == [(str(n).encode(), b"x" if n == 7000 else str(n).encode(), None) for n in range(1, 20001)]
    admin.execute("drop table odd_view")


def test_encoding_after_rows_as_text(reader: ClusterReader) -> None:
    """Bytes that are not UTF-8 are asked for while rows are read as text, whatever ends that, and no longer."""
    encoding = "select current_setting('client_encoding')"
    assert list(reader.texts("v", encoding)) == [(b"SQL_ASCII",)]
    assert reader.ask(encoding) == [("UTF8",)]
    with pytest.raises(ViewDataError):
        list(reader.texts("v", "select 1 / (n - 5000) from generate_series(1, 9000) n"))
    assert reader.ask(encoding) == [("UTF8",)]


def test_other_errors(reader: ClusterReader) -> None:
    with pytest.raises(ViewError, match=r"syntax error.*SQLSTATE 42601") as caught:
        list(reader.stream("v", "select from from"))
    assert type(caught.value) is ViewError
    assert reader.ask("select 1") == [(1,)]


def test_statement_timeout(config: ClusterConfig) -> None:
    reader = ClusterReader(replace(config, statement_timeout=1))
    for way in (reader.stream, reader.texts):
        with pytest.raises(ViewCancelledError, match=r"statement timeout.*prod\.statement_timeout \(1 s\)"):
            list(way("v", FOREVER))
    assert reader.ask("show statement_timeout") == [("1s",)]
    reader.close()


def test_statement_that_somebody_cancels(reader: ClusterReader, admin: Any) -> None:
    waiting = threading.Thread(target=lambda: problems.append(caught(lambda: list(reader.stream("v", FOREVER)))))
    problems: list[BaseException] = []
    waiting.start()
    ((pid,),) = eventually(admin, RUNNING, bool)
    admin.execute("select pg_cancel_backend(%s)", (pid,))
    waiting.join(30)
    assert [type(problem) for problem in problems] == [ViewCancelledError]


def test_session_that_is_terminated_in_the_middle(reader: ClusterReader, admin: Any) -> None:
    waiting = threading.Thread(target=lambda: problems.append(caught(lambda: list(reader.stream("v", FOREVER)))))
    problems: list[BaseException] = []
    waiting.start()
    ((pid,),) = eventually(admin, RUNNING, bool)
    admin.execute("select pg_terminate_backend(%s)", (pid,))
    waiting.join(30)
    assert [type(problem) for problem in problems] == [ViewUnavailableError]
    assert "administrator command" in str(problems[0])
    assert reader.ask("select 1") == [(1,)]  # by a new session


def test_cancel_ends_the_statement_on_the_server(reader: ClusterReader, admin: Any) -> None:
    """PostgreSQL does not notice that a client has left while a query computes; Redshift does not either."""
    waiting = threading.Thread(target=lambda: problems.append(caught(lambda: list(reader.stream("v", FOREVER)))))
    problems: list[BaseException] = []
    waiting.start()
    eventually(admin, RUNNING, bool)
    reader.cancel()
    waiting.join(30)
    assert [type(problem) for problem in problems] == [ViewLostError]
    eventually(admin, RUNNING, lambda rows: not rows)
    assert reader.ask("select 1") == [(1,)]


def caught(work: Callable[[], Any]) -> BaseException:
    with pytest.raises(Exception) as problem:
        work()
    return problem.value


def test_values_equal_those_of_psycopg2(reader: ClusterReader, config: ClusterConfig) -> None:
    query = "select 1::int2, 2::int4, 3::int8, 1.5::float8, true, 'é'::text, 'a'::char(3), 'n'::name, timestamp '2026-05-01 12:00:00.000001', null::int"
    connection = psycopg2.connect(
        host=config.host, port=config.port, user=config.username, password=config.password, dbname="postgres"
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(query)
        assert reader.ask(query) == cursor.fetchall()
        cursor.execute("select * from pg_stat_activity limit 0")
        assert reader.columns("pg_stat_activity") == {column.name: column.type_code for column in cursor.description}
    connection.close()
