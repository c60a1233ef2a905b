"""Cohen's kappa: agreement of two people beyond what their own habits bring about by chance.

Kappa is Cohen's (1960). Its standard error is the asymptotic one of Fleiss, Cohen and Everitt
(1969, eq. 13), which holds where kappa is not 0 too; it takes cases for independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

_Z = 1.959963984540054
"""Of a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class Kappa:
    """How far two people agree.

    Attributes:
        num_cases: that both judged.
        observed: share of the cases on which both say the same; None without cases.
        expected: the share that chance brings, given how often each says what; None without cases.
        kappa: (observed - expected) / (1 - expected); None without cases, and where both always
            say one and the same, so that nothing is left to agree on.
        interval: 95 %, cut at -1 and 1; None where kappa is, and where the standard error is 0
            (full agreement), which promises more than a few cases can.
    """

    num_cases: int
    observed: float | None
    expected: float | None
    kappa: float | None
    interval: tuple[float, float] | None


def cohens_kappa(counts: Sequence[Sequence[int]]) -> Kappa:
    """From a square table: rows are what the first said, columns what the second did.

    Raises:
        ValueError: the table is not square, or holds a negative number.
    """
    table = np.asarray(counts, np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or (table < 0).any():
        raise ValueError("counts of two people's words form a square table")
    total = float(table.sum())
    if not total:
        return Kappa(0, None, None, None, None)
    shares = table / total
    first, second = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float(np.trace(shares)), float(first @ second)
    if np.count_nonzero(table.sum(axis=1)) == np.count_nonzero(table.sum(axis=0)) == 1 == observed:
        return Kappa(int(total), observed, expected, None, None)
    kappa = (observed - expected) / (1 - expected)
    rest = 1 - kappa
    same = (np.diag(shares) * (1 - (first + second) * rest) ** 2).sum()
    # Of the cell (i, j): how often the second says i and the first j.
    crossed = (second[:, None] + first[None, :]) ** 2
    other = rest**2 * ((shares * crossed).sum() - (np.diag(shares) * np.diag(crossed)).sum())
    variance = (same + other - (kappa - expected * rest) ** 2) / (total * (1 - expected) ** 2)
    error = sqrt(max(float(variance), 0.0))
    limits = (max(kappa - _Z * error, -1.0), min(kappa + _Z * error, 1.0))
    return Kappa(int(total), observed, expected, kappa, limits if error > 1e-12 else None)
