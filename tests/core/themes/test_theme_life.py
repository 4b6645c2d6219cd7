"""The life of themes in any order: sessions come and go, the model learns, the user decides."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from benchmarks.crash_lab import MemoryDisk
from benchmarks.store_lab import FOLDER
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.core.themes.theme_texts import NOW, SETTINGS, document

from hansei_core.errors import UsageError
from hansei_core.improvement import EvidenceLink
from hansei_core.retro import ImprovementDraft
from hansei_core.store.store import JournalStore, open_store
from hansei_core.tables import IMPROVEMENTS, THEME_STATE, THEMES
from hansei_core.themes.identity import members, resolve
from hansei_core.themes.masking import signature
from hansei_core.themes.model import (
    Document,
    Family,
    Theme,
    ThemeState,
    Update,
    state_to_document,
    theme_to_document,
)
from hansei_core.themes.recurrence import recurs
from hansei_core.themes.service import report, update
from hansei_core.verbs import theme_model
from hansei_core.verbs.forget import forgetting, resting_on
from hansei_core.verbs.theme_dial import preview_dial, turn_dial
from hansei_core.verbs.themes import link_to_theme, promote_theme, propose

Content = dict[str, dict[str, Any]]
LEARNED: Final = ("terms", "size", "threshold", "offered_name")
"""What the model may change of a theme that is published."""

TROUBLES: Final[tuple[tuple[Family, str, tuple[str, ...]], ...]] = (
    (
        Family.COMMAND,
        "command-failed",
        (
            "merge conflict in the lock file of the client",
            "merge conflict in the lock file again",
            "merge conflict in the schema file",
            "connection refused by the database server",
            "database server refused the connection",
            "connection to the database timed out",
            "timed out while waiting for the lock file",
            "ModuleNotFoundError: No module named 'yaml'",
            "ModuleNotFoundError: No module named 'toml'",
            "pre-commit hook failed on generated file src/gen_1.py",
            "pre-commit hook failed on the schema file",
        ),
    ),
    (
        Family.TOOL,
        "edit-error",
        (
            "File has not been read yet. Read it first before writing to it.",
            "File has been modified since read. Read it again before writing.",
            "String to replace not found in file.",
        ),
    ),
    (
        Family.TEXT,
        "rejection",
        (
            "do not edit the generated client, change the schema",
            "never edit the generated client by hand",
            "run the tests before you commit",
            "commit only after the tests are green",
            "the lock file is stale, do not touch it",
        ),
    ),
    (Family.SLOW, "slow-command", ("mise run test:ci", "npm run build", "npm run build --all")),
    (Family.TEST, "command-failed", ("TestCartTotal failed", "TestCartEmpty failed")),
    (Family.SILENT, "command-failed", ("go test failed", "npm run build failed")),
    (Family.RULE, "compaction", ("compaction",)),
    (Family.RULE, "rewind", ("rewind",)),
)
SAID: Final = tuple((family, kind, text) for family, kind, texts in TROUBLES for text in texts)
SESSIONS: Final = st.integers(0, 11)
PICK: Final = st.integers(0, 10_000)
NAMES: Final = st.sampled_from(("ours", "the lock file", "generated code", "[bold]§ ☃", "x " * 90))


@dataclass(frozen=True)
class Word:
    """One decision of the user's that stands."""

    seq: int
    kind: str
    theme: str = ""
    value: Any = None
    before: Content | None = None
    after: Content | None = None


def decided(content: Content) -> Content:
    """Return what of a store is the user's: all but what the model learns by itself."""
    themes = {
        name: {key: value for key, value in theme.items() if key not in LEARNED}
        for name, theme in content.get(THEMES, {}).items()
    }
    decisions = content.get(THEME_STATE, {}).get("decisions", {})
    return {
        THEMES: themes,
        THEME_STATE: {
            "pinned": decisions.get("pinned", {}),
            "granularity": decisions.get("granularity"),
        },
        IMPROVEMENTS: content.get(IMPROVEMENTS, {}),
    }


def bytes_of(found: Update) -> bytes:
    """Return an update as bytes."""
    return json.dumps(
        [
            *map(theme_to_document, found.state.themes),
            state_to_document(found.state),
            dict(found.members),
            found.pool,
        ]
    ).encode()


class ThemeLife(RuleBasedStateMachine):
    """Whatever happens, published ids lead somewhere, and the user's words stand."""

    def __init__(self) -> None:
        super().__init__()
        self.disk = MemoryDisk(folders={FOLDER})
        self.store: JournalStore = open_store(FOLDER, now=NOW, files=self.disk)
        self.documents: dict[str, Document] = {}
        self.number = 0
        self.published: dict[str, str] = {}
        self.words: list[Word] = []
        self.undone: list[Word] = []
        self.improvements = 0

    # ------------------------------------------------------------ helpers

    @property
    def state(self) -> ThemeState:
        return theme_model.load_themes(self.store)

    @property
    def given(self) -> list[Document]:
        return list(self.documents.values())

    def content(self) -> Content:
        return {table: dict(self.store.all(table)) for table in self.store.tables()}

    def theme(self, pick: int) -> Theme | None:
        themes = self.state.themes
        return themes[pick % len(themes)] if themes else None

    def decide(self, kind: str, act: Callable[[], Any], theme: str = "", value: Any = None) -> Any:
        """Do what the user says; remember it for as long as it stands."""
        before, seq = self.content(), self.store.seq
        known = resolve(self.state)
        try:
            done = act()
        except UsageError:
            assert self.content() == before
            return None
        if self.store.seq == seq:
            return done
        word = Word(self.store.seq, kind, theme, value, before, self.content())
        self.words.append(word)
        self.undone.clear()
        self.publish()
        assert set(known) <= set(resolve(self.state))
        return done

    def publish(self) -> None:
        for theme in self.state.themes:
            self.published.setdefault(theme.id, theme.name)

    def draft(self, theme: Theme) -> ImprovementDraft:
        homes = members(self.state, self.given)
        links = tuple(
            EvidenceLink(each.session_id, each.agent, each.project, "/x.jsonl", quote=each.text)
            for each in self.given
            if homes.get(each.id) == theme.id
        )
        self.improvements += 1
        return ImprovementDraft(
            title=f"End trouble {self.improvements}", theme_id=theme.id, evidence=links
        )

    # ------------------------------------------------------------ sessions

    @initialize(said=st.lists(st.integers(0, len(SAID) - 1), min_size=8, max_size=40))
    def begin(self, said: list[int]) -> None:
        """Some sessions are there when hansei is first started."""
        for number, each in enumerate(said):
            self.arrive(number % 12, [each, each // 2], number % 20, ("shop", "bank")[number % 2])
        self.learn()

    @rule(
        session=SESSIONS,
        said=st.lists(st.integers(0, len(SAID) - 1), min_size=1, max_size=6),
        days=st.integers(0, 30),
        project=st.sampled_from(("shop", "bank")),
    )
    def arrive(self, session: int, said: list[int], days: int, project: str) -> None:
        """A session brings texts; what it brought before stays."""
        own = [each for each in self.given if each.session_id == f"s-{session}"]
        for each in said:
            family, kind, text = SAID[each]
            self.number += 1
            made = document(
                self.number, text, family=family, kind=kind, days_ago=days, project=project
            )
            made = replace(
                made,
                id=f"s-{session}:{self.number}",
                session_id=f"s-{session}",
                project=own[0].project if own else project,
            )
            self.documents[made.id] = made

    @precondition(lambda self: self.documents)
    @rule(pick=PICK, said=st.integers(0, len(SAID) - 1))
    def change(self, pick: int, said: int) -> None:
        """A better reader reads a text anew."""
        each = self.given[pick % len(self.documents)]
        family, kind, text = SAID[said]
        self.documents[each.id] = replace(each, text=text, family=family, kind=kind)

    @precondition(lambda self: self.documents)
    @rule(pick=PICK)
    def withdraw(self, pick: int) -> None:
        """A text is gone from the logs."""
        del self.documents[self.given[pick % len(self.documents)].id]

    @rule(session=SESSIONS, project=st.sampled_from(("shop", "bank", "")))
    def move_project(self, session: int, project: str) -> None:
        """A session is found to belong to another project."""
        for each in self.given:
            if each.session_id == f"s-{session}":
                self.documents[each.id] = replace(each, project=project)

    @precondition(lambda self: self.documents)
    @rule(pick=PICK, whole=st.booleans())
    def forget(self, pick: int, whole: bool) -> None:
        """A session or a project is forgotten; what was derived of it goes."""
        one = self.given[pick % len(self.documents)]
        project = one.project if whole else ""
        gone = (
            {each.session_id for each in self.given if each.project == project}
            if project
            else {one.session_id}
        )
        state = self.state
        themes = resting_on(state, self.given, gone)
        homes = members(state, self.given)
        kept = {
            homes[each.id]
            for each in self.given
            if each.id in homes and each.session_id not in gone
        }
        assert not kept & set(themes)
        left = {name for name, home in resolve(state).items() if name not in themes}
        self.documents = {
            n: each for n, each in self.documents.items() if each.session_id not in gone
        }
        self.store.scrub(forgetting(sorted(gone), project, themes), now=NOW)
        assert left == set(resolve(self.state)), "a theme that rests on something else is gone"
        self.published = {n: name for n, name in self.published.items() if n in left}
        begins = tuple(f"{session}:" for session in gone)
        self.words = [
            replace(
                word,
                seq=0,
                value={
                    n: h
                    for n, h in word.value.items()
                    if not n.startswith(begins) and h not in themes
                }
                if word.kind in {"split", "move"}
                else word.value,
            )
            for word in self.words
            if word.theme not in themes or word.kind in {"split", "move"}
        ]
        self.undone.clear()

    # ------------------------------------------------------------ the model

    @rule()
    def learn(self) -> None:
        """The model looks at everything there is."""
        before, known = self.state, set(self.published)
        twice = [
            update(before, self.given, now=NOW, settings=SETTINGS, allocate=_placeholders())
            for _ in range(2)
        ]
        assert bytes_of(twice[0]) == bytes_of(twice[1])
        found = theme_model.learn(self.store, self.given, now=NOW, settings=SETTINGS)
        assert found.state == self.state
        assert decided(self.content())[THEME_STATE]["pinned"] == dict(before.pinned)
        old = {theme.id: theme for theme in before.themes}
        for theme in found.state.themes:
            if theme.id in old:
                fields = {name: getattr(old[theme.id], name) for name in LEARNED}
                assert replace(theme, **fields) == old[theme.id], (
                    "the model changed what is published"
                )
        assert known <= set(resolve(found.state))
        dialled = replace(SETTINGS, granularity=before.granularity or SETTINGS.granularity)
        for theme in found.born:
            assert theme.id not in known, "an id was used twice"
            mine = [each for each in self.given if found.members.get(each.id) == theme.id]
            assert recurs(mine, dialled), "published without recurring"
        pool: dict[tuple[Family, str], list[Document]] = {}
        for each in self.given:
            if each.id in found.pool and each.id not in found.state.pinned:
                what = each.kind if each.family is Family.RULE else signature(each.text)
                pool.setdefault((each.family, what), []).append(each)
        for (family, _), texts in pool.items():
            if family is not Family.TEXT:
                assert not recurs(texts, dialled), "it recurs and is no theme"
        again = theme_model.learn(self.store, self.given, now=NOW, settings=SETTINGS)
        assert again.state == found.state
        assert not again.born
        self.publish()

    @rule()
    def look_from_nothing(self) -> None:
        """What only the model noted of its last look is lost: nothing moves."""
        self.learn()
        before = self.content()
        homes = members(self.state, self.given)
        fresh = replace(self.state, looked_at="")
        found = update(fresh, self.given, now=NOW, settings=SETTINGS, allocate=_placeholders())
        assert not found.born
        assert [theme.id for theme in found.state.themes] == [t.id for t in self.state.themes]
        preview_dial(self.store, self.given, 0.7, now=NOW, settings=SETTINGS)
        assert self.content() == before
        assert members(self.state, self.given) == homes

    @rule()
    def delete_index(self) -> None:
        """The index is deleted, and made anew by the next scan."""
        self.learn()
        homes = members(self.state, self.given)
        themes = [(theme.id, theme.name, theme.aliases) for theme in self.state.themes]
        theme_model.learn(self.store, [], now=NOW, settings=SETTINGS)
        found = theme_model.learn(self.store, self.given, now=NOW, settings=SETTINGS)
        assert [(theme.id, theme.name, theme.aliases) for theme in found.state.themes] == themes
        assert dict(found.members) == homes

    @rule(checkpoint=st.booleans())
    def restart(self, checkpoint: bool) -> None:
        """The process ends, and another opens the store."""
        before = self.content()
        if checkpoint:
            self.store.checkpoint(now=NOW)
        self.store = open_store(FOLDER, now=NOW, files=self.disk)
        assert self.content() == before
        assert not self.store.notices

    # ------------------------------------------------------------ the user

    @rule(cut=st.sampled_from((0.5, 0.8, 1.0, 1.5, 2.0, None)))
    def dial(self, cut: float | None) -> None:
        """The user cuts new themes finer or coarser."""
        self.learn()
        self.decide(
            "dial",
            lambda: turn_dial(self.store, self.given, cut, now=NOW, settings=SETTINGS),
            value=cut,
        )

    @rule(pick=PICK, name=NAMES, by_alias=st.booleans())
    def rename(self, pick: int, name: str, by_alias: bool) -> None:
        """The user names a theme, or takes the offered name."""
        theme = self.theme(pick)
        if theme is None:
            return
        name = theme.offered_name or f"{name} {pick % 3}"
        by = theme.aliases[0] if by_alias and theme.aliases else theme.id
        self.decide(
            "rename",
            lambda: theme_model.rename(self.store, by, name, now=NOW),
            theme.id,
            " ".join(name.split()),
        )

    @rule(picks=st.lists(PICK, min_size=1, max_size=3), muted=st.booleans())
    def mute(self, picks: list[int], muted: bool) -> None:
        """The user leaves themes out of the list, or takes them in again."""
        themes = {theme.id for pick in picks if (theme := self.theme(pick)) is not None}
        if themes:
            self.decide(
                "mute",
                lambda: theme_model.mute_all(self.store, sorted(themes), now=NOW, muted=muted),
                value=dict.fromkeys(themes, muted),
            )

    @rule(picks=st.lists(PICK, min_size=2, max_size=3))
    def merge(self, picks: list[int]) -> None:
        """The user makes themes one."""
        themes = list(dict.fromkeys(each.id for pick in picks if (each := self.theme(pick))))
        if len(themes) > 1:
            self.decide(
                "merge",
                lambda: theme_model.merge_all(self.store, themes[0], themes[1:], now=NOW),
                themes[0],
                tuple(themes),
            )

    @rule(pick=PICK)
    def accept_merge(self, pick: int) -> None:
        """The user takes a suggested merge."""
        found = update(self.state, self.given, now=NOW, settings=SETTINGS, allocate=_placeholders())
        known = {theme.id for theme in self.state.themes}
        pairs = [each for each in found.suggestions if {each.keep, each.merge} <= known]
        if pairs:
            one = pairs[pick % len(pairs)]
            self.decide(
                "merge",
                lambda: theme_model.merge(self.store, one.keep, one.merge, now=NOW),
                one.keep,
                (one.keep, one.merge),
            )

    @rule(pick=PICK, take=st.integers(1, 3), name=st.sampled_from(("", "split off")))
    def split(self, pick: int, take: int, name: str) -> None:
        """The user takes texts out of a theme."""
        theme = self.theme(pick)
        if theme is None:
            return
        homes = members(self.state, self.given)
        mine = [each for each in self.given if homes.get(each.id) == theme.id][:take]
        done = self.decide(
            "split",
            lambda: theme_model.split(self.store, theme.id, mine, now=NOW, name=name),
        )
        if done is not None:
            new = done.value.id
            pins = {each.id: new for each in mine}
            self.words[-1] = replace(self.words[-1], theme=new, value=pins)

    @precondition(lambda self: self.documents)
    @rule(picks=st.lists(PICK, min_size=1, max_size=3), home=PICK)
    def move(self, picks: list[int], home: int) -> None:
        """The user puts texts into a theme, or into none."""
        texts = [self.given[pick % len(self.documents)] for pick in picks]
        theme = self.theme(home) if home % 4 else None
        name = theme.id if theme else ""
        self.decide(
            "move",
            lambda: theme_model.move(self.store, texts, name, now=NOW),
            value={each.id: name for each in texts},
        )

    @rule(pick=PICK, how=st.integers(0, 2), item=PICK)
    def link(self, pick: int, how: int, item: int) -> None:
        """An improvement is made of a theme, proposed against it, or linked to it."""
        theme = self.theme(pick)
        if theme is None:
            return
        draft = self.draft(theme)
        items = sorted(self.store.all(IMPROVEMENTS))
        act: Callable[[], Any]
        if how == 0:
            act = partial(promote_theme, self.store, theme.id, draft, draft.evidence, now=NOW)
        elif how == 1 or not items:
            act = partial(propose, self.store, [draft], now=NOW)
        else:
            act = partial(link_to_theme, self.store, items[item % len(items)], draft, now=NOW)
        self.decide("link", act)

    # ------------------------------------------------------------ undo

    @rule(learn_first=st.booleans())
    def undo(self, learn_first: bool) -> None:
        """The newest decision is taken back, whatever the model learned meanwhile."""
        if learn_first:
            self.learn()
        if not any(word.seq for word in self.words):
            return
        word = self.words[-1]
        self.store.undo(now=NOW)
        self.words.pop()
        self.undone.append(word)
        self.taken_back(word)
        if word.before is not None and word.after is not None:
            self.same(word.before, word.before, word.after)

    @rule(pick=PICK)
    def undo_one(self, pick: int) -> None:
        """One decision of the list is taken back, or refused."""
        standing = [word for word in self.words if word.seq]
        if not standing:
            return
        word = standing[pick % len(standing)]
        before = self.content()
        try:
            self.store.undo(now=NOW, seq=word.seq)
        except UsageError:
            assert self.content() == before
            return
        self.words.remove(word)
        self.taken_back(word)
        self.words = [replace(each, before=None, after=None) for each in self.words]
        self.undone.append(replace(word, before=None, after=None))

    @precondition(lambda self: self.undone)
    @rule(learn_first=st.booleans())
    def redo(self, learn_first: bool) -> None:
        """What was taken back is brought back."""
        if learn_first:
            self.learn()
        word = self.undone[-1]
        try:
            self.store.redo(now=NOW)
        except UsageError:
            if word.after is not None:
                raise
            return
        self.undone.pop()
        self.publish()
        if word.before is not None and word.after is not None:
            self.same(word.after, word.before, word.after)
        self.words.append(word)

    def taken_back(self, word: Word) -> None:
        if word.kind in {"split", "dial"}:
            for name in list(self.published):
                if name not in resolve(self.state):
                    assert word.after is None or name in word.after[THEMES]
                    assert word.before is None or name not in word.before.get(THEMES, {})
                    del self.published[name]

    def same(self, wanted: Content, before: Content, after: Content) -> None:
        """Make sure that all of the user's is as it was; what was born since stays."""
        known = {*before.get(THEMES, {}), *after.get(THEMES, {})}
        found = decided(self.content())
        found[THEMES] = {name: theme for name, theme in found[THEMES].items() if name in known}
        want = decided(wanted)
        for table in found:
            for key in {*found[table], *want[table]}:
                assert found[table].get(key) == want[table].get(key), (table, key)

    # ------------------------------------------------------------ what always holds

    @invariant()
    def ids_lead_somewhere(self) -> None:
        known = resolve(self.state)
        assert set(self.published) <= set(known)
        for item in self.store.all(IMPROVEMENTS).values():
            assert not item.get("theme_id") or item["theme_id"] in known, "a link leads nowhere"

    @invariant()
    def words_stand(self) -> None:
        state = self.state
        themes = {theme.id: theme for theme in state.themes}
        names, muted, pins = dict(self.published), dict[str, bool](), dict[str, str]()
        current, granularity = resolve(state), None
        for word in self.words:
            if word.kind == "rename":
                names[word.theme] = word.value
            elif word.kind == "mute":
                muted |= word.value
            elif word.kind in {"split", "move"}:
                pins |= word.value
            elif word.kind == "dial":
                granularity = word.value
            elif word.kind == "merge":
                homes = {current.get(each) for each in word.value}
                assert len(homes) == 1, "a merge came apart"
        for theme in state.themes:
            assert theme.name == names[theme.id]
            assert theme.muted == muted.get(theme.id, False)
        assert state.granularity == granularity
        homes_ = members(state, self.given)
        for each in self.given:
            if each.id in pins:
                assert homes_.get(each.id, "") == (pins[each.id] and current[pins[each.id]])
        assert set(homes_.values()) <= set(themes)

    @invariant()
    def a_text_is_in_one_theme(self) -> None:
        shown = report(self.state, self.given, now=NOW, muted=True)
        texts = [each.id for one in shown for each in one.documents]
        assert len(texts) == len(set(texts))


def _placeholders() -> Callable[[], str]:
    numbers = iter(range(1, 10_000))
    return lambda: f"NEW-{next(numbers)}"


ThemeLife.TestCase.settings = settings(
    max_examples=8,
    stateful_step_count=20,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
TestThemeLife = ThemeLife.TestCase
