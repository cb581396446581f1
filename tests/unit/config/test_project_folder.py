"""The project folder of `qupersync init`: nothing overwritten, secrets private, the installed models linked."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest
import tomlkit
import yaml

from qupersync.cli.parser import main
from qupersync.config import project_folder
from qupersync.config.dbt_project import APPLIES_SYNCS, dbt_vars, models_with_meta, project_name
from qupersync.config.project_folder import demo_folder, link_models, make_folder
from qupersync.errors import ConfigurationError
from qupersync.project import Project, installed_models

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def made(tmp_path: Path) -> Project:
    """A project folder."""
    make_folder(tmp_path / "made")
    return Project(tmp_path / "made")


def test_init(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a" / "b"
    assert main(["init", str(folder)]) == 0
    assert "new   .dlt/secrets.toml" in capsys.readouterr().out
    secrets = folder / ".dlt" / "secrets.toml"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert tomlkit.parse(secrets.read_text(encoding="utf-8")).unwrap() == {}  # no setting is in force
    assert len((folder / "README.md").read_text(encoding="utf-8").splitlines()) <= 12
    ignored = (folder / ".gitignore").read_text(encoding="utf-8").split()
    assert {"/.dlt/secrets.toml", "/profiles.yml", "/.qupersync/", "/target/"} <= set(ignored)
    for link in (".qupersync/package", "dbt_packages/qupersync"):
        assert (folder / link).resolve() == installed_models()


def test_next_commands_can_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The venv is beside the new folder, in it, or on the PATH."""
    for started, folder, change, typed in (
        (".venv/bin/qupersync", "my folder", "`cd 'my folder'`, ", str(tmp_path / ".venv/bin/qupersync")),
        (
            ".venv/bin/qupersync",
            "../outside",
            f"`cd {tmp_path.parent / 'outside'}`, ",
            str(tmp_path / ".venv/bin/qupersync"),
        ),
        ("inside/.venv/bin/qupersync", "inside", "`cd inside`, ", ".venv/bin/qupersync"),
        ("pytest", "named", "`cd named`, ", "qupersync"),
        (".venv/bin/qupersync", ".", "", ".venv/bin/qupersync"),
    ):
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("QUPERSYNC_STARTED_AS", raising=False)
        monkeypatch.setattr("sys.argv", [started])
        assert main(["init", folder]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == (
            f"next: {change}name your cluster in .dlt/secrets.toml, then `{typed} check` and `{typed} run`"
        )
        readme = Path(folder, "README.md").read_text(encoding="utf-8")
        assert f"`{typed} check` lists" in readme
        assert f"`{typed} warehouse start`" in readme
        assert "{command}" not in readme


def test_nothing_is_overwritten(tmp_path: Path, made: Project, capsys: pytest.CaptureFixture[str]) -> None:
    files = [path for path in made.root.rglob("*") if path.is_file()]
    assert len(files) == 11
    for path in files:
        path.write_text("mine", encoding="utf-8")
    kept = made.root / "README.md"
    kept.unlink()
    kept.symlink_to(tmp_path / "nowhere")
    (made.root / "packages.yml").unlink()
    assert main(["init", str(made.root)]) == 0
    assert "new   packages.yml" in capsys.readouterr().out
    assert {path.read_text(encoding="utf-8") for path in files if path.name not in ("packages.yml", "README.md")} == {
        "mine"
    }
    assert not (tmp_path / "nowhere").exists()


def test_secrets_in_a_repository_are_ignored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its .gitignore is kept, and knows of none of them."""
    (tmp_path / ".gitignore").write_text("target\n*.pyc\n", encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert main(["init", str(tmp_path)]) == 0
    assert (
        f"{tmp_path}/.gitignore lacks /.qupersync/, /.dlt/secrets.toml, /profiles.yml, /logs/"
        in capsys.readouterr().err
    )
    listing = ["git", "-C", str(tmp_path), "ls-files", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, text=True, capture_output=True, check=True).stdout.split()
    assert ".dlt/config.toml" in listed
    assert [name for name in listed if name == ".dlt/secrets.toml" or name.startswith(".qupersync")] == []
    assert stat.S_IMODE((tmp_path / ".qupersync").stat().st_mode) == 0o700


def test_folders_that_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other, file = tmp_path / "other", tmp_path / "file"
    other.mkdir()
    (other / "dbt_project.yml").write_text("name: shop\n", encoding="utf-8")
    file.write_text("", encoding="utf-8")
    for folder, saying in ((other, "has a dbt project already"), (file, "cannot be made"), (ROOT, "is a checkout")):
        assert main(["init", str(folder)]) == 2
        assert saying in capsys.readouterr().err
    assert [path.name for path in other.iterdir()] == ["dbt_project.yml"]


def test_home_of_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "~no_such_user/x"]) == 2
    assert capsys.readouterr().err == "error: ~no_such_user/x: there is no such user, or no home directory\n"


def test_models_and_vars_are_those_of_the_package(made: Project) -> None:
    assert project_name(made) == "qupersync"
    assert models_with_meta(made, APPLIES_SYNCS) == models_with_meta(Project(ROOT), APPLIES_SYNCS) != ()
    assert dbt_vars(made) == dbt_vars(Project(ROOT))
    file = made.root / "dbt_project.yml"
    with file.open("a", encoding="utf-8") as opened:
        opened.write(
            "vars: {findings_disk_pct: 60, qupersync: {findings_skew_pct: 200}, my_qupersync: {test_days: 1}}\n"
        )
    changed = dbt_vars(made)
    assert (changed["findings_disk_pct"], changed["findings_skew_pct"], changed["test_days"]) == (60, 200, 3)


def test_dbt_project_has_the_flags_of_ours(made: Project) -> None:
    """Of flags, dbt takes those of the root project only."""
    own, packaged = (yaml.safe_load((folder / "dbt_project.yml").read_text("utf-8")) for folder in (made.root, ROOT))
    assert packaged["name"] != own["name"]
    needed = {name: value for name, value in packaged["flags"].items() if name != "use_colors"}
    assert {**own["flags"], **needed} == own["flags"]


def test_links_follow_an_upgrade(tmp_path: Path, made: Project) -> None:
    link = made.root / "dbt_packages" / "qupersync"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "python3.10" / "qupersync")  # an environment that is gone
    link_models(made)
    assert link.resolve() == installed_models()
    assert [path.name for path in link.parent.iterdir()] == ["qupersync"]


def test_copies_where_links_cannot_be_made(tmp_path: Path, made: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError("A required privilege is not held by the client")

    models = tmp_path / "installed"
    models.mkdir()
    (models / "x.sql").write_text("select 1", encoding="utf-8")
    monkeypatch.setattr("qupersync.project._PACKAGED", models)
    monkeypatch.setattr(Path, "symlink_to", refused)
    link_models(made)
    copy = made.root / "dbt_packages" / "qupersync"
    assert (copy / "x.sql").read_text(encoding="utf-8") == "select 1"
    (models / "x.sql").write_text("select 2", encoding="utf-8")
    link_models(made)
    assert (copy / "x.sql").read_text(encoding="utf-8") == "select 1"  # the same version: not copied at each command
    monkeypatch.setattr(project_folder, "__version__", "99")
    link_models(made)
    assert (copy / "x.sql").read_text(encoding="utf-8") == "select 2"
    assert [path.name for path in copy.parent.iterdir()] == ["qupersync"]


def test_a_package_of_the_user_stays(made: Project) -> None:
    own = made.root / "dbt_packages" / "qupersync"
    own.mkdir(parents=True)
    (own / "dbt_project.yml").write_text("name: qupersync", encoding="utf-8")
    link_models(made)
    assert not own.is_symlink()
    assert (own / "dbt_project.yml").exists()


def test_outside_of_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only what is about the demo works without a project, and leaves nothing in the working directory."""
    monkeypatch.setattr("qupersync.project._CHECKOUT", tmp_path)  # as an installed package has it
    monkeypatch.setenv("QUPERSYNC_HOME", str(tmp_path / "home"))
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for words in (["run"], ["status"], ["warehouse", "stop"], ["warehouse", "psql"]):
        assert main(words) == 2
        assert "`qupersync init` makes one" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [here]
    assert demo_folder() == tmp_path / "home" / "demo"
    monkeypatch.delenv("QUPERSYNC_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert demo_folder() == tmp_path / "data" / "qupersync" / "demo"
    assert list(here.iterdir()) == []


def test_schema_is_for_a_checkout(
    made: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(made.root)
    assert main(["schema", "--check"]) == 2
    assert "is not a checkout" in capsys.readouterr().err


def test_a_folder_that_cannot_be_linked(made: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (made.root / "dbt_packages").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="dbt_packages"):
        link_models(made)
