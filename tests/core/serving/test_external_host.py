"""The grounder host with models of others: the same requests as with our own."""

import json
import sys
import threading
from pathlib import Path

import psutil
import pytest

from whatwhere.errors import Cancelled, ExpressionError, ModelError
from whatwhere.jobs.connection import Request
from whatwhere.models.adding import add_external, import_predictions
from whatwhere.serving.grounder_host import GrounderHost, heeding_cancel

FAULTY = Path(__file__).parents[1] / "models" / "faulty_grounder.py"
BOX = [0.0, 3.0, 0.0, 1.0, 1.0, 1.0]


class Owner:
    """Asks a host in this process, as its pipe does."""

    def __init__(self):
        self.host = GrounderHost()
        self.sent = []

    def ask(self, method, *, cancelled=False, **params):
        wish = threading.Event()
        if cancelled:
            wish.set()
        request = Request(1, method, params, self.sent.append, wish)
        return heeding_cancel(getattr(self.host, method))(request)


@pytest.fixture
def owner(tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    owner = Owner()
    yield owner
    owner.host.close()
    assert not any("faulty_grounder.py" in " ".join(words) for words in _running())


def _running():
    for child in psutil.Process().children():
        try:
            yield child.cmdline()
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue


@pytest.fixture
def scan(tmp_path, write_scan):
    return str(write_scan(tmp_path / "scans"))


def external(mode):
    add_external(f"{sys.executable} {FAULTY} {mode}", name=mode, timeout_s=120)


def test_a_program_is_loaded_encoded_and_asked_like_any_model(owner, scan):
    external("progress")
    loaded = owner.ask("load", model="progress")
    assert (loaded["model"], loaded["device"], loaded["num_parameters"]) == ("progress", "cpu", 7)
    assert (loaded["modalities"], loaded["mixes"]) == (["fused", "2d", "3d"], False)
    encoded = owner.ask("encode", scene=scan)
    assert encoded["box_source"] == "annotation"
    assert [(m["done"], m["total"], m["what"]) for m in owner.sent] == [(1, 3, "frame 1")]
    document = owner.ask("ground", scene=scan, text="the chair")
    best = {name: item["candidates"][0] for name, item in document["groundings"].items()}
    assert {name: item["proposal"] for name, item in best.items()} == dict.fromkeys(best, 0)


def test_a_hang_is_cancelled_and_the_host_answers_on(owner, scan):
    external("hang-ground")
    external("good")
    owner.ask("load", model="hang-ground")
    owner.ask("encode", scene=scan)
    with pytest.raises(Cancelled):
        owner.ask("ground", cancelled=True, scene=scan, text="the chair")
    owner.ask("load", model="good")
    assert owner.ask("ground", scene=scan, text="the chair")["groundings"]


def test_a_lie_is_a_sentence_and_the_host_answers_on(owner, scan):
    external("nan")
    owner.ask("load", model="nan")
    for _ in range(2):
        with pytest.raises(ModelError, match="did not answer as agreed"):
            owner.ask("ground", scene=scan, text="the chair")


def test_stored_answers_are_asked_like_any_model(owner, scan, tmp_path):
    file = tmp_path / "answers.jsonl"
    line = {"scene_id": "tiny0000_00", "text": "the chair", "modality": "2d", "boxes": [BOX]}
    file.write_text(json.dumps(line) + "\n")
    import_predictions(file, name="theirs")
    assert owner.ask("load", model="theirs")["modalities"] == ["2d"]
    encoded = owner.ask("encode", scene=scan)
    assert (encoded["num_proposals"], encoded["box_source"]) == (0, "model")
    document = owner.ask("ground", scene=scan, text="the chair", modalities=["2d"])
    assert document["box_source"] == "model"
    assert document["groundings"]["2d"]["candidates"][0]["box"]["center"] == BOX[:3]
    with pytest.raises(ExpressionError, match="has no answer"):
        owner.ask("ground", scene=scan, text="the lamp", modalities=["2d"])
