"""Another name and another place for annotations: tried, copied into, taken over."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import toggle_tag
from whatwhere.annotations.place import default_place
from whatwhere.annotations.store import open_store
from whatwhere.errors import StoreUnavailableError
from whatwhere_app.presenters.annotation_places import PlacesPresenter
from whatwhere_app.services.annotation_place import annotation_place, annotator, journal_of
from whatwhere_app.settings import SettingsStore
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.views.annotation_settings import AnnotationSettings

LEFT = Qt.MouseButton.LeftButton
Until = Callable[[Callable[[], bool]], Awaitable[None]]


class Part:
    """The part of the settings, its presenter, and a layout that goes where it is told."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.view = AnnotationSettings()
        qtbot.addWidget(self.view)
        self.view.show()
        self.settings = SettingsStore(folder / "settings.json")
        self.gone_to: list[tuple[Path | str, str]] = []
        self.refuses, self.is_saved = False, True
        self.presenter = PlacesPresenter(
            self.view,
            self.settings,
            TaskBoard(),
            switch=self._switch,
            is_saved=lambda: self.is_saved,
        )
        view, presenter = self.view, self.presenter
        view.renamed.connect(presenter.rename)
        view.test_wanted.connect(presenter.test)
        view.use_wanted.connect(presenter.use)
        view.copy_wanted.connect(presenter.copy)
        presenter.show()

    async def _switch(self, place: Path | str, name: str) -> None:
        if self.refuses:
            raise StoreUnavailableError("changes wait in memory", remedy="Make room")
        self.gone_to.append((place, name))


@pytest.fixture
def part(qtbot: QtBot, home: Path, loop: asyncio.AbstractEventLoop) -> Part:
    """With one annotated case in the user's own file."""
    store = open_store(default_place())
    case = made_case()
    store.apply(toggle_tag(CaseAnnotations(), case.case_id, "ada", DEFAULT_TAGS[0]), [case])
    store.close()
    return Part(qtbot, home)


def type_into(line: QLineEdit, text: str) -> None:
    """Replace what stands there, as by hand."""
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)


def test_a_place_is_tried_copied_into_and_used(
    part: Part, loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    view, target = part.view, tmp_path / "shared.db"

    async def scenario() -> None:
        assert view.in_use_text.endswith("annotations.db")
        type_into(view.place, str(target))
        QTest.mouseClick(view.test, LEFT)
        await until(lambda: "no annotations there yet" in view.said)
        assert not target.exists()
        QTest.mouseClick(view.copy, LEFT)
        await until(lambda: "1 annotation of 1 case copied, 0 differ." in view.said)
        assert annotation_place() == default_place()
        QTest.mouseClick(view.use, LEFT)
        await until(lambda: view.said.startswith("In use. SQLite"))
        assert "1 case by ada" in view.said
        assert part.gone_to[-1][0] == annotation_place() == target
        assert part.settings.value.database == str(target)
        QTest.mouseClick(view.copy, LEFT)
        assert "the place in use" in view.said
        type_into(view.place, str(default_place()))
        QTest.mouseClick(view.copy, LEFT)
        await until(lambda: "rows already" in view.said)
        view.place.clear()
        QTest.mouseClick(view.use, LEFT)
        await until(lambda: annotation_place() == default_place() and view.in_use_text != "")
        await until(lambda: not part.presenter.is_busy)
        assert part.settings.value.database == ""

    loop.run_until_complete(scenario())


def test_a_password_is_kept_nowhere(
    part: Part, loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    pytest.importorskip("psycopg")
    view = part.view
    url = f"postgresql+psycopg://ada:s3cret@/db?host={tmp_path}"

    async def scenario() -> None:
        type_into(view.place, url)
        for button in (view.test, view.use):
            QTest.mouseClick(button, LEFT)
            await until(lambda: "cannot be reached" in view.said)
            await until(lambda: not part.presenter.is_busy)
            assert "s3cret" not in view.said
        assert annotation_place() == default_place()
        type_into(view.place, "postgresql://ada:s3cret@host:port/db")
        QTest.mouseClick(view.test, LEFT)
        await until(lambda: "no URL of a database" in view.said)
        assert "s3cret" not in view.said
        assert "s3cret" not in journal_of(url).name
        assert journal_of(url) == journal_of(url.replace(":s3cret", ""))
        assert part.settings.value.database == ""

    loop.run_until_complete(scenario())


def test_a_name_is_taken_over_or_nothing_changes(
    part: Part, loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    view = part.view

    async def scenario() -> None:
        type_into(view.annotator, "zoe")
        QTest.keyClick(view.annotator, Qt.Key.Key_Return)
        await until(lambda: view.said == "You annotate as zoe.")
        assert part.settings.value.annotator == annotator() == "zoe"
        assert part.gone_to == [(default_place(), "zoe")]
        part.refuses = True
        type_into(view.annotator, "eve")
        QTest.keyClick(view.annotator, Qt.Key.Key_Return)
        await until(lambda: "wait in memory" in view.said)
        assert part.settings.value.annotator == annotator() == "zoe"
        type_into(view.place, str(tmp_path / "other.db"))
        QTest.mouseClick(view.use, LEFT)
        await until(lambda: not part.presenter.is_busy)
        assert annotation_place() == default_place()
        part.is_saved = False
        QTest.mouseClick(view.copy, LEFT)
        assert "waits to be saved" in view.said

    loop.run_until_complete(scenario())
