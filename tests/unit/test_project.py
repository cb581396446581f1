"""Which folder is the project; files that nobody else may read, and that overwrite nobody's."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest

from qupersync.errors import ConfigurationError, NoProjectError
from qupersync.project import MADE, Project, open_private, private_scratch, write_private

ROOT = Path(__file__).resolve().parents[2]
OPEN = 0o022  # the usual umask: others may read what is made


@pytest.fixture(autouse=True)
def _usual_umask() -> object:
    before = os.umask(OPEN)
    yield
    os.umask(before)


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_scratch_is_private_and_removed(tmp_path: Path) -> None:
    with private_scratch(tmp_path / "report.html") as scratch:
        assert scratch.parent == tmp_path
        assert scratch.read_bytes() == b""
        assert mode(scratch) == 0o600
        scratch.write_text("x", encoding="utf-8")
        assert mode(scratch) == 0o600
    assert list(tmp_path.iterdir()) == []


def test_scratch_that_was_moved_stays(tmp_path: Path) -> None:
    final = tmp_path / "report.html"
    with private_scratch(final) as scratch:
        scratch.write_text("new", encoding="utf-8")
        scratch.replace(final)
    assert final.read_text(encoding="utf-8") == "new"
    assert mode(final) == 0o600


def test_scratch_is_removed_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), private_scratch(tmp_path / "report.html"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_scratch_of_a_name_that_is_as_long_as_can_be(tmp_path: Path) -> None:
    write_private(tmp_path / (250 * "x"), "text")
    write_private(tmp_path / (120 * "é"), "text")


def test_nothing_of_the_user_is_overwritten(tmp_path: Path) -> None:
    """A scratch file of a fixed name was, whatever it had been."""
    for name in (f"state.json.{os.getpid()}.tmp", "state.json.part", "state.json.tmp"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    write_private(tmp_path / "state.json", "new")
    others = [path for path in tmp_path.iterdir() if path.name != "state.json"]
    assert len(others) == 3
    assert {path.read_text(encoding="utf-8") for path in others} == {"mine"}


def test_symbolic_links_are_not_followed(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "state.json"
    victim.write_text("mine", encoding="utf-8")
    link.symlink_to(victim)
    with pytest.raises(FileExistsError):
        open_private(link)
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        open_private(dangling)
    write_private(link, "new")
    assert victim.read_text(encoding="utf-8") == "mine"
    assert not link.is_symlink()
    assert link.read_text(encoding="utf-8") == "new"


def folder_of(path: Path) -> Path:
    """A project folder, as `qupersync init` makes it."""
    path.mkdir(parents=True)
    for name in MADE:
        (path / name).write_text("", encoding="utf-8")
    return path.resolve()


def test_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, checkout = folder_of(tmp_path / "made"), tmp_path.resolve() / "checkout"
    (checkout / "extract" / "qupersync").mkdir(parents=True)
    (checkout / "dbt_project.yml").write_text("", encoding="utf-8")
    (made / "models" / "mine").mkdir(parents=True)
    for start in (made, made / "models" / "mine"):
        assert Project.find(start) == Project(made)
    assert Project.find(checkout / "extract") == Project(checkout)
    assert not Project(made).is_checkout
    assert Project(checkout).dbt_root == checkout
    alien = tmp_path / "alien"  # a dbt project of somebody's
    alien.mkdir()
    (alien / "dbt_project.yml").write_text("", encoding="utf-8")
    assert Project.find(alien) == Project(ROOT)  # the checkout that this package lies in
    monkeypatch.setattr("qupersync.project._CHECKOUT", tmp_path)
    with pytest.raises(NoProjectError, match="alien is no project of QuperSync"):
        Project.find(alien)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owner there")
@pytest.mark.parametrize("foreign", ["", "dbt_project.yml", ".dlt", "tests", "target", ".qupersync"])
def test_another_user_owns_the_project_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, foreign: str) -> None:
    """On a shared machine anybody may put a project into /tmp; its SQL is not run for whoever works below."""
    made = folder_of(tmp_path / "made")
    (made / "below").mkdir()
    (made / foreign).touch()
    assert Project.find(made / "below") == Project(made)
    lstat = Path.lstat

    def owned(path: Path) -> os.stat_result:
        found = list(lstat(path))
        found[stat.ST_UID] = 1234 if path == made / foreign else os.geteuid()
        return os.stat_result(found)

    monkeypatch.setattr(Path, "lstat", owned)
    with pytest.raises(
        ConfigurationError, match=rf"{re.escape(str(made / foreign))} belongs to another user \(id 1234\)"
    ):
        Project.find(made / "below")
    assert Project.find(made) == Project(made)  # the user's choice, as for dbt
    monkeypatch.undo()
    for anybody in (0o777, 0o1777):  # may put files there, whoever owns those that are there now
        made.chmod(anybody)
        with pytest.raises(ConfigurationError, match=f"everybody may write to {made}, and what lies there"):
            Project.find(made)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="files have no owner there")
def test_home_of_others_is_not_closed_to_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """QUPERSYNC_HOME=/tmp, as root, would end everybody's work on the machine."""
    project, closed = Project(tmp_path), 0o711 if os.geteuid() == 0 else 0o700
    home = tmp_path / "home"
    monkeypatch.setenv("QUPERSYNC_HOME", str(home))
    assert mode(project.private_home()) == closed
    for shared in (0o755, 0o777):  # another's: not empty, or everybody may write to it
        home.chmod(shared)
        (home / "others").touch()
        with pytest.raises(ConfigurationError, match=f"name a new folder, such as {home}/qupersync"):
            project.private_home()
        assert mode(home) == shared
        (home / "others").unlink()
    with pytest.raises(ConfigurationError, match="other users can use it"):
        project.private_home()
    home.chmod(0o755)
    assert mode(project.private_home()) == closed  # empty
    (home / "others").touch()
    home.chmod(0o700)
    assert mode(project.private_home()) == 0o700  # as it was
    (home / "server.json").touch()
    home.chmod(0o755)
    assert mode(project.private_home()) == closed  # ours
    home.chmod(0o777)
    with pytest.raises(ConfigurationError, match="other users can use it"):
        project.private_home()  # anybody's server.json
