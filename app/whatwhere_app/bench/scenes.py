"""What opening many scenes, one after the other, leaves behind."""

import gc
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from vtkmodules.vtkCommonCore import vtkObjectBase

from whatwhere.bench.figures import Figure, Figures
from whatwhere.demo.shipped import shipped_rooms
from whatwhere_app.bench.surroundings import bench_home, shown_explorer, until
from whatwhere_app.composition import Explorer

_OPENINGS = 50
_WARM_UP = 8


def run() -> Figures:
    """Open the demo rooms round and round in one window.

    Raises:
        NotSupportedError: there is no display.
        MissingFileError: this installation has no demo rooms.
    """
    rooms = [room.path for room in shipped_rooms()]
    with bench_home(), shown_explorer((1280, 800)) as (explorer, loop):
        figures: Figures = loop.run_until_complete(_measure(explorer, rooms))
    left = [child.pid for child in psutil.Process().children(recursive=True)]
    return figures | {"processes left after closing": Figure(len(left), "", 1, at_most=0)}


async def _measure(explorer: Explorer, rooms: Sequence[Path]) -> Figures:
    await open_in_turn(explorer, rooms, _WARM_UP)
    # Encodings that were overtaken hold their scenes until the host has answered.
    await until(lambda: explorer.is_idle)
    before_mb, objects_before = memory_mb(), num_vtk_objects()
    await open_in_turn(explorer, rooms, _OPENINGS)
    await until(lambda: explorer.is_idle)
    grown = memory_mb() / before_mb
    return {
        "memory of the window after the first rooms": Figure(before_mb, "MB", 1),
        f"memory after {_OPENINGS} more / before": Figure(grown, "x", _OPENINGS, at_most=1.05),
        "VTK objects held from Python, more than before": Figure(
            num_vtk_objects() - objects_before, "", _OPENINGS, at_most=0
        ),
    }


async def open_in_turn(explorer: Explorer, rooms: Sequence[Path], count: int) -> None:
    """Open so many scenes, each drawn with all that follows, ending with the last of the rooms."""
    last = len(rooms) - 1
    for number in range(count):
        room = rooms[(last - (count - 1 - number)) % len(rooms)]
        explorer.workspace.set_scene(None)
        explorer.presenters.scenes.open(room)
        await until(partial(_is_open, explorer, room))


def _is_open(explorer: Explorer, room: Path) -> bool:
    scene, parts = explorer.workspace.scene, explorer.presenters
    is_this = scene is not None and scene.folder == room.absolute()
    return is_this and not (parts.scenes.is_opening or parts.scene.is_busy)


def memory_mb() -> float:
    """What this process alone holds in memory, after Python's garbage is collected."""
    gc.collect()
    return float(psutil.Process(os.getpid()).memory_full_info().uss) / 1e6


def num_vtk_objects() -> int:
    """VTK objects that Python still holds."""
    gc.collect()
    return sum(issubclass(type(item), vtkObjectBase) for item in gc.get_objects())
