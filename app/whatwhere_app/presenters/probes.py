"""Probes of the case on the screen: asked, shown as rows and boxes, written to files."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from whatwhere.files import replacing
from whatwhere.language.expressions import Expression
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.probe_lines import (
    change_of,
    named,
    probe_detail,
    probe_lines,
    probes_csv,
)
from whatwhere_app.presenters.shown import leading_answers, model_title
from whatwhere_app.probe_values import AnswerChange, ProbeLine, ProbeWork
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import RecordedModel

Method = Literal["probe", "flip", "evidence"]
Progress = Callable[[int, int, str], None]


class AskEdited(Protocol):
    """Asks about an edited case."""

    def __call__(
        self,
        method: Method,
        scene: Scene,
        expression: Expression,
        probes: Sequence[str] | None,
        progress: Progress,
        *,
        model: RecordedModel | None,
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """Give the document of the host.

        Args:
            method: of the host.
            scene: as it is.
            expression: about it.
            probes: names; None for all.
            progress: told how far it is.
            model: that gave the recorded answer on the screen; None for the model in use.
        """


_TITLES: dict[Method, str] = {
    "probe": "Probing",
    "flip": "Searching the smallest edit",
    "evidence": "Leaving frames out",
}
_NO_CASE = "Open a scene and choose a sentence, or type one; then probe the answer to it."
_NOTHING_YET = "Run a probe: its answer appears here, and beside the old one in the 3D view."


class ProbesView(Protocol):
    """The probes panel."""

    def show_head(self, text: str) -> None:
        """Which case, and what was chosen before anything was edited."""

    def show_lines(self, lines: Sequence[ProbeLine], chosen: str | None) -> None:
        """Replace the rows; the chosen one is marked without telling anybody."""

    def show_detail(self, text: str) -> None:
        """What is known of the chosen row."""

    def show_work(self, work: ProbeWork | None) -> None:
        """What is being done; None when it has ended."""

    def say(self, text: str) -> None:
        """What was found or done."""


class ProbedRoom(Protocol):
    """The 3D view."""

    def show_change(self, change: AnswerChange | None) -> None:
        """An answer before and after an edit; None shows neither."""


class ProbedFrames(Protocol):
    """The frame strip."""

    def show_gains(self, gains: Mapping[str, float]) -> None:
        """What each frame adds to the answer, from -1 to 1 of the greatest; none hides them."""


class ProbesPresenter:
    """One case at a time; another scene, sentence or model empties the rows.

    Args:
        ask: asks the host about an edited case.
        set_enabled: whether a command can be given.
    """

    def __init__(
        self,
        view: ProbesView,
        room: ProbedRoom,
        frames: ProbedFrames,
        workspace: Workspace,
        board: TaskBoard,
        *,
        ask: AskEdited,
        set_enabled: Callable[[str, bool], None],
    ) -> None:
        self._view, self._room, self._frames = view, room, frames
        self._workspace, self._board = workspace, board
        self._ask, self._set_enabled = ask, set_enabled
        self._latest = LatestOnly(board)
        self._head: dict[str, Any] | None = None
        self._rows: dict[str, dict[str, Any]] = {}
        self._flip: dict[str, Any] | None = None
        self._chosen: str | None = None
        self._case: object = None
        self._is_shown = True
        for signal in (
            workspace.scene_changed,
            workspace.expression_changed,
            workspace.models_changed,
            workspace.answers_changed,
        ):
            signal.connect(self._on_case_changed)
        self._clear()

    @property
    def is_busy(self) -> bool:
        """Whether an answer to an edit is awaited."""
        return self._latest.is_running

    def run(self, names: Sequence[str] | None = None) -> None:
        """Run these probes, or all."""
        if names is not None and len(names) == 1:
            self._chosen = names[0]
        self._start("probe", names, self._on_probed)

    def run_chosen(self) -> None:
        """Run the probe of the chosen row."""
        if self._chosen is None:
            self._view.say("Choose a row first.")
        else:
            self.run([self._chosen])

    def find_flip(self) -> None:
        """Search the smallest edit that changes the answer."""
        self._start("flip", None, self._on_flip)

    def find_evidence(self) -> None:
        """Work out what each frame adds to the answer."""
        self._start("evidence", None, self._on_evidence)

    def cancel(self) -> None:
        """Stop; what was found stays."""
        if self.is_busy:
            self._latest.cancel()
            self._on_ended()

    def on_chosen(self, name: str) -> None:
        """A row was chosen."""
        self._chosen = name
        self._show()

    def on_shown(self, is_shown: bool) -> None:
        """The rows are in sight, or not: what they say of the 3D view goes with them."""
        if is_shown != self._is_shown:
            self._is_shown = is_shown
            self._show()

    def save_table(self, path: Path) -> None:
        """Write the rows as CSV."""
        if self._head is not None:
            self._write(path, probes_csv(self._head, list(self._rows.values())))

    def save_flip(self, path: Path) -> None:
        """Write the smallest edit as a case file."""
        if self._flip is not None:
            self._write(path, json.dumps(self._flip, indent=1) + "\n")

    def _start(
        self,
        method: Method,
        names: Sequence[str] | None,
        deliver: Callable[[dict[str, Any]], None],
    ) -> None:
        scene, expression = self._workspace.scene, self._workspace.expression
        if scene is None or expression is None:
            self._view.say(_NO_CASE)
            return
        self._view.show_work(ProbeWork(f"{_TITLES[method]}…"))
        self._latest.run(
            self._asked(method, scene, expression, names), deliver, ended=self._on_ended
        )

    async def _asked(
        self, method: Method, scene: Scene, expression: Expression, names: Sequence[str] | None
    ) -> dict[str, Any]:
        title = _TITLES[method]
        with self._board.job(title, cancel=self.cancel) as listed:

            def progress(done: int, total: int, detail: str) -> None:
                listed(done, total, detail)
                share = done / total if total else None
                self._view.show_work(ProbeWork(f"{title}: {detail}", share))

            model = self._recorded
            return await self._ask(method, scene, expression, names, progress, model=model)

    def _on_probed(self, document: dict[str, Any]) -> None:
        self._head = document
        self._rows |= {row["probe"]: row for row in document["probes"]}
        count = sum(bool(row["answers"]) for row in document["probes"])
        odd = [
            row
            for row in document["probes"]
            for answer in [row["answers"].get(self._lead)]
            if answer is not None and answer["as_expected"] is False
        ]
        if len(document["probes"]) > 1:
            skipped = len(document["probes"]) - count
            self._view.say(
                f"{count} asked, {len(odd)} not as they should be; {skipped} say nothing here."
            )
        else:
            self._view.say("")
        self._show()

    def _on_flip(self, document: dict[str, Any]) -> None:
        self._flip, found = document, document["flip"]
        if found is None:
            self._flip = None
            self._view.say(f"None of {document['tried']} edits changes the answer.")
        else:
            self._view.say(
                f"Smallest edit: it chooses {named(found['after'])} {found['says']} "
                f"({document['tried']} tried)."
            )
            self._room.show_change(change_of(document["before"], found["after"]))
        self._enable()

    def _on_evidence(self, document: dict[str, Any]) -> None:
        rows = document["frames"]
        most = max(abs(row["gain"]) for row in rows) or 1.0
        self._frames.show_gains({row["name"]: row["gain"] / most for row in rows})
        first, moving = rows[0], [row["name"] for row in rows if row["moves_without"]]
        hangs = f" The answer moves without frame {', '.join(moving)}." if moving else ""
        self._view.say(
            f"Frame {first['name']} adds most to {named(document['candidate'])}: "
            f"{first['gain']:+.3f} log p. Bars in the frame strip.{hangs}".replace("-", "\u2212")
        )

    def _on_ended(self) -> None:
        self._view.show_work(None)

    def _on_case_changed(self) -> None:
        expression, models = self._workspace.expression, self._workspace.models
        asked = self._recorded or models.first
        case = (self._workspace.scene, expression, asked, self._workspace.drawn)
        if case != self._case:
            self._case = case
            self._latest.cancel()
            self._on_ended()
            self._clear()

    def _clear(self) -> None:
        self._head, self._rows, self._flip = None, {}, None
        self._frames.show_gains({})
        self._view.say("" if self._workspace.expression is not None else _NO_CASE)
        self._show()

    @property
    def _recorded(self) -> RecordedModel | None:
        """The model of the recorded answer on the screen; None for an answer given now."""
        leading = leading_answers(self._workspace)
        return None if leading is None else leading.recorded_of

    @property
    def _lead(self) -> str:
        return "fused" if self._head is None else str(self._head["modalities"][0])

    def _show(self) -> None:
        expression = self._workspace.expression
        if self._head is not None:
            before = named(self._head["before"][self._lead])
            model = model_title(str(self._head["model"]))
            said = f"“{self._head['expression']}”: {self._lead} of {model} chose {before}"
        else:
            said = "" if expression is None else f"“{expression.text}”{self._whose()}"
        self._view.show_head(said)
        self._view.show_lines(probe_lines(self._rows, self._lead), self._chosen)
        row = None if self._chosen is None else self._rows.get(self._chosen)
        detail = _NOTHING_YET if self._chosen is None else probe_detail(self._chosen, row)
        self._view.show_detail(detail)
        answer = None if row is None else row["answers"].get(self._lead)
        if answer is None or self._head is None or not self._is_shown:
            self._room.show_change(None)
        else:
            self._room.show_change(change_of(self._head["before"][self._lead], answer))
        self._enable()

    def _whose(self) -> str:
        """Whom a probe would ask, where that is not the model in use."""
        model = self._recorded
        return "" if model is None else f": asks {model_title(model.name)}, which was diagnosed"

    def _enable(self) -> None:
        self._set_enabled("probe.export", self._head is not None)
        self._set_enabled("probe.save_flip", self._flip is not None)
        self._set_enabled("probe.chosen", self._chosen is not None)

    def _write(self, path: Path, text: str) -> None:
        self._board.spawn(self._written(path, text))

    async def _written(self, path: Path, text: str) -> None:
        def write() -> None:
            with replacing(path) as temporary:
                temporary.write_text(text, encoding="utf-8")

        try:
            await asyncio.to_thread(write)
        except OSError as error:
            self._view.say(f"{path}: {error.strerror or error}. Choose another folder.")
        else:
            self._view.say(f"Written: {path}")
