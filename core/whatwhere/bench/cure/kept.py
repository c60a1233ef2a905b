"""All answers that are kept in a report's folder."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from whatwhere.bench.cure.arms import ARMS, REFERENCE, Arm
from whatwhere.bench.cure.cases import Answers, read_answers, read_cases


class Kept:
    """All answers that are kept in a report's folder."""

    def __init__(self, report: Path) -> None:
        self.cases = {
            family: read_cases(report / "rows" / f"cases-{family}.npz")
            for family in ("colour", "prominence", "cooccurrence")
            if (report / "rows" / f"cases-{family}.npz").exists()
        }
        self.answers: dict[tuple[str, int], dict[str, Answers]] = {}
        for arm in ARMS:
            for path in sorted((report / "rows").glob(f"{arm.key}-s*.npz")):
                seed = path.stem.removeprefix(f"{arm.key}-s")
                if seed.isdigit():
                    self.answers[arm.key, int(seed)] = read_answers(path)

    def seeds(self, arm: Arm) -> tuple[int, ...]:
        """The seeds of an arm that are kept."""
        return tuple(sorted(seed for key, seed in self.answers if key == arm.key))

    def arms(self, family: str) -> list[Arm]:
        """The arms of a family that have any run, without the 2D-only reference."""
        of_family = [arm for arm in ARMS if arm.family == family and arm.name != REFERENCE]
        return [arm for arm in of_family if self.seeds(arm)]

    def reference_2d(self, family: str, split: str) -> NDArray[np.int64] | None:
        """The 2D answers that every arm is held against; None while there are none.

        Those of a model that only ever saw 2D, or where a family has none, of a plain model.
        """
        for name in (REFERENCE, "plain"):
            for arm in ARMS:
                seeds = self.seeds(arm) if (arm.family, arm.name) == (family, name) else ()
                if seeds:
                    return self.answers[arm.key, seeds[-1]][split].of("2d")
        return None
