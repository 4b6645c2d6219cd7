"""What is archived is counted by the days of the user, as everything else is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from hansei_core.archive import Archive
from hansei_core.archive_feed import keep_facts
from hansei_sessions.model import Evidence, Friction, FrictionKind, Session

LATE = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "day"),
    [(0, date(2026, 11, 20)), (9, date(2026, 11, 21)), (-8, date(2026, 11, 20))],
)
def test_a_friction_counts_on_the_users_day(
    tmp_path: Path, now: datetime, hours: int, day: date
) -> None:
    """What happens after midnight would count for the day before in Tokyo, but only when lost."""
    session = Session(
        id="s1", agent="claude-code", path="/logs/1", project="shop", cwd="/src", started_at=LATE
    )
    friction = Friction(
        "s1:1", "s1", FrictionKind.EDIT_ERROR, "", LATE, "no such file", Evidence("/logs/1", 1)
    )
    archive = Archive(tmp_path, now=now)
    keep_facts(archive, [session], [friction], {"s1:1": "THM-1"}, timezone(timedelta(hours=hours)))
    (member,) = archive.members()
    archive.close()
    assert (member.theme_id, member.day) == ("THM-1", day)
