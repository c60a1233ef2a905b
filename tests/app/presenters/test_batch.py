import asyncio
import csv
import shlex
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Answer, Candidate, Grounding, Modality
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import Proposal, UserBoxes
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.batch import BatchPresenter
from whatwhere_app.presenters.command_line import command_line
from whatwhere_app.services.sentences import read_sentences, write_answers
from whatwhere_app.tasks.board import Notice, TaskBoard
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, Replies

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def asked_file(scan: Path | None, path: Path, until: Until, *, stop_at: int = -1) -> list[Notice]:
    """What is told when a file is asked, and stopped after so many answers."""
    workspace, board, heard = Workspace(), TaskBoard(), []
    board.noticed.connect(heard.append)
    count = 0

    async def ground(
        scene: Scene, expression: Expression, modalities: Sequence[Modality]
    ) -> Answers:
        nonlocal count
        if count == stop_at:
            board.cancel(board.jobs[0].number)
            await asyncio.sleep(0)
        count += 1
        best = Candidate(Box((0, 0, 0), (1, 1, 1)), -0.5, 3, 7, "chair")
        return Answers(expression, {name: Grounding(name, (best,)) for name in modalities})

    async def reply(scene: Scene, question: Expression, modalities: Sequence[Modality]) -> Replies:
        said = (Answer(name, "a red one", ("a red", " one"), (-0.2, -0.4)) for name in modalities)
        return Replies(question, {item.modality: item for item in said})

    async def scenario() -> None:
        presenter = BatchPresenter(
            workspace,
            board,
            read=read_sentences,
            ground=ground,
            reply=reply,
            write=write_answers,
        )
        if scan is not None:
            workspace.set_scene(open_scene(scan))
        presenter.ask_file(path)
        await until(lambda: bool(heard))
        await until(lambda: not board.jobs)

    asyncio.run(scenario())
    return heard


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    path = tmp_path / "mine.txt"
    path.write_text("# two of them\nthe  chair\n\nthe wall, \u201cgreen\u201d\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("stop_at", "count"), [(-1, "All 2"), (1, "1 of 2")])
def test_every_line_is_asked_and_what_was_answered_is_kept(
    tiny_scan: Path, sentences: Path, until: Until, stop_at: int, count: str
) -> None:
    heard = asked_file(tiny_scan, sentences, until, stop_at=stop_at)
    table = sentences.with_name("mine.tiny0000_00.csv")
    assert [(n.level, n.text) for n in heard] == [
        ("info", f"{count} sentences are answered: {table}")
    ]
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == (6 if stop_at < 0 else 3)
    assert rows[0]["sentence"] == "the chair"
    assert rows[0]["modality"] == "fused"
    assert float(rows[0]["p"]) == pytest.approx(0.6065)


def test_a_line_with_a_question_mark_is_answered_in_words(
    tiny_scan: Path, tmp_path: Path, until: Until
) -> None:
    path = tmp_path / "mixed.txt"
    path.write_text("the chair\nWhat colour is the chair?\n", encoding="utf-8")
    (heard,) = asked_file(tiny_scan, path, until)
    assert heard.text.startswith("All 2")
    table = path.with_name("mixed.tiny0000_00.csv")
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["answer"] for row in rows] == [""] * 3 + ["a red one"] * 3
    assert [row["cx"] == "" for row in rows] == [False] * 3 + [True] * 3
    assert float(rows[3]["p"]) == pytest.approx(0.7408)


@pytest.mark.parametrize("content", [b"", b"\n#\n", b"\xff\xfe\x00", b"\x00\x01a", None])
def test_a_file_without_sentences_is_named(
    tiny_scan: Path, tmp_path: Path, until: Until, content: bytes | None
) -> None:
    path = tmp_path / "bad.txt"
    if content is not None:
        path.write_bytes(content)
    (heard,) = asked_file(tiny_scan, path, until)
    assert str(path) in heard.text
    assert not list(tmp_path.glob("*.csv"))


def test_a_file_needs_a_scene(sentences: Path, until: Until) -> None:
    (heard,) = asked_file(None, sentences, until)
    assert "Open a scene first" in heard.text


def test_a_case_becomes_a_command(tiny_scan: Path) -> None:
    scene = open_scene(tiny_scan)
    assert shlex.split(command_line(scene, None, "default"))[:3] == ["whatwhere", "open", "--"]
    text = "-- the chair; it's $HOME's \u201cbest\u201d"
    words = shlex.split(command_line(scene, Expression(scene.scene_id, text), "m"))
    assert words == [
        *("whatwhere", "ground", "--model", "m"),
        *("--", str(scene.folder.absolute()), text),
    ]
    drawn = UserBoxes(
        (Proposal(0, Box((1.0, -2.5, 0.25), (1.0, 2.0, 0.5)), "user", label="R1"),), are_alone=True
    )
    asked = Expression(scene.scene_id, "the chair")
    words = shlex.split(command_line(scene, asked, "default", boxes=drawn))
    assert words[2:4] == ["--box=1.000,-2.500,0.250,1.000,2.000,0.500", "--only-boxes"]
    assert "--box" not in command_line(scene, None, "default", boxes=drawn)


def test_a_question_becomes_another_command(tiny_scan: Path) -> None:
    scene = open_scene(tiny_scan)
    asked = Expression(scene.scene_id, "What colour is the chair?")
    drawn = UserBoxes((Proposal(0, Box((0, 0, 0), (1, 1, 1)), "user", label="R1"),))
    words = shlex.split(command_line(scene, asked, "default", boxes=drawn, in_words=True))
    assert words == [
        *("whatwhere", "answer", "--model", "default"),
        *("--", str(scene.folder.absolute()), asked.text),
    ]
