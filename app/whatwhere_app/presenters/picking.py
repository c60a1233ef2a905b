"""What a click in the 3D view selects."""

from collections.abc import Callable

from whatwhere_app.presenters.shown import distractor_at, mixed_candidate, target_of
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import CandidateRef, ObjectRef


class PickingPresenter:
    """Turns clicks into selections.

    Args:
        object_at: the annotated object that a vertex of the scan belongs to, or None.
    """

    def __init__(self, workspace: Workspace, *, object_at: Callable[[int], int | None]) -> None:
        self._workspace, self._object_at = workspace, object_at

    def on_box_clicked(self, layer: str, index: int) -> None:
        """A box in the 3D view was clicked."""
        target = target_of(self._workspace)
        if layer == "mix":
            self._workspace.set_selection(mixed_candidate(self._workspace))
        elif layer == "distractor":
            item = distractor_at(self._workspace, index)
            self._workspace.set_selection(ObjectRef(item.object_id))
        elif layer != "gt":
            modality = next(m for m in ("fused", "2d", "3d") if m == layer)
            self._workspace.set_selection(CandidateRef(modality, index))
        elif target is not None:
            self._workspace.set_selection(ObjectRef(target.object_id))

    def on_vertex_clicked(self, vertex: int) -> None:
        """The scan was clicked: select the object there, if it is one."""
        object_id = self._object_at(vertex)
        self._workspace.set_selection(None if object_id is None else ObjectRef(object_id))

    def on_nothing_clicked(self) -> None:
        """The background was clicked."""
        self._workspace.set_selection(None)
