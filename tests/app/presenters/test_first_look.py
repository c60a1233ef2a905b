"""A scan is drawn as soon as its mesh is read; what follows may still fail or be given up."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from whatwhere.errors import BrokenFileError
from whatwhere.geometry.boxes import Box
from whatwhere.scenes.opening import open_scene, read_whole_scene
from whatwhere.scenes.scene import Mesh, Scene
from whatwhere_app.presenters.picking import PickingPresenter
from whatwhere_app.presenters.scene_view import ScenePresenter
from whatwhere_app.presenters.scenes import ScenesPresenter
from whatwhere_app.presenters.shown_mesh import MeshTools
from whatwhere_app.render.proxy import cluster
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import ObjectRef

CHAIR = 1

Until = Callable[[Callable[[], bool]], Awaitable[None]]

TOOLS = MeshTools(
    ceiling_height=lambda mesh: 1.5,
    extent=lambda mesh, ceiling_m: Box.from_points(mesh.vertices),
    merge=lambda mesh, num_faces: cluster(mesh, num_faces=num_faces),
    stand_ins=lambda mesh: (),
    picker=lambda mesh: "picker",
)


@dataclass
class Case:
    """Both presenters and a reader that stops behind the mesh until it may go on.

    Attributes:
        fault: what the rest of the scene turns out to be, or None.
    """

    settings: SettingsStore
    view: MagicMock = field(default_factory=MagicMock)
    eye: MagicMock = field(default_factory=MagicMock)
    workspace: Workspace = field(default_factory=Workspace)
    board: TaskBoard = field(default_factory=TaskBoard)
    may_go_on: threading.Event = field(default_factory=threading.Event)
    fault: Exception | None = None

    def __post_init__(self) -> None:
        self.view.call_when_drawn.side_effect = lambda call: call()
        self.scene = ScenePresenter(self.view, self.eye, self.workspace, self.board, tools=TOOLS)
        self.picking = PickingPresenter(self.workspace, object_at=self.scene.object_at)
        self.scenes = ScenesPresenter(
            MagicMock(),
            self.workspace,
            self.board,
            read=self._read,
            demo_rooms={},
            settings=self.settings,
            first_look=self.scene,
        )

    def _read(
        self, path: Path, *, on_mesh: Callable[[Mesh], None], **listeners: Callable[..., bool]
    ) -> Scene:
        def then_wait(mesh: Mesh) -> None:
            on_mesh(mesh)
            self.may_go_on.wait(20)

        scene = read_whole_scene(path, on_mesh=then_wait, is_cancelled=listeners["is_cancelled"])
        if self.fault is not None:
            raise self.fault
        return scene

    @property
    def drawn(self) -> Mesh | None:
        """What the view was last given."""
        mesh: Mesh | None = self.view.show_mesh.call_args.args[0]
        return mesh

    async def show_ahead(self, path: Path, until: Until) -> None:
        """Open a scene as far as its mesh."""
        shown = self.view.show_mesh.call_count
        self.scenes.open(path)
        await until(lambda: self.view.show_mesh.call_count > shown)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(SettingsStore(tmp_path / "settings.json"))


def test_the_mesh_is_drawn_before_the_rest_is_read(
    case: Case, tiny_scan: Path, until: Until
) -> None:
    async def scenario() -> None:
        await case.show_ahead(tiny_scan, until)
        assert case.workspace.scene is None
        assert case.scene.is_shown
        assert case.view.show_mesh.call_args.kwargs["ceiling_m"] == 1.5
        case.picking.on_vertex_clicked(0)  # nobody knows yet whose vertex that is
        assert case.workspace.selection is None
        case.may_go_on.set()
        await until(lambda: not (case.scenes.is_opening or case.scene.is_busy))

    asyncio.run(scenario())
    assert case.workspace.scene is not None
    assert case.drawn is case.workspace.scene.mesh
    assert case.view.show_mesh.call_count == 1
    case.view.set_picker.assert_called_once_with("picker")
    vertex = int(case.workspace.scene.object_by_id(CHAIR).vertex_indices[0])
    case.picking.on_vertex_clicked(vertex)
    assert case.workspace.selection == ObjectRef(CHAIR)


@pytest.mark.parametrize("is_given_up", [True, False])
def test_a_scene_that_does_not_come_gives_way_to_the_open_one(
    case: Case, tiny_scan: Path, until: Until, is_given_up: bool
) -> None:
    case.fault = None if is_given_up else BrokenFileError(tiny_scan, "its objects are broken")
    before = open_scene(tiny_scan)
    told = MagicMock()
    case.board.noticed.connect(told)

    async def scenario() -> None:
        case.workspace.set_scene(before)
        await until(lambda: not case.scene.is_busy)
        case.workspace.set_selection(ObjectRef(CHAIR))
        pose = case.eye.pose
        await case.show_ahead(tiny_scan, until)
        assert case.view.show_selected.call_args.args == (None, None)
        # What still happens to the open scene is not drawn into the other one.
        case.workspace.set_visible(frozenset())
        assert case.view.show_boxes.call_args.args == ({},)
        if is_given_up:
            case.scenes.cancel()
        case.may_go_on.set()
        await until(lambda: not (case.scenes.is_opening or case.scene.is_busy))
        case.eye.return_to.assert_called_once_with(pose)

    asyncio.run(scenario())
    assert case.drawn is before.mesh
    chair = before.object_by_id(CHAIR)
    assert case.workspace.scene is before
    assert case.view.show_selected.call_args.args == (chair.box, None)
    assert case.view.show_mesh.call_args.kwargs["keep_camera"]
    assert told.called is not is_given_up


def test_with_nothing_open_the_welcome_comes_back(
    case: Case, tiny_scan: Path, until: Until
) -> None:
    case.fault = BrokenFileError(tiny_scan, "its objects are broken")
    case.may_go_on.set()

    async def scenario() -> None:
        await case.show_ahead(tiny_scan, until)
        await until(lambda: not case.scenes.is_opening)

    asyncio.run(scenario())
    assert case.drawn is None
    case.view.show_welcome.assert_called_once_with()
