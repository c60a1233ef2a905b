"""Figures, geometry and candidates as files for other programs, with what they need to be used."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from whatwhere.files import replacing
from whatwhere.language.expressions import Expression
from whatwhere.scenes.scene import Scene
from whatwhere.scenes.solid_files import glb_bytes, ply_bytes
from whatwhere_app.presenters.export_content import (
    Stage,
    figure_of,
    frame_document,
    legend_of,
    record_of,
)
from whatwhere_app.presenters.shown import groundings_of, layer_boxes, target_of
from whatwhere_app.render.figure import Figure, Shot, blank, draw_tiles
from whatwhere_app.render.figure_record import FigureRecord
from whatwhere_app.render.solids import scene_parts
from whatwhere_app.services.candidate_files import (
    candidate_rows,
    candidates_csv,
    candidates_json,
)
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.view_values import LegendLine
from whatwhere_app.workspace import Workspace

Kind = Literal["png", "glb", "ply", "csv", "json"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_SHOWS_SCAN = (
    "It shows the scan itself: what derives from ScanNet may not be redistributed. "
    "“Boxes and text only” leaves the scan out."
)


class ExportView(Protocol):
    """The export panel."""

    def show_report(self, text: str) -> None:
        """What was written, or why nothing was."""


Finish = Callable[[NDArray[np.uint8], Sequence[LegendLine], Figure, Shot, Path], None]


class ExportPresenter:
    """Writes files off the event loop and reports each.

    Args:
        stage: the 3D view.
        finish: paints legend, scale bar and divider over a picture and writes it to a file.
        is_shipped: whether a scene's folder ships with the program and may be passed on.
    """

    def __init__(
        self,
        view: ExportView,
        workspace: Workspace,
        board: TaskBoard,
        *,
        stage: Stage,
        finish: Finish,
        is_shipped: Callable[[Path], bool],
    ) -> None:
        self._view = view
        self._workspace = workspace
        self._board = board
        self._stage = stage
        self._finish = finish
        self._is_shipped = is_shipped
        self._latest = LatestOnly(board)
        self._size_px: tuple[int, int] | None = None
        workspace.scene_changed.connect(self._forget_size)

    @property
    def is_busy(self) -> bool:
        """Whether a file is being written."""
        return self._latest.is_running

    def size_px(self, scale: int) -> tuple[int, int]:
        """Of a picture at this scale."""
        width, height = self._size_px or self._stage.size_px
        return width * scale, height * scale

    def suggested_name(self, kind: Kind) -> str:
        """A file name that says what is in the file."""
        scene, expression = self._workspace.scene, self._workspace.expression
        parts = ["scene" if scene is None else scene.scene_id]
        if expression is not None and kind != "ply":
            words = "".join(c if c.isalnum() else " " for c in expression.text.lower()).split()
            parts.append("-".join(words)[:48].rstrip("-"))
        return f"{'_'.join(filter(None, parts))}.{kind}"

    def why_not(self, kind: Kind) -> str:
        """What is missing for this kind of file; "" when nothing is."""
        if self._workspace.scene is None:
            return "Open a scene first."
        if kind in ("csv", "json") and not groundings_of(self._workspace):
            return "There are no candidates yet: ask a sentence first."
        return ""

    def export(
        self,
        kind: Kind,
        path: Path,
        *,
        scale: int = 1,
        boxes_only: bool = False,
        is_transparent: bool = False,
    ) -> None:
        """Write a file (and the one beside it), then say so."""
        scene, reason = self._workspace.scene, self.why_not(kind)
        if reason or scene is None:
            self._view.show_report(reason)
            return
        content = _Content(scale, boxes_only, is_transparent)
        work = self._write(kind, scene, path, content)
        self._latest.run(work, self._view.show_report)

    def remake(self, path: Path) -> None:
        """Take camera, layers and size of a figure from the file that was written beside it."""
        try:
            record = FigureRecord.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            self._view.show_report(
                f"{path}: not the camera of a figure. Choose a .camera.json that was exported here."
            )
            return
        scene = self._workspace.scene
        if scene is None or scene.scene_id != record.scene:
            self._view.show_report(f"This figure shows {record.scene}. Open that scene first.")
            return
        self._workspace.set_visible(frozenset(record.layers))
        if record.expression is not None:
            known = (e for e in self._workspace.expressions if e.text == record.expression)
            typed = Expression.typed(scene.scene_id, record.expression)
            self._workspace.set_expression(next(known, typed))
        self._workspace.set_wipe_share(record.wipe_share)
        self._stage.light(record.is_lit)
        self._stage.look(record.camera.pose())
        self._size_px = record.size_px
        self._view.show_report("Camera, layers and size are the figure's now.")

    def _forget_size(self) -> None:
        self._size_px = None

    async def _write(self, kind: Kind, scene: Scene, path: Path, content: "_Content") -> str:
        with self._board.job(f"Writing {path.name}", cancel=self._latest.cancel) as progress:
            beside = None
            try:
                if kind == "png":
                    beside = await self._write_picture(path, content, progress)
                elif kind in ("glb", "ply"):
                    boxes_only = content.boxes_only
                    beside = await self._write_solids(kind, scene, path, boxes_only=boxes_only)
                else:
                    await self._write_candidates(kind, scene, path)
            except OSError as error:
                why = error.strerror or str(error)
                return f"{path}: could not be written ({why}). Choose another folder."
        said = f"Wrote {path}" + (f" and {beside.name} beside it." if beside else ".")
        has_scan = kind in ("png", "glb", "ply") and not content.boxes_only and scene.mesh
        return f"{said} {_SHOWS_SCAN}" if has_scan and not self._is_shipped(scene.folder) else said

    async def _write_picture(
        self,
        path: Path,
        content: "_Content",
        progress: Callable[[int, int, str], None],
    ) -> Path:
        size_px = self._size_px or self._stage.size_px
        what = {"boxes_only": content.boxes_only, "is_transparent": content.is_transparent}
        record = record_of(self._workspace, self._stage, size_px, content.scale, **what)
        figure = figure_of(self._workspace, self._stage, **what)
        shot, lines = record.shot(), legend_of(self._workspace)
        pixels = blank(shot)
        with closing(draw_tiles(figure, shot, pixels)) as tiles:
            for done, total in tiles:
                progress(done, total, f"part {done} of {total}")
                await asyncio.sleep(0)
        beside = path.with_suffix(".camera.json")
        await asyncio.to_thread(self._finish, pixels, lines, figure, shot, path)
        _replace(beside, record.model_dump_json(indent=1).encode() + b"\n")
        return beside

    async def _write_solids(
        self, kind: Kind, scene: Scene, path: Path, *, boxes_only: bool
    ) -> Path:
        boxes = layer_boxes(self._workspace)
        parts = scene_parts(None if boxes_only else scene.mesh, boxes, self._stage.theme)
        data = await asyncio.to_thread(glb_bytes if kind == "glb" else ply_bytes, parts)
        document = frame_document(self._workspace, scene, is_y_up=kind == "glb")
        beside = path.with_suffix(".frame.json")
        await asyncio.to_thread(_replace, path, data)
        _replace(beside, json.dumps(document, indent=1).encode() + b"\n")
        return beside

    async def _write_candidates(self, kind: Kind, scene: Scene, path: Path) -> None:
        target = target_of(self._workspace)
        box = None if target is None else target.box
        answers = self._workspace.answers
        sentence = next(iter(answers.values())).expression.text
        about = {"scene": scene.scene_id, "expression": sentence}
        rows = [
            {"model": model, **row}
            for model, said in answers.items()
            for row in candidate_rows(said.groundings, box)
        ]
        make = candidates_csv if kind == "csv" else candidates_json
        await asyncio.to_thread(_replace, path, make(about, rows))


@dataclass(frozen=True, slots=True)
class _Content:
    """What a picture is to be like."""

    scale: int
    boxes_only: bool
    is_transparent: bool


def _replace(path: Path, data: bytes) -> None:
    with replacing(path) as temporary:
        temporary.write_bytes(data)
