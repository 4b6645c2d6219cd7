"""The archive: facts that outlive the logs, kept through crashes and forgotten on request."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hansei_core.archive import NAME, Archive, Excerpt, Member, SessionFacts, examine_archive
from hansei_core.errors import StorageError, UsageError

ROOT = Path(__file__).parent.parent.parent.parent


def excerpt(number: int, project: str = "shop") -> Excerpt:
    at = datetime(2026, 11, number % 28 + 1, 9, tzinfo=UTC)
    return Excerpt(
        f"s{number}:{number}", f"s{number}", project, "edit-error", at, f"words {number}", 3.5,
        f"/logs/{number}.jsonl", number,
    )  # fmt: skip


def member(number: int, theme: str = "THM-1", project: str = "shop") -> Member:
    day = date(2026, 11, number % 28 + 1)
    return Member(f"s{number}:{number}", theme, f"s{number}", project, day, 3.5)


def session(number: int, project: str = "shop") -> SessionFacts:
    at = datetime(2026, 11, number % 28 + 1, 9, tzinfo=UTC)
    return SessionFacts(f"s{number}", "claude-code", project, at, at, {"prompts": 4.0})


@pytest.fixture
def archive(tmp_path: Path, now: datetime) -> Archive:
    found = Archive(tmp_path, now=now)
    found.add_sessions([session(1), session(2), session(3, "api")])
    found.add_excerpts([excerpt(1), excerpt(2), excerpt(3, "api")])
    found.add_members([member(1), member(2), member(3, project="api")])
    return found


def test_what_was_added_is_there_after_a_restart(
    archive: Archive, tmp_path: Path, now: datetime
) -> None:
    """Themes would lose their past when the agent deletes its logs."""
    archive.close()
    again = Archive(tmp_path, now=now)
    assert again.sessions() == [session(1), session(2), session(3, "api")]
    assert again.excerpts() == [excerpt(1), excerpt(2), excerpt(3, "api")]
    assert again.members() == [member(1), member(2), member(3, project="api")]
    assert again.notices == []
    found = examine_archive(tmp_path)
    assert found is not None
    assert (found.level, found.what) == ("ok", "3 sessions, 3 frictions in themes")
    assert examine_archive(tmp_path / "none") is None


def test_adding_again_changes_nothing_but_a_sessions_numbers(archive: Archive) -> None:
    """A second scan would double the evidence or move a friction to another theme."""
    archive.add_excerpts([excerpt(1)])
    archive.add_members([member(1, "THM-9")])
    grown = SessionFacts("s1", "claude-code", "shop", None, None, {"prompts": 9.0})
    archive.add_sessions([grown])
    assert len(archive.excerpts()) == 3
    assert archive.members()[0].theme_id == "THM-1"
    assert archive.sessions()[0].metrics == {"prompts": 9.0}


def test_forgetting_removes_every_byte_from_backups_too(
    archive: Archive, tmp_path: Path, now: datetime
) -> None:
    """A project that was forgotten would still stand in the file or a backup."""
    archive.backup(now=now)
    assert archive.forget(project="api") == 3
    assert [one.project for one in archive.sessions()] == ["shop", "shop"]
    assert archive.forget(session_id="s1") == 3
    archive.close()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"words 3" not in data, path
            assert b"words 1" not in data, path
    assert any(b"words 2" in path.read_bytes() for path in tmp_path.rglob(f"*{NAME}"))
    with pytest.raises(UsageError, match="either"):
        archive.forget()


def test_pruning_takes_texts_and_leaves_counts(archive: Archive) -> None:
    """A trend would lose its past together with the raw text."""
    before = [replace(one, text="") for one in archive.excerpts()]
    found = archive.prunable(before=date(2026, 11, 3))
    assert (found.texts, found.sessions) == (1, 1)
    assert archive.prune(before=date(2026, 11, 3)) == 1
    assert sum(bool(one.text) for one in archive.excerpts()) == 2
    assert [replace(one, text="") for one in archive.excerpts()] == before
    assert archive.members() == [member(1), member(2), member(3, project="api")]
    assert archive.prunable(before=date(2026, 11, 3)).texts == 0
    assert archive.prune(before=date(2026, 11, 3)) == 0


def test_what_was_pruned_does_not_come_back(
    archive: Archive, tmp_path: Path, now: datetime
) -> None:
    """The next look at themes would write the removed texts into the archive again."""
    archive.prune(before=date(2026, 11, 3))
    archive.close()
    again = Archive(tmp_path, now=now)
    late, early = excerpt(20), excerpt(29)
    again.add_excerpts([excerpt(1), late, early])
    texts = {one.friction_id: one.text for one in again.excerpts()}
    assert texts[excerpt(1).friction_id] == ""
    assert texts[late.friction_id] == late.text
    assert texts[early.friction_id] == ("" if early.at and early.at.day < 3 else early.text)


@pytest.mark.parametrize("damage", ["junk", "zeros", "middle", "short"])
def test_a_damaged_archive_is_put_aside_and_begun_anew(
    archive: Archive, tmp_path: Path, now: datetime, damage: str
) -> None:
    """A bad sector would stop every start of hansei, or the damaged file would be deleted."""
    archive.add_excerpts([excerpt(number) for number in range(4, 400)])
    backup = archive.backup(now=now)
    archive.close()
    path = tmp_path / NAME
    data = bytearray(path.read_bytes())
    if damage == "junk":
        data[:] = b"no database" * 1000
    elif damage == "zeros":
        data[:] = bytes(len(data))
        data[0] = 1
    elif damage == "middle":
        data[4096:-4096] = b"\xff" * (len(data) - 8192)
    else:
        del data[5000:]
    path.write_bytes(data)
    before = examine_archive(tmp_path)
    assert before is not None
    assert before.level == "error"
    again = Archive(tmp_path, now=now)
    assert again.sessions() == []
    again.add_sessions([session(7)])
    assert "was damaged" in again.notices[0]
    assert backup.name in again.notices[0]
    kept = [one for one in (tmp_path / "quarantine").iterdir() if one.name.endswith(NAME)]
    assert kept[0].read_bytes() == bytes(data)


def test_what_was_lost_comes_back_from_the_newest_backup(
    archive: Archive, tmp_path: Path, now: datetime
) -> None:
    """After a damaged file, or on a new machine, themes would have no past any more."""
    backup = archive.backup(now=now)
    elsewhere = tmp_path / "new machine"
    (elsewhere / "backups").mkdir(parents=True)
    (elsewhere / "backups" / backup.name).write_bytes(backup.read_bytes())
    other = Archive(elsewhere, now=now)
    newer = replace(session(1), metrics={"prompts": 9.0})
    other.add_sessions([newer])
    assert other.take_back() == (backup.name, 2)
    assert other.sessions() == [newer, session(2), session(3, "api")]
    assert other.excerpts() == archive.excerpts()
    assert other.members() == archive.members()
    assert other.take_back() == (backup.name, 0)
    assert Archive(tmp_path / "third", now=now).take_back() == ("", 0)


def test_what_was_pruned_or_forgotten_does_not_come_back_from_a_backup(
    archive: Archive, now: datetime
) -> None:
    """A restore would bring back words that were removed on purpose."""
    archive.backup(now=now)
    archive.prune(before=date(2026, 11, 4))
    archive.forget(session_id="s3")
    archive.take_back()
    assert [each.text for each in archive.excerpts()] == ["", ""]
    assert [each.session_id for each in archive.sessions()] == ["s1", "s2"]


def test_a_damaged_backup_adds_nothing(archive: Archive, tmp_path: Path, now: datetime) -> None:
    """Half of a backup would be mixed into a sound archive."""
    backup = archive.backup(now=now)
    backup.write_bytes(b"junk" * 1000)
    with pytest.raises(StorageError, match="not a database"):
        archive.take_back()
    assert len(archive.sessions()) == 3
    archive.add_sessions([session(4)])
    assert len(archive.sessions()) == 4


def test_the_newest_sound_backup_is_taken(archive: Archive, now: datetime) -> None:
    """One damaged backup would make the four before it worthless."""
    sound = archive.backup(now=now)
    archive.backup(now=now + timedelta(days=7)).write_bytes(b"junk" * 1000)
    archive._db.execute("DELETE FROM sessions WHERE session_id = 's1'")
    archive._db.commit()
    assert archive.take_back() == (sound.name, 1)


def test_the_archive_is_backed_up_once_a_week(
    archive: Archive, tmp_path: Path, now: datetime
) -> None:
    """What is kept of logs that are gone would be in one file only."""
    empty = Archive(tmp_path / "empty", now=now)
    assert empty.backup_if_due(now=now) is None
    first = archive.backup_if_due(now=now)
    assert first is not None
    assert archive.backup_if_due(now=now + timedelta(days=6)) is None
    assert archive.backup_if_due(now=now + timedelta(days=8)) is not None


def test_an_archive_from_a_newer_version_is_refused_untouched(
    archive: Archive, tmp_path: Path, now: datetime
) -> None:
    """An older hansei would call a newer file damaged and begin anew."""
    archive.close()
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("PRAGMA user_version = 2")
    database.close()
    with pytest.raises(StorageError, match="schema 2"):
        Archive(tmp_path, now=now)
    assert not (tmp_path / "quarantine").exists()


def test_two_processes_make_one_archive(tmp_path: Path, now: datetime) -> None:
    """The second would find the tables half made."""
    one, other = Archive(tmp_path, now=now), Archive(tmp_path, now=now)
    one.add_sessions([session(1)])
    other.add_sessions([session(2)])
    assert len(one.sessions()) == len(other.sessions()) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of this kind")
def test_only_the_owner_can_read_the_archive(tmp_path: Path, now: datetime) -> None:
    """Excerpts of the user's work would be readable for everybody."""
    old = os.umask(0)
    try:
        archive = Archive(tmp_path / "data", now=now)
        archive.add_sessions([session(1)])
        archive.backup(now=now)
        for path in [tmp_path / "data", *(tmp_path / "data").rglob("*")]:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    finally:
        os.umask(old)


def test_a_link_in_its_place_is_refused(tmp_path: Path, now: datetime) -> None:
    """SQLite would write into whatever file the link leads to."""
    (tmp_path / "elsewhere").write_bytes(b"")
    (tmp_path / NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="symbolic link"):
        Archive(tmp_path, now=now)


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from hansei_core.archive import Archive, SessionFacts
archive = Archive(Path(sys.argv[1]), now=datetime(2026, 11, 21, tzinfo=UTC))
for number in range(int(sys.argv[2]), 100_000):
    facts = SessionFacts(f"s{number}", "codex", "p" * 200, None, None, {"n": number})
    archive.add_sessions([facts])
    print(number, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_writers_lose_nothing_acknowledged(tmp_path: Path, now: datetime) -> None:
    """A kill in the middle of an import would damage the archive or cost finished rows."""
    start = 0
    for lines in (1, 5, 17, 40):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), str(start)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert process.stdout
        for _ in range(lines):
            start = int(process.stdout.readline()) + 1
        process.kill()
        rest = process.communicate()[0].split("\n")
        start = max([start, *(int(line) + 1 for line in rest[:-1] if line)])
        archive = Archive(tmp_path, now=now)
        assert archive.notices == []
        found = {one.session_id for one in archive.sessions()}
        assert {f"s{number}" for number in range(start)} <= found
        start = len(found)
        archive.close()
