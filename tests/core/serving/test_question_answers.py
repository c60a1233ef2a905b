import json

import pytest

from whatwhere.errors import BrokenFileError, ConfigError, ExpressionError, NotSupportedError
from whatwhere.evaluation.markdown import as_markdown
from whatwhere.language.reading import read_sentences
from whatwhere.language.situations import Question, Situation
from whatwhere.language.splits import open_split
from whatwhere.models.grounder import Answer, AnswerResult
from whatwhere.serving.evaluating import Asked, run_evaluation
from whatwhere.serving.question_answers import SpeakerAnswerer

SCENE = "tiny0000_00"
ROWS = [
    {"question": "What is on the desk?", "answers": ["a brown lamp", "lamp"]},
    {"question": "Where is it?", "answers": ["on the desk"]},
    {"question": "Is it red?", "answers": ["yes"]},
    {"question": "Is it blue?", "answers": ["no"]},
]
SAID = ["A brown lamp.", "desk", ""]


@pytest.fixture
def split(tmp_path, write_scan, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    write_scan(tmp_path / "scans", scene_id=SCENE)
    rows = [{**row, "scene_id": SCENE, "question_id": f"val-{n}"} for n, row in enumerate(ROWS)]
    path = tmp_path / "ScanQA_v1.0_val.json"
    path.write_text(json.dumps(rows))
    return path


def submitted(split, **more):
    rows = [{"question_id": f"val-{n}", "answer": text, **more} for n, text in enumerate(SAID)]
    path = split.parent / "said.json"
    path.write_text(json.dumps(rows))
    return path


def test_a_file_of_answers_is_scored_in_every_variant(split, tmp_path):
    found = run_evaluation(Asked(submitted(split), open_split(split)), tmp_path / "out")
    values = {item.name: item.overall.value for item in found.report.by_modality["fused"]}
    assert values["scanqa.em1.official"] == 0
    assert values["scanqa.em1.leo"] == 0.25
    assert values["scanqa.em1-refined.leo"] == 0.5
    # One answer is empty and one is missing; both are wrong and both are counted.
    assert found.report.unanswered == {"fused": 2}
    assert found.report.num_rows == 4
    assert found.report.counts == {"is": 2, "others": 1, "what": 1}
    text = as_markdown(found.as_json())
    assert "| fused | 25.00 (n 4)" in text
    again = run_evaluation(Asked(submitted(split), open_split(split)), tmp_path / "again")
    assert again.report == found.report


def test_the_first_of_ten_answers_counts(split, tmp_path):
    path = submitted(split, answer_top10=["lamp", "x"])
    found = run_evaluation(Asked(path, open_split(split)), tmp_path / "out")
    assert found.report.by_modality["fused"][0].overall.value == 0.25


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({}, "not a list of answers"),
        ([], "not a list of answers"),
        ([{"question_id": "val-0"}], "row 1 has no question_id or no answer"),
        ([{"question_id": "a", "answer": "b"}] * 2, "row 2 answers question a again"),
    ],
)
def test_other_files_are_refused(split, tmp_path, rows, said):
    path = tmp_path / "said.json"
    path.write_text(json.dumps(rows))
    with pytest.raises(BrokenFileError, match=said):
        run_evaluation(Asked(path, open_split(split)), tmp_path / "out")


def test_a_split_that_keeps_its_answers_is_refused(split, tmp_path):
    rows = [{**row, "answers": []} for row in json.loads(split.read_text())]
    split.write_text(json.dumps(rows))
    with pytest.raises(ConfigError, match="keeps its answers"):
        run_evaluation(Asked(submitted(split), open_split(split)), tmp_path / "out")


def test_a_model_that_only_points_is_refused(split, tmp_path, write_tiny_model):
    model = write_tiny_model(tmp_path / "model", "the chair")
    with pytest.raises(NotSupportedError, match="answers no questions"):
        run_evaluation(Asked(model, open_split(split)), tmp_path / "out")


class Echo:
    """Says what it was asked, and nothing to riddles."""

    def encode(self, scene, proposals=None, *, is_cancelled=None):
        self.proposals = ()
        return self

    def answer(self, encoding, question, modalities):
        if "riddle" in question:
            raise ExpressionError("no riddles", remedy="Ask a question")
        said = {name: Answer(name, question, (), ()) for name in modalities}
        return AnswerResult(said)


def test_who_asks_in_a_situation_says_where_they_stand():
    situation = Situation("I sit.", (), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0))
    asked = [
        Question("s", "What is left?", situation=situation),
        Question("s", "What is right?"),
        Question("s", "a riddle?"),
    ]
    found = SpeakerAnswerer(Echo(), ("fused", "2d")).answer(None, asked)
    expected = ("I sit. What is left?", "What is right?", None)
    assert found.said == {"fused": expected, "2d": expected}


def test_the_real_questions_answer_themselves(realdata, split, tmp_path):
    """Every first answer of real rows, handed in, is right in every variant."""
    path = realdata / "language" / "scanqa" / "ScanQA_v1.0_val_first1500.json"
    questions = read_sentences(path).expressions
    first = questions[0].scene_id
    (tmp_path / "scans" / SCENE).rename(tmp_path / "scans" / first)
    rows = [{"question_id": item.ann_id, "answer": item.answers[0]} for item in questions]
    said = tmp_path / "said.json"
    said.write_text(json.dumps(rows))
    report = run_evaluation(Asked(said, open_split(path, scans=tmp_path)), tmp_path / "out").report
    count = sum(item.scene_id == first for item in questions)
    assert report.num_rows == count > 10
    exact = [item for item in report.by_modality["fused"] if ".em1" in item.name]
    assert [item.overall.value for item in exact] == [1, 1, 1]
