"""The Models panel, built and connected: models in use, taken in, checked and let go."""

from collections.abc import Callable, Mapping
from typing import get_args

from PySide6.QtCore import QTimer

from whatwhere.models.catalogue import remove
from whatwhere.models.free_memory import Memory, memory_of
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.memory_plan import MemoryPlan
from whatwhere.models.planning import plan_for
from whatwhere_app.comparing import Comparing
from whatwhere_app.main_window import MainWindow
from whatwhere_app.model_values import AddKind
from whatwhere_app.presenters.asking import Asker
from whatwhere_app.presenters.model_adding import ModelAdding
from whatwhere_app.presenters.model_lines import Hosted
from whatwhere_app.presenters.model_slots import ModelSlots
from whatwhere_app.presenters.models import ModelsPresenter, ModelTools
from whatwhere_app.presenters.query import QueryPresenter
from whatwhere_app.services.grounder import GrounderService
from whatwhere_app.services.model_facts import read_models
from whatwhere_app.services.model_keeping import ModelKeeping
from whatwhere_app.settings import user_folder
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import Theme
from whatwhere_app.views.models_panel import ModelsPanel
from whatwhere_app.workspace import Workspace

_REFRESH_MS = 1000
_COMMANDS = {
    "Load as A": "load_first",
    "Load as B": "load_second",
    "Unload": "release",
    "Verify": "verify",
    "Remove…": "remove",
}
_WAYS = {
    "Add folder…": "add_folder",
    "Add from hub…": "add_hub",
    "Add program…": "add_program",
    "Import predictions…": "add_predictions",
}


class Modelling:
    """The panel, its presenters, and the places A and B.

    Args:
        grounder: the service of the first model.
        comparing: the second model.
        query: asks again when a model was exchanged.
    """

    def __init__(
        self,
        window: MainWindow,
        workspace: Workspace,
        board: TaskBoard,
        *,
        grounder: GrounderService,
        comparing: Comparing,
        query: QueryPresenter,
    ) -> None:
        self._window, self._workspace = window, workspace
        self._grounder, self._comparing = grounder, comparing
        actions = window.actions_by_name
        self.panel = ModelsPanel(
            {text: actions[f"models.{name}"] for text, name in _COMMANDS.items()},
            {text: actions[f"models.{name}"] for text, name in _WAYS.items()},
            window,
        )
        self.slots = ModelSlots(
            workspace,
            board,
            first=grounder,
            second=comparing.presenter,
            stop_asking=query.cancel,
            ask_again=query.ask_again,
        )
        asker = Asker(self.panel.question)
        self.panel.question.answered.connect(asker.on_answered)
        self.models = ModelsPresenter(
            self.panel,
            workspace,
            board,
            slots=self.slots,
            hosts=self._hosts,
            tools=ModelTools(read_models, _plan, remove),
            asker=asker,
            set_enabled=lambda name, is_enabled: actions[name].setEnabled(is_enabled),
        )
        keeping = ModelKeeping(user_folder("state") / "model-keeper.log")
        self.adding = ModelAdding(
            self.panel,
            workspace,
            board,
            keep=keeping.ask,
            added=self.models.refresh,
            chosen=lambda: self.models.chosen,
        )
        self._timer = QTimer(window)
        self._timer.setInterval(_REFRESH_MS)
        self._connect()

    @property
    def is_busy(self) -> bool:
        """Whether a model is being exchanged, taken in or described."""
        return self.slots.is_busy or self.adding.is_busy or self.models.is_busy

    def set_theme(self, theme: Theme) -> None:
        """Paint in this look."""
        self.panel.set_theme(theme)

    def _connect(self) -> None:
        panel, models, actions = self.panel, self.models, self._window.actions_by_name
        panel.chosen.connect(models.choose)
        panel.hidden.connect(self._on_hidden)
        panel.cancel_requested.connect(self.adding.cancel)
        panel.sheet.hint_chosen.connect(models.apply_hint)
        panel.sheet.reset_requested.connect(models.load_as_usual)
        panel.form.submitted.connect(self.adding.add)
        commands: dict[str, Callable[[], None]] = {
            "panel": self._open,
            "load_first": models.load_first,
            "load_second": models.load_second,
            "release": models.unload,
            "verify": self.adding.verify,
            "remove": models.remove,
        }
        for name, command in commands.items():
            actions[f"models.{name}"].triggered.connect(lambda *_, call=command: call())
        kinds: tuple[AddKind, ...] = get_args(AddKind)
        for kind in kinds:
            action = actions[f"models.add_{kind}"]
            action.triggered.connect(lambda *_, kind=kind: self._ask_for(kind))
        self._timer.timeout.connect(models.show_states)
        self._grounder.state_changed.connect(models.show_states)

    def _open(self) -> None:
        if not self.panel.isVisible():
            self.models.open()
            self._timer.start()
        self.panel.open_with_focus()

    def _ask_for(self, kind: AddKind) -> None:
        self._open()
        self.panel.form.show_kind(kind)

    def _on_hidden(self) -> None:
        self._timer.stop()
        self.models.close()

    def _hosts(self) -> Mapping[str, Hosted]:
        second = self._comparing.second
        return {"A": self._grounder} if second is None else {"A": self._grounder, "B": second}


def _plan(model: str, settings: LoadSettings, freed_bytes: int) -> MemoryPlan:
    """The plan, as if a process were gone that will make room."""

    def free(device: str) -> Memory | None:
        found = memory_of(device)
        if found is None or device != "cpu":
            return found
        return Memory(min(found.free_bytes + freed_bytes, found.total_bytes), found.total_bytes)

    return plan_for(model, settings, free=free)
