"""What probes and relations draw: lines as geometry."""

import numpy as np
import pytest
import pyvista as pv

from whatwhere.geometry.boxes import Box
from whatwhere_app.probe_values import RuledLine
from whatwhere_app.render.arrows import arrow, dashed
from whatwhere_app.render.probe_change import dash_dots, draw_probe_change
from whatwhere_app.render.relation_ruler import draw_relation_ruler
from whatwhere_app.theme import DARK

BOX = Box((1.0, 2.0, 0.5), (1.0, 0.8, 1.0))


def test_an_arrow_ends_where_it_points() -> None:
    lines = arrow(np.zeros(3), np.array([2.0, 0.0, 0.0]))
    assert lines.shape == (3, 2, 3)
    assert (lines[:, 1] == [2.0, 0.0, 0.0]).all()
    assert arrow(np.zeros(3), np.array([0.0, 0.0, 1.0])).shape == (3, 2, 3)
    assert len(arrow(np.zeros(3), np.zeros(3))) == 0


def test_dashes_begin_and_end_with_the_line() -> None:
    segment = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    dashes = dashed(segment, dash_m=0.1, gap_m=0.1)
    np.testing.assert_allclose(dashes[0, 0], segment[0])
    np.testing.assert_allclose(dashes[-1, 1], segment[1])
    assert 3 < len(dashes) < 8
    np.testing.assert_allclose(dashed(segment * 0.05, dash_m=0.1, gap_m=0.1)[0], segment * 0.05)


def test_dots_lie_in_the_gaps_of_the_box() -> None:
    lines = dash_dots(BOX)
    lengths = np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1)
    assert (lengths < 0.03).sum() > 12
    on_faces = np.isclose(np.abs(lines - BOX.center) * 2, BOX.size, atol=1e-6)
    assert (on_faces.sum(axis=-1) >= 2).all()


@pytest.mark.usefixtures("display")
def test_what_was_drawn_is_replaced_and_erased() -> None:
    plotter = pv.Plotter(off_screen=True)
    draw_probe_change(plotter, BOX, Box((3.0, 2.0, 0.5), BOX.size), "#ffffff", pixel_ratio=1.0)
    assert {"probe/after", "probe/way"} <= plotter.actors.keys()
    draw_probe_change(plotter, BOX, BOX, "#ffffff", pixel_ratio=1.0)
    assert "probe/way" not in plotter.actors
    draw_probe_change(plotter, None, None, "#ffffff", pixel_ratio=1.0)
    start, end = (0.0, 0.0, 0.0), (1.0, 0.0, 0.0)
    lines = [
        RuledLine("gt", ((start, end),), start, "near: 1.00 m, holds", True),
        RuledLine("fused", ((start, end),), end, "near: 1.00 m, not so", False),
        RuledLine("2d", (), end, "left of: not known", None),
    ]
    draw_relation_ruler(plotter, lines, DARK, pixel_ratio=1.0)
    drawn = {name for name in plotter.actors if name.startswith("ruler/")}
    assert len(drawn) == 5  # two arrows, three texts
    draw_relation_ruler(plotter, (), DARK, pixel_ratio=1.0)
    assert not [name for name in plotter.actors if name.startswith(("ruler/", "probe/"))]
    plotter.close()
