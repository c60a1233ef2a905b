"""How long the window is deaf while a scene is encoded and sentences are answered."""

import statistics
from pathlib import Path

from whatwhere.bench.figures import Figure, Figures
from whatwhere.bench.rooms import first_room
from whatwhere.errors import SceneError
from whatwhere_app.bench.surroundings import bench_home, shown_explorer, until
from whatwhere_app.composition import Explorer

_SENTENCES = ("the chair nearest the door", "the bed", "the lamp on the desk", "the red chair")


def run() -> Figures:
    """Open the first demo room in a window of its own, encode it and ask sentences.

    A stall is how late a beat of a 10 ms timer in the window's thread comes; drawn frames are
    told beside it, since software OpenGL draws in that same thread.

    Raises:
        NotSupportedError: there is no display.
        SceneError: the model or the room could not be used.
    """
    with bench_home(), shown_explorer((1280, 800)) as (explorer, loop):
        return dict(loop.run_until_complete(_measure(explorer, first_room())))


async def _measure(explorer: Explorer, room: Path) -> Figures:
    faults: list[str] = []
    frames_ms: list[float] = []
    explorer.board.noticed.connect(lambda notice: faults.append(notice.text))
    explorer.views.scene.painted.connect(frames_ms.append)
    explorer.presenters.scenes.open(room)
    await until(lambda: explorer.workspace.scene is not None or bool(faults))
    await until(lambda: not explorer.presenters.scene.is_busy)
    explorer.heartbeat.take_longest_stall_ms()
    opened_ms = [*frames_ms]
    frames_ms.clear()
    await until(lambda: explorer.is_idle)
    encoding = explorer.heartbeat.take_longest_stall_ms()
    stalls = []
    for sentence in _SENTENCES:
        explorer.presenters.query.on_submitted(sentence)
        await until(lambda: explorer.is_idle)
        stalls.append(explorer.heartbeat.take_longest_stall_ms())
    if faults and not explorer.workspace.answers:
        raise SceneError(
            f"the bench could not ask: {faults[0].rstrip('.')}", remedy="Remove the cause first"
        )
    drawn = frames_ms or opened_ms
    longest = max(drawn)
    return {
        "longest stall while encoding": Figure(encoding, "ms", 1, at_most=100),
        "longest stall while asking": Figure(max(stalls), "ms", len(stalls), at_most=100),
        "longest drawn frame meanwhile": Figure(longest, "ms", len(drawn)),
        "drawn frame, median": Figure(statistics.median(drawn), "ms", len(drawn)),
    }
