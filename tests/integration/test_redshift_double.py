"""Redshift as the warehouse, through the double: real dbt-redshift, real dlt, and the same rows as on PostgreSQL."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg2
import pytest

from qupersync.clusters import ClusterConfig
from qupersync.demo.cluster import DemoCluster
from qupersync.embedded import USER, EmbeddedServer
from qupersync.pipeline import sync_cluster
from qupersync.project import Project
from qupersync.reader import REDSHIFT_SESSION, SESSION, ClusterReader
from qupersync.source import utc_now
from qupersync.warehouse import Warehouse

from ..double.catalog import CATALOG
from ..double.proxy import Proxy
from ..double.rewrite import DENIED, RefusedError, rewrite
from ..redshift_sql import faults
from ..support import TESTED, Warehouses, dbt, everything
from .lookalikes import Lookalikes


@dataclass(frozen=True)
class _Elsewhere(Project):
    place: Path = Path()

    @property
    def home(self) -> Path:
        return self.place


@pytest.fixture(scope="module")
def upstream(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A PostgreSQL of the double's own, with the look-alike catalog."""
    server = EmbeddedServer(_Elsewhere(project.root, tmp_path_factory.mktemp("double")))
    server.start()
    connection = psycopg2.connect(server.url("postgres"))
    connection.autocommit = True
    with connection.cursor() as cursor:
        # redshift_connector knows Redshift's ways to log in, not PostgreSQL's; this server lives for one test module.
        cursor.execute("alter system set password_encryption = 'md5'")
        cursor.execute("select pg_reload_conf()")
        cursor.execute("set password_encryption = 'md5'")
        cursor.execute(f"alter role {USER} password '{server.password}'")
        cursor.execute("show hba_file")
        (hba,) = cursor.fetchone()
        path = Path(hba)
        path.write_text("host all all 127.0.0.1/32 trust\n", encoding="utf-8")
        cursor.execute("select pg_reload_conf()")
        cursor.execute("create database dev template template0")
    connection.close()
    with psycopg2.connect(server.url("dev")) as made, made.cursor() as cursor:
        cursor.execute(CATALOG)
    made.close()
    yield server
    server.stop()
    shutil.rmtree(server.log.parent, ignore_errors=True)


@pytest.fixture(scope="module")
def proxy(upstream: EmbeddedServer) -> Iterator[Proxy]:
    made = Proxy(upstream.port)
    yield made
    made.close()


@pytest.fixture(scope="module")
def double(warehouses: Warehouses, proxy: Proxy) -> Warehouse:
    """The warehouse that takes itself for a Redshift."""
    return warehouses.register(
        "double", type="redshift", port=proxy.port, dbname="dev", sslmode="disable", autocommit=False, threads=1,
    )  # fmt: skip


@pytest.fixture(scope="module")
def cluster(lookalikes: Lookalikes) -> DemoCluster:
    return lookalikes.make(queries=200, seed=21)


def test_two_builds_a_sync_each_docs_and_freshness_as_on_postgres(
    project: Project, warehouses: Warehouses, double: Warehouse, proxy: Proxy, cluster: DemoCluster,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    postgres, now = warehouses.make(), utc_now()
    for ago in (timedelta(days=1), timedelta(0)):
        cluster.show(now - ago)
        for warehouse in (postgres, double):
            assert not sync_cluster(project, warehouse, cluster.config, now=now - ago).failed
            dbt(warehouse, *(("build",) if warehouse is double else TESTED), project=project)
    found = everything(double, without=("built_at", "sync_id"))
    for relation, rows in everything(postgres, without=("built_at", "sync_id")).items():
        different = [(a, b) for a, b in zip(found[relation], rows) if a != b]
        first = [(a, b) for a, b in zip(*different[0]) if a != b] if different else None
        assert not different, f"{relation}: {first}"
        assert len(found[relation]) == len(rows), relation
    dbt(double, "docs", "generate", project=project)
    dbt(double, "source", "freshness", project=project)
    # dlt asks for its own tables before there are any: those questions are its own.
    assert [statement for _, statement in proxy.rejected if "_dlt_" not in statement] == []
    assert proxy.statements > 500
    with capsys.disabled():
        print(f"\n  Redshift double: {proxy.statements:,} statements of dbt-redshift and dlt, 0 rejected")


def test_each_session_with_a_cluster_is_labelled_and_without_the_result_cache(
    project: Project, upstream: EmbeddedServer
) -> None:
    words = [sys.executable, "-m", "tests.double.proxy", str(upstream.port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=project.root) as way:
        try:
            assert way.stdout
            config = ClusterConfig(
                name="double", host="127.0.0.1", port=int(way.stdout.readline()), username=USER,
                password=upstream.password, database="dev", sslmode="disable",
            )  # fmt: skip
            reader = ClusterReader(config)
            assert "Redshift" in reader.engine_version()
            assert reader.columns("pg_class")
            assert sum(batch.num_rows for batch in reader.stream("pg_class", "select 1::bigint as n")) == 1
            assert [row for row in reader.texts("pg_class", "select '2' as n")] == [(b"2",)]
            reader.close()
        finally:
            way.kill()
        said: dict[int, list[str]] = {}
        for line in way.stdout:
            session, statement = json.loads(line)
            said.setdefault(session, []).append(statement)
    assert len(said) == 3  # for questions, for the stream, for rows one by one
    for statements in said.values():
        asked = min(n for n, text in enumerate(statements) if "pg_class" in text or " as n" in text)
        for setting in (*SESSION, *REDSHIFT_SESSION):
            assert setting in statements[:asked], statements
    assert sum("limit 0" in text for texts in said.values() for text in texts) == 1


def test_the_sql_compiled_for_redshift_means_the_same_there(project: Project, double: Warehouse, home: Path) -> None:
    dbt(double, "compile", project=project)
    files = [
        path
        for path in (home / "target" / double.target / "plain" / "compiled" / "qupersync").rglob("*.sql")
        if "unit_tests.yml" not in path.parts
    ]
    assert len(files) > 40
    found = {path.name: faults(path.read_text(encoding="utf-8")) for path in files}
    assert {name: said for name, said in found.items() if said} == {}


POSTGRES_ONLY = {
    "string_agg": "select string_agg(a, ',') from t",
    "generate_series": "select * from generate_series(1, 3)",
    "distinct on": "select distinct on (a) a from t",
    "on conflict": "insert into t values (1) on conflict do nothing",
    "filter": "select count(*) filter (where a > 1) from t",
    "lateral": "select * from t, lateral (select 1) u",
    "jsonb_": "select jsonb_build_object('a', 1)",
    "regexp_matches": "select regexp_matches(a, 'x') from t",
    "create index": "create index i on t (a)",
    "returning": "delete from t returning a",
    "unnest": "select unnest(a) from t",
    "make_date": "select make_date(2026, 1, 1)",
    "greatest": "select greatest(a, interval '1 day')",
    "to_char": "select to_char(a::interval, 'HH')",
    "materialized view": "create materialized view v as select 1",
    "qualify": "select a from t qualify row_number() over (order by a) = 1",
    "epoch": "select extract(epoch from a - b) from t",
    "interval": "select interval '1 day' * 3",
    "array": "select array[1, 2]",
    "now": "select now()",
    "advisory": "select pg_try_advisory_lock(1)",
    "analyze": 'analyze "query_history__dbt_tmp123"',
}


@pytest.mark.parametrize("statement", POSTGRES_ONLY.values(), ids=POSTGRES_ONLY)
def test_what_redshift_lacks_is_refused(statement: str) -> None:
    with pytest.raises(RefusedError, match="Redshift has no"):
        rewrite(statement)


def test_every_rule_of_the_deny_list_has_its_test() -> None:
    assert len(POSTGRES_ONLY) == len(DENIED)


@pytest.mark.parametrize(
    "statement",
    [
        "select 'string_agg(a)', \"returning\" from t -- now()",
        "select datediff(day, a, b) from t",
        "create table t (a varchar(max)) diststyle key distkey (a) sortkey (a)",
    ],
)
def test_what_redshift_has_goes_through(statement: str) -> None:
    rewrite(statement)


def test_a_postgres_only_model_turns_the_leg_red(project: Project, double: Warehouse, proxy: Proxy) -> None:
    before = len(proxy.rejected)
    dbt(double, "show", "--inline", "select count(*) filter (where 1 = 1) as n", project=project, expect=False)
    assert "use case in the aggregate" in proxy.rejected[before][0]
    del proxy.rejected[before:]
