"""A box that was said goes wherever a candidate goes: the host, a file of answers and back."""

import json
import threading

import pytest
from tiny_box_models import TEXT
from typer.testing import CliRunner

from whatwhere.cli.predictions import predictions
from whatwhere.errors import NotSupportedError
from whatwhere.jobs.connection import Request
from whatwhere.models.geometry_vlm.folder import write_geometry_model
from whatwhere.models.registry import load_grounder
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.serving.grounder_host import GrounderHost


@pytest.fixture(scope="module")
def folder(taught, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "says-boxes"
    write_geometry_model(folder, taught[0].network, taught[0].texts, dtype=None)
    return folder


def test_the_host_answers_with_the_box(folder, taught):
    host, scan = GrounderHost(), str(taught[1])

    def ask(method, **params):
        return getattr(host, method)(Request(1, method, params, lambda _: None, threading.Event()))

    loaded = ask("load", model=str(folder), device="cpu")
    assert (loaded["answers"], loaded["mixes"]) == (True, False)
    encoded = ask("encode", scene=scan)
    assert (encoded["num_proposals"], encoded["box_source"]) == (0, "model")
    found = ask("ground", scene=scan, text=TEXT, modalities=["fused"])
    (candidate,) = found["groundings"]["fused"]["candidates"]
    target = annotation_proposals(open_scene(taught[1]))[0]
    assert candidate["object_id"] == target.object_id
    assert candidate["box"]["size"] == pytest.approx(target.box.size, abs=0.05)
    assert ask("answer", scene=scan, question="what", modalities=["2d"], max_tokens=2)["answers"]
    with pytest.raises(NotSupportedError, match="fade"):
        ask("mix", scene=scan, text=TEXT, alphas=[0.5])
    host.close()


def test_its_answers_are_exported_and_come_back(folder, taught, tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    sentences, file = tmp_path / "sentences.txt", tmp_path / "said.jsonl"
    sentences.write_text(f"{TEXT}\n")
    words = ["export", str(file), "--scene", str(taught[1]), "--model", str(folder)]
    words += ["--sentences", str(sentences), "--modality", "fused"]
    done = CliRunner().invoke(predictions, words)
    assert done.exit_code == 0, done.output
    (line,) = map(json.loads, file.read_text().splitlines())
    assert line["modality"] == "fused"
    done = CliRunner().invoke(predictions, ["import", str(file), "--name", "stored"])
    assert done.exit_code == 0, done.output
    scene = open_scene(taught[1])
    stored, own = load_grounder("stored"), load_grounder(folder, device="cpu")
    before = own.ground(own.encode(scene), TEXT, ("fused",))["fused"].best
    after = stored.ground(stored.encode(scene), TEXT, ("fused",))["fused"].best
    assert after.box.as_row() == pytest.approx(before.box.as_row(), abs=1e-4)
    assert after.label == before.label
