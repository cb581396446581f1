"""Logins of the protocol client: the methods that PostgreSQL and Redshift offer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qupersync.redshift.wire import Address, Session, WireError
from tests.support.wire_rows import read


@pytest.mark.parametrize(
    ("method", "stored"), [("scram-sha-256", "scram-sha-256"), ("md5", "md5"), ("password", "md5")]
)
def test_login_methods(address: Address, admin: Any, method: str, stored: str) -> None:
    admin.execute("show hba_file")
    hba = Path(admin.fetchone()[0])
    before = hba.read_text(encoding="utf-8")
    admin.execute(f"set password_encryption = '{stored}'")
    admin.execute("create role wired_user login password 'pä ss'")
    try:
        hba.write_text(f"host all wired_user 127.0.0.1/32 {method}\n{before}", encoding="utf-8")
        admin.execute("select pg_reload_conf()")
        wired = replace(address, user="wired_user", password="pä ss")
        session = Session(wired)
        assert read(session, "select current_user::text as name") == [{"name": "wired_user"}]
        session.close()
        with pytest.raises(WireError, match="password authentication failed"):
            Session(replace(wired, password="wrong"))
    finally:
        hba.write_text(before, encoding="utf-8")
        admin.execute("select pg_reload_conf()")
        admin.execute("reset password_encryption")
        admin.execute("drop role wired_user")
