"""Damaged, edited and foreign files: diagnosed exactly, recovered as far as the journal allows."""

from __future__ import annotations

import json
import random
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from benchmarks.store_lab import FAST

from hansei_core.errors import StorageError
from hansei_core.store.backups import list_backups
from hansei_core.store.doctor import examine, repair
from hansei_core.store.files import Files
from hansei_core.store.recovery import restore_folder
from hansei_core.store.store import JournalStore, open_store


def fill(folder: Path, now: datetime) -> JournalStore:
    """Write five records: two in the snapshot, three in the journal."""
    store = open_store(folder, now=now, files=FAST)
    for number in range(1, 6):
        with store.transaction(f"add {number}", now=now) as work:
            work.put("things", f"T-{work.allocate('T')}", {"value": number, "text": "täglich"})
        if number == 2:
            store.checkpoint(now=now)
    return store


@pytest.fixture
def folder(tmp_path: Path, now: datetime) -> Path:
    fill(tmp_path / "data", now)
    return tmp_path / "data"


def reopen(folder: Path, now: datetime) -> JournalStore:
    return open_store(folder, now=now, files=FAST)


def write_one(store: JournalStore, now: datetime) -> None:
    with store.transaction("probe", now=now) as work:
        work.put("probes", "p", {"is": "there"})


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


class Closed(Files):
    """A disk on which nothing can be made."""

    def may_write(self, folder: Path) -> bool:
        """Say no, whoever asks; the superuser of a container may write everywhere."""
        return False


@pytest.mark.parametrize("made", [False, True], ids=["no store yet", "a store"])
def test_a_folder_that_cannot_be_written_is_an_error(
    tmp_path: Path, now: datetime, *, made: bool
) -> None:
    """`hansei doctor` would call a store sound, or soon made, that takes nothing in."""
    folder = tmp_path / "data" / "hansei"
    if made:
        fill(folder, now)
    worst = next(one for one in examine(folder, files=Closed(), mounts="") if one.level == "error")
    assert "written" in worst.what
    assert "HANSEI_HOME" in worst.advice
    assert made or str(tmp_path) in worst.what, "the folder that stands in the way is named"


def test_a_torn_last_line_is_cut_and_kept(folder: Path, now: datetime) -> None:
    """Bytes of an unfinished write would stay in front of the next good line, or vanish."""
    path = folder / "journal.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'0badc0de {"seq":6,"at":"2026')
    store = reopen(folder, now)
    assert len(store.all("things")) == 5
    assert path.read_bytes() == whole
    assert "never acknowledged" in store.notices[0].text
    [kept] = (folder / "quarantine").iterdir()
    assert kept.read_bytes() == b'0badc0de {"seq":6,"at":"2026'
    write_one(store, now)


def test_a_last_line_without_its_line_feed_counts(folder: Path, now: datetime) -> None:
    """An editor or git that drops the final line feed would cost an acknowledged write."""
    path = folder / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    store = reopen(folder, now)
    assert len(store.all("things")) == 5
    write_one(store, now)
    assert len(reopen(folder, now).all("things")) == 5
    assert reopen(folder, now).get("probes", "p") == {"is": "there"}
    watching = reopen(folder, now)
    assert watching.refresh() is False


def test_a_bad_line_before_good_ones_is_read_only(folder: Path, now: datetime) -> None:
    """The good lines behind the damage would be cut off, or the store would start empty."""
    path = folder / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"value", b"valve")
    path.write_bytes(b"".join(lines))
    before = tree(folder)
    store = reopen(folder, now)
    assert store.read_only is not None
    assert "journal.jsonl is damaged: line 3 is damaged" in store.read_only.message
    assert "doctor --fix" in store.read_only.hint
    assert sorted(store.all("things")) == ["T-1", "T-2", "T-3"]
    with pytest.raises(StorageError, match="line 3 is damaged"):
        write_one(store, now)
    assert tree(folder) == before
    done = repair(folder, now=now, files=FAST)
    assert any("what change 4 alone had written is lost" in one.what for one in done)
    mended = reopen(folder, now)
    assert sorted(mended.all("things")) == ["T-1", "T-2", "T-3", "T-5"]
    with mended.transaction("add", now=now) as work:
        assert work.allocate("T") == 6
    assert store.refresh()
    write_one(store, now)


@pytest.mark.parametrize("name", ["store.json", "journal.jsonl"])
def test_conflict_markers_of_git_are_named(folder: Path, now: datetime, name: str) -> None:
    """A half-merged file would be taken for a torn one, and half of it thrown away."""
    path = folder / name
    lines = path.read_bytes().splitlines(keepends=True)
    lines[2:2] = [b"<<<<<<< HEAD\n"]
    lines += [b"=======\n", b">>>>>>> other\n"]
    path.write_bytes(b"".join(lines))
    before = tree(folder)
    store = reopen(folder, now)
    assert store.read_only is not None
    assert f"{name} is damaged: line 3 is a conflict marker of git" in store.read_only.message
    assert tree(folder) == before


def test_a_damaged_snapshot_is_shown_from_the_journals(folder: Path, now: datetime) -> None:
    """The store would start empty, or the damaged file would be overwritten."""
    path = folder / "store.json"
    path.write_bytes(path.read_bytes()[:100])
    before = tree(folder)
    store = reopen(folder, now)
    assert store.read_only is not None
    assert "store.json is damaged: line 5" in store.read_only.message
    assert "shown is the store as of change 5" in store.read_only.message
    assert len(store.all("things")) == 5
    assert tree(folder) == before
    repair(folder, now=now, files=FAST)
    assert reopen(folder, now).read_only is None
    assert len(reopen(folder, now).all("things")) == 5
    [kept] = [path for path in (folder / "quarantine").iterdir() if "store.json" in path.name]
    assert kept.read_bytes() == before["store.json"]


def test_a_valid_edit_is_taken_over_with_a_copy_kept(folder: Path, now: datetime) -> None:
    """What the user changed by hand would be refused or silently undone."""
    path = folder / "store.json"
    other = reopen(folder, now)
    path.write_bytes(path.read_bytes().replace(b'"value":2', b'"value": 22'))
    edited = path.read_bytes()
    store = reopen(folder, now)
    assert store.get("things", "T-2") == {"value": 22, "text": "täglich"}
    assert len(store.all("things")) == 5
    assert "edited by hand" in store.notices[0].text
    [copy] = [one for one in list_backups(folder) if one.kind == "edited"]
    assert copy.path.read_bytes() == edited
    assert reopen(folder, now).notices == ()
    assert "warning" not in {one.level for one in examine(folder, mounts="")}
    assert other.refresh()
    assert other.get("things", "T-2") == {"value": 22, "text": "täglich"}


def test_an_edit_is_seen_by_an_open_store(folder: Path, now: datetime) -> None:
    """The screen would go on showing what stood there before."""
    store = reopen(folder, now)
    path = folder / "store.json"
    path.write_bytes(path.read_bytes().replace(b'"value":1', b'"value":11'))
    assert store.refresh() is True
    assert store.get("things", "T-1") == {"value": 11, "text": "täglich"}
    assert store.refresh() is False


def test_an_edit_under_an_open_store_is_not_overwritten(folder: Path, now: datetime) -> None:
    """The next checkpoint of an open program would write over the user's edit."""
    store = reopen(folder, now)
    path = folder / "store.json"
    path.write_bytes(path.read_bytes().replace(b'"value":1', b'"value":11'))
    write_one(store, now)
    store.checkpoint(now=now)
    found = reopen(folder, now)
    assert found.get("things", "T-1") == {"value": 11, "text": "täglich"}
    assert found.get("probes", "p") is not None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'"value":2', b'"value":2,,', "line 7, column"),
        (b'"value":2', b'"value":NaN', "NaN is no number"),
        (b'"T-2": {', b'"T-1": {', "line 7: T-1 stands there twice"),
        ("täglich".encode(), b"t\xe4glich", "line 6 is not UTF-8"),
        (b'"T-2": {"text":"t\xc3\xa4glich","value":2}', b'"T-2": 5', "line 7: record T-2"),
        (b'"_meta"', b'"_mata"', "its head"),
    ],
)
def test_an_invalid_edit_names_its_line(
    folder: Path, now: datetime, old: bytes, new: bytes, words: str
) -> None:
    """The user could not find the mistake, or the file would be overwritten."""
    path = folder / "store.json"
    path.write_bytes(path.read_bytes().replace(old, new))
    before = tree(folder)
    store = reopen(folder, now)
    assert store.read_only is not None
    assert words in store.read_only.message
    assert tree(folder) == before


def test_a_missing_snapshot_is_never_an_empty_store(folder: Path, now: datetime) -> None:
    """A deleted store.json would start everything from nothing, and re-use every id."""
    (folder / "store.json").unlink()
    store = reopen(folder, now)
    assert store.read_only is not None
    assert len(store.all("things")) == 5
    (folder / "journal.jsonl").unlink()
    store = reopen(folder, now)
    assert store.read_only is not None
    assert "holds backups or old journals" in store.read_only.message
    repair(folder, now=now, files=FAST)
    mended = reopen(folder, now)
    assert mended.read_only is None
    with mended.transaction("add", now=now) as work:
        assert work.allocate("T") > len(mended.all("things"))


def test_a_snapshot_missing_before_the_first_checkpoint_is_made_anew(
    tmp_path: Path, now: datetime
) -> None:
    """Everything is in the journal; refusing it would lose it."""
    store = reopen(tmp_path, now)
    write_one(store, now)
    (tmp_path / "store.json").unlink()
    again = reopen(tmp_path, now)
    assert again.get("probes", "p") == {"is": "there"}
    assert "was missing" in again.notices[0].text
    assert (tmp_path / "store.json").exists()


def test_a_missing_journal_is_told(folder: Path, now: datetime) -> None:
    """Changes that only the journal held would be gone without a word."""
    (folder / "journal.jsonl").unlink()
    store = reopen(folder, now)
    assert "journal.jsonl is missing: the store is as of change 2" in store.notices[0].text
    write_one(store, now)
    assert len(reopen(folder, now).all("things")) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\0" * 5000, "line 1 is damaged"),
        (b"junk\n" * 10, "line 1 is damaged"),
        (b"\n" * 10, "line 1 is damaged"),
    ],
)
def test_an_empty_or_junk_journal_is_damage(
    folder: Path, now: datetime, content: bytes, words: str
) -> None:
    """A zeroed journal would be taken for one without changes, and be written on."""
    (folder / "journal.jsonl").write_bytes(content)
    before = tree(folder)
    store = reopen(folder, now)
    assert store.read_only is not None
    assert words in store.read_only.message
    assert tree(folder) == before


def test_an_older_snapshot_put_in_place_is_noticed(folder: Path, now: datetime) -> None:
    """`git checkout store.json` would silently mix two times."""
    old = (folder / "store.json").read_bytes()
    store = reopen(folder, now)
    store.checkpoint(now=now)
    write_one(store, now)
    (folder / "store.json").write_bytes(old)
    found = reopen(folder, now)
    assert found.read_only is not None
    assert "an older copy was put in its place" in found.read_only.message
    assert found.get("probes", "p") == {"is": "there"}
    assert len(found.all("things")) == 5


def test_flipped_bits_are_never_silent(tmp_path: Path, now: datetime) -> None:
    """A single wrong bit on the disk would be shown as the user's own words."""
    source = tmp_path / "source"
    sound = fill(source, now).all("things")
    chance = random.Random(11)  # noqa: S311  # repeatable on purpose
    for name in ("store.json", "journal.jsonl"):
        data = (source / name).read_bytes()
        for _ in range(150):
            folder = tmp_path / "flipped"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source, folder)
            place = chance.randrange(len(data))
            flipped = bytearray(data)
            flipped[place] ^= 1 << chance.randrange(8)
            (folder / name).write_bytes(flipped)
            try:
                store = reopen(folder, now)
            except StorageError:
                continue
            told = bool(store.notices) or store.read_only is not None
            assert told or store.all("things") == sound, (name, place)


@pytest.mark.parametrize("name", ["store.json", "journal.jsonl", "lock"])
def test_no_symbolic_link_is_followed(folder: Path, now: datetime, name: str) -> None:
    """A link put there by somebody else would make hansei write into another file."""
    target = folder.parent / "elsewhere"
    (folder / name).replace(target)
    (folder / name).symlink_to(target)
    before = target.read_bytes()
    with pytest.raises(StorageError, match="symbolic link"):
        write_one(reopen(folder, now), now)
    assert target.read_bytes() == before


def test_restoring_over_a_damaged_store_keeps_what_was_there(folder: Path, now: datetime) -> None:
    """The only good copy would be refused because the bad one is in its way."""
    store = reopen(folder, now)
    backup = store.create_backup(now=now)
    with store.transaction("add", now=now) as work:
        work.put("things", f"T-{work.allocate('T')}", {"value": 6})
    for name in ("store.json", "journal.jsonl"):
        (folder / name).write_bytes(b"{")
    before = tree(folder)
    plan = restore_folder(folder, backup.path, now=now, dry_run=True, files=FAST)
    assert plan.damaged
    assert tree(folder) == before
    restore_folder(folder, backup.path, now=now, files=FAST)
    found = reopen(folder, now)
    assert len(found.all("things")) == 5
    assert len(list((folder / "quarantine").iterdir())) == 2
    with found.transaction("add", now=now) as work:
        assert work.allocate("T") >= 6


def test_nothing_sound_left_is_said_so(tmp_path: Path, now: datetime) -> None:
    """A folder of rubble would open as an empty store."""
    (tmp_path / "store.json").write_bytes(b"{")
    with pytest.raises(StorageError, match="line 1"):
        reopen(tmp_path, now)
    with pytest.raises(StorageError, match="nothing sound is left"):
        repair(tmp_path, now=now, files=FAST)
    assert (tmp_path / "store.json").read_bytes() == b"{"
    assert [one.level for one in examine(tmp_path, files=FAST, mounts="")].count("error") == 1


def test_a_conflicted_copy_is_noticed(folder: Path) -> None:
    """A second machine's version would lie there unseen."""
    shutil.copy(folder / "store.json", folder / "store (conflicted copy 2026-11-21).json")
    shutil.copy(folder / "store.json", folder / "store.sync-conflict-20261121-120000-ABC.json")
    found = [one for one in examine(folder, mounts="") if "second version" in one.what]
    assert len(found) == 2


def test_a_network_file_system_is_noticed(tmp_path: Path, folder: Path) -> None:
    """Locks that do not hold between machines would be trusted."""
    mounts = f"/dev/vda / ext4 rw 0 0\nserver:/home {tmp_path.as_posix()} nfs4 rw 0 0\n"
    assert any("network file system (nfs4)" in one.what for one in examine(folder, mounts=mounts))
    assert not any("network" in one.what for one in examine(folder, mounts="/dev/vda / ext4 rw\n"))


def test_the_snapshot_is_json_in_tinydbs_layout(folder: Path) -> None:
    """No other program could read the user's own records."""
    whole = json.loads((folder / "store.json").read_text(encoding="utf-8"))
    assert whole["things"]["T-1"] == {"value": 1, "text": "täglich"}
    assert set(whole["_meta"]["store"]) == {"changes", "crc", "schema", "seq", "series"}
