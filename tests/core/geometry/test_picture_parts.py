import numpy as np
import pytest

from whatwhere.geometry.picture_parts import box_of_mask, mask_iou, on_grid, pixel_box_iou


def rows(*lines):
    return np.array([[char == "#" for char in line] for line in lines])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (rows("##.", "..."), rows("##.", "..."), 1),
        (rows("##.", "..."), rows(".##", "..."), 1 / 3),
        (rows("##.", "..."), rows("...", "###"), 0),
        (rows("...", "..."), rows("...", "..."), 0),
        (rows("###", "###"), rows("#..", "..."), 1 / 6),
    ],
)
def test_overlap_of_masks(one, other, expected):
    assert mask_iou(one, other) == pytest.approx(expected)
    assert mask_iou(other, one) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((0, 0, 2, 2), (0, 0, 2, 2), 1),
        ((0, 0, 2, 2), (1, 1, 3, 3), 1 / 7),
        ((0, 0, 2, 2), (2, 0, 4, 2), 0),
        ((0, 0, 4, 4), (1, 1, 2, 3), 2 / 16),
    ],
)
def test_overlap_of_boxes(one, other, expected):
    assert pixel_box_iou(one, other) == pytest.approx(expected)
    assert pixel_box_iou(other, one) == pytest.approx(expected)


def test_the_box_of_a_mask_runs_around_its_pixels():
    assert box_of_mask(rows("....", ".##.", "..#.")) == (0.5, 0.5, 2.5, 2.5)
    assert box_of_mask(rows("...")) is None


def test_a_mask_on_another_grid():
    patches = rows("#.", "..")
    np.testing.assert_array_equal(on_grid(patches, 2, 4), rows("##..", "...."))
    np.testing.assert_array_equal(on_grid(on_grid(patches, 6, 10), 2, 2), patches)
