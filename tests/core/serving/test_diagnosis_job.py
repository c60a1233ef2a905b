"""A diagnosis as the window asks for it: a request to a worker."""

import asyncio
import json
import threading

import pytest

from whatwhere.errors import Cancelled, RequestError
from whatwhere.evaluation.cases.store import open_cases
from whatwhere.jobs.client import WorkerClient
from whatwhere.jobs.connection import Request
from whatwhere.serving.diagnosis_job import ENTRY, diagnose, plan, progress_said
from whatwhere.serving.split_runner import Progressed

SCENES = ("tiny0000_00", "tiny0001_00", "tiny9999_00")


@pytest.fixture
def params(tmp_path, write_scan, monkeypatch):
    """Two scans that are here and one that is not, and answers to them."""
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    rows, lines = [], []
    for number, scene_id in enumerate(SCENES):
        if number < 2:
            write_scan(tmp_path / "scans", scene_id=scene_id)
        rows.append(
            {
                "scene_id": scene_id,
                "object_id": "1",
                "object_name": "office_chair",
                "ann_id": "0",
                "description": "the chair near the wall",
            }
        )
        lines.append(
            {
                "scene_id": scene_id,
                "text": "the chair near the wall",
                "modality": "fused",
                "boxes": [[0, 0, 0, 1, 1, 1]],
            }
        )
    (tmp_path / "ScanRefer_filtered_val.json").write_text(json.dumps(rows))
    model = tmp_path / "theirs.jsonl"
    model.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return {"model": str(model), "data": str(tmp_path), "modalities": ["fused"]}


def asked(params, sent, method="diagnose"):
    return Request(1, method, params, sent.append, threading.Event())


def test_a_plan_says_what_would_be_asked_and_where(params, tmp_path):
    found = plan(asked(params, []))
    assert {key: found[key] for key in ("num_sentences", "num_rows", "num_scenes")} == {
        "num_sentences": 3,
        "num_rows": 2,
        "num_scenes": 2,
    }
    assert found["missing_scenes"] == 1
    assert found["folder"] == str(tmp_path / "home" / "data" / "diagnoses" / found["name"])


def test_progress_counts_sentences_and_the_result_names_the_folder(params, tmp_path):
    sent = []
    found = diagnose(asked(params | {"root": str(tmp_path / "root")}, sent))
    assert [(item["done"], item["total"]) for item in sent] == [(1, 2), (2, 2)]
    assert sent[0]["what"].startswith("scan 1 of 2")
    assert found["folder"] == str(tmp_path / "root" / found["name"])
    assert (found["num_cases"], found["rows_answered"], found["unopened"]) == (2, 2, [])
    assert len(open_cases(tmp_path / "root" / found["name"]).columns) == 2


def test_a_cancelled_request_is_gone_on_with(params, tmp_path):
    sent = []
    request = asked(params, sent)

    def send(message):
        sent.append(message)
        request.cancelled.set()

    request = Request(1, "diagnose", params, send, threading.Event())
    with pytest.raises(Cancelled, match="The diagnosis was cancelled"):
        diagnose(request)
    assert len(sent) == 1
    assert diagnose(asked(params, []))["rows_answered"] == 1


def test_a_request_that_lacks_something(params):
    for name in ("model", "data"):
        part = {key: value for key, value in params.items() if key != name}
        with pytest.raises(RequestError, match=f'lacks "{name}"'):
            plan(asked(part, [], "plan"))


@pytest.mark.parametrize(
    ("left_s", "said"),
    [
        (None, "scan 3 of 1,024"),
        (0.0, "scan 3 of 1,024"),
        (41.6, "scan 3 of 1,024, 42 s left"),
        (100.0, "scan 3 of 1,024, 1 min 40 s left"),
        (7380.0, "scan 3 of 1,024, 2 h 03 min left"),
    ],
)
def test_how_far_it_is_in_words(left_s, said):
    assert progress_said(Progressed(3, 1024, 9, 4096, left_s)) == said


def test_a_worker_answers(params, tmp_path):
    async def ask():
        worker = await WorkerClient.start(
            ENTRY, name="The diagnosis", log_path=tmp_path / "diagnosis.log"
        )
        told = []
        async with worker:
            found = await worker.request(
                "diagnose", params, on_progress=lambda *item: told.append(item)
            )
        return found, told

    found, told = asyncio.run(asyncio.wait_for(ask(), 120))
    assert found["num_cases"] == 2
    assert told[-1][:2] == (2, 2)
