import asyncio
import os
import signal
import threading
import weakref
from pathlib import Path

import pytest
import torch

from whatwhere.errors import (
    Cancelled,
    ExpressionError,
    MemoryFullError,
    MissingFileError,
    ModelError,
    NotSupportedError,
    RequestError,
    SceneError,
    WorkerDiedError,
)
from whatwhere.jobs.client import WorkerClient
from whatwhere.jobs.connection import Request
from whatwhere.models.free_memory import Memory
from whatwhere.models.grounder import Capabilities
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.memory_plan import MemoryHint, MemoryPlan
from whatwhere.serving.faults import says_when_full
from whatwhere.serving.grounder_host import GrounderHost
from whatwhere.serving.threads import num_cores, use_threads_for_encoding, use_threads_for_query

HERE = Path(__file__).parent
HOST = "whatwhere.serving.grounder_host"
PATIENCE_S = 60


class Owner:
    """Asks a host in this process, and keeps what it sends meanwhile."""

    def __init__(self, host):
        self.host = host
        self.sent = []

    def ask(self, method, **params):
        request = Request(1, method, params, self.sent.append, threading.Event())
        return getattr(self.host, method)(request)


@pytest.fixture
def grounder(fake, monkeypatch):
    """The model that every load gives."""
    grounder = fake.FakeGrounder()
    monkeypatch.setattr(f"{HOST}.load_grounder", lambda name, **_: grounder)
    monkeypatch.setattr(f"{HOST}.plan_for", fake.plan_for)
    return grounder


@pytest.fixture
def owner(grounder):
    owner = Owner(GrounderHost())
    owner.ask("load", model="default")
    return owner


def test_load_says_what_was_loaded(owner):
    loaded = owner.ask("load", model="default", device="cpu")
    assert loaded["model"] == "fake"
    assert loaded["device"] == "cpu"
    assert loaded["modalities"] == ["fused", "2d", "3d"]
    assert loaded["num_parameters"] == 42
    assert loaded["memory_mb"] > 1
    assert loaded["load_ms"] >= 0


def test_encode_reports_progress_and_what_it_found(owner, scene):
    encoded = owner.ask("encode", scene=str(scene))
    assert encoded["scene_id"] == "triangle"
    assert encoded["num_proposals"] == 3
    assert encoded["box_source"] == "annotation"
    assert encoded["frames"] == ["0", "1", "2", "3"]
    assert any("no frames" in warning for warning in encoded["warnings"])
    assert encoded["encode_ms"] > 0
    assert [(message["done"], message["total"]) for message in owner.sent] == [
        (1, 4),
        (2, 4),
        (3, 4),
        (4, 4),
    ]


def test_ground_answers_with_the_document(owner, scene):
    document = owner.ask("ground", scene=str(scene), text="the chair", modalities=["2d", "fused"])
    assert document == {
        "scene": "triangle",
        "expression": "the chair",
        "model": "fake",
        "device": "cpu",
        "box_source": "annotation",
        "warnings": ['The model never saw "glorp".'],
        "groundings": document["groundings"],
        "timings_ms": document["timings_ms"],
    }
    assert list(document["groundings"]) == ["2d", "fused"]
    assert document["groundings"]["2d"]["frames"] == ["0", "1", "2", "3"]
    assert document["groundings"]["2d"]["candidates"][0] == {
        "box": {"center": [0.0, 0.0, 0.5], "size": [1.0, 1.0, 1.0]},
        "score": 0.0,
        "proposal": 0,
        "object_id": 10,
        "label": "chair",
    }
    assert set(document["timings_ms"]) == {"load", "encode", "ground"}
    assert document["timings_ms"]["ground"] == 1.5


def test_top_cuts_the_candidates(owner, scene):
    document = owner.ask("ground", scene=str(scene), text="the chair", top=2)
    assert [len(item["candidates"]) for item in document["groundings"].values()] == [2, 2, 2]


def test_mix_gives_one_grounding_per_share_of_the_geometry(owner, grounder, scene):
    mixed = owner.ask("mix", scene=str(scene), text="the chair", alphas=[0, 0.5, 1])
    assert len(mixed) == 3
    assert [len(item["candidates"]) for item in mixed] == [3, 3, 3]
    grounder.capabilities = Capabilities(modalities=("fused",))
    with pytest.raises(NotSupportedError, match="cannot fade geometry in"):
        owner.ask("mix", scene=str(scene), text="the chair", alphas=[0])


def test_a_scene_is_encoded_once(owner, grounder, scene):
    owner.ask("encode", scene=str(scene))
    owner.ask("encode", scene=str(scene))
    owner.ask("ground", scene=str(scene), text="the chair")
    assert grounder.num_encodes == 1


def test_the_scene_unused_for_longest_is_forgotten(owner, grounder, make_scene):
    scenes = [str(make_scene(f"room{i}")) for i in range(5)]
    for scene in scenes[:4]:
        owner.ask("encode", scene=scene)
    owner.ask("ground", scene=scenes[0], text="the chair")
    owner.ask("encode", scene=scenes[4])
    assert grounder.num_encodes == 5
    owner.ask("ground", scene=scenes[0], text="the chair")
    assert grounder.num_encodes == 5
    owner.ask("ground", scene=scenes[1], text="the chair")
    assert grounder.num_encodes == 6


def test_user_boxes_replace_the_candidates_until_they_are_taken_back(owner, scene):
    rows = [[0, 0, 0, 1, 2, 3], [4.5, 0, 0, 1, 1, 1]]
    assert owner.ask("encode", scene=str(scene), boxes=rows)["box_source"] == "user"
    document = owner.ask("ground", scene=str(scene), text="the chair")
    boxes = [item["box"] for item in document["groundings"]["fused"]["candidates"]]
    assert document["box_source"] == "user"
    assert boxes == [
        {"center": [0, 0, 0], "size": [1, 2, 3]},
        {"center": [4.5, 0, 0], "size": [1, 1, 1]},
    ]
    assert owner.ask("encode", scene=str(scene))["box_source"] == "annotation"


def test_user_boxes_join_the_candidates_under_their_names(owner, grounder, scene):
    owner.ask("encode", scene=str(scene))
    rows = [[0, 0, 0, 1, 2, 3], [4.5, 0, 0, 1, 1, 1]]
    drawn = {"boxes": rows, "box_names": ["R1", "R4"], "join": True}
    encoded = owner.ask("encode", scene=str(scene), **drawn)
    assert (encoded["num_proposals"], encoded["box_source"]) == (5, "annotation+user")
    document = owner.ask("ground", scene=str(scene), text="the chair", **drawn)
    candidates = document["groundings"]["fused"]["candidates"]
    assert [item["proposal"] for item in candidates] == [0, 1, 2, 3, 4]
    assert [(item["label"], item["object_id"]) for item in candidates[3:]] == [
        ("R1", None),
        ("R4", None),
    ]
    assert document["box_source"] == "annotation+user"
    assert grounder.num_encodes == 2
    # Taken back with the question itself, and never answered with yesterday's boxes.
    document = owner.ask("ground", scene=str(scene), text="the chair", boxes=None)
    assert document["box_source"] == "annotation"
    alone = owner.ask("ground", scene=str(scene), text="the chair", boxes=rows)
    assert alone["box_source"] == "user"


def test_boxes_from_geometry_are_named_as_such_and_forgotten_when_taken_back(owner, scene):
    rows = [[0, 0, 0, 1, 2, 3], [4.5, 0, 0, 1, 1, 1]]
    found = {"boxes": rows, "box_names": [None, None], "box_sources": ["geometric", "geometric"]}
    assert owner.ask("encode", scene=str(scene), **found)["box_source"] == "geometric"
    drawn = {"boxes": rows, "box_names": [None, "R1"], "box_sources": ["geometric", "user"]}
    document = owner.ask("ground", scene=str(scene), text="the chair", **drawn)
    assert document["box_source"] == "geometric+user"
    labels = [item["label"] for item in document["groundings"]["fused"]["candidates"]]
    assert labels == [None, "R1"]
    again = owner.ask("ground", scene=str(scene), text="the chair", boxes=None)
    assert again["box_source"] == "annotation"
    joined = owner.ask("encode", scene=str(scene), boxes=rows, join=True)
    assert joined["num_proposals"] == 5
    with pytest.raises(SceneError, match="2 boxes and 1 sources"):
        owner.ask("encode", scene=str(scene), **{**found, "box_sources": ["user"]})


def test_every_box_has_one_name(owner, scene):
    with pytest.raises(SceneError, match="1 boxes and 2 names"):
        owner.ask("encode", scene=str(scene), boxes=[[0, 0, 0, 1, 1, 1]], box_names=["R1", "R2"])


@pytest.mark.parametrize(
    "rows",
    [[], [[1, 2, 3]], [[0, 0, 0, 1, 1, -1]], [[0, 0, 0, 1, 1, float("nan")]], "boxes", [1], [[]]],
)
def test_what_are_no_boxes_is_refused(owner, scene, rows):
    with pytest.raises(SceneError, match="cx, cy, cz, dx, dy, dz"):
        owner.ask("encode", scene=str(scene), boxes=rows)


def test_faults_are_named(owner, scene, tmp_path):
    with pytest.raises(MissingFileError, match=r"gone\.ply"):
        owner.ask("encode", scene=str(tmp_path / "gone.ply"))
    with pytest.raises(ExpressionError):
        owner.ask("ground", scene=str(scene), text="  ")
    with pytest.raises(NotSupportedError, match="smell"):
        owner.ask("ground", scene=str(scene), text="the chair", modalities=["smell"])


def test_a_modality_that_the_model_lacks_is_named_with_those_it_has(owner, grounder, scene):
    grounder.capabilities = Capabilities(modalities=("2d",), mixes=False)
    with pytest.raises(NotSupportedError, match=r"fake has no fused and no 3d answer.*one of 2d"):
        owner.ask("ground", scene=str(scene), text="the chair")
    assert grounder.num_encodes == 0


@pytest.mark.parametrize(
    ("method", "params", "lacking"),
    [
        ("ground", {"text": "the chair"}, "scene"),
        ("ground", {"scene": "here"}, "text"),
        ("encode", {}, "scene"),
        ("mix", {"scene": "here", "text": "the chair"}, "alphas"),
    ],
)
def test_a_request_that_lacks_something_says_what(owner, method, params, lacking):
    with pytest.raises(RequestError, match=f'"{method}" lacks "{lacking}"'):
        owner.ask(method, **params)


@pytest.mark.parametrize(
    ("error", "where"),
    [
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), "graphics card"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "machine"),
        (MemoryError(), "machine"),
    ],
)
def test_full_memory_is_a_sentence_and_the_host_answers_on(owner, grounder, scene, error, where):
    def full(*_args, **_options):
        raise error

    ground, grounder.ground = grounder.ground, full
    request = Request(1, "ground", {"scene": str(scene), "text": "the chair"}, print)
    with pytest.raises(MemoryFullError, match=f"the {where}'s memory is full.*fewer frames"):
        says_when_full(owner.host.ground)(request)
    grounder.ground = ground
    assert says_when_full(owner.host.ground)(request)["groundings"]


@pytest.mark.parametrize("method", ["load", "encode", "ground"])
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            torch.OutOfMemoryError(
                "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of "
                "23.00 GiB of which 1.25 GiB is free."
            ),
            r"graphics card's memory is full \(2.00 GiB more were needed, 1.25 GiB were free, "
            r"large was planned with 3.0 GB\)",
        ),
        (MemoryError(), r"machine's memory is full \(large was planned with 3.0 GB\)"),
    ],
)
def test_memory_that_runs_out_at_any_step_leaves_a_host_that_answers(
    grounder, scene, monkeypatch, method, error, said
):
    plan = MemoryPlan(
        model="large",
        settings=LoadSettings(device="cpu"),
        parts={"weights": 3 * 10**9},
        free_bytes=None,
    )
    monkeypatch.setattr(f"{HOST}.plan_for", lambda *_, **__: plan)
    host = GrounderHost()
    handlers = {
        name: says_when_full(getattr(host, name), plan=lambda: host.plan_made)
        for name in ("load", "encode", "ground")
    }
    params = {"model": "large", "scene": str(scene), "text": "the chair"}

    def ask(name):
        return handlers[name](Request(1, name, params, lambda _: None))

    def full(*_args, **_options):
        raise error

    with monkeypatch.context() as broken:
        if method == "load":
            broken.setattr(f"{HOST}.load_grounder", full)
        else:
            ask("load")
            broken.setattr(grounder, method, full)
        with pytest.raises(MemoryFullError, match=said):
            ask(method)
    for name in handlers:
        assert ask(name)


def test_a_model_that_does_not_fit_is_refused_with_numbers_and_the_present_one_stays(
    owner, grounder, scene, monkeypatch
):
    plan = MemoryPlan(
        model="large",
        settings=LoadSettings(device="cpu"),
        parts={"weights": 3 * 10**9},
        free_bytes=10**9,
        hints=(MemoryHint("16 frames", {"max_frames": 16}, 5 * 10**8),),
    )
    monkeypatch.setattr(f"{HOST}.plan_for", lambda *_, **__: plan)
    refused = "large needs 3.0 GB in memory, 1.0 GB are free.*fits with 16 frames"
    with pytest.raises(MemoryFullError, match=refused):
        owner.ask("load", model="large")
    assert owner.ask("ground", scene=str(scene), text="the chair")["model"] == "fake"
    assert MemoryPlan.from_json(owner.ask("plan", model="large")) == plan
    loaded = owner.ask("load", model="large", may_exceed=True)
    assert loaded["plan"]["need_bytes"] == 3 * 10**9


def test_what_the_present_model_holds_counts_as_free(owner, monkeypatch):
    asked = []

    def plan_for(name, settings, free):
        asked.append(free("cpu").free_bytes)
        return MemoryPlan(
            model=name,
            settings=LoadSettings(device="cpu"),
            parts={"weights": 400, "working memory": 50},
            free_bytes=1000,
        )

    monkeypatch.setattr(f"{HOST}.plan_for", plan_for)
    monkeypatch.setattr(f"{HOST}.memory_of", lambda _: Memory(1000, 2000))
    owner.ask("load", model="one")
    owner.ask("load", model="two")
    owner.ask("unload")
    owner.ask("plan", model="three")
    assert asked == [1000, 1400, 1000]


def test_a_model_that_is_unloaded_is_gone(fake, monkeypatch, scene):
    monkeypatch.setattr(f"{HOST}.load_grounder", lambda name, **_: fake.FakeGrounder(name))
    monkeypatch.setattr(f"{HOST}.plan_for", fake.plan_for)
    owner = Owner(GrounderHost())
    owner.ask("load", model="one")
    owner.ask("encode", scene=str(scene))
    alive = weakref.ref(owner.host._grounder)
    owner.ask("unload")
    assert alive() is None


def test_other_errors_stay_what_they_are():
    def wrong(request):
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes"):
        says_when_full(wrong)(Request(1, "ground", {}, print))


def test_without_a_model_it_says_so(owner, scene):
    owner.ask("unload")
    with pytest.raises(ModelError, match="no model is loaded"):
        owner.ask("ground", scene=str(scene), text="the chair")


def test_another_model_encodes_anew(owner, grounder, scene):
    owner.ask("encode", scene=str(scene))
    owner.ask("load", model="other")
    owner.ask("ground", scene=str(scene), text="the chair")
    assert grounder.num_encodes == 2


def test_encoding_stops_when_cancelled_and_leaves_nothing_half_done(owner, grounder, scene):
    grounder.waits_for_cancel = True
    cancelled = threading.Event()
    cancelled.set()
    request = Request(1, "encode", {"scene": str(scene)}, owner.sent.append, cancelled)
    with pytest.raises(Cancelled):
        owner.host.encode(request)
    grounder.waits_for_cancel = False
    owner.ask("ground", scene=str(scene), text="the chair")
    assert grounder.num_encodes == 2


def test_one_core_is_left_to_the_window():
    import torch

    before = torch.get_num_threads()
    try:
        use_threads_for_encoding()
        assert torch.get_num_threads() == max(1, num_cores() - 1)
        use_threads_for_query(4_000_000)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_as_a_process_it_cancels_dies_with_a_reason_and_comes_back(
    monkeypatch, tmp_path, scene, make_scene
):
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    endless = str(make_scene("endless"))

    async def start():
        return await WorkerClient.start(
            "fake_host:run",
            name="The grounder host",
            log_path=tmp_path / "host.log",
            arguments=["default"],
        )

    async def encoding_begun(host):
        begun = asyncio.Event()
        task = asyncio.create_task(
            host.request("encode", {"scene": endless}, on_progress=lambda *_: begun.set())
        )
        await begun.wait()
        return task

    async def scenario():
        async with asyncio.timeout(PATIENCE_S), await start() as host:
            (await encoding_begun(host)).cancel()
            params = {"scene": scene, "text": "the chair"}
            answer = await host.request("ground", params)
            task = await encoding_begun(host)
            os.kill(host.pid, signal.SIGKILL)
            with pytest.raises(WorkerDiedError, match=r"The grounder host died: signal 9"):
                await task
            async with await start() as second:
                return answer, await second.request("ground", params)

    first, second = asyncio.run(scenario())
    assert first["groundings"] == second["groundings"]
    assert "a library prints while it loads" in (tmp_path / "host.log").read_text()
