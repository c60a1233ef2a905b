"""Roles in the representation: what a linear reader finds in the states of a modality.

Class is what the target is, read by logistic regression; position is where it stands, read by
ridge regression. Readers learn on some scenes and are judged on others. Every score has a control
beside it: the same reader on labels that were dealt out anew, which is what it finds where there
is nothing. Where candidates hear the sentence, which mostly names the class, compare with what is
read from `blind` states: only what goes beyond them was seen. Shapes: n cases, D width.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit  # type: ignore[import-untyped]

from whatwhere.errors import Cancelled
from whatwhere.evaluation.intervals import share

Role = Literal["class", "position"]
ROLES: tuple[Role, ...] = ("class", "position")

MIN_SCENES = 24
"""Fewer give no interval."""

MAX_CASES = 5_000
"""More are drawn from: a reader of 5,000 is as good, and is there before one looks away."""

_FOLDS = 5
_MAX_WIDTH = 128
_RIDGE = 10.0

OnStep = Callable[[int, int, str], None]
"""Told (done, total, what is being done)."""

Reader = Callable[[NDArray[np.float64], NDArray[Any], NDArray[np.float64]], NDArray[Any]]
"""States and labels to learn from, states to read -> what is read."""


@dataclass(frozen=True, slots=True)
class ReadOut:
    """How well one thing is read from one modality.

    Attributes:
        role: what is read.
        modality: whose states.
        score: share of classes that are right, or R² of positions around the middle of each scene;
            NaN with fewer than two scenes.
        low, high: 95 % interval over scenes; NaN with fewer than 24.
        control: the score on labels that were dealt out anew.
        num_cases: that were read.
        num_scenes: that they lie in.
    """

    role: Role
    modality: str
    score: float
    low: float
    high: float
    control: float
    num_cases: int
    num_scenes: int

    def as_json(self) -> dict[str, Any]:
        """For programs; a number that is not there is null."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: None if isinstance(value, float) and np.isnan(value) else value
            for name, value in values.items()
        }


def read_outs(
    states: Mapping[str, NDArray[np.floating]],
    classes: NDArray[np.integer],
    centers_m: NDArray[np.floating],
    scenes: NDArray[np.integer],
    *,
    seed: int = 0,
    on_step: OnStep | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> tuple[ReadOut, ...]:
    """Class and position, read from the states of every modality.

    Args:
        states: modality -> (n, D) of the same cases.
        classes: (n,) codes of what the targets are; -1 unknown.
        centers_m: (n, 3) where they stand, aligned metres; NaN unknown.
        scenes: (n,) which scene.
        seed: of the cases that are drawn where there are many, and of the control.
        on_step: told of every read-out.
        is_cancelled: polled between two of them.

    Raises:
        Cancelled: `is_cancelled` returned True.
    """
    known = {
        "class": np.flatnonzero(classes >= 0),
        "position": np.flatnonzero(np.isfinite(centers_m).all(axis=1)),
    }
    found: list[ReadOut] = []
    total = len(ROLES) * len(states)
    for role in ROLES:
        rows = _drawn(known[role], seed)
        for modality, of_modality in states.items():
            if is_cancelled is not None and is_cancelled():
                raise Cancelled("Reading states out")
            if on_step is not None:
                on_step(len(found), total, f"reading {role} from {modality}")
            x = _narrowed(np.asarray(of_modality[rows], np.float64))
            if role == "class":
                found.append(_class(modality, x, classes[rows], scenes[rows], seed))
            else:
                found.append(_position(modality, x, centers_m[rows], scenes[rows], seed))
    return tuple(found)


def _class(
    modality: str,
    x: NDArray[np.float64],
    classes: NDArray[np.integer],
    scenes: NDArray[np.integer],
    seed: int,
) -> ReadOut:
    read = _read(x, classes, scenes, _logistic)
    if read is None:
        return _nothing("class", modality, classes, scenes)
    dealt = np.random.default_rng(seed).permutation(classes)
    control = _read(x, dealt, scenes, _logistic)
    assert control is not None
    low = high = float("nan")
    codes, num_scenes = _codes(scenes)
    if num_scenes >= MIN_SCENES:
        sums = np.bincount(codes, read == classes, num_scenes).astype(float)
        counts = np.bincount(codes, minlength=num_scenes).astype(float)
        estimate = share(sums, counts)
        low, high = float(estimate.low), float(estimate.high)
    return ReadOut(
        "class",
        modality,
        score=float(np.mean(read == classes)),
        low=low,
        high=high,
        control=float(np.mean(control == dealt)),
        num_cases=len(classes),
        num_scenes=num_scenes,
    )


def _position(
    modality: str,
    x: NDArray[np.float64],
    centers_m: NDArray[np.floating],
    scenes: NDArray[np.integer],
    seed: int,
) -> ReadOut:
    codes, num_scenes = _codes(scenes)
    # Where a room lies in its coordinates says nothing about the model.
    places = _around_scene_means(np.asarray(centers_m, np.float64), codes, num_scenes)
    read = _read(x, places, scenes, _ridge)
    if read is None:
        return _nothing("position", modality, places, scenes)
    dealt = places[np.random.default_rng(seed).permutation(len(places))]
    control = _read(x, dealt, scenes, _ridge)
    assert control is not None
    missed = np.bincount(codes, ((read - places) ** 2).sum(axis=1), num_scenes).astype(float)
    spread = np.bincount(codes, (places**2).sum(axis=1), num_scenes).astype(float)
    low, high = _r2_interval(missed, spread)
    return ReadOut(
        "position",
        modality,
        score=_r2(missed.sum(), spread.sum()),
        low=low,
        high=high,
        control=_r2(((control - dealt) ** 2).sum(), (dealt**2).sum()),
        num_cases=len(places),
        num_scenes=num_scenes,
    )


def _read(
    x: NDArray[np.float64], labels: NDArray[Any], scenes: NDArray[np.integer], reader: Reader
) -> NDArray[Any] | None:
    """What is read of each case by a reader that saw none of its scene; None with one scene."""
    from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    folds = min(_FOLDS, len(np.unique(scenes)))
    if folds < 2:
        return None
    read = np.empty_like(labels)
    # Several threads wait for each other longer than they work on so little.
    with threadpool_limits(1):
        for learn, judge in GroupKFold(folds).split(x, groups=scenes):
            mean, scale = x[learn].mean(axis=0), x[learn].std(axis=0)
            scale[scale == 0] = 1
            read[judge] = reader(
                (x[learn] - mean) / scale, labels[learn], (x[judge] - mean) / scale
            )
    return read


def _logistic(
    x: NDArray[np.float64], labels: NDArray[Any], others: NDArray[np.float64]
) -> NDArray[Any]:
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    if len(np.unique(labels)) == 1:
        return np.full(len(others), labels[0])
    # Far from converged it reads as well; more steps only fit what it learns from.
    reader = LogisticRegression(C=0.1, max_iter=300, tol=1e-3)
    read: NDArray[Any] = reader.fit(x, labels).predict(others)
    return read


def _ridge(
    x: NDArray[np.float64], labels: NDArray[Any], others: NDArray[np.float64]
) -> NDArray[Any]:
    from sklearn.linear_model import Ridge

    read: NDArray[Any] = Ridge(alpha=_RIDGE).fit(x, labels).predict(others)
    return read


def _nothing(
    role: Role, modality: str, labels: NDArray[Any], scenes: NDArray[np.integer]
) -> ReadOut:
    nan = float("nan")
    return ReadOut(role, modality, nan, nan, nan, nan, len(labels), len(np.unique(scenes)))


def _drawn(rows: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    if len(rows) <= MAX_CASES:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, MAX_CASES, replace=False))


def _narrowed(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """At most 128 directions, those in which the states differ most; no label has a say in it."""
    if x.shape[1] <= _MAX_WIDTH or len(x) <= _MAX_WIDTH:
        return x
    from sklearn.decomposition import PCA  # type: ignore[import-untyped]

    narrow: NDArray[np.float64] = PCA(_MAX_WIDTH, random_state=0).fit_transform(x)
    return narrow


def _codes(scenes: NDArray[np.integer]) -> tuple[NDArray[np.intp], int]:
    names, codes = np.unique(scenes, return_inverse=True)
    return codes, len(names)


def _around_scene_means(
    centers_m: NDArray[np.float64], codes: NDArray[np.intp], num_scenes: int
) -> NDArray[np.float64]:
    counts = np.bincount(codes, minlength=num_scenes)
    means = np.stack([np.bincount(codes, axis, num_scenes) for axis in centers_m.T], axis=1)
    return np.asarray(centers_m - (means / counts[:, None])[codes])


def _r2(missed: float, spread: float) -> float:
    return float(1 - missed / spread) if spread > 0 else float("nan")


def _r2_interval(missed: NDArray[np.float64], spread: NDArray[np.float64]) -> tuple[float, float]:
    """The jackknife over scenes, with Student's t."""
    count = len(missed)
    if count < MIN_SCENES or not spread.sum() > 0:
        return float("nan"), float("nan")
    value = 1 - missed.sum() / spread.sum()
    without = 1 - (missed.sum() - missed) / (spread.sum() - spread)
    pseudo = count * value - (count - 1) * without
    half = stdtrit(count - 1.0, 0.975) * pseudo.std(ddof=1) / np.sqrt(count)
    return float(value - half), float(value + half)
