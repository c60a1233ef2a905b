"""Diagnose, annotate, train, diagnose again: the whole loop in one window, with real processes."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from tests.app.test_training_window import ended
from tests.e2e.test_journey_c import click, click_row, until, write

from whatwhere.demo.dataset import write_dataset
from whatwhere.evaluation.before_after import BeforeAfter, before_after
from whatwhere.evaluation.loop_report import FATES, Fate
from whatwhere.training import runs
from whatwhere.training.hard_sets import HardSet, read_hard_set
from whatwhere.training.run_summary import find_runs
from whatwhere_app.composition import Explorer
from whatwhere_app.diagnose_panel import DiagnosePanel
from whatwhere_app.services.diagnoses import diagnoses_folder, list_diagnoses, open_diagnosis
from whatwhere_app.services.grounder import HOST_ENTRY
from whatwhere_app.train_panel import TrainPanel
from whatwhere_app.views.case_loop import CaseLoop

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

_TAGS = (Qt.Key.Key_7, Qt.Key.Key_3)
_NUM_TAGGED = 4
SMALL = {
    "train_rooms": "1",
    "val_rooms": "1",
    "steps": "6",
    "rooms_per_step": "1",
    "sentences_per_room": "4",
    "warmup_steps": "1",
    "lr": "0.003",
    "hard_share": "0.5",
    "checkpoint_every": "3",
    "evaluate_every": "3",
    "threads": "1",
}


@pytest.fixture
def diagnosed(home: Path, tmp_path: Path) -> Iterator[str]:
    """The shipped model that cheats, asked about two rooms; whatever still trains ends."""
    from whatwhere.serving.diagnosing import diagnose

    rooms = tmp_path / "rooms"
    write_dataset(rooms, num_scenes=2, seed=5, split="val", shortcut=None, frames=4)
    out = diagnoses_folder() / "cheating-before"
    diagnose("cheating", rooms, modalities=("fused", "2d"), twins=False, out=out)
    yield out.name
    for run in find_runs():
        if run.is_living:
            runs.kill(run.path)


async def tag_failures(explorer: Explorer) -> set[int]:
    """Some of each room, with two tags; gives their rows of the split."""
    actions = explorer.window.actions_by_name
    actions["layout.diagnose"].trigger()
    await until(lambda: explorer.diagnosing.chosen is not None and explorer.is_idle, "it is open")
    diagnose = explorer.diagnosing.panel
    assert diagnose is not None
    click(diagnose.views.scatter.quadrants["both_wrong"])
    await until(lambda: len(diagnose.desk.filters) == 1 and explorer.is_idle, "failures are left")
    actions["annotate.these"].trigger()
    await until(lambda: explorer.annotating.is_shown and explorer.is_idle, "Annotate is there")
    panel = explorer.annotating.panel
    assert panel is not None
    await until(lambda: panel.desk.case is not None and explorer.is_idle, "a case is in hand")
    queue = panel.desk.queue
    assert queue is not None
    rooms = {case.scene_id for case in queue.cases}
    assert len(rooms) == 2
    left = dict.fromkeys(rooms, _NUM_TAGGED)
    tagged: set[int] = set()
    canvas = explorer.views.scene.canvas
    canvas.setFocus()
    for case in queue.cases:
        now = panel.desk.case
        assert now is not None
        assert now.case_id == case.case_id
        if left[case.scene_id]:
            left[case.scene_id] -= 1
            tagged.add(case.row)
            QTest.keyClick(canvas, _TAGS[left[case.scene_id] % 2])
            assert panel.desk.said.tags
        if not any(left.values()):
            break
        QTest.keyClick(canvas, Qt.Key.Key_Return)
        await until(lambda: explorer.is_idle, "the next case is there")
        canvas.setFocus()
    status = explorer.views.status
    await until(lambda: status.saved_text.startswith("Saved ") and explorer.is_idle, "it is saved")
    return tagged


async def train_on_these(explorer: Explorer, tagged: set[int]) -> TrainPanel:
    """To the form, where the hard set is one of those to choose from."""
    annotate = explorer.annotating.panel
    assert annotate is not None
    explorer.window.actions_by_name["annotate.train"].trigger()
    sheet = annotate.train_on_view
    assert len(sheet.weights) == 2
    click(sheet.go)
    await until(
        lambda: explorer.workspace.arrangement == "train" and explorer.training.panel is not None,
        "the form is there",
    )
    panel = explorer.training.panel
    assert panel is not None
    field = panel.form_view.fields["hard_set"]
    combo = field.editor
    assert isinstance(combo, QComboBox)
    await until(lambda: field.is_marked, "the hard set is in the form")
    folder = Path(str(combo.currentData()))
    hard = read_hard_set(folder)
    assert set(hard.train_rows) | set(hard.held_rows) == tagged
    # None, and then the set again, as it is chosen for a run that did not come from Annotate.
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Up)
    assert not field.is_marked
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert combo.currentData() == str(folder)
    assert field.is_marked
    return panel


async def train(explorer: Explorer, panel: TrainPanel) -> Path:
    """Journey C, step 2: what is short is said in red, the run starts, and curves appear."""
    form, actions = panel.form_view, explorer.window.actions_by_name
    write(panel, "train_rooms", "900000000")
    await until(lambda: any("not enough" in need for need in form.needs), "it is too much")
    assert not actions["train.start"].isEnabled()
    form.unfold.click()
    for name, text in SMALL.items():
        write(panel, name, text)
        assert form.fields[name].fault == ""
    await until(actions["train.start"].isEnabled, "the machine has enough")
    actions["train.start"].trigger()
    await until(lambda: panel.desk.run is not None, "the run is there")
    plots = panel.curves_view.plots
    await until(lambda: bool(plots["loss"].lines and plots["follow"].lines), "there are curves")
    await until(lambda: panel.desk.run is not None and not panel.desk.run.is_living, "it ended")
    run = panel.desk.run
    assert run is not None
    assert run.phase == "done", run.reason
    return run.path


async def asked_again(explorer: Explorer, panel: TrainPanel) -> DiagnosePanel:
    """By itself; then a button of the run leads to what came of it."""
    desk = explorer.closing.desk
    await until(lambda: any(loop.after is not None for loop in desk.loops), "it was asked again")
    told = explorer.views.notices
    await until(lambda: "was asked the same cases again" in told.text, "it is said")
    await until(lambda: explorer.is_idle, "nothing is left to do")
    click(panel.runs_view.buttons["Before / after"])
    await until(lambda: explorer.workspace.arrangement == "diagnose", "Diagnose is shown")
    diagnose = explorer.diagnosing.panel
    assert diagnose is not None
    await until(
        lambda: diagnose.desk.second is not None and explorer.is_idle and not diagnose.is_busy,
        "both are open",
    )
    return diagnose


Counts = dict[Fate, int]


def counts(paired: BeforeAfter, rows: Collection[int]) -> Counts:
    """Of these rows, how many came to what."""
    of = np.isin(paired.rows, list(rows))
    was, now = paired.was_right[of], paired.is_right[of]
    return {
        "cured": int((~was & now).sum()),
        "broken": int((was & ~now).sum()),
        "still_wrong": int((~was & ~now).sum()),
        "still_right": int((was & now).sum()),
    }


def groups(paired: BeforeAfter, hard: HardSet) -> list[tuple[str, Collection[int]]]:
    """Title and rows of what the screen is to show, in its order."""
    found: list[tuple[str, Collection[int]]] = []
    for part in (hard.held_rows, hard.train_rows):
        found.append(("Tagged failures", part))
        found += [(tag, set(part) & set(rows)) for tag, rows in hard.tags.items()]
        found.append(("All in these rooms", paired.in_scenes_of(part)))
    return [*found, ("All cases", paired.rows.tolist())]


def shown_counts(view: CaseLoop) -> Counts:
    """On the buttons."""
    texts = {fate: view.fates[fate].text().rsplit("· ", 1)[1] for fate in FATES}
    return {fate: int(text.replace(",", "")) for fate, text in texts.items()}


async def compare(explorer: Explorer, panel: DiagnosePanel, diagnosed: str, run: Path) -> None:
    """Each group of the screen against the two diagnoses as they lie on the disk."""
    view = explorer.closing.view
    assert view.isVisible()
    (after,) = (item.folder.name for item in list_diagnoses() if item.folder.name != diagnosed)
    second = open_diagnosis(after)
    assert Path(second.facts.asked_model).parent.name == run.name
    paired = before_after(open_diagnosis(diagnosed).columns, second.columns)
    (closed,) = explorer.closing.desk.loops
    lines = [line for line in view.table.rows if not line.key.startswith("head-")]
    expected = groups(paired, closed.hard)
    assert [line.texts[0].strip() for line in lines] == [title for title, _ in expected]
    for line, (_, rows) in zip(lines, expected, strict=True):
        click_row(view.table, view.table.rows.index(line))
        came_to = counts(paired, rows)
        assert shown_counts(view) == came_to
        wrong = came_to["cured"] + came_to["still_wrong"]
        right = came_to["broken"] + came_to["still_right"]
        assert line.texts[1].startswith(f"{came_to['cured']}/{wrong} ")
        assert line.texts[2].startswith(f"{came_to['broken']}/{right} " if right else "")
    # The filter by which failures were found is gone: it would hide what was broken.
    kept: tuple[Fate, Fate] = ("broken", "still_right")
    fate = max(kept, key=lambda name: came_to[name])
    click(view.fates[fate])
    await until(lambda: not panel.is_busy and explorer.is_idle, "they are kept")
    assert panel.views.table.count.text().startswith(f"{came_to[fate]} of {len(paired.rows)} ")


def test_failures_are_tagged_trained_on_and_asked_again(
    open_window: Callable[..., Explorer], loop: asyncio.AbstractEventLoop, diagnosed: str
) -> None:
    explorer = open_window(host_entry=HOST_ENTRY)

    async def journey() -> None:
        tagged = await tag_failures(explorer)
        train_panel = await train_on_these(explorer, tagged)
        run = await train(explorer, train_panel)
        panel = await asked_again(explorer, train_panel)
        await compare(explorer, panel, diagnosed, run)

    loop.run_until_complete(ended(explorer, journey()))
