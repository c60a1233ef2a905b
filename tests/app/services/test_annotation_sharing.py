"""The store of annotations in the window: another place is gone to, and others are heard."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.core.annotations.made_cases import made_case

from whatwhere.annotations import engine
from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.changes import Change
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import toggle_tag
from whatwhere.annotations.store import open_store
from whatwhere.annotations.watching import News
from whatwhere.errors import WhatWhereError
from whatwhere_app.services.annotations import AnnotationService
from whatwhere_app.tasks.board import TaskBoard

ADA = "ada"
CASE = made_case()
Until = Callable[[Callable[[], bool]], Awaitable[None]]


def tag(number: int, annotator: str = ADA) -> Change:
    return toggle_tag(CaseAnnotations(), CASE.case_id, annotator, DEFAULT_TAGS[number])


def service_in(folder: Path) -> AnnotationService:
    place = folder / "annotations.db"
    return AnnotationService(TaskBoard(), place, folder / "waiting.jsonl", annotator=ADA)


def test_what_waits_goes_in_where_it_was_meant_for(
    loop: asyncio.AbstractEventLoop,
    until: Until,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    service = service_in(tmp_path)
    first, second = tmp_path / "annotations.db", tmp_path / "other.db"

    async def scenario() -> None:
        await service.start()
        with closing(sqlite3.connect(first, isolation_level=None)) as holder:
            holder.execute("BEGIN IMMEDIATE")
            service.apply(tag(0), [CASE])
            await until(lambda: service.saved.num_waiting == 1)
            await service.switch(second, tmp_path / "other.jsonl", "ben")
            assert service.saved.num_waiting == 0
            service.apply(tag(1, "ben"), [CASE])
            await until(lambda: service.is_saved)
            holder.execute("ROLLBACK")
        assert [entry.change.title for entry in await service.history()] == [tag(1).title]
        with pytest.raises(WhatWhereError):
            await service.switch(tmp_path, tmp_path / "third.jsonl", "eve")
        assert service.annotator == "ben"
        await service.switch(first, tmp_path / "waiting.jsonl", ADA)
        await until(lambda: service.is_saved)
        assert [entry.change.title for entry in await service.history()] == [tag(0).title]

    loop.run_until_complete(scenario())
    service.close()
    for place, who in ((first, ADA), (second, "ben")):
        store = open_store(place)
        assert len(store.history(who)) == 1
        assert len(store.history_of_case(CASE.case_id)) == 1
        store.close()


def test_others_are_heard_and_oneself_is_not(
    loop: asyncio.AbstractEventLoop, until: Until, tmp_path: Path
) -> None:
    service = service_in(tmp_path)
    heard: list[News] = []
    service.heard.connect(heard.append)

    async def scenario() -> None:
        await service.start()
        service.apply(tag(0), [CASE])
        await until(lambda: service.is_saved)
        other = open_store(tmp_path / "annotations.db")
        other.apply(tag(1, "ben"), [CASE])
        service.listen()
        await until(lambda: bool(heard))
        assert heard[0].annotators == {"ben"}
        assert heard[0].case_ids == {CASE.case_id}
        other.undo("ben")
        other.close()
        service.set_watching(True)  # looks at once, then every few seconds
        await until(lambda: len(heard) == 2)
        service.set_watching(False)

    loop.run_until_complete(scenario())
    service.close()
