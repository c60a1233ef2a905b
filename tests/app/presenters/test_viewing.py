"""What carries a name, what is under the pointer, which boxes are distractors, and the divider."""

from pathlib import Path
from unittest.mock import MagicMock

import pytest

from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Candidate, Grounding, Modality
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.hover import HoverPresenter
from whatwhere_app.presenters.labels import LabelsPresenter, labels
from whatwhere_app.presenters.shown import distractor_at, layer_boxes, wipe_of
from whatwhere_app.presenters.wipe import WipePresenter
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, ObjectRef

CHAIR, OTHER_CHAIR = 1, 5


@pytest.fixture
def scene(tiny_scan: Path) -> Scene:
    return open_scene(tiny_scan)


@pytest.fixture
def workspace(scene: Scene) -> Workspace:
    workspace = Workspace()
    workspace.set_scene(scene)
    return workspace


def _answers(scene: Scene, text: str, best: int, target: int | None = None) -> Answers:
    proposals = sorted(annotation_proposals(scene), key=lambda item: item.object_id != best)
    candidates = tuple(
        Candidate(item.box, -0.1 - rank, item.proposal, item.object_id, item.label)
        for rank, item in enumerate(proposals)
    )
    found: dict[Modality, Grounding] = {"fused": Grounding("fused", candidates)}
    return Answers(Expression(scene.scene_id, text, target_id=target), found)


def _texts(workspace: Workspace) -> list[str]:
    return [named.text for named in labels(workspace)]


def test_the_other_objects_of_the_asked_class_are_distractors(
    scene: Scene, workspace: Workspace
) -> None:
    workspace.set_expression(Expression(scene.scene_id, "that one", target_id=CHAIR))
    assert distractor_at(workspace, 0).object_id == OTHER_CHAIR
    assert len(layer_boxes(workspace)["distractor"]) == 1
    # Without a known target, the sentence says the class; a box that is drawn already is left out.
    workspace.set_expression(Expression.typed(scene.scene_id, "the chair by the wall"))
    assert len(layer_boxes(workspace)["distractor"]) == 2
    workspace.set_answers({"m": _answers(scene, "the chair by the wall", CHAIR)})
    assert distractor_at(workspace, 0).object_id == OTHER_CHAIR
    workspace.set_expression(Expression.typed(scene.scene_id, "the sofa"))
    assert layer_boxes(workspace)["distractor"] == ()
    workspace.set_visible(frozenset({"fused"}))
    assert "distractor" not in layer_boxes(workspace)


def test_the_best_candidates_and_the_selection_carry_names(
    scene: Scene, workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "settings.json"
    presenter = LabelsPresenter(workspace, SettingsStore(path))
    workspace.set_answers({"m": _answers(scene, "the chair", CHAIR)})
    assert _texts(workspace) == ["Fused   office chair 1"]
    presenter.change_top(1)
    assert _texts(workspace) == ["Fused   office chair 1", "Fused 2   office chair 5"]
    presenter.change_top(-5)
    assert _texts(workspace) == []
    workspace.set_selection(ObjectRef(OTHER_CHAIR))
    assert _texts(workspace) == ["office chair 5"]
    presenter.set_shown(False)
    assert _texts(workspace) == []
    assert SettingsStore(path).value.num_labels == 0


def test_what_is_pointed_at_is_outlined_and_named_once(scene: Scene, workspace: Workspace) -> None:
    view, owner = MagicMock(), {0: None, 7: OTHER_CHAIR}
    hover = HoverPresenter(view, workspace, object_at=lambda vertex: owner[vertex])
    hover.on_vertex(7)
    shown = view.show_hovered.call_args.args[0]
    other = scene.object_by_id(OTHER_CHAIR)
    assert other is not None
    assert (shown.box, shown.layer, shown.text) == (other.box, None, "office chair 5")
    hover.on_vertex(7)
    assert view.show_hovered.call_count == 1  # nothing changed: nothing is shown anew
    hover.on_vertex(0)
    assert view.show_hovered.call_args.args == (None,)
    workspace.set_answers({"m": _answers(scene, "the chair", CHAIR)})
    hover.on_box("fused", 0, False)
    assert workspace.hovered is not None
    assert workspace.hovered.text == "Fused · office chair 1"
    assert view.show_hovered.call_args.args[0].text == ""  # its label stands there already
    workspace.set_selection(ObjectRef(CHAIR))  # a click on what is pointed at
    assert view.show_hovered.call_args.args == (None,)
    hover.on_nothing()
    hover.on_box("fused", 0, False)
    assert view.show_hovered.call_args.args == (None,)  # it is outlined as selected
    workspace.set_answers({})
    assert workspace.hovered is None


def test_the_divider_stands_between_two_models_and_only_there(
    scene: Scene, workspace: Workspace
) -> None:
    switches, board, heard = MagicMock(), TaskBoard(), []
    board.noticed.connect(heard.append)
    presenter = WipePresenter(switches, workspace, board)
    workspace.set_answers({"models/a": _answers(scene, "the chair", CHAIR)})
    presenter.set_shown(True)
    assert workspace.wipe_share is None
    assert "one model" in heard[0].text
    switches.set_checked.assert_called_with("models.wipe", False)
    both = {**workspace.answers, "models/b": _answers(scene, "the chair", OTHER_CHAIR)}
    workspace.set_answers(both)
    presenter.set_shown(True)
    presenter.nudge(5)
    wipe = wipe_of(workspace)
    assert wipe is not None
    assert (wipe.share, wipe.lead) == (pytest.approx(0.6), "left")
    assert (wipe.left, wipe.right) == ("A a", "B b")
    assert [(named.side, named.text) for named in labels(workspace)] == [
        ("left", "A Fused   office chair 1"),
        ("right", "B Fused   office chair 5"),
    ]
    workspace.set_lead("models/b")
    wipe = wipe_of(workspace)
    assert wipe is not None
    assert (wipe.lead, wipe.left) == ("right", "A a")
    presenter.move(3.0)
    assert workspace.wipe_share == pytest.approx(0.98)
    presenter.set_shown(False)
    assert wipe_of(workspace) is None
