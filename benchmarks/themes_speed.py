"""Measure the theme model's speed: `python -m benchmarks.themes_speed [--million]`.

Texts come from a generator with long-tailed repetition: few messages make up most of them, and
their names, paths and numbers vary. Every size runs in a process of its own, for its memory.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime
from itertools import count

from hansei_core.settings import ThemeSettings
from hansei_core.themes.identity import members
from hansei_core.themes.model import Document, Family, Term, Theme, ThemeState
from hansei_core.themes.service import update

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BARS = {1_000: 1.0, 10_000: 3.0, 100_000: 10.0, 1_000_000: 60.0}
"""CPU seconds that a first look at so many documents may take."""


def documents(size: int) -> list[Document]:
    """Return made-up error texts; message k is about 1/k as frequent as the first."""
    rng = random.Random(5)
    syllables = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "ar", "en")]
    vocabulary = ["".join(rng.choices(syllables, k=rng.randint(2, 3))) for _ in range(4000)]
    kinds = max(50, size // 40)
    messages = [" ".join(rng.choices(vocabulary, k=rng.randint(5, 10))) for _ in range(kinds)]
    weights = [1.0 / (k + 1) for k in range(kinds)]
    chosen = rng.choices(messages, weights, k=size)
    return [
        Document(
            f"d{i:08d}",
            f"{text} '{vocabulary[rng.randrange(300)]}' in /srv/{i}/x.py line {i % 999}",
            "command-failed",
            f"s{i // 10}",
            "p",
            "a",
            NOW,
            family=Family.COMMAND,
        )
        for i, text in enumerate(chosen)
    ]


def measure(size: int) -> None:
    """Print the cost of a first look at so many documents, the process's start and all imports in.

    Only the time of making the documents is left out.
    """
    start = time.process_time()
    given = documents(size)
    made = time.process_time() - start
    numbers = count(1)
    found = update(
        ThemeState(),
        given,
        now=NOW,
        settings=ThemeSettings(),
        allocate=lambda: f"THM-{next(numbers)}",
    )
    spent = time.process_time() - made
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{size:>9,} documents  {spent:6.2f} s CPU (bar {BARS[size]:.0f})"
        f"  {memory:6.0f} MB  {len(found.born)} themes"
    )


def join() -> None:
    """Print the cost of joining 200 new documents to 500 themes."""
    rng = random.Random(5)
    words = [f"word{n}" for n in range(3000)]
    themes = tuple(
        Theme(
            f"THM-{n}",
            f"name {n}",
            (),
            NOW,
            1,
            0.3,
            tuple(Term(word, 0.158, 5.0) for word in rng.sample(words, 40)),
            family=Family.COMMAND,
        )
        for n in range(500)
    )
    arriving = documents(200)
    start = time.process_time()
    members(ThemeState(themes), arriving)
    spent = 1000 * (time.process_time() - start)
    print(f"      200 new documents to 500 themes: {spent:.0f} ms CPU (bar 100)")
    print(f"      scikit-learn loaded: {'sklearn' in sys.modules}")


def main() -> None:
    """Run each size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true", help="also a million documents")
    parser.add_argument("--size", type=int, help="only this size, here (0: the joining)")
    chosen = parser.parse_args()
    if chosen.size is not None:
        if chosen.size:
            measure(chosen.size)
        else:
            join()
        gc.freeze()  # as `hansei` does before it ends
        return
    for size in [0, *(n for n in BARS if chosen.million or n < 1_000_000)]:
        subprocess.run(
            [sys.executable, "-m", "benchmarks.themes_speed", "--size", str(size)], check=True
        )


if __name__ == "__main__":
    main()
