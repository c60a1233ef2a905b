from whatwhere.language.expressions import Expression
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import ObjectRef


def test_an_equal_value_is_not_announced() -> None:
    workspace = Workspace()
    heard: list[str] = []
    workspace.selection_changed.connect(lambda: heard.append("selection"))
    workspace.set_selection(ObjectRef(3))
    workspace.set_selection(ObjectRef(3))
    workspace.set_selection(None)
    assert heard == ["selection", "selection"]


def test_another_scene_clears_what_belonged_to_the_old_one() -> None:
    workspace = Workspace()
    workspace.set_scene(object())  # type: ignore[arg-type]
    workspace.set_expression(Expression("s", "the chair", target_id=1))
    workspace.set_selection(ObjectRef(1))
    workspace.set_frame("7")
    workspace.set_scene(None)
    assert workspace.expression is None
    assert workspace.selection is None
    assert workspace.frame is None
