"""What keeps the store from being written, seen from the window: said, survived, made good."""

import asyncio
import resource
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.core.annotations.conftest import Server, _server, server

from whatwhere.annotations import engine
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.store import open_store
from whatwhere.errors import StoreError
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import write_cases
from whatwhere_app.services import annotations
from whatwhere_app.services.diagnoses import diagnoses_folder

if TYPE_CHECKING:
    from whatwhere_app.annotate_panel import AnnotatePanel
    from whatwhere_app.composition import Explorer

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("display")]

__all__ = ["_server", "server"]

Until = Callable[[Callable[[], bool]], Awaitable[None]]
_PAGE = 4096


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 20)
    monkeypatch.setattr(annotations, "_RETRY_MS", 100)


@pytest.fixture
def store(home: Path) -> Path:
    """The file of the store, which is not there yet; a diagnosis of two cases is."""
    made = made_cases(2, seed=1)
    columns = replace(made.columns, excluded=np.full(2, -1, np.int32))
    write_cases(diagnoses_folder() / made.facts.name, made.facts, columns, made.texts)
    return home / "data" / "annotations.db"


@contextmanager
def no_room_behind(file: Path) -> Iterator[None]:
    """As on a disk that is full but for the page that this file may grow by."""
    size = file.stat().st_size + _PAGE
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def annotating(explorer: "Explorer", until: Until) -> "AnnotatePanel":
    """From Diagnose to the first case."""
    explorer.window.actions_by_name["layout.diagnose"].trigger()
    await until(lambda: explorer.diagnosing.chosen is not None and explorer.is_idle)
    explorer.window.actions_by_name["annotate.these"].trigger()
    await until(lambda: explorer.annotating.is_shown and explorer.is_idle)
    panel = explorer.annotating.panel
    assert panel is not None
    await until(lambda: panel.desk.case is not None and explorer.is_idle)
    return panel


def tags_in(place: Path | str, panel: "AnnotatePanel") -> set[int | None]:
    """Digits of the tags that the store has for the case in hand."""
    assert panel.desk.case is not None
    found = open_store(place)
    try:
        said = found.annotations_of([panel.desk.case.case_id]).get(panel.desk.case.case_id)
    finally:
        found.close()
    digit_of = {tag.tag_id: tag.digit for tag in DEFAULT_TAGS}
    ids = () if said is None else said.tag_ids(panel.desk.annotator)
    return {digit_of[tag_id] for tag_id in ids}


def test_what_cannot_be_saved_waits_is_said_and_is_saved_when_it_can_be(
    explorer: "Explorer",
    loop: asyncio.AbstractEventLoop,
    until: Until,
    store: Path,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(annotations, "on_network", lambda path: path == store)
    status, said = explorer.views.status, list[str]()
    explorer.board.noticed.connect(lambda notice: said.append(notice.text))

    def tag(digit: int) -> None:
        explorer.window.actions_by_name[f"annotate.tag_{digit}"].trigger()

    async def saved() -> None:
        await until(lambda: explorer.annotating.is_saved and status.saved_text.startswith("Saved"))

    async def waits(count: int) -> None:
        await until(lambda: status.saved_text == f"Not saved: {count} waiting")

    async def locked_by_another_window(panel: "AnnotatePanel") -> None:
        with closing(sqlite3.connect(store, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            tag(1)
            await waits(1)
            assert any("another program writes to it" in text for text in said)
            assert "another program writes to it" in status.saved_hint
            tag(2)
            explorer.window.actions_by_name["edit.undo"].trigger()
            await waits(3)
            assert tags_in(store, panel) == set()
            other.execute("ROLLBACK")
        await saved()
        assert any("saved again" in text for text in said)
        assert tags_in(store, panel) == {1}

    async def the_disk_takes_no_more(panel: "AnnotatePanel") -> None:
        log, journal = Path(f"{store}-wal"), store.with_suffix(".waiting.jsonl")
        with no_room_behind(log):
            tag(3)
            await waits(1)
            assert any("the disk fails" in text or "the disk is full" in text for text in said)
            assert journal.stat().st_size > 0
            assert tags_in(store, panel) == {1}
        await saved()
        assert not journal.exists()
        journal.mkdir()  # nor the journal
        with no_room_behind(log):
            tag(4)
            await waits(1)
            assert "in memory alone" in status.saved_hint
        journal.rmdir()
        await saved()
        assert tags_in(store, panel) == {1, 3, 4}

    async def a_newer_store_is_refused(panel: "AnnotatePanel") -> None:
        newer = tmp_path / "newer.db"
        open_store(newer).close()
        with closing(sqlite3.connect(newer)) as raw:
            raw.execute("UPDATE whatwhere_version SET version_num = '9999'")
            raw.commit()
        before = newer.read_bytes()
        with pytest.raises(StoreError, match="newer WhatWhere"):
            await explorer.annotating.switch(newer, panel.desk.annotator)
        assert newer.read_bytes() == before
        tag(5)
        await saved()
        assert tags_in(store, panel) == {1, 3, 4, 5}

    async def a_server_goes_and_comes_back(panel: "AnnotatePanel") -> None:
        await explorer.annotating.switch(server.url, panel.desk.annotator)
        await until(lambda: explorer.is_idle)
        assert panel.desk.said.tags == ()
        tag(6)
        await saved()
        server.stop()
        tag(7)
        await waits(1)
        assert any("cannot be reached" in text for text in said)
        tag(8)
        explorer.window.actions_by_name["edit.undo"].trigger()
        await waits(3)
        server.start()
        await saved()
        assert tags_in(server.url, panel) == {6, 7}

    async def scenario() -> None:
        panel = await annotating(explorer, until)
        assert any("network file system" in text for text in said)
        await locked_by_another_window(panel)
        await the_disk_takes_no_more(panel)
        await a_newer_store_is_refused(panel)
        await a_server_goes_and_comes_back(panel)

    loop.run_until_complete(scenario())


def test_the_layout_does_not_open_on_a_newer_store_and_leaves_it_alone(
    explorer: "Explorer", loop: asyncio.AbstractEventLoop, until: Until, store: Path
) -> None:
    open_store(store).close()
    with closing(sqlite3.connect(store)) as raw:
        raw.execute("UPDATE whatwhere_version SET version_num = '9999'")
        raw.commit()
    before = store.read_bytes()

    async def scenario() -> None:
        explorer.window.actions_by_name["layout.annotate"].trigger()
        await until(lambda: "newer WhatWhere" in explorer.views.notices.text)
        await until(lambda: explorer.is_idle)
        assert explorer.workspace.arrangement == "explore"
        assert "not touched" in explorer.views.notices.text

    loop.run_until_complete(scenario())
    assert store.read_bytes() == before
