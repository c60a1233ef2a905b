import threading

import pytest

from whatwhere.errors import NotSupportedError
from whatwhere.jobs.connection import Request
from whatwhere.serving.grounder_host import GrounderHost

HOST = "whatwhere.serving.grounder_host"


@pytest.fixture
def ask(fake, monkeypatch):
    monkeypatch.setattr(f"{HOST}.load_grounder", lambda name, **_: fake.FakeGrounder())
    monkeypatch.setattr(f"{HOST}.plan_for", fake.plan_for)
    host, sent = GrounderHost(), []

    def asked(handler, **params):
        return handler(host)(Request(1, "probe", params, sent.append, threading.Event()))

    asked(lambda host: host.load, model="default")
    asked.sent = sent
    return asked


def test_the_host_probes_words(ask, scene):
    document = ask(
        lambda host: host.probes.probe,
        scene=str(scene),
        text="the chair nearest the door",
        probes=["synonym", "swap-relation"],
        target_id=10,
    )
    assert [row["probe"] for row in document["probes"]] == ["synonym", "swap-relation"]
    swapped = document["probes"][1]["answers"]["fused"]
    assert swapped["verdict"].startswith("Prediction did not move: relation ignored")
    assert document["modalities"] == ["fused", "2d", "3d"]
    told = [message for message in ask.sent if message.get("total") == 2]
    assert [message["done"] for message in told] == [0, 1]


def test_the_host_refuses_unknown_probes(ask, scene):
    with pytest.raises(NotSupportedError, match="not a probe"):
        ask(lambda host: host.probes.probe, scene=str(scene), text="the chair", probes=["wobble"])
