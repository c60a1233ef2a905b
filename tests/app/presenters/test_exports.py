"""Exported files: what is in them, what lies beside them, and what the panel says."""

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
import pyvista as pv
from PySide6.QtGui import QImage

from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Candidate, Grounding
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere_app.comforts import finish_picture
from whatwhere_app.presenters.exports import ExportPresenter
from whatwhere_app.render.camera import CameraPose
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import LAYERS, LIGHT, rgb
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers

CHAIR, OTHER_CHAIR = 1, 5
SIZE = (400, 260)

Until = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture
def stage() -> MagicMock:
    """A 3D view of the tiny wall."""
    stage = MagicMock(size_px=SIZE, ceiling_m=None, theme=LIGHT, is_lit=False)
    stage.pose = CameraPose((1.0, -6.0, 1.0), (1.0, 1.0, 1.0))
    return stage


@pytest.fixture
def workspace(tiny_scan: Path) -> Workspace:
    """The tiny scan, asked for its left chair."""
    workspace = Workspace()
    scene = open_scene(tiny_scan)
    expression = Expression(scene.scene_id, "the left chair", target_id=CHAIR)
    candidates = tuple(
        Candidate(item.box, -0.5 - rank, item.proposal, item.object_id, item.label)
        for rank, item in enumerate(annotation_proposals(scene))
    )
    groundings = {name: Grounding(name, candidates) for name in ("fused", "2d", "blind")}
    workspace.set_scene(scene)
    workspace.set_expression(expression)
    workspace.set_answers({"default": Answers(expression, groundings)})  # type: ignore[arg-type]
    return workspace


@pytest.fixture
def export(workspace: Workspace, stage: MagicMock, until: Until) -> Callable[..., str]:
    """Exports one file; the report comes back."""

    def run(kind: str, path: Path, *, shipped: bool = False, **options: Any) -> str:
        view = MagicMock()

        async def scenario() -> None:
            presenter = ExportPresenter(
                view,
                workspace,
                TaskBoard(),
                stage=stage,
                finish=finish_picture,
                is_shipped=lambda _: shipped,
            )
            presenter.export(kind, path, **options)  # type: ignore[arg-type]
            await until(lambda: not presenter.is_busy)

        asyncio.run(scenario())
        return str(view.show_report.call_args.args[0])

    return run


def pixels_of(path: Path) -> np.ndarray:
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), -1, 3).astype(int)


def share_of(pixels: np.ndarray, color: str) -> float:
    return float((np.abs(pixels - rgb(color)).max(axis=-1) < 12).mean())


@pytest.mark.usefixtures("qapp", "display")
def test_a_picture_of_any_size_shows_the_same_and_can_be_made_again(
    export: Callable[..., str], workspace: Workspace, stage: MagicMock, tmp_path: Path
) -> None:
    small, large = tmp_path / "a.png", tmp_path / "b.png"
    report = export("png", small)
    assert "ScanNet may not be redistributed" in report
    assert "a.camera.json" in report
    export("png", large, scale=3)
    first, second = pixels_of(small), pixels_of(large)
    assert first.shape == (260, 400, 3)
    assert second.shape == (780, 1200, 3)
    wall = "#0a141e"
    assert share_of(first, wall) > 0.1
    assert share_of(second, wall) == pytest.approx(share_of(first, wall), rel=0.05)
    # Lines grow with the picture; thin ones blend into what is around them.
    line = LIGHT.strokes["fused"].color
    assert share_of(second, line) > share_of(first, line) > 0.0004
    # The camera has moved since; what lies beside the picture brings it back.
    presenter = ExportPresenter(
        MagicMock(),
        workspace,
        TaskBoard(),
        stage=stage,
        finish=finish_picture,
        is_shipped=lambda _: True,
    )
    workspace.set_visible(frozenset({"gt"}))
    workspace.set_expression(None)
    presenter.remake(small.with_suffix(".camera.json"))
    assert stage.look.call_args.args == (stage.pose,)
    assert workspace.visible == set(LAYERS)
    assert workspace.expression is not None
    assert workspace.expression.text == "the left chair"


@pytest.mark.usefixtures("qapp", "display")
def test_boxes_only_leaves_the_scan_out(export: Callable[..., str], tmp_path: Path) -> None:
    report = export("png", tmp_path / "a.png", boxes_only=True)
    assert "ScanNet" not in report
    assert share_of(pixels_of(tmp_path / "a.png"), "#0a141e") == 0
    assert "ScanNet" not in export("glb", tmp_path / "a.glb", boxes_only=True)
    assert pv.read(tmp_path / "a.glb").combine().n_points == 4 * 12 * 8


@pytest.mark.parametrize("kind", ["glb", "ply"])
def test_geometry_is_aligned_with_the_way_back_beside_it(
    export: Callable[..., str], workspace: Workspace, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / f"scene.{kind}"
    assert "ScanNet" not in export(kind, path, shipped=True)
    scene = workspace.scene
    assert scene is not None
    assert scene.mesh is not None
    read = pv.read(path)
    mesh = read.combine() if kind == "glb" else read
    points = np.asarray(mesh.points)
    if kind == "glb":  # its y is up
        points = points[:, [0, 2, 1]] * [1, -1, 1]
    count = len(scene.mesh.vertices)
    assert mesh.n_points == count + 4 * 12 * 8
    order = np.lexsort(points[:count].T)
    expected = scene.mesh.vertices[np.lexsort(scene.mesh.vertices.T)]
    np.testing.assert_allclose(points[:count][order], expected, atol=1e-5)
    beside = json.loads(path.with_suffix(".frame.json").read_text())
    np.testing.assert_allclose(
        np.array(beside["mesh_from_aligned"]) @ scene.aligned_from_mesh, np.eye(4), atol=1e-12
    )
    assert len(beside["boxes"]["gt"]) == 1


def test_candidates_of_every_modality_are_in_both_tables(
    export: Callable[..., str], workspace: Workspace, tmp_path: Path
) -> None:
    export("csv", tmp_path / "a.csv")
    export("json", tmp_path / "a.json")
    document = json.loads((tmp_path / "a.json").read_text())
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert document["expression"] == "the left chair"
    assert [row["modality"] for row in rows] == [m for m in ("fused", "2d", "blind") for _ in "ab"]
    assert {row["model"] for row in rows} == {"default"}
    best, row = document["candidates"][0], rows[0]
    assert (best["rank"], best["object_id"], best["label"]) == (1, CHAIR, "office chair")
    assert best["iou"] == pytest.approx(1.0, abs=1e-6)
    assert best["p"] == pytest.approx(np.exp(best["score"]))
    assert workspace.scene is not None
    target = workspace.scene.object_by_id(CHAIR)
    assert target is not None
    assert Box.from_row([float(row[key]) for key in ("cx", "cy", "cz", "dx", "dy", "dz")]) == (
        Box.from_json(best["box"])
    )
    assert float(row["iou"]) == best["iou"]


def test_what_cannot_be_written_or_read_is_a_sentence(
    export: Callable[..., str], workspace: Workspace, stage: MagicMock, tmp_path: Path
) -> None:
    assert "could not be written" in export("ply", tmp_path / "nowhere" / "a.ply")
    workspace.set_answers({})
    assert "ask a sentence first" in export("csv", tmp_path / "a.csv")
    view = MagicMock()
    presenter = ExportPresenter(
        view,
        workspace,
        TaskBoard(),
        stage=stage,
        finish=finish_picture,
        is_shipped=lambda _: True,
    )
    rubbish = tmp_path / "x.camera.json"
    for content in (b"", b"\xff", b"[]", b'{"scene": 3}'):
        rubbish.write_bytes(content)
        presenter.remake(rubbish)
        assert "not the camera of a figure" in view.show_report.call_args.args[0]
    assert presenter.suggested_name("png") == "tiny0000_00_the-left-chair.png"


@pytest.mark.usefixtures("qapp", "display")
def test_a_figure_shows_the_divider_and_may_have_nothing_behind_it(
    export: Callable[..., str], workspace: Workspace, stage: MagicMock, tmp_path: Path
) -> None:
    first = workspace.answers["default"]
    turned = {
        name: Grounding(name, tuple(reversed(found.candidates)))
        for name, found in first.groundings.items()
    }
    other = Answers(first.expression, turned)
    workspace.set_answers({"default": first, "other": other})
    # From the front the left chair is the left model's answer, the right chair the other's.
    workspace.set_visible(frozenset({"fused"}))
    line = LIGHT.strokes["fused"].color
    shares = {}
    for wipe in (None, 0.02, 0.98):
        workspace.set_wipe_share(wipe)
        path = tmp_path / f"wipe{wipe}.png"
        export("png", path, boxes_only=True, is_transparent=True)
        shares[wipe] = pixels_of(path)
    only_right, only_left = shares[0.02], shares[0.98]
    assert share_of(only_right, line) > 0.0003
    assert share_of(only_left, line) > 0.0003
    columns = [
        np.flatnonzero((np.abs(picture[60:200] - rgb(line)).max(axis=-1) < 12).any(axis=0)).mean()
        for picture in (only_left, only_right)
    ]
    assert abs(columns[0] - columns[1]) > 20
    image = QImage(str(tmp_path / "wipeNone.png"))
    assert image.hasAlphaChannel()
    assert image.pixelColor(image.width() - 3, image.height() // 2).alpha() == 0
    beside = json.loads((tmp_path / "wipe0.98.camera.json").read_text())
    assert (beside["wipe_share"], beside["is_transparent"]) == (0.98, True)
