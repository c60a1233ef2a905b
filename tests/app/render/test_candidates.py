import numpy as np
import pyvista as pv

from whatwhere.geometry.boxes import BOX_EDGES, Box
from whatwhere.geometry.turned_box import TurnedBox
from whatwhere_app.render.candidates import box_segments, draw_candidates, draw_user_boxes


def test_the_edges_of_many_boxes_are_those_of_each() -> None:
    boxes = [Box((1.0, 2.0, 3.0), (0.5, 1.0, 2.0)), Box((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))]
    segments = box_segments(boxes).reshape(2, 12, 2, 3)
    for box, edges in zip(boxes, segments, strict=True):
        corners = box.corners()
        np.testing.assert_allclose(edges, [[corners[i], corners[j]] for i, j in BOX_EDGES])


def test_thousands_of_boxes_are_one_actor_and_go_again() -> None:
    plotter = pv.Plotter(off_screen=True)
    boxes = [Box((float(i), 0.0, 0.0), (1.0, 1.0, 1.0)) for i in range(3000)]
    draw_candidates(plotter, boxes, "#808080", width_px=1.0)
    assert len(plotter.actors) == 1
    draw_candidates(plotter, (), "#808080", width_px=1.0)
    assert not plotter.actors
    turned = [TurnedBox.of(box, 0.3) for box in boxes[:2]]
    draw_user_boxes(plotter, "drawn", turned, pixel_ratio=1.0)
    names = list(plotter.actors)
    # The rim first: the line is drawn over it.
    assert [name.split("/")[1] for name in names] == ["rim", "rim", "line", "line"]
    draw_user_boxes(plotter, "drawn", (), pixel_ratio=1.0)
    assert not plotter.actors
    plotter.close()
