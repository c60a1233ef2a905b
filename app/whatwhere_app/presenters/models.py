"""The Models panel: what there is, what it needs, loading, unloading, taking in and removing."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from whatwhere.errors import WhatWhereError
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.memory_plan import MemoryPlan, gigabytes
from whatwhere_app.model_values import ModelDetail, ModelRow, PlanShown
from whatwhere_app.presenters.asking import Asker
from whatwhere_app.presenters.model_lines import (
    Hosted,
    detail_of,
    place_of,
    plan_shown,
    row_of,
)
from whatwhere_app.presenters.model_slots import ModelSlots
from whatwhere_app.presenters.shown import model_title
from whatwhere_app.services.model_facts import ModelFacts
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import AS_USUAL

ReadModels = Callable[[Sequence[str]], tuple[tuple[ModelFacts, ...], tuple[str, ...]]]
MakePlan = Callable[[str, LoadSettings, int], MemoryPlan]
"""Of a model, with settings, as if so many bytes more were free."""

_REMOVE = {"keep": "Keep it", "remove": "Remove"}


@dataclass(frozen=True, slots=True)
class ModelTools:
    """What is done with files.

    Attributes:
        read: every model that can be named, and those in use.
        plan: what a model would need.
        forget: removes a model that was added.
    """

    read: ReadModels
    plan: MakePlan
    forget: Callable[[str], object]


class ModelsView(Protocol):
    """The Models panel."""

    def show_models(self, rows: Sequence[ModelRow], chosen: str | None) -> None:
        """Replace the list."""

    def show_detail(self, detail: ModelDetail | None) -> None:
        """What is known of the chosen one."""

    def show_plan(self, plan: PlanShown) -> None:
        """What the chosen one would need."""

    def say(self, text: str, *, is_fault: bool) -> None:
        """What was done, or why not."""


class ModelsPresenter:
    """Lists models and puts them into use; what fails is said in the panel as in the window.

    Args:
        slots: the places A and B.
        hosts: place -> whoever hosts a model there now.
        tools: reads lists, makes plans, removes.
        asker: asks before something is removed.
        set_enabled: whether a command of the panel can be given.
    """

    def __init__(
        self,
        view: ModelsView,
        workspace: Workspace,
        board: TaskBoard,
        *,
        slots: ModelSlots,
        hosts: Callable[[], Mapping[str, Hosted]],
        tools: ModelTools,
        asker: Asker,
        set_enabled: Callable[[str, bool], None],
    ) -> None:
        self._view, self._workspace, self._board = view, workspace, board
        self._slots, self._hosts = slots, hosts
        self._tools = tools
        self._asker, self._set_enabled = asker, set_enabled
        self._models: tuple[ModelFacts, ...] = ()
        self._chosen: str | None = None
        self._settings: dict[str, LoadSettings] = {}
        self._planned: MemoryPlan | None = None
        self._reading, self._planning = LatestOnly(board), LatestOnly(board)
        self._is_open = False
        workspace.models_changed.connect(self._on_models_changed)
        board.noticed.connect(self._on_noticed)
        self._enable()

    @property
    def is_busy(self) -> bool:
        """Whether the list or a plan is still being made."""
        return self._reading.is_running or self._planning.is_running

    @property
    def chosen(self) -> str | None:
        """The model that the commands are about."""
        return self._chosen

    def open(self) -> None:
        """The panel comes up: read what there is."""
        self._is_open = True
        self._view.say("", is_fault=False)
        self.refresh()

    def close(self) -> None:
        """The panel is gone; nothing is shown any more."""
        self._is_open = False
        self._enable()

    def refresh(self, chosen: str | None = None) -> None:
        """Read the list anew, and choose a model of it."""
        models = self._workspace.models
        in_use = [name for name in (models.first, models.second) if name is not None]
        self._chosen = chosen or self._chosen or models.first
        self._reading.run(asyncio.to_thread(self._tools.read, in_use), self._on_read)

    def show_states(self) -> None:
        """Loaded or not, and what it takes, as it is now."""
        if self._is_open:
            models, hosts = self._workspace.models, self._hosts()
            rows = [row_of(facts, models, hosts) for facts in self._models]
            self._view.show_models(rows, self._chosen)
            self._enable()

    def choose(self, key: str) -> None:
        """Another line of the list."""
        if key != self._chosen:
            self._chosen = key
            self._show_chosen()

    def apply_hint(self, number: int) -> None:
        """Load the chosen model, when it is loaded, with what makes it fit."""
        key, plan = self._chosen, self._planned
        if key is not None and plan is not None and number < len(plan.hints):
            changes = plan.hints[number].changes
            self._settings[key] = self._settings_of(key).changed(changes)
            self._make_plan()

    def load_as_usual(self) -> None:
        """Forget what was changed so that the chosen model fits."""
        if self._chosen is not None and self._settings.pop(self._chosen, None) is not None:
            self._make_plan()

    def load_first(self) -> None:
        """Make the chosen model A."""
        self._load(self._slots.load_first)

    def load_second(self) -> None:
        """Make the chosen model B."""
        self._load(self._slots.load_second)

    def unload(self) -> None:
        """Give the chosen model's memory back."""
        key = self._chosen
        host = None if key is None else self._hosts().get(place_of(key, self._workspace.models))
        if key is not None and host is not None:
            given_back = host.memory_bytes
            self._slots.unload(key)
            said = f"{model_title(key)} is unloaded; {gigabytes(given_back)} are given back."
            self._view.say(said, is_fault=False)

    def remove(self) -> None:
        """Ask whether the chosen model shall be forgotten."""
        facts = self._facts()
        if facts is None:
            return
        stays = "Its folder stays where it is." if facts.kind == "folder" else "Its files go."
        self._asker.ask(
            f"Remove {facts.name} from the list? {stays}",
            _REMOVE,
            lambda answer: self._on_answered(answer, facts),
        )

    def _on_answered(self, answer: str, facts: ModelFacts) -> None:
        if answer != "remove":
            return
        if place_of(facts.key, self._workspace.models):
            self._view.say(f"{facts.name} is in use. Load another first.", is_fault=True)
            return
        self._board.spawn(self._removed(facts))

    async def _removed(self, facts: ModelFacts) -> None:
        await asyncio.to_thread(self._tools.forget, facts.key)
        self._settings.pop(facts.key, None)
        self._chosen = None
        self._view.say(f"{facts.name} is no longer listed.", is_fault=False)
        self.refresh()

    def _load(self, load: Callable[[str, LoadSettings], None]) -> None:
        key = self._chosen
        if key is None:
            return
        if self._planned is not None and not self._planned.fits and not self._planned.hints:
            # Whatever the host says of it is said as well.
            self._view.say(f"{self._planned.sentence}.", is_fault=True)
        else:
            self._view.say(f"Loading {model_title(key)}…", is_fault=False)
        load(key, self._settings_of(key))

    def _settings_of(self, key: str) -> LoadSettings:
        models = self._workspace.models
        used = {models.first: models.first_settings, models.second: models.second_settings}
        return self._settings.get(key, used.get(key, AS_USUAL))

    def _facts(self) -> ModelFacts | None:
        return next((facts for facts in self._models if facts.key == self._chosen), None)

    def _on_read(self, found: tuple[tuple[ModelFacts, ...], tuple[str, ...]]) -> None:
        self._models, problems = found
        if self._facts() is None:
            self._chosen = self._models[0].key if self._models else None
        if problems:
            self._view.say(" ".join(problems), is_fault=True)
        self._show_chosen()

    def _show_chosen(self) -> None:
        self.show_states()
        facts = self._facts()
        self._view.show_detail(None if facts is None else detail_of(facts))
        self._make_plan()

    def _make_plan(self) -> None:
        self._planned = None
        key = self._chosen
        if key is None or not self._is_open:
            self._view.show_plan(PlanShown())
            return
        settings = self._settings_of(key)
        # What the process holds that would end first is as good as free.
        host = self._hosts().get(place_of(key, self._workspace.models) or "A")
        freed = 0 if host is None else host.memory_bytes
        self._planning.run(
            self._plan_or_why_not(key, settings, freed),
            lambda plan: self._on_planned(plan, settings),
        )

    async def _plan_or_why_not(
        self, key: str, settings: LoadSettings, freed: int
    ) -> MemoryPlan | str:
        try:
            return await asyncio.to_thread(self._tools.plan, key, settings, freed)
        except WhatWhereError as error:
            return str(error)

    def _on_planned(self, plan: MemoryPlan | str, settings: LoadSettings) -> None:
        if isinstance(plan, str):
            self._view.show_plan(PlanShown(text=plan, is_tight=True))
            return
        self._planned = plan
        self._view.show_plan(plan_shown(plan, settings))

    def _on_models_changed(self) -> None:
        if self._is_open:
            known = {facts.key for facts in self._models}
            models = self._workspace.models
            if {models.first, models.second} - known - {None}:
                self.refresh()
            self.show_states()

    def _on_noticed(self, notice: Notice) -> None:
        if self._is_open:
            self._view.say(notice.text, is_fault=notice.level != "info")

    def _enable(self) -> None:
        facts = self._facts() if self._is_open else None
        place = "" if facts is None else place_of(facts.key, self._workspace.models)
        host = self._hosts().get(place)
        is_loaded = host is not None and host.state.phase in ("starting", "loading", "ready")
        can = {
            "load_first": facts is not None and not (place == "A" and is_loaded),
            "load_second": facts is not None and not place,
            "release": is_loaded,
            "verify": facts is not None,
            "remove": facts is not None and facts.is_named and not facts.is_shipped,
        }
        for name, is_possible in can.items():
            self._set_enabled(f"models.{name}", is_possible)
