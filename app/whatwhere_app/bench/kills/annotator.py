"""A scripted annotator in the real window, who says what she does and what the window calls saved.

Started as a process of its own. Each line that it prints is one JSON object:

    {"at": "shown" | "scene" | "ready", ...}   how far the start is; "ready" with the undo list
    {"will": "tag"}                             the next act
    {"did": [["apply", id], ...], "says": ...}  what it changed, and all that is said since
    {"saved": true}                             the window calls everything before this line saved
"""

import asyncio
import json
import os
import random
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any

import qasync  # type: ignore[import-untyped]
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from whatwhere_app.__main__ import start_qt
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.annotate_panel import AnnotatePanel
from whatwhere_app.bench.kills.expected import said_in_short
from whatwhere_app.bench.surroundings import until
from whatwhere_app.composition import Explorer
from whatwhere_app.presenters.lasting import Lasting
from whatwhere_app.starting import Start

_SIZE = (1100, 760)
_ACTS = (*("tag",) * 4, "note", "done", "step", *("box",) * 2, *("undo",) * 3, *("redo",) * 2)
_MOST_AT_ONCE = 3
_FARTHEST_PX = 15


def main(seed: int, entry: str, scan: str) -> None:
    """Annotate until killed.

    Args:
        seed: of what is done.
        entry: the grounder host.
        scan: opened where no session brings one back.
    """
    sys.excepthook = _give_up
    app = start_qt()
    loop = qasync.QEventLoop(app)
    asyncio.set_event_loop(loop)
    with loop:
        explorer = Explorer(app, demo_rooms={}, host_entry=entry)
        explorer.show(_SIZE)
        _say({"at": "shown"})
        Start(explorer).open_first(None)
        loop.run_until_complete(_annotate(explorer, Path(scan), random.Random(seed)))


async def _annotate(explorer: Explorer, scan: Path, dice: random.Random) -> None:
    question, scenes = explorer.comforts.question, explorer.presenters.scenes
    if question.text:
        question.buttons["restore"].click()
    if explorer.workspace.scene is None and not scenes.is_opening:
        scenes.open(scan)
    await until(lambda: explorer.workspace.scene is not None)
    _say({"at": "scene"})
    panel = await _panel(explorer)
    _say(_ready(explorer, panel))
    while True:
        for _ in range(dice.randint(1, _MOST_AT_ONCE)):
            _act(explorer, panel, dice)
            if dice.random() < 0.5:
                await asyncio.sleep(0)
        await until(lambda: explorer.annotating.is_saved)
        said = explorer.views.status.saved_text
        assert not said or said.startswith("Saved "), said
        _say({"saved": True})


async def _panel(explorer: Explorer) -> AnnotatePanel:
    """The layout with the cases of the life before, else with all of the diagnosis."""
    actions = explorer.window.actions_by_name
    actions["layout.annotate"].trigger()
    await until(lambda: explorer.annotating.is_shown and not explorer.arranging.is_busy)
    panel = explorer.annotating.panel
    assert panel is not None
    await until(lambda: not panel.queue.is_busy)
    if panel.desk.case is None:
        actions["layout.diagnose"].trigger()
        await until(lambda: explorer.diagnosing.chosen is not None)
        actions["annotate.these"].trigger()
        await until(lambda: panel.desk.case is not None and explorer.annotating.is_shown)
    return panel


def _act(explorer: Explorer, panel: AnnotatePanel, dice: random.Random) -> None:
    actions, before = explorer.window.actions_by_name, panel.desk.history
    act = dice.choice(_ACTS)
    _say({"will": act})
    if act == "tag":
        actions[f"annotate.tag_{dice.randrange(10)}"].trigger()
    elif act == "note":
        panel.tags_view.note.setText(f"note {dice.randrange(10**6)}")
        panel.tags_view.note.returnPressed.emit()
    elif act == "done":
        actions["annotate.done"].trigger()
    elif act == "step":
        actions[dice.choice(("query.next", "query.previous"))].trigger()
    elif act == "box":
        _pull(panel, dice)
    else:
        actions[f"edit.{act}"].trigger()
    did = list(_differences(before, panel.desk))
    if did:
        _say({"did": did, "says": said_in_short(_rows(panel.desk))})


def _pull(panel: AnnotatePanel, dice: random.Random) -> None:
    """One edge of the box in one of the side views, with the mouse."""
    side = dice.choice(panel.sides.views)
    edges = list(side.edges_px().values())
    if not edges:
        return
    start = dice.choice(edges)
    reach = (-_FARTHEST_PX, _FARTHEST_PX)
    end = start + QPointF(dice.uniform(*reach), dice.uniform(*reach))
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for kind, place, held in (
        (QEvent.Type.MouseButtonPress, start, left),
        (QEvent.Type.MouseMove, end, left),
        (QEvent.Type.MouseButtonRelease, end, none),
    ):
        on_screen = side.mapToGlobal(place)
        keys = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(side, QMouseEvent(kind, place, on_screen, left, held, keys))


def _differences(before: Any, desk: AnnotateDesk) -> Iterator[tuple[str, str]]:
    """What was done to the history, oldest first; it holds no more than one kind at a time."""
    states = {entry.change.change_id: entry.state for entry in before}
    for entry in desk.history:
        was = states.get(entry.change.change_id)
        if was is None:
            yield "apply", entry.change.change_id
        elif was != entry.state:
            yield ("undo" if entry.state == "undone" else "redo"), entry.change.change_id


def _ready(explorer: Explorer, panel: AnnotatePanel) -> Mapping[str, Any]:
    stack = explorer.viewing.undo_stack
    commands = [stack.command(number) for number in range(stack.count())]
    return {
        "at": "ready",
        "entries": [[entry.change.change_id, entry.state] for entry in panel.desk.history],
        "titles": [item.text() for item in commands if isinstance(item, Lasting)],
        "index": sum(isinstance(item, Lasting) for item in commands[: stack.index()]),
        "says": said_in_short(_rows(panel.desk)),
    }


def _rows(desk: AnnotateDesk) -> Iterator[Any]:
    """All that is said of the cases in hand."""
    assert desk.queue is not None
    for case in desk.queue.cases:
        said = desk.said_of(case.case_id)
        for item in fields(said):
            if item.name != "case":
                yield from getattr(said, item.name)


def _give_up(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A window with a fault of its own is none to be killed."""
    traceback.print_exception(kind, error, trace)
    sys.stderr.flush()
    os._exit(1)


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
