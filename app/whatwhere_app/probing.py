"""Probes of the case on the screen and the relation ruler, built and connected."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from whatwhere.evaluation.probes.catalogue import PROBES
from whatwhere.language.expressions import Expression
from whatwhere.scenes.scene import Scene
from whatwhere_app.main_window import MainWindow
from whatwhere_app.presenters.probes import Method, ProbesPresenter, Progress
from whatwhere_app.presenters.relation_ruler import RelationRulerPresenter
from whatwhere_app.probe_values import AnswerChange, RuledLine
from whatwhere_app.render.probe_change import draw_probe_change
from whatwhere_app.render.relation_ruler import draw_relation_ruler
from whatwhere_app.services.grounder import GrounderService
from whatwhere_app.services.probed_models import ProbedModels
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import Theme
from whatwhere_app.views.frame_strip import FrameStrip
from whatwhere_app.views.probe_panel import ProbePanel
from whatwhere_app.views.scene_view import SceneView
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import RecordedModel

_SHARE, _LEAST_PX = 0.3, 260
"""Of the window's height, when the drawer is opened for the first time."""
_MODALITIES = ("fused", "2d", "3d")
_BUTTONS = {
    "Run all": "probe.all",
    "Run chosen": "probe.chosen",
    "Smallest edit": "probe.flip",
    "Evidence frames": "probe.evidence",
    "Save as CSV…": "probe.export",
    "Save the edit…": "probe.save_flip",
}


class Probing:
    """The panel and its presenter, in a drawer beneath the other panels.

    Attributes:
        panel: the rows.

    Args:
        grounder: the service of the model in use, which is probed.
        recorded: finds the model of a recorded answer, which is probed in its place.
    """

    def __init__(
        self,
        window: MainWindow,
        view: SceneView,
        strip: FrameStrip,
        workspace: Workspace,
        board: TaskBoard,
        grounder: GrounderService,
        recorded: ProbedModels,
    ) -> None:
        self._window, self._grounder, self._recorded = window, grounder, recorded
        actions = window.actions_by_name
        self.panel = ProbePanel({text: actions[name] for text, name in _BUTTONS.items()})
        self._drawer = window.add_drawer("Probes", self.panel)
        self._room = _Room(view)
        self.presenter = ProbesPresenter(
            self.panel,
            self._room,
            _Strip(strip),
            workspace,
            board,
            ask=self._ask,
            set_enabled=lambda name, is_on: actions[name].setEnabled(is_on),
        )
        self.ruler = RelationRulerPresenter(self._room, workspace)
        self._was_open = False
        self._connect()

    @property
    def is_busy(self) -> bool:
        """Whether an answer to an edit is awaited."""
        return self.presenter.is_busy

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.panel.set_theme(theme)
        self._room.draw()

    def _connect(self) -> None:
        actions, presenter = self._window.actions_by_name, self.presenter
        self.panel.chosen.connect(presenter.on_chosen)
        self.panel.asked.connect(lambda name: presenter.run([name]))
        self.panel.cancel_requested.connect(presenter.cancel)
        shown: dict[str, Callable[[], None]] = {
            "probe.all": presenter.run,
            "probe.chosen": presenter.run_chosen,
            "probe.flip": presenter.find_flip,
            "probe.evidence": presenter.find_evidence,
        }
        for probe in PROBES:
            shown[f"probe.{probe.name}"] = partial(presenter.run, [probe.name])
        for name, call in shown.items():
            actions[name].triggered.connect(lambda *_, call=call: self._shown(call))
        actions["show.relations"].toggled.connect(self.ruler.set_shown)
        actions["probe.panel"].toggled.connect(self._show)
        self._drawer.visibilityChanged.connect(lambda _: self._on_visibility_changed())
        actions["probe.export"].triggered.connect(
            lambda *_: self._save("probes.csv", presenter.save_table)
        )
        actions["probe.save_flip"].triggered.connect(
            lambda *_: self._save("case.json", presenter.save_flip)
        )

    def _on_visibility_changed(self) -> None:
        is_shown = not self._drawer.isHidden()
        self._window.actions_by_name.set_checked("probe.panel", is_shown)
        self.presenter.on_shown(is_shown)

    def _show(self, is_shown: bool) -> None:
        if is_shown:
            self._open()
            self.panel.table.setFocus()
        else:
            self._drawer.hide()

    def _open(self) -> None:
        is_first, self._was_open = not self._was_open, True
        self._drawer.show()
        if is_first:
            height_px = max(_LEAST_PX, round(self._window.height() * _SHARE))
            self._window.resizeDocks([self._drawer], [height_px], Qt.Orientation.Vertical)

    def _shown(self, call: Callable[[], None]) -> None:
        self._open()
        call()

    def _save(self, name: str, write: Callable[[Path], None]) -> None:
        path = self._window.ask_where_to_save(Path.home() / name)
        if path is not None:
            write(path)

    async def close(self) -> None:
        """End what was started to be probed."""
        await self._recorded.close()

    async def _ask(
        self,
        method: Method,
        scene: Scene,
        expression: Expression,
        probes: Sequence[str] | None,
        progress: Progress,
        *,
        model: RecordedModel | None,
    ) -> dict[str, Any]:
        params: dict[str, Any] = {"modalities": list(_MODALITIES)}
        if method == "probe":
            params["probes"] = None if probes is None else list(probes)
        service = self._grounder
        if model is not None:
            progress(0, 0, f"looking for {model.name}, which was diagnosed")
            service = await self._recorded.service_of(model)
        return await service.ask_edited(method, scene, expression, params, progress=progress)


class _Room:
    """The 3D view as probes see it."""

    def __init__(self, view: SceneView) -> None:
        self._view = view
        self._change: AnswerChange | None = None
        self._relations: tuple[RuledLine, ...] = ()

    def show_change(self, change: AnswerChange | None) -> None:
        """See `ProbedRoom.show_change`."""
        if change != self._change:
            self._change = change
            self.draw()

    def show_relations(self, lines: Sequence[RuledLine]) -> None:
        """See `RulerView.show_relations`."""
        if tuple(lines) != self._relations:
            self._relations = tuple(lines)
            self.draw()

    def draw(self) -> None:
        """Draw all in the present look."""
        change, view = self._change, self._view
        ratio = view.devicePixelRatioF()
        draw_relation_ruler(view.canvas, self._relations, view.theme, pixel_ratio=ratio)
        draw_probe_change(
            view.canvas,
            None if change is None else change.before,
            None if change is None else change.after,
            view.theme.text_1,
            pixel_ratio=ratio,
        )
        view.canvas.update()


class _Strip:
    """The frame strip as probes see it."""

    def __init__(self, strip: FrameStrip) -> None:
        self._strip = strip

    def show_gains(self, gains: Mapping[str, float]) -> None:
        """See `ProbedFrames.show_gains`."""
        self._strip.set_gains(gains)
