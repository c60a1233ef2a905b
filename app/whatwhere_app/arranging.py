"""Which panels stand around the 3D view; those of other arrangements are built when first called.

Their plots need a library that takes longer to import than the window may take to appear.
"""

from typing import Protocol, get_args

from whatwhere_app.main_window import MainWindow
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Arrangement

_ALL: tuple[Arrangement, ...] = get_args(Arrangement)
_FIRST: Arrangement = "explore"


class Arranged(Protocol):
    """The owner of one arrangement's panels."""

    @property
    def is_built(self) -> bool:
        """Whether its panels are docked."""

    async def build(self) -> None:
        """Dock them; between any two of its pieces the window draws and hears."""

    def start(self) -> None:
        """They are shown from now on."""

    def stop(self) -> None:
        """They are hidden from now on."""


class Arranging:
    """Answers the commands of the layouts, and shows the one that the workspace names."""

    def __init__(self, window: MainWindow, workspace: Workspace, board: TaskBoard) -> None:
        self._window, self._workspace, self._board = window, workspace, board
        self._others: dict[Arrangement, Arranged] = {}
        self._shown: Arrangement = _FIRST
        self._building: set[Arrangement] = set()
        for name in _ALL:
            action = window.actions_by_name[f"layout.{name}"]
            action.triggered.connect(lambda *_, which=name: self._choose(which))
        workspace.arrangement_changed.connect(self._show)
        self._mark()

    @property
    def is_busy(self) -> bool:
        """Whether panels are being built."""
        return bool(self._building)

    def add(self, name: Arrangement, owner: Arranged) -> None:
        """One more arrangement."""
        self._others[name] = owner

    def _choose(self, arrangement: Arrangement) -> None:
        self._workspace.set_arrangement(arrangement)
        self._mark()  # also where nothing changed: Qt has toggled the switch

    def _mark(self) -> None:
        for name in _ALL:
            is_on = self._workspace.arrangement == name
            self._window.actions_by_name.set_checked(f"layout.{name}", is_on)

    def _show(self) -> None:
        self._mark()
        wanted = self._workspace.arrangement
        owner = self._others.get(wanted)
        if owner is not None and not owner.is_built:
            if wanted not in self._building:
                self._building.add(wanted)
                self._board.spawn(self._build(wanted, owner))
            return
        if wanted == self._shown:
            return
        before = self._others.get(self._shown)
        self._shown = wanted
        self._window.show_arrangement(wanted)
        if before is not None:
            before.stop()
        if owner is not None:
            owner.start()

    async def _build(self, name: Arrangement, owner: Arranged) -> None:
        try:
            with self._board.job(f"Preparing the {name} panels"):
                await owner.build()
        finally:
            self._building.discard(name)
        self._show()
