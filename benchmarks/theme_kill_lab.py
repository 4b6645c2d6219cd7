"""A process that learns, renames, merges and splits themes, killed at its n-th file operation.

python -m benchmarks.theme_kill_lab FOLDER KILLS SEED prints what was lost or wrong;
python -m benchmarks.theme_kill_lab FOLDER together PROCESSES prints what several left together.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

from benchmarks.kill_lab import Deadly, forked
from benchmarks.store_lab import NOW, content

from hansei_core.errors import HanseiError, UsageError
from hansei_core.retro import ImprovementDraft
from hansei_core.settings import ThemeSettings
from hansei_core.store import checkpoint
from hansei_core.store.store import JournalStore, open_store
from hansei_core.tables import IMPROVEMENTS
from hansei_core.themes.identity import members, resolve
from hansei_core.themes.model import Document, Family, Theme, ThemeState
from hansei_core.verbs import theme_model as verbs
from hansei_core.verbs.themes import promote_theme

SETTINGS = ThemeSettings()
STEPS = 60
NOUNS = ("lock", "schema", "client", "browser", "queue", "cache", "token", "branch", "port", "disk")

VERBS = ("refused", "missing", "stale")


def documents(until: int) -> list[Document]:
    """Return what has arrived after so many steps: ten troubles, each again and again."""
    return [
        Document(
            id=f"s{n // 3}:{n}",
            text=f"{NOUNS[n % 10]} {VERBS[n % 7 % 3]} by the {NOUNS[n % 10]} guard {n % 2}",
            kind="command-failed",
            session_id=f"s{n // 3}",
            project="shop",
            agent="claude-code",
            at=NOW - timedelta(days=n % 30),
            family=Family.COMMAND,
        )
        for n in range(20 + 3 * until)
    ]


def step(store: JournalStore, number: int) -> None:
    """Do the step of that number: what it does follows from the number and the store alone."""
    state = verbs.load_themes(store)
    themes, kind = state.themes, number % 7
    if kind in {0, 4} or len(themes) < 3:
        verbs.learn(store, documents(number), now=NOW, settings=SETTINGS)
        return
    theme, other = themes[number % len(themes)], themes[(number + 1) % len(themes)]
    decisions: dict[int, Callable[[], object]] = {
        1: lambda: verbs.rename(store, theme.id, f"name {number}", now=NOW),
        2: lambda: _split(store, state, theme, number),
        3: lambda: promote_theme(store, theme.id, ImprovementDraft(title="End it"), (), now=NOW),
        5: lambda: verbs.merge(store, theme.id, other.id, now=NOW),
        6: lambda: store.undo(now=NOW),
    }
    with suppress(UsageError):
        decisions[kind]()


def _split(store: JournalStore, state: ThemeState, theme: Theme, number: int) -> None:
    given = documents(number)
    homes = members(state, given)
    mine = [each for each in given if homes.get(each.id) == theme.id]
    verbs.split(store, theme.id, mine[:2], now=NOW)


def digest(store: JournalStore) -> str:
    """Return a short name of all that is in a store."""
    return hashlib.sha256(json.dumps(content(store), sort_keys=True).encode()).hexdigest()[:16]


def broken(store: JournalStore) -> int:
    """Return how many improvements' links lead nowhere."""
    known = resolve(verbs.load_themes(store))
    return sum(item["theme_id"] not in known for item in store.all(IMPROVEMENTS).values())


def survive(folder: Path, kills: int, seed: int) -> dict[str, int]:
    """Kill the process again and again; what it leaves must be what an undisturbed one has."""
    whole = open_store(folder / "whole", now=NOW)
    expected = [digest(whole)]
    for number in range(STEPS):
        step(whole, number)
        expected.append(digest(whole))
    chance, done = random.Random(seed), 0
    found = {"kills": 0, "lost": 0, "wrong": 0, "unreadable": 0, "dead links": broken(whole)}
    while found["kills"] < kills:
        if done >= STEPS:
            folder, done = folder / "again", 0
        acknowledged = _killed(folder / "data", done, chance.randint(1, 60))
        found["kills"] += 1
        store = open_store(folder / "data", now=NOW)
        found["unreadable"] += store.read_only is not None
        left = digest(store)
        fitting = [n for n in (acknowledged, acknowledged + 1) if expected[n : n + 1] == [left]]
        found["lost"] += left in expected[:acknowledged] and not fitting
        found["wrong"] += not fitting and left not in expected[:acknowledged]
        found["dead links"] += broken(store)
        done = fitting[-1] if fitting else STEPS
    return found


def _killed(folder: Path, done: int, at: int) -> int:
    """Fork a process that goes on from a step and dies at an operation; return its last step."""

    def go_on(pipe: int) -> None:
        store = open_store(folder, now=NOW, files=Deadly(at, pipe))
        for number in range(done, STEPS):
            step(store, number)
            os.write(pipe, b"%d\n" % (number + 1))

    lines, _ = forked(go_on)
    return int(lines[-1]) if lines else done


def together(folder: Path, processes: int) -> dict[str, int]:
    """Let processes learn, rename and merge at once; count what was acknowledged and is gone."""
    store = open_store(folder, now=NOW)
    verbs.learn(store, documents(0), now=NOW, settings=SETTINGS)
    lines, _ = forked(*(partial(_work, folder, worker) for worker in range(processes)))
    told = [line.decode().split(" ", 2) for line in lines]
    for line in told:
        if line[0] == "error":
            print(" ".join(line), file=sys.stderr)
    store = open_store(folder, now=NOW)
    state = verbs.load_themes(store)
    known = resolve(state)
    names = {theme.id: theme.name for theme in state.themes}
    merged = [line for line in told if line[0] == "merge"]
    last = {theme_id: name for kind, theme_id, name in told if kind == "rename"}
    return {
        "told": len(told),
        "errors": sum(line[0] == "error" for line in told),
        "renames": len(last),
        "names lost": sum(names[known[each]] != name for each, name in last.items()),
        "merges": len(merged),
        "merges lost": sum(known.get(keep) != known.get(other) for _, keep, other in merged),
        "history": sum(change.undoable for change in store.history(10_000)),
    }


def _work(folder: Path, worker: int, pipe: int) -> None:
    """Rename themes of one's own, merge two of them, learn what has arrived meanwhile."""
    store = open_store(folder, now=NOW)
    mine = [theme.id for theme in verbs.load_themes(store).themes[2 * worker : 2 * worker + 2]]
    for number in range(12):
        try:
            verbs.learn(store, documents(number * 2 + worker), now=NOW, settings=SETTINGS)
            name = f"name {worker} {number}"
            verbs.rename(store, mine[0], name, now=NOW)
            os.write(pipe, f"rename {mine[0]} {name}\n".encode())
            if number == 6:
                verbs.merge(store, mine[0], mine[1], now=NOW)
                os.write(pipe, f"merge {mine[0]} {mine[1]}\n".encode())
        except HanseiError as error:
            os.write(pipe, f"error {type(error).__name__} {error.message[:80]}\n".encode())


def main() -> None:
    """Run, and print one line of JSON."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    if sys.argv[2] == "together":
        print(json.dumps(together(folder, int(sys.argv[3]))))
        return
    checkpoint.CHECKPOINT_BYTES = 20_000  # type: ignore[misc]  # many checkpoints, on purpose
    print(json.dumps(survive(folder, int(sys.argv[2]), int(sys.argv[3]))))


if __name__ == "__main__":
    main()
