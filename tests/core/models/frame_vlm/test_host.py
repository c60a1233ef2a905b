"""The host that the window talks to, with a model that speaks and one that only points."""

import threading

import pytest
from tiny_models import TEXT

from whatwhere.errors import NotSupportedError, RequestError
from whatwhere.jobs.connection import Request
from whatwhere.serving.grounder_host import GrounderHost


def ask(host, method, **params):
    return getattr(host, method)(Request(1, method, params, lambda _: None, threading.Event()))


def test_the_host_grounds_mixes_and_answers(written, write_scan, tmp_path):
    host, scan = GrounderHost(), str(write_scan(tmp_path))
    loaded = ask(host, "load", model=str(written), device="cpu")
    assert loaded["answers"]
    assert loaded["mixes"]
    assert ask(host, "encode", scene=scan)["frames"] == ["0", "100"]
    found = ask(host, "ground", scene=scan, text=TEXT, modalities=["2d"])
    mixed = ask(host, "mix", scene=scan, text=TEXT, alphas=[0.0, 0.5])
    assert mixed[0]["candidates"] == found["groundings"]["2d"]["candidates"]
    said = ask(host, "answer", scene=scan, question="what is red", modalities=["3d"], max_tokens=2)
    assert list(said["answers"]) == ["3d"]
    assert len(said["answers"]["3d"]["tokens"]) == 2
    assert set(said["timings_ms"]) == {"load", "encode", "answer"}
    with pytest.raises(RequestError):
        ask(host, "answer", scene=scan)
    host.close()


def test_a_model_that_only_points_refuses_a_question(write_tiny_model, write_scan, tmp_path):
    host = GrounderHost()
    pointing = write_tiny_model(tmp_path / "points", TEXT)
    assert not ask(host, "load", model=str(pointing), device="cpu")["answers"]
    with pytest.raises(NotSupportedError, match="answers no questions"):
        ask(host, "answer", scene=str(write_scan(tmp_path)), question="what is red")
    host.close()
