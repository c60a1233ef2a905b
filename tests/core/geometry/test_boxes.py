import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatwhere.geometry.boxes import BOX_EDGES, Box, box_iou, box_rows, iou

metres = st.floats(-20, 20)
lengths = st.floats(0, 8)
boxes = st.builds(Box, st.tuples(metres, metres, metres), st.tuples(lengths, lengths, lengths))
unit = Box((0, 0, 0), (1, 1, 1))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Box((0.5, 0, 0), (1, 1, 1)), 1 / 3),
        (Box((0, 0, 0), (2, 2, 2)), 1 / 8),
        (Box((1, 0, 0), (1, 1, 1)), 0.0),
        (Box((0.5, 0.25, 0), (1, 1, 1)), 0.375 / 1.625),
        (unit, 1.0),
    ],
)
def test_overlap_of_worked_examples(other: Box, expected: float) -> None:
    assert box_iou(unit, other) == pytest.approx(expected, abs=1e-7)


def test_two_boxes_without_volume_do_not_overlap() -> None:
    flat = Box((0, 0, 0), (1, 1, 0))
    assert box_iou(flat, flat) == 0.0


@given(boxes, boxes)
def test_overlap_is_symmetric_and_a_share(a: Box, b: Box) -> None:
    assert box_iou(a, b) == pytest.approx(box_iou(b, a), abs=1e-12)
    assert 0 <= box_iou(a, b) <= 1


@given(st.lists(boxes, max_size=4), st.lists(boxes, max_size=4))
def test_pairwise_overlap_has_one_entry_per_pair(first: list[Box], second: list[Box]) -> None:
    table = iou(box_rows(first), box_rows(second))
    assert table.shape == (len(first), len(second))
    for row, a in enumerate(first):
        for column, b in enumerate(second):
            assert table[row, column] == pytest.approx(box_iou(a, b), abs=1e-12)


@given(boxes)
def test_a_box_survives_its_json_and_row(box: Box) -> None:
    assert Box.from_json(box.as_json()) == box
    assert Box.from_row(box.as_row()) == box


@given(boxes)
def test_a_box_holds_its_corners_and_is_the_tightest_around_them(box: Box) -> None:
    assert box.contains(box.corners(), margin_m=1e-9).all()
    again = Box.from_points(box.corners())
    np.testing.assert_allclose(again.as_row(), box.as_row(), atol=1e-9)


def test_edges_join_corners_that_differ_along_one_axis() -> None:
    corners = Box((1, 2, 3), (2, 4, 6)).corners()
    steps = np.array([corners[end] - corners[start] for start, end in BOX_EDGES])
    assert len(set(BOX_EDGES)) == 12
    assert (np.count_nonzero(steps, axis=1) == 1).all()


def test_the_margin_grows_every_side() -> None:
    just_outside = np.array([[0.55, 0, 0], [0, -0.55, 0], [0, 0, 0.55]])
    assert not unit.contains(just_outside).any()
    assert unit.contains(just_outside, margin_m=0.06).all()
