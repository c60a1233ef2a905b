"""The form of a run: presets, changes, faults in place, and whether the machine will do."""

import asyncio
import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from shiboken6 import delete

from whatwhere.models.catalogue import Record, models_folder, write_record
from whatwhere.training.config import TrainConfig, preset_names, read_config
from whatwhere.training.preflight import Need, Preflight
from whatwhere.training.run_summary import RunSummary
from whatwhere_app.presenters.train_fields import PRESETS, TITLES, hint_of
from whatwhere_app.presenters.train_form import TrainFormPresenter, duration
from whatwhere_app.runs_desk import RunsDesk, RunsLook
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.train_values import FieldRow, FormShown, NeedRow

Until = Callable[[Callable[[], bool]], Awaitable[None]]
ENOUGH = Preflight((Need("memory", 1, 2),), "No GPU: trains on 1 of 2 cores")
SHORT = Preflight((Need("memory", 3_000_000_000, 2_000_000_000),), "No GPU: trains on 1 of 2 cores")


class FakeView:
    def __init__(self) -> None:
        self.form: FormShown | None = None
        self.needs: tuple[NeedRow, ...] = ()

    def show_form(self, form: FormShown) -> None:
        self.form = form

    def show_needs(self, needs: tuple[NeedRow, ...]) -> None:
        self.needs = needs

    def field(self, name: str) -> FieldRow:
        assert self.form is not None
        return next(row for rows in self.form.groups.values() for row in rows if row.name == name)

    def group(self, name: str) -> list[str]:
        assert self.form is not None
        rows = next(rows for group, rows in self.form.groups.items() if group == name)
        return [row.name for row in rows]


class Case:
    def __init__(self, loop: asyncio.AbstractEventLoop, until: Until) -> None:
        self.loop, self.until = loop, until
        self.view, self.desk, self.board = FakeView(), RunsDesk(), TaskBoard()
        self.found = ENOUGH
        self.started: list[TrainConfig] = []
        self.copied: list[str] = []
        self.can_start: bool | None = None
        self.parent = QObject()

    def look(self, config: TrainConfig) -> Preflight:
        return self.found

    def run(self, work: Callable[[TrainFormPresenter], Awaitable[None]]) -> None:
        async def scenario() -> None:
            form = TrainFormPresenter(
                self.view,
                self.desk,
                self.board,
                look=self.look,
                start=self.started.append,
                set_can_start=lambda can: setattr(self, "can_start", can),
                copy=self.copied.append,
                parent=self.parent,
            )
            await work(form)
            await self.board.close()
            delete(self.parent)  # its timers go with it, or they ring in the next test

        self.loop.run_until_complete(scenario())


@pytest.fixture
def case(loop: asyncio.AbstractEventLoop, until: Until) -> Case:
    return Case(loop, until)


def test_ours_is_offered_first_and_every_preset_says_what_it_is(case: Case) -> None:
    async def work(form: TrainFormPresenter) -> None:
        assert case.view.form is not None
        assert case.view.form.presets[0] == ("w2r2-plus", "w2r2-plus · ours")
        assert {name for name, _ in case.view.form.presets} == set(preset_names())
        assert "reading" in dict(case.view.form.presets)["w2r2-relative"]
        assert "beyond" in dict(case.view.form.presets)["debias-product"]
        for name, _ in PRESETS:
            form.choose_preset(name)
            assert len(case.view.form.note) > 20

    case.run(work)


def test_the_losses_of_a_preset_are_in_view_and_explained(case: Case) -> None:
    async def work(form: TrainFormPresenter) -> None:
        form.choose_preset("w2r2-within-class")
        losses = case.view.group("Losses")
        assert {"alignment", "pseudo_label", "margin", "what_keeper_weight"} <= set(losses)
        assert all(len(case.view.field(name).hint) > 15 for name in losses)
        assert all(case.view.field(name).is_explained for name in losses)
        form.choose_preset("plain")
        assert case.view.group("Losses") == ["alignment"]
        assert "opponent_weight" in case.view.group("Everything else")

    case.run(work)


def test_every_setting_is_explained_and_shown_once() -> None:
    hints = {name: hint_of(name) for name in TrainConfig.model_fields}
    assert all(len(hint) > 8 and hint.endswith(".") for hint in hints.values()), hints
    assert set(TITLES) <= set(TrainConfig.model_fields)


def test_a_change_is_marked_and_reset(case: Case) -> None:
    async def work(form: TrainFormPresenter) -> None:
        form.change("lr", "0.002")
        row = case.view.field("lr")
        assert (row.value, row.is_changed, row.preset_value) == ("0.002", True, "0.001")
        form.reset("lr")
        assert not case.view.field("lr").is_changed
        form.change("lr", "0.002")
        form.change("lr", "0.001")
        assert not case.view.field("lr").is_changed

    case.run(work)


def test_every_fault_is_shown_at_its_place_and_nothing_starts(case: Case) -> None:
    async def work(form: TrainFormPresenter) -> None:
        form.change("steps", "many")
        form.change("shortcut", "7")
        form.change("base", "/nowhere")
        form.change("data", "/nowhere")
        faulty = {"steps", "shortcut", "base", "data"}
        assert all(case.view.field(name).fault for name in faulty)
        assert "no model folder" in case.view.field("base").fault
        assert "ScanRefer_filtered_train.json" in case.view.field("data").fault
        assert case.can_start is False
        assert any("Steps" in need.text and need.is_short for need in case.view.needs)
        form.start()
        assert case.started == []
        for name in faulty:
            form.reset(name)
        await case.until(lambda: case.can_start is True)
        form.start()
        assert len(case.started) == 1

    case.run(work)


def test_what_is_started_is_what_is_shown(case: Case, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")

    async def work(form: TrainFormPresenter) -> None:
        form.choose_preset("w2r2-relative")
        form.change("base", str(tmp_path))
        form.change("name", 'my "run"')
        form.change("family", "prominence")
        form.change("balance_shortcut", "true")
        form.start()
        (config,) = case.started
        assert (config.base, config.name) == (str(tmp_path), 'my "run"')
        assert (config.family, config.balance_shortcut) == ("prominence", True)
        assert config.pseudo_label == "relative"
        form.copy_as_command()
        parts = shlex.split(case.copied[0])
        assert parts[:3] == ["whatwhere", "train", "w2r2-relative"]
        assert parts[parts.index("--from") + 1] == str(tmp_path)
        changes = [parts[i + 1] for i, part in enumerate(parts) if part == "--set"]
        pairs = dict(change.split("=", 1) for change in changes)
        again = read_config("w2r2-relative", {**pairs, "base": f'"{tmp_path}"'})
        assert again == config

    case.run(work)


def test_every_model_with_weights_can_be_gone_on_from(case: Case, home: Path) -> None:
    async def work(form: TrainFormPresenter) -> None:
        names = [value for value, _ in case.view.field("base").options]
        assert names == ["default", "cheating", "cured", ""]
        form.change("base", "cheating")
        assert not case.view.field("base").fault
        form.change("base", "nobody")
        assert "no model folder" in case.view.field("base").fault
        added = models_folder() / "nobody"
        added.mkdir(parents=True)
        write_record(added, Record(kind="folder", origin="elsewhere"))
        case.desk.set_look(RunsLook((), {}, log=("a model was added meanwhile",)))
        assert not case.view.field("base").fault

    case.run(work)


def test_another_preset_keeps_data_and_length_but_no_loss(case: Case) -> None:
    async def work(form: TrainFormPresenter) -> None:
        form.change("steps", "77")
        form.change("margin", "2")
        form.choose_preset("debias-opponent")
        assert case.view.field("steps").value == "77"
        assert not case.view.field("margin").is_changed
        assert case.view.field("base").value == "default"
        form.choose_preset("default")
        assert case.view.field("base").value == "", "it trains from scratch"

    case.run(work)


def test_too_little_is_told_with_numbers_and_keeps_it_from_starting(case: Case) -> None:
    async def work(form: TrainFormPresenter) -> None:
        await case.until(lambda: case.can_start is True)
        case.found = SHORT
        form.change("steps", "600")
        await case.until(lambda: case.can_start is False)
        short = [need.text for need in case.view.needs if need.is_short]
        assert short == ["Memory: about 3.0 GB needed, 2.0 GB free · not enough"]

    case.run(work)


def test_checkpoints_of_runs_are_offered_and_their_speed_is_used(case: Case) -> None:
    run = Path("/runs/one")
    config = read_config("plain", {"rooms_per_step": "2", "sentences_per_room": "5"})
    summary = RunSummary(run, "one", "done", checkpoints=(10, 20), config=config)

    async def work(form: TrainFormPresenter) -> None:
        case.desk.set_look(RunsLook((summary,), {run: 1.0}))
        options = dict(case.view.field("base").options)
        assert options[str(run / "checkpoints" / "step-000020")] == "one · step 20"
        assert options[str(run / "model")] == "one · finished"
        form.change("rooms_per_step", "2")
        form.change("sentences_per_room", "5")
        form.change("steps", "1200")
        await case.until(lambda: any("20 min" in need.text for need in case.view.needs))

    case.run(work)


def test_what_such_a_run_used_stands_beneath_the_estimate(case: Case) -> None:
    run = Path("/runs/one")

    async def work(form: TrainFormPresenter) -> None:
        form.change("train_rooms", "10")
        form.start()
        config = case.started[0]
        summary = RunSummary(
            run, "one", "done", checkpoints=(10,), config=config, peak_rss_bytes=1_230_000_000
        )
        case.desk.set_look(RunsLook((summary,)))
        used = "Used at most by such a run: 1.2 GB."
        await case.until(lambda: [need.text for need in case.view.needs][1:2] == [used])
        form.change("steps", "7")
        await case.until(lambda: used in [need.text for need in case.view.needs])
        form.change("rooms_per_step", "99")
        await case.until(lambda: used not in [need.text for need in case.view.needs])

    case.run(work)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (5400, "1 h 30 min")]
)
def test_durations_are_rounded_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_model_that_was_pretrained_brings_its_own_settings(case: Case, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"kind": "frame_vlm", "max_frames": 16}')

    async def work(form: TrainFormPresenter) -> None:
        form.choose_preset("w2r2-within-class")
        tiny = case.view.field("lr").value
        form.change("base", str(tmp_path))
        assert case.view.field("base").fault == ""
        rate = case.view.field("lr")
        assert float(rate.value) < float(tiny) / 10
        assert not rate.is_changed
        form.start()
        assert case.started[-1].max_frames == 16

    case.run(work)


def test_a_setting_that_a_model_cannot_be_trained_with_is_said_at_the_model(
    case: Case, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text('{"kind": "frame_vlm"}')

    async def work(form: TrainFormPresenter) -> None:
        form.choose_preset("w2r2-plus")
        form.change("base", str(tmp_path))
        assert case.view.field("base").fault == ""
        form.change("anchor_weight", "1")
        assert '"anchor_weight"' in case.view.field("base").fault
        assert case.can_start is False
        form.change("anchor_weight", "0")
        assert case.view.field("base").fault == ""

    case.run(work)


def test_annotated_failures_are_offered_and_go_into_the_run(case: Case, home: Path) -> None:
    folder = home / "data" / "hard_sets" / "cheating-val-1"
    folder.mkdir(parents=True)
    (folder / "hard_set.json").write_text("{}")

    async def work(form: TrainFormPresenter) -> None:
        form.choose_preset("w2r2-within-class")
        options = dict(case.view.field("hard_set").options)
        assert options == {"": "None", str(folder): "cheating-val-1"}
        form.change("hard_set", str(folder))
        form.change("hard_twins", "0.5")
        form.choose_preset("plain")
        form.start()
        (config,) = case.started
        assert (config.hard_set, config.hard_twins) == (str(folder), 0.5)

    case.run(work)
