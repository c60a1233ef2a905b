"""Probes: rows, boxes beside boxes, files; and the relations as arrows."""

import asyncio
import csv
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from whatwhere.evaluation.probes.catalogue import PROBES
from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression, Viewpoint
from whatwhere.scenes.opening import open_scene
from whatwhere_app.presenters.probes import Method, ProbesPresenter, Progress
from whatwhere_app.presenters.relation_ruler import RelationRulerPresenter
from whatwhere_app.probe_values import AnswerChange, ProbeLine, ProbeWork, RuledLine
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, RecordedModel

Until = Callable[[Callable[[], bool]], Coroutine[Any, Any, None]]

HERE, THERE = Box((0.0, 0.0, 0.5), (1.0, 1.0, 1.0)), Box((3.0, 0.0, 0.5), (1.0, 1.0, 1.0))


def answer(box: Box, number: int, **more: Any) -> dict[str, Any]:
    said = {"proposal": number, "object_id": number, "label": "chair", "log_p": -0.1, "iou": None}
    return {"box": box.as_json(), **said, "delta_iou": None, **more}


MOVED = answer(THERE, 1, outcome="moved", as_expected=False, verdict="Prediction moved.")
ROW = {
    **{"probe": "grey", "title": "Grey", "family": "colour", "does": "", "why_not": ""},
    **{"expected": "stay", "changed": "grey", "expression": "the chair", "must_look": True},
    **{"warnings": [], "ms": 12.0, "answers": {"fused": MOVED}},
}
SKIPPED = {**ROW, "probe": "mirror-words", "why_not": "It names no side.", "answers": {}}
DOCUMENTS: dict[Method, dict[str, Any]] = {
    "probe": {
        **{"scene": "s", "expression": "the chair", "model": "m", "modalities": ["fused"]},
        **{"before": {"fused": answer(HERE, 0)}, "probes": [ROW, SKIPPED]},
    },
    "flip": {
        **{"before": answer(HERE, 0), "tried": 3},
        "flip": {"says": "without frame 7", "after": answer(THERE, 1)},
    },
    "evidence": {
        "candidate": answer(HERE, 0),
        "frames": [
            {"name": "7", "gain": 0.5, "moves_without": True},
            {"name": "9", "gain": -0.25, "moves_without": False},
        ],
    },
}


class Seen:
    """Panel, 3D view and strip at once; remembers what it was last given."""

    def __init__(self) -> None:
        self.head = self.detail = self.said = ""
        self.lines: dict[str, ProbeLine] = {}
        self.work: ProbeWork | None = None
        self.change: AnswerChange | None = None
        self.gains: Mapping[str, float] = {}
        self.relations: Sequence[RuledLine] = ()

    def show_head(self, text: str) -> None:
        self.head = text

    def show_lines(self, lines: Sequence[ProbeLine], chosen: str | None) -> None:
        self.lines = {line.name: line for line in lines}

    def show_detail(self, text: str) -> None:
        self.detail = text

    def show_work(self, work: ProbeWork | None) -> None:
        self.work = work

    def say(self, text: str) -> None:
        self.said = text

    def show_change(self, change: AnswerChange | None) -> None:
        self.change = change

    def show_gains(self, gains: Mapping[str, float]) -> None:
        self.gains = gains

    def show_relations(self, lines: Sequence[RuledLine]) -> None:
        self.relations = lines


class Bench:
    """A scene that is open, a sentence, and a host that answers when it is let."""

    def __init__(self, scan: Path) -> None:
        self.seen, self.workspace, self.board = Seen(), Workspace(), TaskBoard()
        self.asked: list[tuple[Method, Sequence[str] | None]] = []
        self.models: list[RecordedModel | None] = []
        self.may_answer = asyncio.Event()
        self.enabled: dict[str, bool] = {}
        self.presenter = ProbesPresenter(
            self.seen,
            self.seen,
            self.seen,
            self.workspace,
            self.board,
            ask=self.ask,
            set_enabled=self.enabled.__setitem__,
        )
        self.scene = open_scene(scan)

    def open(self) -> None:
        self.workspace.set_scene(self.scene)
        self.workspace.set_expression(Expression.typed(self.scene.scene_id, "the chair"))

    async def ask(
        self,
        method: Method,
        scene: Any,
        expression: Expression,
        probes: Sequence[str] | None,
        progress: Progress,
        *,
        model: RecordedModel | None,
    ) -> dict[str, Any]:
        self.asked.append((method, probes))
        self.models.append(model)
        progress(1, 4, "take the colours out")
        await self.may_answer.wait()
        return DOCUMENTS[method]


@pytest.fixture
def bench(loop: asyncio.AbstractEventLoop, tiny_scan: Path) -> Bench:
    return Bench(tiny_scan)


def run(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> None:
    loop.run_until_complete(work)


def test_without_a_sentence_the_next_step_is_said(bench: Bench) -> None:
    bench.presenter.run()
    assert bench.asked == []
    assert bench.seen.said.startswith("Open a scene and choose a sentence")
    assert list(bench.seen.lines) == [probe.name for probe in PROBES]


def test_rows_boxes_and_files(
    bench: Bench, loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    async def scenario() -> None:
        bench.open()
        bench.presenter.run()
        await until(lambda: bench.seen.work is not None and "colours" in bench.seen.work.text)
        assert bench.seen.work is not None
        assert bench.seen.work.share == 0.25
        bench.may_answer.set()
        await until(lambda: not bench.presenter.is_busy)
        seen = bench.seen
        assert seen.work is None
        assert seen.head == "“the chair”: fused of m chose chair 0"
        grey = seen.lines["grey"]
        assert (grey.mark, grey.answer, grey.verdict) == ("✗", "chair 1", "Prediction moved.")
        assert seen.lines["mirror-words"].verdict == "It names no side."
        assert seen.lines["hue"].mark == ""
        assert seen.said == "1 asked, 1 not as they should be; 1 say nothing here."
        assert seen.change is None
        bench.presenter.on_chosen("grey")
        assert seen.change == AnswerChange(HERE, THERE)
        assert "Fused: chair 1. Prediction moved." in seen.detail
        table, case = tmp_path / "probes.csv", tmp_path / "case.json"
        bench.presenter.save_table(table)
        bench.presenter.find_flip()
        await until(lambda: "Smallest edit" in seen.said)
        bench.presenter.save_flip(case)
        await until(lambda: table.exists() and case.exists())
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        assert [row["probe"] for row in rows] == ["as it is", "grey", "mirror-words"]
        assert [row["cx"] for row in rows] == ["0.0", "3.0", ""]
        assert json.loads(case.read_text())["flip"]["says"] == "without frame 7"
        bench.presenter.save_table(tmp_path / "nowhere" / "probes.csv")
        await until(lambda: "Choose another folder" in seen.said)

    run(loop, scenario())


def test_a_recorded_answer_is_probed_with_the_model_that_gave_it(
    bench: Bench, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    expression = Expression.typed(bench.scene.scene_id, "the chair")
    one, other = (RecordedModel(name, name, "0123") for name in ("one", "other"))

    def show(*models: RecordedModel | None) -> None:
        answers = {str(model): Answers(expression, {}, recorded_of=model) for model in models}
        bench.workspace.set_answers(answers)

    async def scenario() -> None:
        bench.open()
        bench.may_answer.set()
        show(one, other)
        assert bench.seen.head == "“the chair”: asks one, which was diagnosed"
        bench.presenter.run(["grey"])
        await until(lambda: bench.seen.lines["grey"].mark == "✗")
        bench.workspace.set_lead(str(other))
        assert bench.seen.lines["grey"].mark == "", "another model leads"
        bench.presenter.run(["grey"])
        await until(lambda: bench.seen.lines["grey"].mark == "✗")
        show(None)
        assert bench.seen.lines["grey"].mark == "", "the model in use has answered"
        bench.presenter.run(["grey"])
        await until(lambda: bench.seen.lines["grey"].mark == "✗")
        assert bench.models == [one, other, None]

    run(loop, scenario())


def test_frames_are_marked_until_the_case_changes(
    bench: Bench, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    async def scenario() -> None:
        bench.open()
        bench.may_answer.set()
        bench.presenter.find_evidence()
        await until(lambda: bool(bench.seen.gains))
        assert bench.seen.gains == {"7": 1.0, "9": -0.5}
        assert "The answer moves without frame 7." in bench.seen.said
        bench.presenter.run(["grey"])
        await until(lambda: not bench.presenter.is_busy)
        assert bench.asked[-1] == ("probe", ["grey"])
        assert bench.seen.change is not None  # a single probe is shown at once
        assert bench.enabled["probe.export"]
        other = Expression.typed(bench.scene.scene_id, "the other chair")
        bench.workspace.set_expression(other)
        assert bench.seen.gains == {}
        assert bench.seen.change is None
        assert bench.seen.lines["grey"].mark == ""
        assert not bench.enabled["probe.export"]

    run(loop, scenario())


def test_a_probe_that_is_cancelled_leaves_the_rows(
    bench: Bench, loop: asyncio.AbstractEventLoop, until: Until
) -> None:
    async def scenario() -> None:
        bench.open()
        bench.presenter.run()
        await until(lambda: bool(bench.board.jobs))
        bench.board.cancel(bench.board.jobs[0].number)
        await until(lambda: not bench.board.jobs)
        assert bench.seen.work is None
        assert not bench.presenter.is_busy

    run(loop, scenario())


def test_relations_are_drawn_while_they_are_switched_on(tiny_scan: Path) -> None:
    seen, workspace = Seen(), Workspace()
    ruler = RelationRulerPresenter(seen, workspace)
    scene = open_scene(tiny_scan)
    workspace.set_scene(scene)
    text = "the office chair left of the office chair"
    workspace.set_expression(Expression(scene.scene_id, text, 1))
    assert seen.relations == ()
    ruler.set_shown(True)
    (line,) = seen.relations
    assert line.arrows == ()
    assert "where one stands, which is not known" in line.text
    viewpoint = Viewpoint((0.0, 0.0, 1.0), (0.0, 3.0, 0.0))
    workspace.set_expression(Expression(scene.scene_id, text, 5, viewpoint=viewpoint))
    (line,) = seen.relations
    assert len(line.arrows) == 1
    assert line.holds is False  # the one to the right
    assert "as the annotator stood" in line.text
    assert line.layer == "gt"
    ruler.set_shown(False)
    assert seen.relations == ()
