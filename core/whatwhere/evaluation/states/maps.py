"""A map of states: points in a plane, near each other where the model is in a like state.

PCA keeps distances as far as a plane can and is there at once; t-SNE keeps neighbours and takes a
while. Both give the same map for the same states. Shapes: n points, D width.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import Cancelled

MAX_POINTS = 50_000

_PERPLEXITY = 30
_MAX_WIDTH = 50
_EXAGGERATED, _ITERATIONS = 250, 500
_TOLD_EVERY = 5

OnStep = Callable[[int, int, str], None]
"""Told (done, total, what is being done)."""


def pca_map(states: NDArray[np.floating]) -> tuple[NDArray[np.float32], tuple[float, float]]:
    """(n, 2) along the two directions in which states differ most, and the share each explains."""
    if len(states) < 2:
        return np.zeros((len(states), 2), np.float32), (0.0, 0.0)
    centred = np.asarray(states, np.float64) - np.mean(states, axis=0, dtype=np.float64)
    variances, directions = np.linalg.eigh(centred.T @ centred)
    first = directions[:, ::-1][:, :2]
    # The largest entry of a direction is positive: else the map would flip from call to call.
    signs = np.sign(first[np.abs(first).argmax(axis=0), np.arange(first.shape[1])])
    xy = np.zeros((len(states), 2), np.float32)
    xy[:, : first.shape[1]] = centred @ (first * signs)
    total = max(float(variances.sum()), 1e-12)
    shares = [*(variances[::-1][:2] / total).tolist(), 0.0, 0.0]
    return xy, (float(shares[0]), float(shares[1]))


def tsne_map(
    states: NDArray[np.floating],
    *,
    seed: int = 0,
    on_step: OnStep | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> NDArray[np.float32]:
    """(n, 2) that keep who is near whom.

    Args:
        states: (n, D); more than `MAX_POINTS` are too many.
        seed: same seed, same map.
        on_step: told of the steps.
        is_cancelled: polled every few steps.

    Raises:
        ValueError: there are too many points.
        Cancelled: `is_cancelled` returned True.
    """
    if len(states) > MAX_POINTS:
        raise ValueError(f"{len(states)} points are more than {MAX_POINTS}")
    if len(states) < 4:
        return pca_map(states)[0]
    from openTSNE import TSNE  # type: ignore[import-untyped]

    before, last = 0, 0

    def told(done: int, what: str) -> None:
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("The map")
        if on_step is not None:
            on_step(done, _EXAGGERATED + _ITERATIONS, what)

    def each(iteration: int, error: float, embedding: Any) -> None:
        nonlocal before, last
        if iteration < last:  # the second phase counts from the start
            before = _EXAGGERATED
        last = iteration
        told(before + iteration, "laying out the map")

    told(0, "finding neighbours")
    embedding = TSNE(
        perplexity=min(_PERPLEXITY, (len(states) - 1) / 3),
        early_exaggeration_iter=_EXAGGERATED,
        n_iter=_ITERATIONS,
        initialization="pca",
        random_state=seed,
        n_jobs=1,  # several threads add in another order, and another map comes out
        callbacks=each,
        callbacks_every_iters=_TOLD_EVERY,
    ).fit(_narrowed(states))
    return np.asarray(embedding, np.float32)


def _narrowed(states: NDArray[np.floating]) -> NDArray[np.float64]:
    """At most 50 directions: neighbours hardly change, and they are found much sooner."""
    x = np.asarray(states, np.float64)
    x = np.asarray(x - x.mean(axis=0))
    if x.shape[1] <= _MAX_WIDTH:
        return x
    _, directions = np.linalg.eigh(x.T @ x)
    return np.asarray(x @ directions[:, ::-1][:, :_MAX_WIDTH])
