"""The window: the 3D view as its fixed centre, panels docked around it, menus, drops, closing."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, Signal, SignalInstance
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFileDialog,
    QInputDialog,
    QLabel,
    QMainWindow,
    QStatusBar,
    QVBoxLayout,
    QWidget,
)

from whatwhere_app.actions import Actions
from whatwhere_app.commands.table import COMMANDS
from whatwhere_app.views.corners import Corners, Place

_LEFT_PX, _RIGHT_PX = 260, 340
_FORM_PX, _RUNS_PX = 300, 200
_FIRST = "explore"
_A_FOLDER = "A model folder…"
_CASES, _DIAGNOSIS = (".cases.json", ".jsonl"), "facts.json"
"""Files about cases, and what the folder of a diagnosis holds."""

_Titled = tuple[str, QWidget]


class MainWindow(QMainWindow):
    """Lays out what it is given; knows no scene and no service."""

    layout_version = 1
    """To be raised whenever panels come, go or change their names."""

    scene_dropped = Signal(str)
    expressions_dropped = Signal(str)
    cases_dropped = Signal(str)
    close_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("WhatWhere")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.actions_by_name = Actions(self)
        self._may_close = False
        self._middle: QWidget | None = None
        self._arrangement = _FIRST
        self._docks: dict[str, list[QDockWidget]] = {_FIRST: []}
        self._bottom_shares: dict[str, float] = {}
        self._under_left: dict[str, QDockWidget] = {}
        self._states: dict[str, QByteArray] = {}
        for side in (Qt.Corner.BottomLeftCorner, Qt.Corner.TopLeftCorner):
            self.setCorner(side, Qt.DockWidgetArea.LeftDockWidgetArea)
        for side in (Qt.Corner.BottomRightCorner, Qt.Corner.TopRightCorner):
            self.setCorner(side, Qt.DockWidgetArea.RightDockWidgetArea)
        self._fill_menus()

    def set_centre(self, *, middle: QWidget, below: QWidget) -> None:
        """The column in the middle; its middle takes what the other leaves."""
        centre, self._middle = QWidget(), middle
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(middle, 1)
        column.addWidget(below)
        self.setCentralWidget(centre)

    def add_above(self, widget: QWidget) -> None:
        """One more bar across the top of the 3D view, which does not move for it."""
        assert self._middle is not None
        Corners.over(self._middle).add(widget, Place.TOP)

    def add_panels(
        self, *, left: dict[str, QWidget], right: dict[str, QWidget], bottom: dict[str, QWidget]
    ) -> None:
        """Dock titled panels around the centre."""
        areas = (
            (left, Qt.DockWidgetArea.LeftDockWidgetArea),
            (right, Qt.DockWidgetArea.RightDockWidgetArea),
            (bottom, Qt.DockWidgetArea.BottomDockWidgetArea),
        )
        docks: dict[str, QDockWidget] = {}
        for panels, area in areas:
            for title, widget in panels.items():
                docks[title] = _dock(title, widget, self)
                self.addDockWidget(area, docks[title])
        self._docks[_FIRST] = list(docks.values())
        sides = [docks[next(iter(left))], docks[next(iter(right))]]
        self.resizeDocks(sides, [_LEFT_PX, _RIGHT_PX], Qt.Orientation.Horizontal)
        for panels, shares in ((left, [1, 1]), (right, [2, 1])):
            column = [docks[title] for title in panels]
            sizes = [220 * share for share in shares[: len(column)]]
            self.resizeDocks(column, sizes, Qt.Orientation.Vertical)

    def add_arrangement(
        self,
        name: str,
        *,
        left: _Titled,
        right: _Titled,
        bottom: tuple[_Titled, ...],
        under_left: _Titled | None = None,
        bottom_share: float = 0.25,
    ) -> None:
        """Other panels for the same centre, hidden until they take the place of the first ones.

        Args:
            name: of the arrangement.
            left: title and panel of the whole left side, or of its upper part.
            right: title and panel of the right side, above the bottom.
            bottom: titles and panels side by side beneath centre and right side.
            under_left: title and panel of its lower part, which makes the left side wider.
            bottom_share: of the window's height that these take at first.
        """
        areas = Qt.DockWidgetArea
        sides = [areas.LeftDockWidgetArea, areas.RightDockWidgetArea]
        sides += [areas.BottomDockWidgetArea] * len(bottom)
        self._docks[name] = []
        self._bottom_shares[name] = bottom_share
        for (title, widget), area in zip((left, right, *bottom), sides, strict=True):
            dock = _dock(title, widget, self)
            self.addDockWidget(area, dock)
            dock.hide()
            self._docks[name].append(dock)
        if under_left is not None:
            title, widget = under_left
            lower = self._under_left[name] = _dock(title, widget, self)
            self.splitDockWidget(self._docks[name][0], lower, Qt.Orientation.Vertical)
            lower.hide()

    def add_drawer(self, title: str, widget: QWidget) -> QDockWidget:
        """A panel of no arrangement, beneath the bottom ones; hidden until it is shown."""
        drawer = _dock(title, widget, self)
        area = Qt.DockWidgetArea.BottomDockWidgetArea
        beside = [dock for dock in self._docks[_FIRST] if self.dockWidgetArea(dock) == area]
        self.addDockWidget(area, drawer)
        if beside:
            self.splitDockWidget(beside[-1], drawer, Qt.Orientation.Vertical)
        drawer.hide()
        return drawer

    def show_arrangement(self, name: str) -> None:
        """Exchange the panels around the centre; each arrangement keeps its sizes."""
        if name == self._arrangement:
            return
        self._states[self._arrangement] = self.saveState(self.layout_version)
        self._arrangement = name
        corner, areas = Qt.Corner.BottomRightCorner, Qt.DockWidgetArea
        is_first = name == _FIRST
        self.setCorner(
            corner, areas.RightDockWidgetArea if is_first else areas.BottomDockWidgetArea
        )
        # All go before any come: for the two together the window would grow.
        for which in self._docks.keys() - {name}:
            for dock in self._all_docks(which):
                dock.hide()
        for dock in self._all_docks(name):
            dock.show()
        if name in self._states:
            self.restoreState(self._states[name], self.layout_version)
        else:
            left, right, *bottom = self._docks[name]
            lower = self._under_left.get(name)
            left_px = _FORM_PX if lower is None else max(_FORM_PX, self.width() // 4)
            if lower is not None:
                self.resizeDocks([left, lower], [2, 3], Qt.Orientation.Vertical)
            sizes = [left_px, max(_RIGHT_PX, self.width() * 3 // 10)]
            self.resizeDocks([left, right], sizes, Qt.Orientation.Horizontal)
            share_px = int(self.height() * self._bottom_shares[name])
            heights = [max(_RUNS_PX, share_px)] * len(bottom)
            self.resizeDocks(bottom, heights, Qt.Orientation.Vertical)
            self.resizeDocks(bottom, [self.width()] * len(bottom), Qt.Orientation.Horizontal)

    def _all_docks(self, name: str) -> list[QDockWidget]:
        lower = self._under_left.get(name)
        return self._docks[name] if lower is None else [*self._docks[name], lower]

    def set_status_line(self, line: QStatusBar) -> None:
        """The status bar."""
        self.setStatusBar(line)

    def layout_bytes(self) -> tuple[bytes, bytes]:
        """Size and place of the window, and of its first panels."""
        panels = self._states.get(_FIRST) if self._arrangement != _FIRST else None
        panels = panels or self.saveState(self.layout_version)
        return bytes(self.saveGeometry().data()), bytes(panels.data())

    def lay_out(self, geometry: bytes, panels: bytes) -> bool:
        """Take what `layout_bytes` gave; False leaves the panels as they are."""
        is_known = self.restoreState(QByteArray(panels), self.layout_version)
        return is_known and self.restoreGeometry(QByteArray(geometry))

    def ask_for_scene(self, folder: str) -> Path | None:
        """A scan folder from the system's dialog, or None."""
        chosen = QFileDialog.getExistingDirectory(self, "Open a scan folder", folder)
        return Path(chosen) if chosen else None

    def ask_for_expressions(self, folder: str) -> Path | None:
        """A data set's file of expressions from the system's dialog, or None."""
        chosen, _ = QFileDialog.getOpenFileName(
            self, "Open expressions", folder, "Data sets (*.json *.csv)"
        )
        return Path(chosen) if chosen else None

    def ask_for_model(self, names: Sequence[str]) -> str | None:
        """One of these names, or a model folder from the system's dialog; None for neither."""
        title = "Compare with another model"
        chosen, is_chosen = QInputDialog.getItem(
            self, title, "Model", [*names, _A_FOLDER], editable=False
        )
        if not is_chosen:
            return None
        return (
            QFileDialog.getExistingDirectory(self, title) or None if chosen == _A_FOLDER else chosen
        )

    def ask_for_folder(self, title: str) -> Path | None:
        """A folder from the system's dialog, or None."""
        chosen = QFileDialog.getExistingDirectory(self, title)
        return Path(chosen) if chosen else None

    def ask_for_sentences(self, folder: str) -> Path | None:
        """A text file from the system's dialog, or None."""
        chosen, _ = QFileDialog.getOpenFileName(
            self, "Ask sentences from a file", folder, "One sentence per line (*.txt);;Any (*)"
        )
        return Path(chosen) if chosen else None

    def ask_for_camera(self, folder: str) -> Path | None:
        """The file beside a figure from the system's dialog, or None."""
        chosen, _ = QFileDialog.getOpenFileName(
            self, "Make a figure again", folder, "Camera of a figure (*.camera.json)"
        )
        return Path(chosen) if chosen else None

    def ask_for_case_set(self, folder: Path) -> Path | None:
        """A file with a set of cases from the system's dialog, or None."""
        chosen, _ = QFileDialog.getOpenFileName(
            self, "Open a set of cases", str(folder), "Set of cases (*.cases.json)"
        )
        return Path(chosen) if chosen else None

    def ask_where_to_save(self, suggested: Path) -> Path | None:
        """A file to write from the system's dialog, or None; its ending stays as suggested."""
        kinds = f"{suggested.suffix[1:].upper()} (*{suggested.suffix})"
        chosen, _ = QFileDialog.getSaveFileName(self, "Save as", str(suggested), kinds)
        if not chosen:
            return None
        path = Path(chosen)
        return path if path.suffix == suggested.suffix else Path(f"{chosen}{suggested.suffix}")

    def ask_for_archive(self, suggested: Path) -> Path | None:
        """A zip file from the system's dialog, or None; the caller asks before replacing one."""
        chosen, _ = QFileDialog.getSaveFileName(
            self,
            "Export the run",
            str(suggested),
            "Zip file (*.zip)",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )
        if not chosen:
            return None
        return Path(chosen if chosen.endswith(".zip") else f"{chosen}.zip")

    def ask_for_cases(self, folder: str) -> Path | None:
        """A file of annotated cases, or the folder around a Parquet table; None for neither."""
        kinds = "Annotated cases (*.jsonl *.csv *.coco.json *.parquet)"
        chosen, _ = QFileDialog.getOpenFileName(self, "Import cases", folder, kinds)
        if not chosen:
            return None
        path = Path(chosen)
        return path.parent.parent if path.suffix == ".parquet" else path

    def close_for_good(self) -> None:
        """Close now; everything has ended."""
        self._may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Qt: leave only after the children have ended."""
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.close_requested.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Qt: take scan folders, PLY files, expressions and cases."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Qt: open what was dropped."""
        for url in event.mimeData().urls():
            if url.isLocalFile():
                event.acceptProposedAction()
                path = url.toLocalFile()
                self._signal_for(path).emit(path)
                return

    def _signal_for(self, path: str) -> SignalInstance:
        """Whose it is, by its name: nothing is read here."""
        name = path.lower()
        if name.endswith(_CASES) or (Path(path) / _DIAGNOSIS).is_file():
            return self.cases_dropped
        return self.expressions_dropped if name.endswith(".json") else self.scene_dropped

    def _fill_menus(self) -> None:
        menus = {}
        for command in COMMANDS:
            action = self.actions_by_name[command.name]
            self.addAction(action)
            if not command.menu:
                continue
            if command.menu not in menus:
                menus[command.menu] = self.menuBar().addMenu(command.menu)
            if command.starts_group:
                menus[command.menu].addSeparator()
            menus[command.menu].addAction(action)


def _dock(title: str, widget: QWidget, parent: QWidget) -> QDockWidget:
    dock = QDockWidget(title, parent)
    dock.setObjectName(f"panel {title}")
    dock.setFeatures(QDockWidget.DockWidgetFeature.DockWidgetMovable)
    heading = QLabel(title)
    heading.setObjectName("panelTitle")
    heading.setIndent(0)  # else Qt adds half a letter to the padding
    dock.setTitleBarWidget(heading)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    dock.setWidget(widget)
    return dock
