"""What the rest of hansei asks of themes: look at the documents, report, explain."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias

from hansei_core.collecting import uncollected
from hansei_core.settings import ThemeSettings
from hansei_core.themes.identity import Assigner, members, resolve, settled, suggestions
from hansei_core.themes.masking import signature
from hansei_core.themes.model import (
    Document,
    Family,
    SeenOnce,
    Theme,
    ThemeReport,
    ThemeState,
    Update,
    Verdict,
    Why,
)
from hansei_core.themes.recurrence import week_of, weekly
from hansei_core.themes.threshold import default_for
from hansei_core.themes.trend import Counts, verdicts

if TYPE_CHECKING:
    from hansei_core.themes.corpus import Corpus

__all__ = ["WINDOWS", "likely_family", "members", "report", "seen_once", "update", "why"]

Tell: TypeAlias = Callable[[str, float], None]
"""Is told what is being done, in two or three words, and the share of the whole that is done."""
WINDOWS: tuple[int | None, ...] = (7, 30, 90, None)
"""Days that a report may look back; None for all."""
LEARNED = (
    Family.TEXT,
    Family.COMMAND,
    Family.TOOL,
    Family.TEST,
    Family.SLOW,
    Family.SILENT,
)
"""Families that are compared by their words, in the order in which their themes get ids."""
MATURE = 30
"""A theme of this many distinct texts has a settled centroid; it is not learned anew."""


def silent(_words: str, _share: float) -> None:
    """Tell nobody."""


def update(
    state: ThemeState,
    documents: Iterable[Document],
    *,
    now: datetime,
    settings: ThemeSettings,
    allocate: Callable[[], str],
    tell: Tell = silent,
) -> Update:
    """Let all documents join their themes, and make new themes from the rest where it recurs.

    Call it with every document there is, not with a filtered part. The same state and documents
    give the same result; a second call on its result changes nothing.

    Args:
        state: What is remembered.
        documents: In any order.
        now: Becomes the birth time of new themes.
        settings: When something recurs, and how finely new themes are cut.
        allocate: Returns the next theme id; called once for each new theme.
        tell: Is told how far learning is; it may raise to stop it.
    """
    given = sorted(documents, key=lambda each: each.id)
    settings = _dialled(state, settings)
    fingerprint = _fingerprint(given, settings)
    known = {theme.id for theme in state.themes}
    if fingerprint == state.looked_at:
        after = before = members(state, given)
    else:
        from hansei_core.themes.sources import NOTE

        with uncollected():
            state, before, after = _learn(
                state, given, now=now, settings=settings, allocate=allocate, tell=tell
            )
        notes = {
            each.id: after[each.id] for each in given if each.kind == NOTE and each.id in after
        }
        state = replace(state, looked_at=fingerprint, notes=notes)
    return Update(
        state=state,
        members=after,
        joined=tuple(before),
        born=tuple(theme for theme in state.themes if theme.id not in known),
        pool=tuple(each.id for each in given if each.id not in after),
        suggestions=suggestions(state.themes),
    )


def as_they_stand(state: ThemeState, documents: Iterable[Document]) -> Update:
    """Return a look that learns nothing: who belongs to the themes that are there."""
    given = sorted(documents, key=lambda each: each.id)
    homes = members(state, given)
    pool = tuple(each.id for each in given if each.id not in homes)
    return Update(state, homes, tuple(homes), (), pool, suggestions(state.themes))


def is_learned(state: ThemeState, documents: Iterable[Document], settings: ThemeSettings) -> bool:
    """Tell whether `update` has looked at these very documents, so that it would learn nothing."""
    given = sorted(documents, key=lambda each: each.id)
    return _fingerprint(given, _dialled(state, settings)) == state.looked_at


def _dialled(state: ThemeState, settings: ThemeSettings) -> ThemeSettings:
    """Return the settings with the granularity that the user turned the dial to, if any."""
    if state.granularity is None:
        return settings
    return replace(settings, granularity=state.granularity)


def _fingerprint(documents: Sequence[Document], settings: ThemeSettings) -> str:
    digest = hashlib.sha256(repr(settings).encode())
    for each in documents:
        said = f"{each.id}\0{each.text}\0{each.family}\0"
        seen = f"{each.session_id}\0{each.project}\0{each.at and each.at.date()}\0"
        digest.update((said + seen).encode(errors="surrogatepass"))
    return digest.hexdigest()[:32]


def _learn(
    state: ThemeState,
    documents: Sequence[Document],
    *,
    now: datetime,
    settings: ThemeSettings,
    allocate: Callable[[], str],
    tell: Tell,
) -> tuple[ThemeState, dict[str, str], dict[str, str]]:
    """Return the state with grown and new themes, and who belonged and belongs where."""
    from hansei_core.themes import learning
    from hansei_core.themes.corpus import corpus, grouped

    tell("reading texts", 0.0)
    texts = grouped(documents)
    corpora: dict[Family, Corpus] = {}
    for family in LEARNED:
        if family in texts:
            tell("weighing words", 0.15)
            corpora[family] = corpus(texts.pop(family), family)
    tell("letting texts join", 0.3)
    known = _members(state, documents, corpora)
    pool = [each for each in documents if each.id not in known and each.id not in state.pinned]
    rules = learning.born_by_rule(pool, state=state, now=now, settings=settings, allocate=allocate)
    state = replace(state, themes=(*state.themes, *rules))
    total, done = sum(len(whole.signatures) for whole in corpora.values()), 0
    for family, whole in corpora.items():
        tell("grouping texts", 0.35 + 0.5 * done / total)
        state = _learn_family(
            state, whole, known, family, now=now, settings=settings, allocate=allocate
        )
        done += len(whole.signatures)
    tell("letting texts join", 0.85)
    return state, known, _members(state, documents, corpora)


def _members(
    state: ThemeState, documents: Sequence[Document], corpora: Mapping[Family, Corpus]
) -> dict[str, str]:
    """Return what `members` does, in less time for many texts."""
    from hansei_core.themes.joining import homes

    found: dict[str, str] = {}
    for family, whole in corpora.items():
        for group, home in zip(
            whole.documents, homes(whole, Assigner.of(state, family)), strict=True
        ):
            for each in group if home else ():
                found[each.id] = home
    return settled(state, documents, found)


def _learn_family(
    state: ThemeState,
    whole: Corpus,
    known: Mapping[str, str],
    family: Family,
    *,
    now: datetime,
    settings: ThemeSettings,
    allocate: Callable[[], str],
) -> ThemeState:
    from hansei_core.themes import learning, threshold

    rows_of: dict[str, list[int]] = {}
    pool: list[int] = []
    for row, group in enumerate(whole.documents):
        homes = {known.get(each.id, "") for each in group}
        for home in homes - {""}:
            rows_of.setdefault(home, []).append(row)
        if any(each.id not in known and each.id not in state.pinned for each in group):
            pool.append(row)
    names = {theme.name for theme in state.themes}
    taught = learning.taught(state, whole, rows_of, family, below=MATURE)
    grown = tuple(
        learning.grown(theme, whole, taught[theme.id], names)
        if len(taught.get(theme.id, ())) > theme.size
        else theme
        for theme in state.themes
    )
    count = len(whole.signatures)
    frozen = dict(state.thresholds)
    if family not in frozen and count >= threshold.CALIBRATE_FROM and threshold.calibrated(family):
        frozen[family.value] = threshold.calibrate(whole.matrix.rows, family)
        grown = tuple(
            replace(theme, threshold=max(theme.threshold, frozen[family.value]))
            if theme.family is family
            else theme
            for theme in grown
        )
    state = replace(
        state,
        themes=grown,
        thresholds=frozen,
        texts={**state.texts, family.value: count},
    )
    cut = min(0.9, frozen.get(family, threshold.default_for(family)) * settings.granularity)
    rows = whole.matrix.rows if len(pool) == count else whole.matrix.rows[pool]
    found = tuple(tuple(pool[row] for row in group) for group in learning.groups(rows, cut))
    new = learning.born(
        whole,
        found,
        state=state,
        threshold=cut,
        family=family,
        now=now,
        settings=settings,
        allocate=allocate,
    )
    return replace(state, themes=(*state.themes, *new))


def report(
    state: ThemeState,
    documents: Iterable[Document],
    *,
    now: datetime,
    window_days: int | None = None,
    settings: ThemeSettings | None = None,
    sessions_per_week: Mapping[date, int] | None = None,
    membership: Mapping[str, str] | None = None,
    muted: bool = False,
) -> tuple[ThemeReport, ...]:
    """Return the themes that were seen in the window, what costs most first.

    Sorted by known cost, then sessions, then id; failures without a message come last, since
    nothing can be done about them before their output is seen. The verdict compares the window
    with the time before it, back to the first document (for all time: the younger half of the
    weeks with the older); it rests on sessions hit among all sessions.

    Args:
        state: What is remembered.
        documents: All that are to count; filter by project or agent before.
        now: The window's end.
        window_days: 7, 30, 90, or None for all.
        settings: Not needed for what is published already; kept for symmetry with `update`.
        sessions_per_week: Monday → sessions in all; without it the sessions of the documents
            are taken, which are only those with any trouble.
        membership: `Update.members`, to save finding it again.
        muted: Whether to include muted themes.
    """
    del settings
    everything = sorted(documents, key=lambda each: each.id)
    homes = members(state, everything) if membership is None else membership
    since = now - timedelta(days=window_days) if window_days is not None else None
    by_theme: dict[str, list[Document]] = {}
    for each in everything:
        home = homes.get(each.id)
        if home is not None:
            by_theme.setdefault(home, []).append(each)
    chosen = [
        theme
        for theme in state.themes
        if (muted or not theme.muted)
        and any(_within(each, since, now) for each in by_theme.get(theme.id, ()))
    ]
    totals = sessions_per_week if sessions_per_week is not None else _totals(everything)
    counts = [_counts(by_theme[theme.id], totals, window_days, now) for theme in chosen]
    made = [
        _report(theme, by_theme[theme.id], since, now, verdict)
        for theme, verdict in zip(chosen, verdicts(counts), strict=True)
    ]
    order = {theme.id: number for number, theme in enumerate(state.themes)}
    made.sort(
        key=lambda each: (
            each.theme.family is Family.SILENT,
            -each.seconds_lost,
            -len(each.sessions),
            order[each.theme.id],
        )
    )
    return tuple(made)


def _within(document: Document, since: datetime | None, now: datetime) -> bool:
    if since is None:
        return True
    return document.at is not None and since < document.at <= now


def _totals(documents: Iterable[Document]) -> dict[date, int]:
    return dict(weekly(documents))


def _counts(
    documents: Sequence[Document],
    totals: Mapping[date, int],
    window_days: int | None,
    now: datetime,
) -> Counts:
    """Split the weeks in two and count sessions hit and sessions in all on either side."""
    weeks = sorted(totals)
    if not weeks:
        return Counts(0, 0, 0, 0, 0)
    if window_days is None:
        cut = weeks[0] + timedelta(weeks=((weeks[-1] - weeks[0]).days // 7 + 1) // 2)
    else:
        cut = week_of(now - timedelta(days=window_days))
        cut += timedelta(weeks=1) if window_days < 14 else timedelta()
    hit = dict(weekly(documents))
    before = [week for week in weeks if week < cut]
    after = [week for week in weeks if week >= cut]
    n1, n2 = sum(totals[week] for week in before), sum(totals[week] for week in after)
    a = sum(n for week, n in hit.items() if week < cut)
    b = sum(n for week, n in hit.items() if week >= cut)
    span = (weeks[-1] - weeks[0]).days // 7 + 1
    return Counts(min(a, n1), n1, min(b, n2), n2, span)


def _report(
    theme: Theme,
    documents: Sequence[Document],
    since: datetime | None,
    now: datetime,
    verdict: Verdict,
) -> ThemeReport:
    shown = [each for each in documents if _within(each, since, now)]
    shown.sort(key=lambda each: (-(each.at.timestamp() if each.at else 0.0), each.id))
    times = [each.at for each in documents if each.at is not None]
    known = [each.seconds_lost for each in shown if each.seconds_lost is not None]
    return ThemeReport(
        theme=theme,
        documents=tuple(shown),
        sessions=tuple(sorted({each.session_id for each in shown})),
        projects=tuple(sorted({each.project for each in shown if each.project})),
        agents=tuple(sorted({each.agent for each in shown})),
        seconds_lost=sum(known),
        unknown_cost=len(shown) - len(known),
        first_seen=min(times, default=None),
        last_seen=max(times, default=None),
        weeks=weekly(shown),
        verdict=verdict,
    )


def seen_once(
    state: ThemeState,
    documents: Iterable[Document],
    *,
    sessions: int | None = None,
    membership: Mapping[str, str] | None = None,
) -> SeenOnce:
    """Return what belongs to no theme (yet), so that an empty list says what was looked at."""
    everything = sorted(documents, key=lambda each: each.id)
    homes = members(state, everything) if membership is None else membership
    texts: dict[tuple[Family, str], list[Document]] = {}
    for each in everything:
        if each.id not in homes:
            texts.setdefault((each.family, signature(each.text)), []).append(each)
    ranked = sorted(texts.values(), key=lambda group: (-len(group), group[0].text, group[0].id))
    return SeenOnce(
        groups=len(texts),
        documents=sum(map(len, texts.values())),
        sessions=sessions if sessions is not None else len({e.session_id for e in everything}),
        looked_at=len(everything),
        examples=tuple((group[0].text, len(group)) for group in ranked[:20]),
    )


def likely_family(state: ThemeState, *texts: str) -> Family:
    """Return the family whose themes are nearest to the texts; where none is near, people's words.

    What a text is compared with depends on who said it, and the text alone does not tell.
    """
    signatures = [signature(text) for text in texts]
    nearest = {
        family: sum(map(itemgetter(1), map(Assigner.of(state, family).best, signatures)))
        for family in LEARNED
    }
    best = max(LEARNED, key=lambda family: round(nearest[family], 9))
    return best if nearest[best] else Family.TEXT


def why(state: ThemeState, a: str, b: str, family: Family = Family.TEXT) -> Why:
    """Explain why two texts are, or are not, together: shared terms and what each adds."""
    assigner = Assigner.of(state, family)
    a, b = signature(a), signature(b)
    left, right = assigner.vector(a), assigner.vector(b)
    shared = {term: left[term] * right[term] for term in left if term in right}
    ranked = sorted(shared.items(), key=lambda each: (-each[1], each[0]))
    homes = [assigner.best(text)[0] for text in (a, b)]
    usual = state.thresholds.get(family, default_for(family))
    threshold = max((theme.threshold for theme in homes if theme), default=usual)
    names = resolve(state)
    return Why(
        cosine=round(sum(shared.values()), 5),
        threshold=threshold,
        shared=tuple((term, round(value, 5)) for term, value in ranked),
        only_a=tuple(sorted(left.keys() - right.keys(), key=lambda term: (-left[term], term))),
        only_b=tuple(sorted(right.keys() - left.keys(), key=lambda term: (-right[term], term))),
        theme_a=names[homes[0].id] if homes[0] else "",
        theme_b=names[homes[1].id] if homes[1] else "",
    )
