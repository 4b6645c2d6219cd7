"""Forgetting a project or a session: what was derived from its logs goes, everywhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import msgspec

from hansei_core.tables import IMPROVEMENTS, RETROS, SIGNALS, THEME_STATE, THEMES
from hansei_core.themes.identity import members, resolve
from hansei_core.themes.model import Document, ThemeState

Change = Callable[[str, str, bytes], bytes | None]


def resting_on(
    state: ThemeState,
    documents: Iterable[Document],
    session_ids: Collection[str],
    homes: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Return the ids of the themes that rest on these sessions alone, merged ones' included.

    Args:
        state: What is remembered of themes.
        documents: All there are, of the index and of the archive.
        session_ids: The sessions to forget.
        homes: Document id → theme id; None: as the state says.
    """
    current = resolve(state)
    everything = tuple(documents)
    found = members(state, everything) if homes is None else homes
    gone, kept = set[str](), set[str]()
    for each in everything:
        home = current.get(found.get(each.id, ""))
        if home is not None:
            (gone if each.session_id in session_ids else kept).add(home)
    lost = gone - kept
    return tuple(sorted(name for name, home in current.items() if home in lost))


def forgetting(
    session_ids: Collection[str], project: str = "", theme_ids: Collection[str] = ()
) -> Change:
    """Return what `JournalStore.scrub` is to do to each record.

    Evidence and session links of improvements go, retros of the sessions go (their answers begin
    with the log's words; `drafts.forget_drafts` takes the drafts), themes that rest on nothing
    else go. Improvements stay: their titles and texts are the user's own.

    Args:
        session_ids: The sessions to forget.
        project: Its name, where a whole project is forgotten; else empty.
        theme_ids: Themes whose every document came from those sessions.
    """
    sessions, themes = frozenset(session_ids), frozenset(theme_ids)

    def change(table: str, record_id: str, encoded: bytes) -> bytes | None:
        if table == RETROS:
            document = msgspec.json.decode(encoded)
            gone = document.get("session_id") in sessions
            gone = gone or bool(project and document.get("project") == project)
            return None if gone else encoded
        if table == THEMES:
            return None if record_id in themes else encoded
        if table == SIGNALS:
            document = msgspec.json.decode(encoded)
            return None if project and document.get("project") == project else encoded
        if table == IMPROVEMENTS:
            return _without(encoded, sessions, project, themes)
        if table == THEME_STATE:
            return _unpinned(encoded, sessions, themes)
        return encoded

    return change


def _unpinned(encoded: bytes, sessions: frozenset[str], themes: frozenset[str]) -> bytes:
    """Drop what the user said about texts of the sessions, and what was put into those themes.

    A text's id begins with its session.
    """
    document: dict[str, Any] = msgspec.json.decode(encoded)
    pinned = document.get("pinned")
    if not pinned:
        return encoded
    begins = tuple(f"{session}:" for session in sessions)
    kept = {
        name: home
        for name, home in pinned.items()
        if not name.startswith(begins) and home not in themes
    }
    return encoded if kept == pinned else msgspec.json.encode({**document, "pinned": kept})


def _without(
    encoded: bytes, sessions: frozenset[str], project: str, themes: frozenset[str]
) -> bytes:
    document: dict[str, Any] = msgspec.json.decode(encoded)
    before = msgspec.json.encode(document)
    evidence = document.get("evidence", [])
    document["evidence"] = [
        link
        for link in evidence
        if link.get("session_id") not in sessions
        and not (project and link.get("project") == project)
    ]
    seen = document.get("sessions", [])
    document["sessions"] = [each for each in seen if each not in sessions]
    for name in ("evidence", "sessions"):
        if not document[name]:
            del document[name]
    if document.get("theme_id") in themes:
        del document["theme_id"]
    for line in document.get("history", []):
        if any(session in line.get("text", "") for session in sessions):
            line["text"] = "seen again in a session that was forgotten"
    after = msgspec.json.encode(document)
    return encoded if after == before else after
