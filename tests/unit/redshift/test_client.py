"""The reader: one login for questions, columns and rows, nothing executed for columns, no other driver."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from qupersync.config.clusters import ClusterConfig
from qupersync.redshift import client
from qupersync.redshift.client import ClusterReader
from tests.support.fake_server import FakeServer, Statement, fake_server
from tests.support.wire_messages import OIDS, answer

FIELDS = [("b", OIDS["bool"]), ("n", OIDS["int4"]), ("n", OIDS["name"]), ("t", OIDS["timestamp"]), ("x", OIDS["text"])]
ROW = (b"\1", b"\0\0\0\7", b"ann", 8 * b"\0", None)


def facts(statement: Statement) -> bytes | None:
    if "facts" not in statement.sql or "E" not in statement.kinds:
        return None
    return answer(FIELDS, [tuple(b"x" for _ in FIELDS)], form=0) if statement.text else answer(FIELDS, [ROW])


def cluster(server: FakeServer) -> ClusterConfig:
    return ClusterConfig(
        name="prod", host="127.0.0.1", port=server.port, username="ann", password="pw", sslmode="disable"
    )


def everything(reader: ClusterReader) -> None:
    assert "Redshift" in reader.engine_version()
    assert reader.columns("sys_query_history") == {"n": 20}
    assert reader.ask("select facts") == [(True, 7, "ann", datetime(2000, 1, 1), None)]  # two columns of one name
    assert sum(batch.num_rows for batch in reader.stream("v", "select facts")) == 1
    assert list(reader.texts("v", "select facts")) == [(b"x",) * 5]


def test_one_login_for_everything() -> None:
    with fake_server(answer=facts) as server:
        reader = ClusterReader(cluster(server))
        everything(reader)
        assert len(server.logins) == 1
        assert reader.columns("svv_table_info", "other") == {"n": 20}
        assert reader.columns("svv_table_info", "other") == {"n": 20}
        assert [login["database"] for login in server.logins] == ["dev", "other"]
        reader.close()


def test_question_in_the_middle_of_a_stream_has_a_session_of_its_own() -> None:
    with fake_server(answer=facts) as server:
        reader = ClusterReader(cluster(server))
        for _ in reader.stream("v", "select facts"):
            assert reader.ask("select facts")
        everything(reader)
        assert len(server.logins) == 2
        reader.close()


def test_columns_execute_nothing() -> None:
    with fake_server() as server:
        reader = ClusterReader(cluster(server))
        before = len(server.statements)
        reader.columns("sys_query_history")
        reader.close()
        (statement,) = server.statements[before:]
        assert statement.kinds == "PBDS"  # parsed, bound (rights are checked), described: no E, no Q
        assert "sys_query_history" in statement.sql


def test_texts_need_no_cursor() -> None:
    """A single-node cluster lets a cursor fetch 1,000 rows, and the leader holds them all."""
    with fake_server(answer=facts) as server:
        reader = ClusterReader(cluster(server))
        before = len(server.statements)
        assert list(reader.texts("v", "select facts")) == [(b"x",) * 5]
        reader.close()
        assert server.statements[before:] == [Statement("select facts", "PBDES", text=True)]


def test_session_begins_with_its_settings() -> None:
    with fake_server() as server:
        ClusterReader(replace(cluster(server), statement_timeout=90)).close()
        assert [statement.sql for statement in server.statements] == [
            "select version()", "set timezone to 'UTC'", "set statement_timeout to 90000", "set query_group to 'qupersync'",
            "set enable_result_cache_for_session to off",
        ]  # fmt: skip
    with fake_server() as server:
        ClusterReader(replace(cluster(server), statement_timeout=0)).close()
        assert not any("statement_timeout" in statement.sql for statement in server.statements)


def test_no_other_driver_on_the_source_s_side() -> None:
    for file in Path(client.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.startswith("psycopg") for name in names), file
    with fake_server(answer=facts) as server:
        program = (
            "import sys; sys.modules['psycopg2'] = None\n"
            "from tests.unit.redshift.test_client import everything\n"
            "from qupersync.redshift.client import ClusterReader\n"
            "from qupersync.config.clusters import ClusterConfig\n"
            f"everything(ClusterReader(ClusterConfig(name='a', host='127.0.0.1', port={server.port}, username='u', "
            "password='p', sslmode='disable')))"
        )
        subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3])
