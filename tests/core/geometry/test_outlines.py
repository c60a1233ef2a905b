"""Outlines on a picture: refused where nothing is enclosed, cut at the border, turned to pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whatwhere.errors import RegionError
from whatwhere.geometry.outlines import (
    MOST_CORNERS,
    Outline,
    area_px,
    box_outline,
    check_outline,
    clipped,
    is_box,
    outline_mask,
)

L_SHAPE: Outline = ((2.0, 2.0), (12.0, 2.0), (12.0, 6.0), (6.0, 6.0), (6.0, 12.0), (2.0, 12.0))


@pytest.mark.parametrize(
    ("outline", "said"),
    [
        ((), "this one has 0"),
        (((0.0, 0.0), (9.0, 9.0)), "three corners"),
        (((0.0, 0.0), (9.0, 9.0), (9.0, 0.0), (0.0, 9.0)), "cross each other"),
        (((0.0, 0.0), (9.0, 0.0), (5.0, 0.0)), "next to nothing"),
        (((0.0, 0.0), (9.0, 0.0), (5.0, float("nan"))), "no number"),
        (tuple((float(i), float(i % 2) * 9) for i in range(MOST_CORNERS + 1)), "at most"),
    ],
)
def test_what_encloses_nothing_is_refused_with_a_sentence(outline: Outline, said: str) -> None:
    with pytest.raises(RegionError, match=said):
        check_outline(outline)


def test_a_box_and_a_hollow_outline_can_be_meant() -> None:
    check_outline(box_outline((1, 1), (9, 5)))
    check_outline(L_SHAPE)
    assert is_box(box_outline((9, 5), (1, 1)))
    assert not is_box(L_SHAPE)
    assert not is_box(((0.0, 0.0), (5.0, 1.0), (5.0, 6.0), (0.0, 5.0)))


def test_the_pixels_inside_are_those_whose_centres_are() -> None:
    mask = outline_mask(box_outline((1.5, 0.5), (4.5, 2.5)), 5, 6)
    assert np.argwhere(mask).tolist() == [[1, 2], [1, 3], [1, 4], [2, 2], [2, 3], [2, 4]]
    hollow = outline_mask(tuple((x - 0.5, y - 0.5) for x, y in L_SHAPE), 20, 20)
    assert hollow.sum() == area_px(L_SHAPE)
    assert not hollow[9, 9]


@given(
    st.tuples(st.floats(-20, 40), st.floats(-20, 40)),
    st.tuples(st.floats(-20, 40), st.floats(-20, 40)),
)
@settings(max_examples=50, deadline=None)
def test_cutting_at_the_border_loses_no_pixel(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    outline = box_outline(start, end)
    cut = clipped(outline, width=20, height=15)
    if not cut:
        assert not outline_mask(outline, 15, 20).any()
        return
    assert all(-0.5 <= x <= 19.5 and -0.5 <= y <= 14.5 for x, y in cut)
    assert (outline_mask(cut, 15, 20) == outline_mask(outline, 15, 20)).all()


def test_an_outline_inside_is_left_as_it_is() -> None:
    assert clipped(L_SHAPE, width=20, height=20) == L_SHAPE
