"""Files that nobody else may read, and that overwrite nobody's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from qupersync.project import open_private, private_scratch, write_private

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
