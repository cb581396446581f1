"""Broken files of the user: one line that names the file and the line in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from qupersync.config.dbt_project import dbt_vars
from qupersync.config.files import check_toml
from qupersync.errors import ConfigurationError
from qupersync.project import Project


def test_unclosed_quote_in_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLT_PROJECT_DIR", str(tmp_path))
    check_toml(Project(tmp_path))  # there are no files
    file = tmp_path / ".dlt" / "secrets.toml"
    file.parent.mkdir()
    for text in ('[sources.redshift.prod]\npassword = "hunter2\nport = 1\n', "\npassword = hunter2\n"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"secrets\.toml, line 2, is not TOML") as raised:
            check_toml(Project(tmp_path))
        assert "hunter2" not in str(raised.value)
    file.write_bytes(b"a = '\xff'")
    with pytest.raises(ConfigurationError, match=r"secrets\.toml is not UTF-8: byte 6"):
        check_toml(Project(tmp_path))


def test_project_that_is_not_yaml(tmp_path: Path) -> None:
    file = tmp_path / "dbt_project.yml"
    for content, says in ((b"name: x\nvars: {a: 'b}\n", r"line \d, is not YAML"), (b"vars: \xff", "is not UTF-8"),
                          (b"vars: [1]", "vars must be a table")):  # fmt: skip
        file.write_bytes(content)
        with pytest.raises(ConfigurationError, match=rf"dbt_project\.yml.*{says}"):
            dbt_vars(Project(tmp_path))
