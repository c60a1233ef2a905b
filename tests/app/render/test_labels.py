import pytest
import pyvista as pv
from vtkmodules.vtkRenderingCore import vtkTextActor

from whatwhere_app.render.labels import Label, draw_labels, spread_labels

CLOSE = [(0.0, 0.0, 0.0), (0.01, 0.0, 0.01), (0.02, 0.0, 0.02)]
FAR = [(-0.8, 0.0, 0.0), (0.8, 0.0, 0.0)]


@pytest.fixture
def plotter():
    plotter = pv.Plotter(off_screen=True, window_size=(400, 300))
    plotter.add_mesh(pv.Box())
    plotter.view_xz()
    plotter.show(auto_close=False)
    yield plotter
    plotter.close()


def rectangles(plotter):
    found = []
    for prop in plotter.renderer.GetViewProps():
        if isinstance(prop, vtkTextActor):
            x, y = prop.GetPositionCoordinate().GetComputedDoubleViewportValue(plotter.renderer)[:2]
            size = [0.0, 0.0]
            prop.GetSize(plotter.renderer, size)
            found.append((x - size[0] / 2, y, x + size[0] / 2, y + size[1]))
    return found


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def num_overlaps(plotter):
    placed = rectangles(plotter)
    return sum(overlap(a, b) for i, a in enumerate(placed) for b in placed[:i])


def draw(plotter, points):
    labels = [Label(point, f"chair {i}", "#ffffff", "#000000") for i, point in enumerate(points)]
    draw_labels(plotter, "label", labels)


def test_labels_that_would_cover_each_other_are_stacked(plotter):
    draw(plotter, CLOSE)
    assert num_overlaps(plotter) > 0
    spread_labels(plotter.renderer)
    assert len(rectangles(plotter)) == 3
    assert num_overlaps(plotter) == 0


def test_labels_with_room_stay_where_they_belong(plotter):
    draw(plotter, FAR)
    before = rectangles(plotter)
    spread_labels(plotter.renderer)
    assert rectangles(plotter) == before


def test_spreading_again_changes_nothing(plotter):
    draw(plotter, CLOSE)
    spread_labels(plotter.renderer)
    once = rectangles(plotter)
    spread_labels(plotter.renderer)
    assert rectangles(plotter) == once


def test_a_label_at_the_edge_is_whole_and_one_out_of_sight_stays_there(plotter):
    draw(plotter, [(-2.35, 0.0, 0.0), (-8.0, 0.0, 0.0)])
    spread_labels(plotter.renderer)
    edges = sorted(rectangle[0] for rectangle in rectangles(plotter))
    assert edges[0] < -50
    assert edges[1] == pytest.approx(0.0, abs=1.0)
    # A tile of a larger picture has room to its left.
    spread_labels(plotter.renderer, room_px=(-1000.0, 0.0, 1000.0, 300.0))
    assert sorted(rectangle[0] for rectangle in rectangles(plotter))[1] < -5


def test_labels_at_the_top_are_whole_and_beneath_each_other(plotter):
    top = [(x, 0.0, 1.72) for x in (0.0, 0.01, 0.02)]
    draw(plotter, top)
    assert max(rectangle[3] for rectangle in rectangles(plotter)) > 300
    spread_labels(plotter.renderer)
    assert max(rectangle[3] for rectangle in rectangles(plotter)) <= 300
    assert num_overlaps(plotter) == 0
    # A tile of a larger picture has room above it.
    spread_labels(plotter.renderer, room_px=(0.0, 0.0, 400.0, 1000.0))
    assert max(rectangle[3] for rectangle in rectangles(plotter)) > 300
    # What is out of sight stays there.
    draw(plotter, [(0.0, 0.0, 9.0)])
    spread_labels(plotter.renderer)
    assert rectangles(plotter)[0][1] > 300
