"""The panels of the Explore layout: built, dressed in a look, arranged around the 3D view."""

from dataclasses import dataclass
from itertools import pairwise

from whatwhere_app.actions import Actions
from whatwhere_app.main_window import MainWindow
from whatwhere_app.settings import SettingsStore
from whatwhere_app.theme import Theme
from whatwhere_app.views.answer_panel import AnswerPanel
from whatwhere_app.views.corners import Corners, Place
from whatwhere_app.views.expression_list import ExpressionList
from whatwhere_app.views.focus_ring import FocusRing
from whatwhere_app.views.frame_panel import FramePanel
from whatwhere_app.views.frame_strip import FrameStrip
from whatwhere_app.views.layer_chips import LayerChips
from whatwhere_app.views.mixer import Mixer
from whatwhere_app.views.notice_bar import NoticeBar
from whatwhere_app.views.query_bar import QueryBar
from whatwhere_app.views.scene_list import SceneList
from whatwhere_app.views.scene_view import SceneView
from whatwhere_app.views.status_line import StatusLine
from whatwhere_app.views.welcome import Welcome


@dataclass(frozen=True)
class Panels:
    """What stands in the window while a scene is explored."""

    scenes: SceneList
    expressions: ExpressionList
    scene: SceneView
    chips: LayerChips
    welcome: Welcome
    query: QueryBar
    strip: FrameStrip
    frame: FramePanel
    answer: AnswerPanel
    mixer: Mixer
    notices: NoticeBar
    status: StatusLine


def build_panels(actions: Actions, settings: SettingsStore) -> Panels:
    """Build every panel, unconnected and not yet in a window."""
    chips, welcome = LayerChips(actions.layers()), Welcome()
    return Panels(
        scenes=SceneList(),
        expressions=ExpressionList(),
        scene=SceneView(chips, welcome, multi_samples=settings.value.multi_samples),
        chips=chips,
        welcome=welcome,
        query=QueryBar(),
        strip=FrameStrip(),
        frame=FramePanel(
            [(actions["frame.depth"], "Depth"), (actions["frame.look_through"], "Look through")]
        ),
        answer=AnswerPanel(),
        mixer=Mixer(),
        notices=NoticeBar(),
        status=StatusLine(),
    )


def dress_panels(views: Panels, theme: Theme) -> None:
    """Give every panel this look."""
    for view in (views.scenes, views.expressions, views.scene, views.chips):
        view.set_theme(theme)
    for panel in (views.strip, views.frame, views.answer, views.status):
        panel.set_theme(theme)


def arrange_panels(window: MainWindow, views: Panels) -> None:
    """Put the panels around the 3D view, and give them the order of the Tab key."""
    window.set_centre(middle=views.scene, below=views.query)
    Corners.over(views.scene).add(views.notices, Place.TOP)
    views.answer.add_below(views.mixer)
    window.add_panels(
        left={"Scenes": views.scenes, "Expressions": views.expressions},
        right={"Answer": views.answer, "Frame": views.frame},
        bottom={"Frames": views.strip},
    )
    window.set_status_line(views.status)
    FocusRing(views.scene.canvas)
    order = [views.scenes, views.expressions, views.scene.canvas, views.query.line, views.answer]
    for before, after in pairwise(order):
        window.setTabOrder(before, after)
