"""A million cases: opened, filtered, searched by words; beside reading the columns once."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from whatwhere.bench.figures import Figure, Figures
from whatwhere.evaluation.cases.filters import (
    Copies,
    Filter,
    InQuadrant,
    InSet,
    Moved,
    OfRelation,
    Unique,
    Within,
    WithText,
    apply_filters,
)
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.named_arrays import arrays_of
from whatwhere.evaluation.cases.store import open_cases, write_cases

_GOAL_MS = 200.0
_ROUNDS = 7
_PAGE = 50
"""Rows that a table shows at once."""


def run(*, num_cases: int = 1_000_000) -> Figures:
    """Make that many cases, and work on them as the window does; everything in turns.

    Args:
        num_cases: how many.
    """
    with TemporaryDirectory(prefix="whatwhere-bench-") as root:
        folder = Path(root) / "cases"
        made = made_cases(num_cases)
        started = time.perf_counter()
        write_cases(folder, made.facts, made.columns, made.texts)
        write_s = time.perf_counter() - started
        cases = open_cases(folder)
        filters: dict[str, list[Filter]] = {
            "one relation": [OfRelation("near")],
            "one quadrant": [InQuadrant("both_wrong")],
            "follows appearance": [Moved()],
            "a lasso over a third": [InSet("lasso", np.arange(0, num_cases, 3))],
            "five filters": [
                OfRelation("near"),
                InQuadrant("both_wrong"),
                Unique(False),
                Copies(wrongly=True),
                Within("lookalike_m", 0, 2),
            ],
        }
        words = {
            "two words": "chair near",
            "a word in every sentence": "the ",
            "the beginning of a word": "cha",
        }
        page = np.linspace(0, num_cases - 1, _PAGE).astype(int)
        work: dict[str, Callable[[], object]] = {
            "open": lambda: open_cases(folder),
            **{
                f"filter, {name}": partial(apply_filters, cases.columns, wanted)
                for name, wanted in filters.items()
            },
            **{f"search, {name}": partial(cases.find, text) for name, text in words.items()},
            "filter, words and a relation": lambda: apply_filters(
                cases.columns, [WithText("chair ne"), OfRelation("near")], find=cases.find
            ),
            f"the sentences of {_PAGE} cases": lambda: cases.texts(page),
            "reading every column once": lambda: _read(cases.columns),
        }
        taken_ms: dict[str, list[float]] = {name: [] for name in work}
        for number in range(_ROUNDS + 1):
            for name, do in work.items():
                started = time.perf_counter()
                do()
                if number:  # the first round warms up
                    taken_ms[name].append(1000 * (time.perf_counter() - started))
    goals = {name: _GOAL_MS for name in work if name.startswith(("open", "filter", "search"))}
    figures = {
        f"{name} ({num_cases:,} cases)": Figure.median(samples, "ms", at_most=goals.get(name))
        for name, samples in taken_ms.items()
    }
    read = figures[f"reading every column once ({num_cases:,} cases)"]
    five = figures[f"filter, five filters ({num_cases:,} cases)"]
    return {
        f"write ({num_cases:,} cases, once)": Figure.median([write_s], "s"),
        **figures,
        "five filters / reading every column once": Figure.ratio(five, read),
    }


def _read(columns: Any) -> int:
    return sum(int(array.view(np.uint8).sum()) for array in arrays_of(columns).values())
