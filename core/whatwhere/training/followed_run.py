"""A run as those of its processes see it that do not write its folder: all but rank 0."""

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self

from whatwhere.errors import WhatWhereError
from whatwhere.training.distributed import RankLostError
from whatwhere.training.run_files import CONTROL, RANKS
from whatwhere.training.run_state import LIVING, read_state, take_lock, write_state
from whatwhere.training.wishes import Wish, Wishes


class FollowedRun:
    """Takes the place of a `RunFolder`; use it as a context manager.

    Signals are wishes here, too. When this rank fails, why it did is left for rank 0; when rank 0
    was killed, this one says so in its place.

    Args:
        path: the run's folder.
        rank: of this process.
    """

    def __init__(self, path: Path, rank: int) -> None:
        self.path, self._rank = path, rank
        self._wishes = Wishes(path / CONTROL)

    def __enter__(self) -> Self:
        self._wishes.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        self._wishes.__exit__()
        if isinstance(error, RankLostError):
            _say_for_rank_0(self.path, str(error))
        elif isinstance(error, Exception):
            words = last_words_path(self.path, self._rank)
            with contextlib.suppress(OSError):
                words.parent.mkdir(exist_ok=True)
                words.write_text(str(error) or type(error).__name__, encoding="utf-8")

    def log(self, metrics: Mapping[str, float | str | int]) -> None:
        """Rank 0 writes the metrics."""

    def beat(self, step: int, steps: int, doing: str) -> None:
        """Rank 0's heart is the run's."""

    def cut_metrics_after(self, step: int) -> None:
        """Rank 0 does."""

    def wish(self) -> Wish:
        """What a signal to this process asks for."""
        return "stop" if self._wishes.stop_reason else "go"

    def wait_while_paused(self, step: int, steps: int) -> Literal["go", "stop"]:
        """Rank 0 waits, and this rank for it."""
        return "go"


def last_words_path(run: Path, rank: int) -> Path:
    """Where a rank other than 0 says why it failed."""
    return run / RANKS / f"{rank}.txt"


def last_words(run: Path, rank: int) -> str:
    """What it said; "" when it did not fail by itself."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return last_words_path(run, rank).read_text(encoding="utf-8")
    return ""


def _say_for_rank_0(run: Path, reason: str) -> None:
    # Whoever holds the lock writes the state: rank 0 still, or a run that was started since.
    with contextlib.suppress(OSError, WhatWhereError), take_lock(run):
        state = read_state(run)
        if state is not None and state.phase in LIVING:
            write_state(run, replace(state, phase="failed", reason=reason))
