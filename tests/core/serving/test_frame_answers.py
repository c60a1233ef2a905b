"""`2d-frame` through the host: what it answers, and what it says where it cannot."""

import threading

import numpy as np
import pytest

from whatwhere.errors import NotSupportedError, SceneError
from whatwhere.jobs.connection import Request
from whatwhere.models.frame_grounding import FrameGrounding
from whatwhere.serving.grounder_host import GrounderHost

TEXT = "the chair"


@pytest.fixture(scope="module")
def host(write_tiny_model, tmp_path_factory):
    host = GrounderHost()
    folder = write_tiny_model(tmp_path_factory.mktemp("models") / "tiny", TEXT)
    host.load_model(str(folder))
    yield host
    host.close()


@pytest.fixture
def scan(write_scan, tmp_path):
    return write_scan(tmp_path)


def ask(host, **params):
    sent = []
    request = Request(1, "ground_in_frame", params, sent.append, threading.Event())
    return host.ground_in_frame(request), sent


def test_an_answer_says_frame_pixels_and_where_that_is_in_the_room(host, scan):
    said, sent = ask(host, scene=str(scan), text=TEXT)
    assert said["scene"] == "tiny0000_00"
    found = FrameGrounding.from_json(said["2d-frame"])
    assert found.frame in found.frames == ("0", "100")
    assert np.exp(found.log_probs).sum() == pytest.approx(1, abs=1e-4)
    assert found.lifted is not None
    assert said["2d-frame"]["score"] is None
    assert len(sent) == 2


def test_a_target_scores_the_answer_and_changes_nothing_of_it(host, scan):
    free, _ = ask(host, scene=str(scan), text=TEXT, frame="0")
    # Everything there is: whatever the answer, it lies on the target.
    scored, _ = ask(host, scene=str(scan), text=TEXT, frame="0", target=[0, 0, 0, 99, 99, 99])
    score = scored["2d-frame"].pop("score")
    assert score["target_share"] == pytest.approx(22 / 24)  # two rows were not measured
    assert score["mask_iou"] > 0
    assert scored["2d-frame"] == {k: v for k, v in free["2d-frame"].items() if k != "score"}


def test_depth_that_is_gone_takes_only_what_is_for_the_eye(host, scan):
    whole, _ = ask(host, scene=str(scan), text=TEXT, frame="100")
    (scan / "depth" / "0.png").write_bytes(b"cut short")
    said, _ = ask(host, scene=str(scan), text=TEXT, frame="0", target=[0, 0, 0, 9, 9, 9])
    assert said["2d-frame"]["lifted"] is None
    assert said["2d-frame"]["score"] is None
    assert whole["2d-frame"]["lifted"] is not None


def test_what_cannot_be_answered_is_said(host, scan, fake, monkeypatch):
    with pytest.raises(SceneError, match='no usable frame "7"'):
        ask(host, scene=str(scan), text=TEXT, frame="7")
    with pytest.raises(SceneError, match="not rows of six"):
        ask(host, scene=str(scan), text=TEXT, target=[1, 2])
    other = GrounderHost()
    monkeypatch.setattr(
        "whatwhere.serving.grounder_host.load_grounder", lambda *_, **__: fake.FakeGrounder()
    )
    monkeypatch.setattr("whatwhere.serving.grounder_host.plan_for", fake.plan_for)
    other.load_model("fake")
    with pytest.raises(NotSupportedError, match="has no 2d-frame answer"):
        ask(other, scene=str(scan), text=TEXT)
