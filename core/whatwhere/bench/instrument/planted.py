"""Answers whose bias is known, because it was planted: s x vivid + (1 - s) x geometry.

In a share s of cases the answer is the vivid look-alike, wherever it stands; in all others it is
drawn from what geometry would say. A new picture lets some of the latter be drawn anew, so a weak
model flips in the twin and in the placebo alike. Shapes: n sentences.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.bench.instrument.rooms import RoomCases
from whatwhere.demo.facts import SKILLS

_MOST_LOOKALIKES = 8
_WHAT_ACCURACY = 0.9  # on sentences that do not ask for places; the same for every model


@dataclass(frozen=True, slots=True)
class Planted:
    """How a model answers sentences of place.

    Attributes:
        strength: s, the share of cases in which the vivid one is chosen for being vivid.
        accuracy: share of the other answers that are right, on sentences of place; the rest falls
            on the look-alikes.
        jitter: share of the other answers that a new picture lets be drawn anew.
        poor_at: skills in which geometry says nothing.
        first_share: share of the other answers that are the first of the class, whatever is asked.
        likeness: correlation of strength and accuracy within a room.
    """

    strength: float = 0.0
    accuracy: float = 0.8
    jitter: float = 0.05
    poor_at: tuple[str, ...] = ()
    first_share: float = 0.0
    likeness: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class PlantedAnswers:
    """What a planted model chose, as places in the target's class.

    Attributes:
        fused: (n,) int8 in the original.
        twin: (n,) where the vivid one and the dull one have exchanged colours.
        placebo: (n,) where only image noise changed.
        two_d: (n,) of its 2D branch: mostly the vivid one.
    """

    fused: NDArray[np.int8]
    twin: NDArray[np.int8]
    placebo: NDArray[np.int8]
    two_d: NDArray[np.int8]


def geometry(cases: RoomCases, model: Planted) -> NDArray[np.float64]:
    """(n, 8) how likely geometry chooses each place of the class."""
    places = np.arange(_MOST_LOOKALIKES)
    accuracy = np.where(cases.is_spatial, model.accuracy, _WHAT_ACCURACY)[:, None]
    size = cases.size[:, None].astype(np.float64)
    inside = places < size
    is_target = places == cases.target[:, None]
    poor = np.isin(cases.skills, [SKILLS.index(name) for name in model.poor_at])
    others = (1 - accuracy) / np.maximum(size - 1, 1)
    knows = np.where(is_target, accuracy, others)
    knows = np.where(poor[:, None], 1 / size, knows)
    share = (1 - model.first_share) * knows + model.first_share * (places == 0)
    return np.asarray(np.where(size > 1, inside * share, is_target), np.float64)


def answer(cases: RoomCases, model: Planted, rng: np.random.Generator) -> PlantedAnswers:
    """Draw the answers of one model to every sentence."""
    n = len(cases.rooms)
    told = geometry(cases, model)
    _, room = np.unique(cases.rooms, return_inverse=True)
    strength = spread_over_rooms(model.strength, model.likeness, (int(room.max()) + 1,), rng)
    cheats = (rng.random(n) < strength[room]) & cases.is_spatial & (cases.vivid >= 0)

    def drawn() -> NDArray[np.int64]:
        reached = told.cumsum(axis=1) / told.sum(axis=1, keepdims=True)
        return np.asarray((rng.random(n)[:, None] > reached).sum(axis=1), np.int64)

    def seen_anew(first: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.where((rng.random(n) < model.jitter) & cases.is_spatial, drawn(), first)

    first = drawn()
    exchanged = np.where(cases.dull >= 0, cases.dull, cases.vivid)
    random_one = (rng.random(n) * cases.size).astype(np.int64)
    by_looks = (rng.random(n) < 0.8) & (cases.vivid >= 0)
    found = (
        np.where(cheats, cases.vivid, first),
        np.where(cheats, exchanged, seen_anew(first)),
        np.where(cheats, cases.vivid, seen_anew(first)),
        np.where(by_looks, cases.vivid, random_one),
    )
    return PlantedAnswers(*(values.astype(np.int8) for values in found))


def spread_over_rooms(
    mean: float, likeness: float, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    """A probability for each room, so that cases of a room are correlated by `likeness`."""
    if likeness == 0 or mean in (0.0, 1.0):
        return np.full(shape, mean)
    weight = (1 - likeness) / likeness
    return np.asarray(rng.beta(mean * weight, (1 - mean) * weight, shape), np.float64)
