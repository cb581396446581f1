"""The settings that our client's sessions begin with on Redshift, and how many there are."""

from __future__ import annotations

import json
import subprocess
import sys

from qupersync.config.clusters import ClusterConfig
from qupersync.project import Project
from qupersync.redshift.client import REDSHIFT_SESSION, SESSION, ClusterReader
from tests.support.emulated_warehouses import Emulator
from tests.support.emulator.upstream import BLANK


def test_sessions_are_labelled_and_bypass_the_result_cache(project: Project, emulator: Emulator) -> None:
    words = [sys.executable, "-m", "tests.support.emulator.proxy", str(emulator.upstream.port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=project.root) as proxy:
        try:
            assert proxy.stdout
            config = ClusterConfig(
                name="emulator", host="127.0.0.1", port=int(proxy.stdout.readline()), username=emulator.upstream.user,
                password=emulator.upstream.password, database=BLANK, sslmode="disable",
            )  # fmt: skip
            reader = ClusterReader(config)
            assert "Redshift" in reader.engine_version()
            assert reader.columns("pg_class")
            assert sum(batch.num_rows for batch in reader.stream("pg_class", "select 1::bigint as n")) == 1
            assert [row for row in reader.texts("pg_class", "select '2' as n")] == [(b"2",)]
            reader.close()
        finally:
            proxy.kill()
        spoken: dict[int, list[str]] = {}
        for line in proxy.stdout:
            session, statement = json.loads(line)
            spoken.setdefault(session, []).append(statement)
    assert len(spoken) == 1  # questions, the stream and rows one by one share it
    for statements in spoken.values():
        asked = min(n for n, text in enumerate(statements) if "pg_class" in text or " as n" in text)
        for setting in (*SESSION, *REDSHIFT_SESSION):
            assert setting in statements[:asked], statements
    assert sum("limit 0" in text for texts in spoken.values() for text in texts) == 1
