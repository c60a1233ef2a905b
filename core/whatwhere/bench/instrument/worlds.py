"""Thousands of fresh worlds at once: rooms drawn from the kept ones, answers drawn anew.

What the follow rate counts of a case - it cannot follow, goes in the twin alone, goes in the
placebo alone, neither - has a probability that is known, so a world costs one random number per
case, and the true rate is no estimate. Shapes: W worlds, S rooms in each, M rooms that are kept.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.bench.instrument.planted import Planted, geometry, spread_over_rooms
from whatwhere.bench.instrument.rooms import RoomCases
from whatwhere.evaluation.intervals import Estimate, difference, share

_CASES_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Following:
    """Worlds of planted answers, as far as the follow rate sees them.

    Attributes:
        truth: the follow rate of the model over all rooms there could be.
        estimate: (W,) what the instrument says.
    """

    truth: float
    estimate: Estimate


def true_follow_rate(cases: RoomCases, model: Planted) -> float:
    """Over all kept rooms: who cheats goes along, all else goes as often in the placebo."""
    asked = _asked(cases)
    in_pair, _ = _pair_shares(cases, model, asked)
    counted = model.strength + (1 - model.strength) * in_pair
    return float(model.strength * len(asked) / counted.sum())


def strength_for(cases: RoomCases, model: Planted, rate: float) -> float:
    """The strength at which the true follow rate is `rate`; other answers stay the model's."""
    in_pair, _ = _pair_shares(cases, model, _asked(cases))
    share_in_pair = float(in_pair.mean())
    return rate * share_in_pair / (1 - rate + rate * share_in_pair)


def following(
    cases: RoomCases, model: Planted, *, num_worlds: int, num_rooms: int, rng: np.random.Generator
) -> Following:
    """Ask a planted model in so many fresh worlds.

    Args:
        cases: of all kept rooms.
        model: how it answers.
        num_worlds: W.
        num_rooms: S.
        rng: draws rooms and answers.
    """
    asked = _asked(cases)
    seeds, room_of = np.unique(cases.rooms, return_inverse=True)
    room_of = room_of[asked]  # ascending: cases of a room lie together
    counts = np.bincount(room_of, minlength=len(seeds))
    first = np.concatenate([[0], counts.cumsum()[:-1]])
    in_pair, flips = _pair_shares(cases, model, asked)
    parts: list[NDArray[np.float64]] = []
    step = max(1, int(_CASES_AT_ONCE / (num_rooms * max(counts.mean(), 1))))
    for done in range(0, num_worlds, step):
        worlds = min(step, num_worlds - done)
        rooms = rng.integers(0, len(seeds), (worlds, num_rooms))
        strength = spread_over_rooms(model.strength, model.likeness, rooms.shape, rng)
        num = counts[rooms].ravel()
        slot = np.repeat(np.arange(num.size), num)
        case = first[rooms].ravel()[slot] + _running(num)
        s = strength.ravel()[slot]
        up = s + (1 - s) * flips[case]
        down = (1 - s) * flips[case]
        counted = s + (1 - s) * in_pair[case]
        drawn = rng.random(len(case))
        sums = [
            np.bincount(slot, weights=of, minlength=num.size).reshape(rooms.shape)
            for of in (drawn < up, (drawn >= up) & (drawn < up + down), drawn < counted)
        ]
        parts.append(np.stack(sums))
    ups, downs, cases_counted = np.concatenate(parts, axis=1)
    return Following(true_follow_rate(cases, model), difference(ups, downs, cases_counted))


def accuracies(
    cases: RoomCases, model: Planted, *, num_worlds: int, num_rooms: int, rng: np.random.Generator
) -> Estimate:
    """(W,) accuracy on sentences of place of an honest model; its truth is `model.accuracy`."""
    seeds, room_of = np.unique(cases.rooms, return_inverse=True)
    counts = np.bincount(room_of[cases.is_spatial], minlength=len(seeds))
    num = counts[rng.integers(0, len(seeds), (num_worlds, num_rooms))]
    chance = spread_over_rooms(model.accuracy, model.likeness, num.shape, rng)
    return share(rng.binomial(num, chance).astype(np.float64), num.astype(np.float64))


def differences(
    cases: RoomCases,
    gained: Planted,
    lost: float,
    *,
    num_worlds: int,
    num_rooms: int,
    rng: np.random.Generator,
) -> Estimate:
    """(W,) accuracy of one model minus another's on the same sentences of place.

    Args:
        cases: of all kept rooms.
        gained: its accuracy is the share of cases that only the one gets right.
        lost: share that only the other gets right; the truth is `gained.accuracy - lost`.
        num_worlds: W.
        num_rooms: S.
        rng: draws rooms and answers.
    """
    seeds, room_of = np.unique(cases.rooms, return_inverse=True)
    counts = np.bincount(room_of[cases.is_spatial], minlength=len(seeds))
    num = counts[rng.integers(0, len(seeds), (num_worlds, num_rooms))]
    up = rng.binomial(num, spread_over_rooms(gained.accuracy, gained.likeness, num.shape, rng))
    down = rng.binomial(num - up, min(1.0, lost / (1 - gained.accuracy)))
    return difference(up.astype(np.float64), down.astype(np.float64), num.astype(np.float64))


def _asked(cases: RoomCases) -> NDArray[np.int64]:
    """Sentences of place about the group whose colours are exchanged."""
    return np.flatnonzero(cases.is_spatial & (cases.dull >= 0) & (cases.vivid >= 0))


def _pair_shares(
    cases: RoomCases, model: Planted, asked: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How likely geometry chooses one of the pair, and goes to the other in one picture alone."""
    told = geometry(cases, model)[asked]
    rows = np.arange(len(asked))
    vivid, dull = (told[rows, place[asked]] for place in (cases.vivid, cases.dull))
    goes_to_vivid, goes_to_dull = model.jitter * vivid, model.jitter * dull
    flips = vivid * goes_to_dull * (1 - goes_to_dull) + dull * goes_to_vivid * (1 - goes_to_vivid)
    return vivid + dull, flips


def _running(counts: NDArray[np.integer]) -> NDArray[np.int64]:
    """0, 1, ... for every group of so many."""
    ends = counts.cumsum()
    return np.asarray(np.arange(int(ends[-1])) - np.repeat(ends - counts, counts), np.int64)
