"""Drawing on one side of the divider, in both projections."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from whatwhere.geometry.boxes import Box
from whatwhere_app.render.annotations import Annotations
from whatwhere_app.render.camera import CameraPose, apply_pose
from whatwhere_app.theme import DARK, rgb
from whatwhere_app.view_values import Named, Wipe

pv = pytest.importorskip("pyvista")

ABOVE = CameraPose((0.0, 0.0, 6.0), (0.0, 0.0, 0.0), (0.0, 1.0, 0.0))
WIDTH, HEIGHT = 300, 200
BOX = Box((0.0, 0.0, 0.5), (2.4, 2.0, 1.0))


@pytest.fixture
def plotter() -> "Iterator[pv.Plotter]":
    plotter = pv.Plotter(off_screen=True, window_size=(WIDTH, HEIGHT))
    plotter.set_background("black")
    plotter.disable_anti_aliasing()
    yield plotter
    plotter.close()


@pytest.mark.parametrize("is_parallel", [False, True])
def test_each_model_is_drawn_on_its_side(plotter: "pv.Plotter", is_parallel: bool) -> None:
    pose = replace(ABOVE, is_parallel=is_parallel)
    apply_pose(plotter, pose)
    annotations = Annotations(plotter)
    annotations.show_wipe(Wipe(0.5, "left", "A", "B"), pose, WIDTH / HEIGHT)
    annotations.show_boxes({"fused": [BOX], "gt": [Box((0, 0, 0.2), (3.2, 2.6, 0.4))]})
    annotations.show_rivals({"2d": [BOX]})
    annotations.show_labels([Named(Box((1.0, 0, 0), (0.1, 0.1, 0.1)), "fused", "left", "gone")])
    plotter.show(auto_close=False)

    def columns(layer: str) -> np.ndarray:
        near = np.abs(plotter.screenshot().astype(int) - rgb(DARK.strokes[layer].color))
        return np.flatnonzero((near.max(axis=-1) < 12).any(axis=0))

    assert columns("fused").min() < WIDTH * 0.4
    assert columns("fused").max() <= WIDTH / 2 + 2
    assert columns("2d").min() >= WIDTH / 2 - 2
    assert columns("2d").max() > WIDTH * 0.6
    assert columns("gt").min() < WIDTH * 0.4 < WIDTH * 0.6 < columns("gt").max()
    assert not [name for name in plotter.actors if name.startswith("label/")]
    # The same box: its left edge is the one model's, its right edge the other's.
    left, right = columns("fused").min(), columns("2d").max()
    assert annotations.box_under(left + 1, HEIGHT / 2) == ("fused", 0, False)
    assert annotations.box_under(right - 1, HEIGHT / 2) == ("2d", 0, True)
    annotations.show_wipe(Wipe(0.4, "left", "A", "B"), pose, WIDTH / HEIGHT)
    plotter.render()
    assert columns("fused").max() <= WIDTH * 0.4 + 2
    annotations.show_wipe(None, pose, WIDTH / HEIGHT)
    plotter.render()
    assert columns("fused").max() > WIDTH * 0.6
