"""The window of journey B, step 7, in a process of its own: `first` annotates, `second` looks.

Each prints one line of JSON that says what is there: `first` once it is saved, to be killed then;
`second` after it has taken up what was left, and ends by itself.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from math import dist
from typing import Any

from PySide6.QtWidgets import QApplication, QPushButton
from tests.e2e.journey_b_cases import bedroom

from whatwhere_app import __main__ as program
from whatwhere_app.composition import Explorer

_LONGEST_S = 240
_HOST = "fake_host:run"
EYE = (0.5, -0.5, 9.0)


async def _until(holds: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + _LONGEST_S
    while not holds():
        if time.monotonic() > deadline_s:
            raise TimeoutError("it did not come to hold")
        await asyncio.sleep(0.01)


def _told(explorer: Explorer) -> dict[str, Any]:
    panel = explorer.annotating.panel
    assert panel is not None
    said = panel.desk.said
    pose = explorer.views.scene.canvas.camera_control.pose
    return {
        "case": panel.case_view.count_text,
        "tags": said.tag_ids(panel.desk.annotator),
        "notes": [note.text for note in said.notes],
        "camera": [round(value, 3) for value in pose.position],
        "undo": explorer.window.actions_by_name["edit.undo"].text(),
        "redo": explorer.window.actions_by_name["edit.redo"].text(),
    }


async def _first(explorer: Explorer) -> None:
    actions = explorer.window.actions_by_name
    await _until(lambda: explorer.workspace.scene is not None and explorer.is_idle)
    actions["layout.annotate"].trigger()
    await _until(lambda: explorer.annotating.is_shown and explorer.is_idle)
    panel = explorer.annotating.panel
    assert panel is not None
    await _until(lambda: panel.desk.case is not None and explorer.is_idle)
    actions["query.next"].trigger()
    await _until(lambda: panel.desk.place == 1 and explorer.is_idle)
    for digit in (3, 7, 5):
        actions[f"annotate.tag_{digit}"].trigger()
    panel.tags.write("seen from the door")
    actions["edit.undo"].trigger()
    control = explorer.views.scene.canvas.camera_control
    control.fly_to(replace(control.pose, position=EYE))
    await _until(lambda: dist(control.pose.position, EYE) < 1e-6)
    await _until(lambda: explorer.views.status.saved_text.startswith("Saved "))
    sys.stdout.write(json.dumps(_told(explorer)) + "\n")
    sys.stdout.flush()


async def _second(explorer: Explorer) -> None:
    def restore() -> QPushButton | None:
        found = explorer.comforts.question.findChildren(QPushButton)
        return next((b for b in found if b.text() == "Restore" and b.isVisible()), None)

    await _until(lambda: restore() is not None)
    pressed = restore()
    assert pressed is not None
    pressed.click()
    await _until(lambda: explorer.annotating.is_shown and explorer.workspace.scene is not None)
    panel = explorer.annotating.panel
    assert panel is not None
    await _until(lambda: panel.desk.case is not None and explorer.is_idle)
    sys.stdout.write(json.dumps(_told(explorer)) + "\n")
    sys.stdout.flush()
    explorer.window.close()


def main() -> int:
    """Build the window as the program does, with somebody in it who acts."""
    program.start_qt()
    acting = _first if sys.argv[1] == "first" else _second

    class Watched(Explorer):
        def __init__(self, app: QApplication, **arguments: Any) -> None:
            super().__init__(app, **{**arguments, "host_entry": _HOST})

        def show(self, size: tuple[int, int]) -> None:
            super().show(size)
            self.board.spawn(acting(self))

    program.Explorer = Watched  # type: ignore[attr-defined]
    return program.run(bedroom().path if sys.argv[1] == "first" else None)


if __name__ == "__main__":
    sys.exit(main())
