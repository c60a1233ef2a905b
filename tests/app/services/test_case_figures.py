"""Points, quadrants and bars of cases, held against other ways of reckoning them."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.path import Path as Outline

from whatwhere.evaluation.bias_cases import BiasCases
from whatwhere.evaluation.cases.filters import apply_filters
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.quadrants import QUADRANTS
from whatwhere.evaluation.margin import margins, penalised
from whatwhere.evaluation.parts import axis_names
from whatwhere_app.services.case_bars import (
    filter_of,
    groups_of,
    is_of_axis,
    parts_of_case,
)
from whatwhere_app.services.case_points import (
    axes_for,
    copies_2d,
    inside_outline,
    quadrant_codes,
    scatter_points,
)
from whatwhere_app.services.case_standing import standing_of

MADE = made_cases(600, seed=3)
MANY = made_cases(900).columns
"""Of 30 scenes: enough for intervals."""


@pytest.mark.parametrize("seed", range(4))
def test_an_outline_holds_what_matplotlib_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 60))
    radius = rng.uniform(0.1, 1.2, 60)
    outline = np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)
    x, y = rng.normal(size=(2, 3000)).astype(np.float32)
    expected = Outline(np.vstack([outline, outline[:1]])).contains_points(np.stack([x, y], axis=1))
    assert 200 < expected.sum() < 2800
    found = inside_outline(x, y, [(float(a), float(b)) for a, b in outline])
    np.testing.assert_array_equal(found, expected)


def test_an_outline_holds_nothing_that_is_not_there() -> None:
    square = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
    x = np.array([0, np.nan, 0, 5], np.float32)
    y = np.array([0, 0, np.nan, 0], np.float32)
    assert inside_outline(x, y, square).tolist() == [True, False, False, False]


def test_standing_is_reckoned_once_and_says_what_the_figures_say() -> None:
    columns = MADE.columns
    at = standing_of(columns, "log_p", 0.25)
    assert standing_of(columns, "log_p", 0.25) is at
    kept = np.arange(len(columns)) % 3 > 0
    counts = BiasCases(columns).figures(np.flatnonzero(kept)).quadrants
    assert list(at.counts(kept).values()) == list(counts.values())
    asked, pushed = at.asked_and_penalised(kept, 0.3)
    assert asked == np.count_nonzero(np.isfinite(margins(columns)) & kept)
    assert pushed == np.count_nonzero(penalised(columns, 0.3) & kept)
    assert 0 < pushed < asked


def test_quadrants_of_a_page_are_those_of_all() -> None:
    columns = MADE.columns
    codes = quadrant_codes(columns, 0.25)
    which = np.array([5, 3, 99])
    assert quadrant_codes(columns, 0.25, which).tolist() == codes[which].tolist()
    assert copies_2d(columns, which).tolist() == copies_2d(columns)[which].tolist()
    names = ("both right", "only fused right", "only 2d right", "both wrong")
    counts = BiasCases(columns).figures().quadrants
    for place, name in enumerate(names[: len(QUADRANTS)]):
        assert np.count_nonzero(codes == place) == counts[name]


def test_without_probabilities_the_axes_are_ious() -> None:
    columns = MADE.columns
    assert axes_for(columns, "log_p") == "log_p"
    silent = {
        name: replace(item, log_p_in_class=np.full(len(columns), np.nan, np.float32))
        for name, item in columns.modalities.items()
    }
    without = replace(columns, modalities=silent)
    assert axes_for(without, "log_p") == "iou"
    x, y = scatter_points(without, "iou")
    assert np.nanmax(x) == np.nanmax(y) == 1
    lonely = replace(columns, modalities={"fused": columns.modalities["fused"]})
    assert axes_for(lonely, "log_p") == "iou"
    assert np.isnan(scatter_points(lonely, "iou")[0]).all()
    assert (quadrant_codes(lonely, 0.25) == -1).all()


def test_bars_say_what_the_report_says() -> None:
    columns = MANY
    groups = groups_of(columns, np.ones(len(columns), np.bool_), 0.25)
    assert groups[0].name == ""
    assert {group.name for group in groups[1:]} == set(columns.relations)
    bias = BiasCases(columns)
    for group in groups:
        among = None
        if group.name:
            among = np.flatnonzero(columns.has_relation[:, columns.relations.index(group.name)])
        figures = bias.figures(among)
        assert group.count == figures.n
        assert group.chance == pytest.approx(figures.chance)
        for modality, found in group.accuracy.items():
            said = figures.accuracy[modality]
            assert (found.n, found.value) == (said.n, pytest.approx(said.value))
            assert (found.low, found.high) == (pytest.approx(said.low), pytest.approx(said.high))
        follow = figures.follow_rates()
        assert follow is not None
        assert group.follow is not None
        assert group.follow[1] == follow.counted
        assert group.follow[0] == pytest.approx(follow.follow_appearance.value)


def test_bars_of_no_case_are_none() -> None:
    columns = MADE.columns
    (everything,) = groups_of(columns, np.zeros(len(columns), np.bool_), 0.25)
    assert (everything.count, everything.accuracy, everything.chance) == (0, {}, None)
    assert everything.follow is None


@pytest.mark.parametrize("axis", axis_names(MANY))
def test_bars_of_every_axis_hold_the_cases_that_their_filter_keeps(axis: str) -> None:
    columns = MANY
    everything, *parts = groups_of(columns, np.ones(len(columns), np.bool_), 0.25, axis)
    assert len(parts) > 1
    assert everything.accuracy["fused"].low is not None
    for part in parts:
        kept = filter_of(axis, part.name).kept(columns)
        assert is_of_axis(filter_of(axis, part.name), axis)
        assert part.count == np.count_nonzero(kept & columns.counts)
        first = int(np.flatnonzero(kept)[0])
        assert part.name in parts_of_case(columns, axis, first)
        again = apply_filters(columns, [filter_of(axis, part.name)])
        (alone, *_) = groups_of(columns, again, 0.25, axis)
        assert alone.accuracy == part.accuracy


def test_of_few_scenes_no_interval_is_said() -> None:
    columns = MANY
    few = columns.scenes < 10
    everything, *_ = groups_of(columns, few, 0.25)
    assert everything.num_scenes == 10
    assert {(rate.low, rate.high) for rate in everything.accuracy.values()} == {(None, None)}
