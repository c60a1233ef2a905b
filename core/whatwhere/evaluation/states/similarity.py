"""How alike two modalities see the same cases: linear CKA with the unbiased estimator.

The plain estimator of CKA (Kornblith et al., ICML 2019) is near 1 for unrelated states that are
wider than they are many; the unbiased one of Song et al. (JMLR 2012) is 0 on average. Shapes: n
cases, D and E widths.
"""

import numpy as np
from numpy.typing import NDArray

MIN_CASES = 4
"""Below this the unbiased estimator is not defined."""


def linear_cka(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Debiased linear CKA of two sets of states of the same cases.

    1 where one is the other turned and scaled; 0 on average where they have nothing to do with
    each other, so small values may be negative.

    Args:
        one: (n, D) states.
        other: (n, E) states of the same n cases in the same order.

    Returns:
        CKA; NaN with fewer than four cases, or where one of them never changes.
    """
    if len(one) != len(other):
        raise ValueError(f"{len(one)} states and {len(other)} are not of the same cases")
    if len(one) < MIN_CASES:
        return float("nan")
    x, y = _centred(one), _centred(other)
    within = unbiased_hsic(x, x) * unbiased_hsic(y, y)
    if not within > 0:
        return float("nan")
    return float(unbiased_hsic(x, y) / np.sqrt(within))


def unbiased_hsic(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Song et al.'s unbiased estimator for linear kernels, without a matrix of n x n.

    Args:
        x: (n, D), whose column means are near 0 (which changes nothing but rounding).
        y: (n, E).
    """
    count = len(x)
    # With K = x x' less its diagonal, and L likewise: tr(KL), 1'K1 1'L1 and 1'KL1 from sums.
    of_x, of_y = (x**2).sum(axis=1), (y**2).sum(axis=1)
    sum_x, sum_y = x.sum(axis=0), y.sum(axis=0)
    trace = float((x.T @ y).ravel() @ (x.T @ y).ravel() - of_x @ of_y)
    rows_x, rows_y = x @ sum_x - of_x, y @ sum_y - of_y
    whole = rows_x.sum() * rows_y.sum() / ((count - 1) * (count - 2))
    cross = 2 * float(rows_x @ rows_y) / (count - 2)
    return float((trace + whole - cross) / (count * (count - 3)))


def _centred(states: NDArray[np.floating]) -> NDArray[np.float64]:
    """About unit size and mean 0, so that sums of many squares stay exact; CKA is the same."""
    centred = np.asarray(states, np.float64) - np.mean(states, axis=0, dtype=np.float64)
    size = np.sqrt(np.mean(centred**2))
    return np.asarray(centred / size) if size > 0 else centred
