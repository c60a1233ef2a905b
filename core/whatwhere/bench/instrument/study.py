"""The rows of the study, made where they are not kept, and the figures that follow from them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.bench.instrument.cued_rooms import CuedRooms, cued_rooms
from whatwhere.bench.instrument.experiments import (
    BIASED_ROOMS,
    BIASED_SHORTCUT,
    CHEATING,
    COVERAGE_WORLDS,
    CUED_ROOMS,
    FAIR_ROOMS,
    FINDER_WORLDS,
    HONEST,
    LIKENESS,
    LOST,
    PLANTED_CHOICES,
    RATES,
    SEEDS,
    TRAINED_ROOMS,
    WORLD_ROOMS,
    WORLDS,
    Arm,
    of_seed,
    planted_arms,
)
from whatwhere.bench.instrument.finder import asked_sets, judged
from whatwhere.bench.instrument.kept import (
    Arrays,
    answers_as_arrays,
    answers_from,
    cued_as_arrays,
    cued_from,
    kept_or_made,
    rooms_as_arrays,
    rooms_from,
)
from whatwhere.bench.instrument.planted import Planted, PlantedAnswers, answer
from whatwhere.bench.instrument.rooms import RoomCases, room_cases
from whatwhere.bench.instrument.worlds import accuracies, differences, following, strength_for
from whatwhere.demo.families import Family


@dataclass(frozen=True, eq=False)
class Study:
    """Everything that is kept of it, below one folder.

    Attributes:
        folder: holds `rows/`.
        say: told before something is made.
    """

    folder: Path
    say: Callable[[str], None] = lambda _: None

    @cached_property
    def rooms(self) -> dict[str, RoomCases]:
        """Split -> sentences of its rooms."""
        return {
            "fair": self._rooms("fair", FAIR_ROOMS, None),
            "biased": self._rooms("biased", BIASED_ROOMS, BIASED_SHORTCUT),
        }

    @cached_property
    def arms(self) -> list[Arm]:
        """The planted models of the tables."""
        return planted_arms(self.rooms["fair"], self.rooms["biased"])

    def rooms_of(self, arm: Arm, seed: int) -> RoomCases:
        """The sentences that a planted model was asked."""
        return of_seed(self.rooms[arm.split], seed)

    def answers(self, arm: Arm, seed: int) -> PlantedAnswers:
        """What it answered."""
        return answers_from(self._planted, f"{arm.key}/{seed}")

    @cached_property
    def verdicts(self) -> dict[str, NDArray[Any]]:
        """Model and rooms -> (3, WORLDS) value, lower and upper bound of follow_appearance."""
        return self._rows("verdicts", self._make_verdicts)

    @cached_property
    def coverage(self) -> dict[str, NDArray[Any]]:
        """Figure, rooms, likeness, rate -> packed bits, whether each world's interval holds it."""
        return self._rows("coverage", self._make_coverage)

    @cached_property
    def finder(self) -> dict[str, NDArray[Any]]:
        """Planted choice and rooms -> (FINDER_WORLDS, P) what the shortcut finder says of cues."""
        return self._rows("finder", self._make_finder)

    def cued(self, family: Family | None) -> CuedRooms:
        """Rendered rooms with their cues: those that networks were asked about, or fresh ones."""
        seeds = CUED_ROOMS if family is None else TRAINED_ROOMS

        def made() -> Arrays:
            return cued_as_arrays(cued_rooms(seeds, family or "colour"))

        return cued_from(self._rows(f"cued-{family or 'fair'}", made))

    @cached_property
    def _planted(self) -> dict[str, NDArray[Any]]:
        return self._rows("planted", self._make_planted)

    def _rooms(self, split: str, seeds: range, shortcut: float | None) -> RoomCases:
        def made() -> Arrays:
            return rooms_as_arrays(room_cases(seeds, shortcut=shortcut))

        return rooms_from(self._rows(f"rooms-{split}", made))

    def _rows(self, name: str, make: Callable[[], Arrays]) -> dict[str, NDArray[Any]]:
        def made() -> Arrays:
            self.say(f"making {name}")
            return make()

        return kept_or_made(self.folder / "rows" / f"{name}.npz", made)

    def _make_planted(self) -> Arrays:
        found: dict[str, NDArray[Any]] = {}
        for number, arm in enumerate(self.arms):
            for seed in SEEDS:
                rng = np.random.default_rng([1, number, seed])
                chosen = answer(self.rooms_of(arm, seed), arm.model, rng)
                found |= answers_as_arrays(f"{arm.key}/{seed}", chosen)
        return found

    def _make_verdicts(self) -> Arrays:
        found = {}
        for number, (name, model) in enumerate({**HONEST, **CHEATING}.items()):
            for num_rooms in WORLD_ROOMS:
                rng = np.random.default_rng([2, number, num_rooms])
                estimate = following(
                    self.rooms["fair"], model, num_worlds=WORLDS, num_rooms=num_rooms, rng=rng
                ).estimate
                rows = np.stack([estimate.value, estimate.low, estimate.high])
                found[f"{name}/{num_rooms}"] = rows.astype(np.float32)
        return found

    def _make_finder(self) -> Arrays:
        sets, found = asked_sets(self.cued(None)), {}
        for number, (name, planted) in enumerate(PLANTED_CHOICES.items()):
            self.say(f"shortcuts, {name}")
            for num_rooms in WORLD_ROOMS:
                found[f"{name}/{num_rooms}"] = judged(
                    sets,
                    planted,
                    num_worlds=FINDER_WORLDS,
                    num_rooms=num_rooms,
                    seed=[5, number, num_rooms],
                )
        return found

    def _make_coverage(self) -> Arrays:
        found = {}
        for figure, likenesses in LIKENESS.items():
            for num_rooms in WORLD_ROOMS:
                self.say(f"coverage of {figure} with {num_rooms} rooms")
                for likeness in likenesses:
                    for rate in RATES:
                        held = self.covered(figure, num_rooms, likeness, rate, COVERAGE_WORLDS)
                        found[f"{figure}/{num_rooms}/{likeness:g}/{rate:g}"] = np.packbits(held)
        return found

    def covered(
        self, figure: str, num_rooms: int, likeness: float, rate: float, num_worlds: int
    ) -> NDArray[np.bool_]:
        """(num_worlds,) whether the interval of each fresh world holds the true rate."""
        rng = np.random.default_rng(
            [3, len(figure), num_rooms, round(100 * likeness), round(100 * rate)]
        )
        sizes = {"num_worlds": num_worlds, "num_rooms": num_rooms}
        rooms = self.rooms["fair"]
        if figure == "accuracy":
            model = Planted(accuracy=rate, likeness=likeness)
            found, truth = accuracies(rooms, model, **sizes, rng=rng), rate
        elif figure == "difference":
            model = Planted(accuracy=rate + LOST, likeness=likeness)
            found, truth = differences(rooms, model, LOST, **sizes, rng=rng), rate
        else:
            honest = Planted(accuracy=0.75, likeness=likeness)
            model = replace(honest, strength=strength_for(rooms, honest, rate))
            asked = following(rooms, model, **sizes, rng=rng)
            found, truth = asked.estimate, asked.truth
        return np.asarray((found.low <= truth) & (truth <= found.high))
