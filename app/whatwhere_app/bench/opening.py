"""How long a scene takes from its path to the screen, and a selection to every view."""

import time
from functools import partial
from pathlib import Path
from typing import Any

from plyfile import PlyData  # type: ignore[import-untyped]

from whatwhere.bench.figures import Figure, Figures
from whatwhere.bench.rooms import first_room
from whatwhere.errors import SceneError
from whatwhere_app.bench.surroundings import bench_home, shown_explorer, until
from whatwhere_app.composition import Explorer
from whatwhere_app.workspace_values import ObjectRef

_REPEATS = 5
_TRIANGLES = {"face": {"vertex_indices": 3}}


def run(room: Path | None = None) -> Figures:
    """Open a room again and again, and select its objects one after the other.

    Args:
        room: a scan folder with a mesh; None takes the first demo room.

    Raises:
        NotSupportedError: there is no display.
        SceneError: the room could not be opened.
    """
    room = room or first_room()
    with bench_home(), shown_explorer((1280, 800)) as (explorer, loop):
        figures: Figures = loop.run_until_complete(measure_opening(explorer, room))
        return figures


async def measure_opening(explorer: Explorer, room: Path) -> Figures:
    """Openings of a room with a mesh, and selections of its objects, in a window.

    A scene counts as opened when the first frame that shows its scan has been painted. Nothing
    else is under way then: encoding begins afterwards.
    """
    frames_ms: list[float] = []
    shown: list[tuple[float, float]] = []

    def on_painted(frame_ms: float) -> None:
        frames_ms.append(frame_ms)
        if explorer.presenters.scene.is_shown:
            shown.append((time.perf_counter(), frame_ms))

    explorer.views.scene.painted.connect(on_painted)
    opened, least = [], []
    for _ in range(_REPEATS + 1):
        read_ms = _timed_read(room)
        explorer.workspace.set_scene(None)
        frames_ms.clear()
        explorer.views.scene.canvas.update()
        await until(lambda: bool(frames_ms) and explorer.is_idle)
        frames_ms.clear()
        shown.clear()
        started_s = time.perf_counter()
        explorer.presenters.scenes.open(room)
        await until(lambda: bool(shown))
        ended_s, frame_ms = shown[0]
        opened.append((ended_s - started_s) * 1e3)
        least.append(read_ms + frame_ms)
        await until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
    await until(lambda: explorer.is_idle)
    selecting, drawing = await _select(explorer, frames_ms)
    open_figure = Figure.median(opened[1:], "ms")
    least_figure = Figure.median(least[1:], "ms")
    select_figure = Figure.median(selecting, "ms")
    frame_figure = Figure.median(drawing, "ms")
    beside_ms = select_figure.value - frame_figure.value
    return {
        "scene opened, from its path to its first frame": open_figure,
        "plyfile's reading and that frame alone": least_figure,
        "opened / read and drawn": Figure.ratio(open_figure, least_figure, at_most=2.0),
        "selection, until every view shows it": select_figure,
        "a drawn frame of that room": frame_figure,
        "selection, beside the drawn frame": Figure(beside_ms, "ms", select_figure.n, at_most=50),
    }


def _timed_read(room: Path) -> float:
    path = next(room.glob("*_vh_clean_2.ply"), None)
    if path is None:
        raise SceneError("the bench needs a scene with a mesh", remedy="Name another", path=room)
    started_s = time.perf_counter()
    data: Any = PlyData.read(str(path), known_list_len=_TRIANGLES)
    # The rows are mapped: reading them is part of the work.
    _ = data["vertex"]["x"].sum(), data["face"].data["vertex_indices"].max()
    return (time.perf_counter() - started_s) * 1e3


async def _select(explorer: Explorer, frames_ms: list[float]) -> tuple[list[float], list[float]]:
    """Milliseconds of selections, and of frames in which nothing changed, in turns."""
    scene = explorer.workspace.scene
    assert scene is not None
    objects = [item for item in scene.objects if item.box is not None]
    selecting: list[float] = []
    drawing: list[float] = []
    for item in [*objects, *objects][: 2 * _REPEATS]:
        select = partial(explorer.workspace.set_selection, ObjectRef(item.object_id))
        for wish, times in ((explorer.views.scene.canvas.update, drawing), (select, selecting)):
            frames_ms.clear()
            started_s = time.perf_counter()
            wish()
            await until(lambda: bool(frames_ms))
            times.append((time.perf_counter() - started_s) * 1e3)
            await until(lambda: explorer.is_idle)
    return selecting, drawing
