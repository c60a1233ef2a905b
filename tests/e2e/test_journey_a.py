"""Journey A with mouse and keys: a room, an expression, three answers, a frame, a figure."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from whatwhere.demo.shipped import shipped_rooms
from whatwhere.scenes.scene import Scene
from whatwhere_app.composition import Explorer
from whatwhere_app.theme import DARK, rgb
from whatwhere_app.views.frame_tiles import FrameTiles
from whatwhere_app.workspace_values import CandidateRef

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]
LEFT = Qt.MouseButton.LeftButton
_SAMPLES_PX = (48, 24, 56, 300)
"""Left, top, width and height of the legend's lines in a picture of twice the size."""


@pytest.fixture
def explorer(open_window: Callable[..., Explorer]) -> Explorer:
    """The program with its demo rooms, shown, and a host that answers by a fixed rule."""
    explorer = open_window({room.name: room.path.absolute() for room in shipped_rooms()})
    explorer.presenters.appearance.choose("dark")
    return explorer


def pixels_of(explorer: Explorer, color: str) -> np.ndarray:
    """(N, 2) x, y of the 3D view's pixels that are nearly of this colour."""
    return pixels_in(explorer.views.scene.canvas.grabFramebuffer(), color)


def pixels_in(picture: QImage, color: str) -> np.ndarray:
    """(N, 2) x, y of a picture's pixels that are nearly of this colour."""
    image = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    pixels = rows[:, : 3 * image.width()].reshape(image.height(), -1, 3).astype(int)
    hit = np.abs(pixels - rgb(color)).max(axis=2) < 4
    return np.argwhere(hit)[:, ::-1]


def num_in_tiles(explorer: Explorer, layer: str, *, first: int | None = None) -> list[int]:
    """Of each small picture in sight, or the first of them, its pixels in a layer's colour."""
    strip = explorer.views.strip
    model, seen = strip.model(), strip.viewport().rect()
    places = [strip.visualRect(model.index(row, 0)) for row in range(model.rowCount())]
    whole = [place for place in places if seen.contains(place)][:first]
    color = DARK.strokes[layer].color
    return [len(pixels_in(strip.viewport().grab(place).toImage(), color)) for place in whole]


def button(root: QWidget, text: str) -> QPushButton:
    """The visible button that says this."""
    found = [b for b in root.findChildren(QPushButton) if b.text() == text and b.isVisible()]
    assert len(found) == 1, text
    return found[0]


def click(widget: QWidget, place: QPoint | None = None) -> None:
    QTest.mouseClick(widget, LEFT, pos=place or widget.rect().center())


async def ask_and_compare(explorer: Explorer, until: Until) -> None:
    """Steps 3 to 5, with a sentence in the query bar."""
    views, strokes = explorer.views, DARK.strokes
    click(views.query.button)
    assert views.query.button.text() == "Cancel"
    await until(lambda: bool(explorer.workspace.answers) and explorer.is_idle)
    assert views.query.button.text() == "Run"
    assert len(pixels_of(explorer, strokes["3d"].color)) > 30
    assert views.answer.tree.model().rowCount() == 3
    chip = next(b for b in views.chips.findChildren(QToolButton) if b.accessibleName() == "3D only")
    click(chip)
    await until(lambda: len(pixels_of(explorer, strokes["3d"].color)) == 0)
    click(chip)
    await until(lambda: len(pixels_of(explorer, strokes["3d"].color)) > 30)
    drawn = pixels_of(explorer, strokes["3d"].color)
    canvas = views.scene.canvas
    # A pixel well inside the view, where no chip or badge lies over the box.
    inside = drawn[np.argsort(np.abs(drawn - [canvas.width() / 2, canvas.height() / 2]).sum(1))]
    click(canvas, QPoint(*map(int, inside[0])))
    await until(lambda: isinstance(explorer.workspace.selection, CandidateRef))
    assert explorer.workspace.selection == CandidateRef("3d", 0)
    await until(lambda: explorer.is_idle)
    QTest.mouseMove(canvas, QPoint(5, 5))
    assert explorer.workspace.selection == CandidateRef("3d", 0)


async def toggle_2d(explorer: Explorer, until: Until) -> None:
    """Step 4: the 2D-only box leaves the 3D view, every small picture and the list of answers."""
    views, flat = explorer.views, DARK.strokes["2d"].color
    chip = next(b for b in views.chips.findChildren(QToolButton) if b.accessibleName() == "2D only")
    model = views.answer.tree.model()

    def shade() -> str:
        color = model.index(0, 2, model.index(1, 0)).data(Qt.ItemDataRole.ForegroundRole)
        return QColor(color.color()).name()

    await until(lambda: sum(num_in_tiles(explorer, "2d")) > 0)
    assert (len(pixels_of(explorer, flat)) > 30, shade()) == (True, DARK.text_1)
    click(chip)
    await until(lambda: not any(num_in_tiles(explorer, "2d")))
    await until(lambda: len(pixels_of(explorer, flat)) == 0)
    assert shade() == DARK.text_3
    click(chip)
    await until(lambda: len(pixels_of(explorer, flat)) > 30 and any(num_in_tiles(explorer, "2d")))
    assert shade() == DARK.text_1


async def look_through_a_frame(explorer: Explorer, scene: Scene, until: Until) -> None:
    """Step 6: a double-click on the frame in hand, and the way back."""
    strip, control = explorer.views.strip, explorer.views.scene.canvas.camera_control
    name = explorer.workspace.frame
    assert name is not None
    header = next(frame for frame in scene.frames if frame.name == name)
    assert header.world_from_camera is not None
    eye = tuple(header.world_from_camera[:3, 3])
    before = control.pose
    place = strip.rect_of(name).center()
    QTest.mouseClick(strip.viewport(), LEFT, pos=place)
    QTest.mouseDClick(strip.viewport(), LEFT, pos=place)
    await until(lambda: control.pose.position == pytest.approx(eye, abs=1e-3))
    explorer.views.scene.canvas.setFocus()
    QTest.keyClick(explorer.views.scene.canvas, Qt.Key.Key_Backspace)
    await until(lambda: control.pose.position == pytest.approx(before.position, abs=1e-3))


async def export_a_figure(explorer: Explorer, path: Path, until: Until) -> None:
    """Step 11: twice the size of the 3D view, with what makes it again beside it."""
    panel, canvas = explorer.comforts.export_panel, explorer.views.scene.canvas
    explorer.window.ask_where_to_save = lambda suggested: path  # type: ignore[method-assign]
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert panel.isVisible()
    panel.scale.setValue(2)
    click(panel.save)
    await until(lambda: path.is_file() and not explorer.comforts.exports.is_busy)
    picture = QImage(str(path))
    assert (picture.width(), picture.height()) == (2 * canvas.width(), 2 * canvas.height())
    samples = picture.copy(*_SAMPLES_PX)
    for layer in ("fused", "2d", "3d"):
        assert len(pixels_in(samples, DARK.strokes[layer].color)) > 10, layer
    assert path.with_name("figure.camera.json").is_file()
    panel.close()


def test_journey_a_in_a_demo_room(
    explorer: Explorer, loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    async def journey() -> None:
        views, workspace = explorer.views, explorer.workspace
        click(button(views.welcome, "Open a demo room"))
        await until(lambda: workspace.scene is not None and explorer.is_idle)
        await until(lambda: bool(workspace.expressions))
        scene = workspace.scene
        assert scene is not None
        held = f"{len(scene.objects)} objects · {len(scene.frames)} frames · aligned"
        assert views.status.scene_text == held
        camera = views.scene.canvas.camera_control
        from_above = camera.pose
        place = views.expressions.visualRect(views.expressions.model().index(2, 0)).center()
        click(views.expressions.viewport(), place)
        assert workspace.expression == workspace.expressions[2]
        assert views.query.line.text() == workspace.expressions[2].text
        await until(lambda: len(pixels_of(explorer, DARK.strokes["gt"].color)) > 30)
        await until(lambda: camera.pose != from_above)
        as_captured = [frame.name for frame in scene.frames]
        await ask_and_compare(explorer, until)
        # Step 5: the frames that see the chosen box best come first, and show it.
        await until(lambda: all(num_in_tiles(explorer, "3d", first=3)))
        tiles = views.strip.model()
        first = [tiles.index(row, 0).data(FrameTiles.NAME_ROLE) for row in range(3)]
        assert first != as_captured[:3]
        await toggle_2d(explorer, until)
        model = views.answer.tree.model()
        ious = [model.index(0, 4, model.index(group, 0)).data() for group in range(3)]
        assert all(0 <= float(iou) <= 1 for iou in ious)
        await look_through_a_frame(explorer, scene, until)
        await export_a_figure(explorer, tmp_path / "figure.png", until)

    loop.run_until_complete(journey())


def test_journey_a_on_a_real_scan(
    explorer: Explorer,
    loop: asyncio.AbstractEventLoop,
    until: Until,
    realdata: Path,
    tmp_path: Path,
) -> None:
    async def journey() -> None:
        views, workspace = explorer.views, explorer.workspace
        explorer.presenters.scenes.open(realdata / "scannet" / "scans" / "scene0000_00")
        await until(lambda: workspace.scene is not None and explorer.is_idle)
        scene = workspace.scene
        assert scene is not None
        click(views.query.line)
        QTest.keyClicks(views.query.line, "the chair nearest the door")
        await ask_and_compare(explorer, until)
        await export_a_figure(explorer, tmp_path / "figure.png", until)

    loop.run_until_complete(journey())
