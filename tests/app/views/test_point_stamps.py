import numpy as np
import pytest

from whatwhere_app.views.point_stamps import Mark, mark_offsets, stamp

WIDE, HIGH, MARGIN = 90, 70, 8


@pytest.mark.parametrize("mark", ["disc", "ring", "square", "cross"])
@pytest.mark.parametrize("num_points", [3, 60, 2500])
def test_many_points_are_painted_as_one_after_the_other(mark: Mark, num_points: int) -> None:
    offsets = mark_offsets(mark, 4.3, WIDE)
    rng = np.random.default_rng(num_points)
    rows, columns = (rng.integers(MARGIN, size - MARGIN, num_points) for size in (HIGH, WIDE))
    centres = np.unique(rows * WIDE + columns)
    taken = np.zeros(WIDE * HIGH, np.bool_)
    taken[centres] = True
    painted = np.full(WIDE * HIGH, 7, np.uint32)
    stamp(painted, taken, offsets, 0xFF00FF00)
    expected = np.full(WIDE * HIGH, 7, np.uint32)
    for centre in centres:
        for offset in offsets:
            expected[centre + offset] = 0xFF00FF00
    np.testing.assert_array_equal(painted, expected)
    assert (painted == 7).any()
