"""Cases that are taken over while something is said of them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

from PySide6.QtCore import QObject

from whatwhere.annotations.case_annotations import CaseAnnotations
from whatwhere.annotations.default_tags import DEFAULT_TAGS
from whatwhere.annotations.edits import toggle_tag
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import open_cases, write_cases
from whatwhere.serving.annotated_cases import annotated_cases
from whatwhere_app.annotate_desk import AnnotateDesk
from whatwhere_app.presenters.annotate_queue import AnnotateQueuePresenter
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.theme import DARK


def test_a_tag_that_is_given_while_cases_are_read_stays(
    loop: asyncio.AbstractEventLoop, until: Callable[..., Awaitable[None]], tmp_path: Path
) -> None:
    made = made_cases(2, seed=1)
    write_cases(tmp_path / "made", made.facts, made.columns, made.texts)
    stored = open_cases(tmp_path / "made")
    case_id = annotated_cases(stored, (0,))[0].case_id
    parent = QObject()
    desk, held = AnnotateDesk("me", parent), dict[str, CaseAnnotations]()
    change = toggle_tag(CaseAnnotations(), case_id, "me", DEFAULT_TAGS[0])

    async def said_of(_: Sequence[str]) -> Mapping[str, CaseAnnotations]:
        read = dict(held)
        if not held:
            desk.change(case_id, change.rows)
            held[case_id] = CaseAnnotations().after(change.rows)
        return read

    store: Any = MagicMock(said_of=said_of)
    presenter = AnnotateQueuePresenter(
        MagicMock(),
        desk,
        store,
        TaskBoard(parent),
        show_in_scene=MagicMock(),
        class_of=MagicMock(return_value=""),
        kept=MagicMock(),
        theme=DARK,
    )

    async def scenario() -> None:
        presenter.take(stored, (0, 1))
        await until(lambda: desk.queue is not None and not presenter.is_busy)

    loop.run_until_complete(scenario())
    assert desk.said_of(case_id).tag_ids("me") == (DEFAULT_TAGS[0].tag_id,)
