"""Which layers are drawn: toggled one by one, or all at once."""

from typing import Protocol

from whatwhere_app.theme import LAYERS, Layer
from whatwhere_app.workspace import Workspace


class LayerSwitches(Protocol):
    """The checkable commands of the layers."""

    def set_checked(self, name: str, is_checked: bool) -> None:
        """Show the state of one switch without telling anybody."""


class LayersPresenter:
    """Keeps switches and workspace in step."""

    def __init__(self, view: LayerSwitches, workspace: Workspace) -> None:
        self._view = view
        self._workspace = workspace
        workspace.visible_changed.connect(self._show)
        self._show()

    def on_toggled(self, layer: Layer, is_visible: bool) -> None:
        """A switch was used."""
        change = frozenset({layer})
        visible = self._workspace.visible
        self._workspace.set_visible(visible | change if is_visible else visible - change)

    def show_all(self) -> None:
        """Everything on."""
        self._workspace.set_visible(frozenset(LAYERS))

    def _show(self) -> None:
        for layer in LAYERS:
            self._view.set_checked(f"show.{layer}", layer in self._workspace.visible)
