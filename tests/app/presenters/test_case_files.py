"""Annotated cases to files and from files, by the panels: forms, folders, summaries, previews."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pyvista as pv
from PySide6.QtCore import Qt

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import put_box, set_note, toggle_tag
from whatwhere.annotations.exchange.files import FORMS
from whatwhere.annotations.exchange.records import read_store
from whatwhere.annotations.exchange.taking_in import take_in
from whatwhere.annotations.place import default_place
from whatwhere.annotations.queries import CaseQuery, count_by_tag, count_cases
from whatwhere.annotations.store import AnnotationStore, open_store
from whatwhere.annotations.values import Case, CaseBox, case_id_of, now
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.exchange_values import ExportAsked
from whatwhere_app.presenters.case_export import CaseExportPresenter
from whatwhere_app.presenters.case_import import CaseImportPresenter
from whatwhere_app.services.annotations import AnnotationService
from whatwhere_app.services.case_files import FORMS_SHOWN, free_name
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.case_export_panel import CaseExportPanel
from whatwhere_app.views.case_import_panel import CaseImportPanel

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display", "home")]

Until = Callable[[Callable[[], bool]], Awaitable[None]]
SAID = CaseAnnotations()
EVERY_FORM = tuple(form.name for form in FORMS_SHOWN)


def made_case(row: int) -> Case:
    text = f"the chair nearest the door, {row}"
    place = {"box": [0, 0, 0, 1, 1, 1], "iou": 0.0}
    return Case(
        case_id_of("ab", row, text, "cheating", "h"), "gone.json", "val", "ab", row,
        "tiny0000_00", str(row), row, "chair", text, "cheating", "h", {"fused": place},
    )  # fmt: skip


@pytest.fixture
def store() -> Iterator[AnnotationStore]:
    """Three cases, tagged; one has a box."""
    found = open_store(default_place())
    for row in range(3):
        case = made_case(row)
        found.apply(toggle_tag(SAID, case.case_id, "ada", DEFAULT_TAGS[row]), [case])
    box = CaseBox(
        "a" * 32, made_case(0).case_id, "ada", "mended", (4, 0, 0), (1, 1, 1), 0.5, "drawn", now()
    )
    found.apply(put_box(SAID, box))
    yield found
    found.close()


@pytest.fixture
def service(store: AnnotationStore, tmp_path: Path) -> Iterator[AnnotationService]:
    """The store as the window has it."""
    found = AnnotationService(
        TaskBoard(), default_place(), tmp_path / "waiting.jsonl", annotator="ada"
    )
    yield found
    found.close()


def test_every_form_is_written_and_told_of_with_its_rows(
    store: AnnotationStore,
    service: AnnotationService,
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tmp_path: Path,
) -> None:
    panel = CaseExportPanel(FORMS_SHOWN)
    folders: list[Path] = []
    exports = CaseExportPresenter(
        panel,
        AnnotateDesk("ada"),
        service,
        TaskBoard(),
        folder=lambda: str(tmp_path),
        keep_folder=folders.append,
    )
    asked: list[ExportAsked] = []
    panel.asked.connect(asked.append)

    async def scenario() -> None:
        exports.begin()
        await until(lambda: not exports.is_busy)
        assert panel.which.currentText() == "All annotated cases (3)"
        assert not panel.boxes_only.isEnabled()
        for tick in panel.ticks.values():
            tick.setChecked(True)
        assert panel.boxes_only.isEnabled()
        panel.boxes_only.setChecked(False)
        panel.folder.setText(str(tmp_path / "out"))
        panel.save.click()
        assert asked == [ExportAsked(tmp_path / "out", "cases", EVERY_FORM, False, False)]
        exports.export(asked[0])
        await until(lambda: not exports.is_busy)

    loop.run_until_complete(scenario())
    missing = "written without 1 scan not found: tiny0000_00"
    assert panel.lines == [
        "cases.jsonl: 3 cases",
        "cases.csv: 3 cases",
        "cases-parquet: 3 cases",
        "cases.coco.json: 3 cases",
        "cases.scanrefer.json: 3 sentences",
        "cases.glb: 4 boxes",
        f"cases.glb: {missing}",
        "cases.ply: 4 boxes",
        f"cases.ply: {missing}",
    ]
    assert panel.said == f"3 cases to {tmp_path / 'out'}"
    assert folders == [tmp_path / "out"]
    assert free_name(tmp_path / "out", "cases", ("csv",)) == "cases-2"
    assert not panel.open_folder.isHidden()
    for name in ("cases.jsonl", "cases.csv", "cases-parquet", "cases.coco.json"):
        other = open_store(tmp_path / f"{name}.db")
        assert take_in(other, tmp_path / "out" / name, "ben").num_kept == 0
        assert count_cases(other, CaseQuery()) == 3
        assert count_by_tag(other) == count_by_tag(store)
        other.close()
    # As other programs read it: glTF is y up.
    solid = pv.read(tmp_path / "out" / "cases.glb").combine()
    assert solid.n_points == 4 * 12 * 8
    assert solid.bounds[1] > 4.5
    assert pv.read(tmp_path / "out" / "cases.ply").n_points == 4 * 12 * 8


def test_a_form_that_cannot_be_written_is_told_of_beside_the_others(
    service: AnnotationService, loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    panel = CaseExportPanel(FORMS_SHOWN)
    exports = CaseExportPresenter(
        panel, AnnotateDesk("ada"), service, TaskBoard(),
        folder=lambda: "", keep_folder=lambda _: None,
    )  # fmt: skip
    (tmp_path / "file").write_text("no folder")

    async def scenario() -> None:
        exports.export(ExportAsked(tmp_path / "file", "cases", ("jsonl", "csv"), False, True))
        await until(lambda: not exports.is_busy)

    loop.run_until_complete(scenario())
    assert panel.said == "Nothing was written."
    assert len(panel.lines) == 2
    assert "file" in panel.lines[0]
    assert panel.open_folder.isHidden()


def test_an_import_says_what_it_would_do_before_it_does_it(
    store: AnnotationStore,
    service: AnnotationService,
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tmp_path: Path,
) -> None:
    theirs = open_store(tmp_path / "theirs.db")
    for row, note in ((0, "theirs"), (5, "new")):
        case = made_case(row)
        theirs.apply(set_note(SAID, case.case_id, "ben", note), [case])
    FORMS["jsonl"].write(tmp_path / "theirs.jsonl", read_store(theirs, CaseQuery()))
    theirs.close()
    store.apply(set_note(SAID, made_case(0).case_id, "ben", "ours"))
    panel = CaseImportPanel()
    # No other window is there to keep the event loop going.
    panel.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, on=False)
    taken: list[bool] = []
    imports = CaseImportPresenter(panel, service, TaskBoard(), taken=lambda: taken.append(True))
    panel.taken.connect(imports.take)

    async def scenario() -> None:
        imports.look(tmp_path / "theirs.jsonl")
        await until(lambda: not imports.is_busy)
        assert panel.lines == [
            "2 cases, 1 new to this store",
            "Added: 1 note",
            "Refused, for it says otherwise here, which stays: 1",
        ]
        assert panel.kept.item(0).text() == f"note of ben: {made_case(0).expression}"
        assert count_cases(store, CaseQuery()) == 3
        panel.take.click()
        await until(lambda: bool(taken))
        assert count_cases(store, CaseQuery()) == 4
        imports.look(tmp_path / "theirs.jsonl")
        await until(lambda: not imports.is_busy)
        assert not panel.take.isEnabled()
        panel.close()

    loop.run_until_complete(scenario())
