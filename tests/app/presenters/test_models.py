"""The Models panel's presenter and the places A and B, without a window and without a host."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from unittest.mock import MagicMock

from whatwhere.errors import ModelError
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.memory_plan import MemoryHint, MemoryPlan
from whatwhere_app.presenters.asking import Asker
from whatwhere_app.presenters.model_slots import ModelSlots
from whatwhere_app.presenters.models import ModelsPresenter, ModelTools
from whatwhere_app.services.grounder import HostState
from whatwhere_app.services.model_facts import ModelFacts
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import AS_USUAL, Answers, ModelsInUse

Until = Callable[[Callable[[], bool]], Awaitable[None]]
GB = 10**9


class First:
    """A service that cannot load "broken", and loads "slow" when it is told to."""

    def __init__(self) -> None:
        self.state = HostState("off", "default")
        self.memory_bytes = 0
        self.done: list[tuple[str, Any]] = []

    async def use(self, model: str, settings: LoadSettings = AS_USUAL) -> None:
        self.done.append((model, settings))
        self.state, self.memory_bytes = HostState("off", model), 0

    async def load(self) -> None:
        if self.state.model == "broken":
            raise ModelError("its weights are cut short", remedy="Copy them again")
        self.state = HostState("ready", self.state.model, device="cpu")
        self.memory_bytes = GB

    async def close(self) -> None:
        self.state, self.memory_bytes = HostState("off", self.state.model), 0


class Desk:
    """A panel over three models, of which "big" fits with fewer frames only."""

    def __init__(self) -> None:
        self.workspace, self.board, self.first = Workspace(), TaskBoard(), First()
        self.heard: list[Notice] = []
        self.board.noticed.connect(self.heard.append)
        self.view, self.second, self.asker_view = MagicMock(), MagicMock(), MagicMock()
        self.second.close = self._close_second
        self.asker = Asker(self.asker_view)
        self.asked_again: list[bool] = []
        self.forgotten: list[str] = []
        self.freed: list[int] = []
        self.enabled: dict[str, bool] = {}
        self.slots = ModelSlots(
            self.workspace,
            self.board,
            first=self.first,
            second=self.second,
            stop_asking=MagicMock(),
            ask_again=self.asked_again.append,
        )
        self.models = ModelsPresenter(
            self.view,
            self.workspace,
            self.board,
            slots=self.slots,
            hosts=lambda: {"A": self.first},
            tools=ModelTools(self._read, self._plan, self.forgotten.append),
            asker=self.asker,
            set_enabled=self.enabled.__setitem__,
        )

    async def _close_second(self) -> None:
        self.workspace.set_models(ModelsInUse(self.workspace.models.first))

    def _read(self, in_use: Sequence[str]) -> Any:
        names = ["default", "big", "broken"]
        return tuple(
            ModelFacts(
                key=name,
                name=name,
                kind="folder",
                is_shipped=name == "default",
                is_named=name in names,
                num_bytes=GB,
                facts=(),
                trained_on="",
                card="",
            )
            for name in dict.fromkeys([*names, *in_use])
        ), ()

    def _plan(self, model: str, settings: LoadSettings, freed_bytes: int) -> MemoryPlan:
        self.freed.append(freed_bytes)
        need = 9 * GB if model == "big" and settings.max_frames is None else GB
        hint = MemoryHint("16 frames", {"max_frames": 16}, GB)
        return MemoryPlan(
            model=model,
            settings=settings.changed({"device": "cpu"}),
            parts={"weights": need},
            free_bytes=4 * GB,
            hints=(hint,) if need > 4 * GB else (),
        )

    async def settled(self, until: Until) -> None:
        await until(lambda: not self.models.is_busy and not self.slots.is_busy)

    @property
    def rows(self) -> dict[str, tuple[str, str]]:
        """Name -> place and state, as shown last."""
        return {row.key: (row.place, row.state) for row in self.view.show_models.call_args.args[0]}

    @property
    def said(self) -> str:
        return str(self.view.say.call_args.args[0])


def test_what_does_not_fit_fits_after_one_click_and_is_loaded_like_that(until: Until) -> None:
    desk = Desk()

    async def scenario() -> None:
        desk.models.open()
        await desk.settled(until)
        desk.models.choose("big")
        await desk.settled(until)
        shown = desk.view.show_plan.call_args.args[0]
        assert shown.is_tight
        assert shown.text == "big needs 9.0 GB in memory, 4.0 GB are free."
        assert shown.changes == ("Fits with 16 frames",)
        desk.models.apply_hint(0)
        await desk.settled(until)
        shown = desk.view.show_plan.call_args.args[0]
        assert not shown.is_tight
        assert shown.chosen == "To be loaded with frames 16."
        desk.models.load_first()
        await desk.settled(until)
        await until(lambda: desk.first.state.phase == "ready")

    asyncio.run(scenario())
    assert desk.first.done == [("big", LoadSettings(max_frames=16))]
    assert desk.workspace.models.first == "big"
    assert desk.workspace.models.first_settings.max_frames == 16
    assert desk.asked_again == [False]


def test_a_model_that_cannot_be_loaded_leaves_the_former_one_in_use(until: Until) -> None:
    desk = Desk()
    asked = MagicMock(spec=Answers)

    async def scenario() -> None:
        desk.models.open()
        await desk.settled(until)
        desk.workspace.set_answers({"default": asked})
        desk.models.choose("broken")
        await desk.settled(until)
        desk.models.load_first()
        await until(lambda: bool(desk.heard))
        await desk.settled(until)

    asyncio.run(scenario())
    assert "cut short" in desk.said
    assert [model for model, _ in desk.first.done] == ["broken", "default"]
    assert desk.workspace.models == ModelsInUse("default")
    assert desk.asked_again == [True]


def test_memory_that_is_given_back_is_told_and_counts_as_free_before(until: Until) -> None:
    desk = Desk()

    async def scenario() -> None:
        desk.models.open()
        await desk.settled(until)
        desk.models.load_first()
        await until(lambda: desk.first.state.phase == "ready")
        await desk.settled(until)
        desk.models.show_states()
        assert desk.rows["default"] == ("A", "loaded · cpu · 1.0 GB")
        assert desk.enabled["models.release"]
        assert not desk.enabled["models.load_first"]
        desk.models.choose("big")
        await desk.settled(until)
        assert desk.freed[-1] == GB
        desk.models.choose("default")
        desk.models.unload()
        assert desk.said == "default is unloaded; 1.0 GB are given back."
        await until(lambda: desk.first.memory_bytes == 0)
        desk.models.show_states()

    asyncio.run(scenario())
    assert desk.rows["default"] == ("A", "not loaded")


def test_only_what_was_added_is_removed_and_only_when_the_user_says_so(until: Until) -> None:
    desk = Desk()

    async def scenario() -> None:
        desk.models.open()
        await desk.settled(until)
        assert not desk.enabled["models.remove"]
        desk.models.choose("big")
        await desk.settled(until)
        assert desk.enabled["models.remove"]
        desk.models.remove()
        desk.asker.on_answered("keep")
        assert not desk.forgotten
        desk.workspace.set_models(ModelsInUse("default", "big"))
        desk.models.remove()
        desk.asker.on_answered("remove")
        assert "is in use" in desk.said
        desk.workspace.set_models(ModelsInUse("default"))
        desk.models.remove()
        desk.asker.on_answered("remove")
        await until(lambda: bool(desk.forgotten))
        await desk.settled(until)

    asyncio.run(scenario())
    assert desk.forgotten == ["big"]


def test_a_folder_in_use_that_has_no_name_is_listed(until: Until) -> None:
    desk = Desk()

    async def scenario() -> None:
        desk.models.open()
        await desk.settled(until)
        desk.workspace.set_models(ModelsInUse("/models/mine", "big"))
        await desk.settled(until)

    asyncio.run(scenario())
    assert desk.rows["/models/mine"][0] == "A"
    assert desk.rows["big"][0] == "B"


def test_the_second_model_becomes_the_first(until: Until) -> None:
    desk = Desk()
    desk.workspace.set_models(ModelsInUse("default", "big"))

    async def scenario() -> None:
        desk.slots.load_first("big")
        await desk.settled(until)
        await until(lambda: desk.first.state.phase == "ready")

    asyncio.run(scenario())
    assert desk.workspace.models == ModelsInUse("big")


def test_models_of_last_time_come_back_and_those_that_have_gone_are_named(until: Until) -> None:
    desk = Desk()

    async def scenario() -> None:
        assert desk.slots.bring_back(ModelsInUse("cheating", "cured")) == ()
        await until(lambda: bool(desk.first.done))

    asyncio.run(scenario())
    assert desk.first.done == [("cheating", AS_USUAL)]
    assert desk.workspace.models.first == "cheating"
    assert desk.second.open.call_args.args == ("cured",)
    (fault,) = desk.slots.bring_back(ModelsInUse("/nowhere/mine"))
    assert 'there is no model "/nowhere/mine"' in fault
    assert desk.workspace.models.first == "cheating"
