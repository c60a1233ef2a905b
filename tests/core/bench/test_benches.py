import json

import pytest

from whatwhere.assets import asset
from whatwhere.bench import evaluate, host, probes, start
from whatwhere.bench.figures import Figure
from whatwhere.bench.rooms import first_room
from whatwhere.demo.shipped import ShippedRoom
from whatwhere.errors import MissingFileError
from whatwhere.language.expressions import Expression
from whatwhere.language.rows import ExpressionFile
from whatwhere.language.splits import Split, SplitScene
from whatwhere.scenes.opening import open_scene


@pytest.fixture
def shipped_model():
    """The default model, where this checkout has it."""
    try:
        return asset("models", "default", "model.safetensors")
    except MissingFileError:
        pytest.skip("this checkout has no default model")


def test_a_figure_is_a_median_with_its_range():
    figure = Figure.median([5.0, 1.0, 2.0], "ms", at_most=2.0)
    assert (figure.value, figure.low, figure.high, figure.n) == (2.0, 1.0, 5.0, 3)
    assert figure.is_met
    assert not Figure.median([2.1], "ms", at_most=2.0).is_met
    assert Figure.median([1e9], "ms").is_met


def test_a_ratio_rests_on_the_smaller_number_of_repeats():
    above, below = Figure.median([6.0, 6.0], "ms"), Figure.median([4.0], "ms")
    assert Figure.ratio(above, below, at_most=1.4) == Figure(1.5, "x", 1, at_most=1.4)


def test_the_first_room_is_a_scene():
    try:
        room = first_room()
    except MissingFileError:
        pytest.skip("this checkout has no demo rooms")
    assert open_scene(room).frames


def test_start_measures_info_as_a_process(monkeypatch, write_scan, tmp_path):
    monkeypatch.setattr(start, "first_room", lambda: write_scan(tmp_path))
    monkeypatch.setattr(start, "_REPEATS", 1)
    info, imports, ratio = start.run().values()
    assert info.value > 0
    assert ratio.value == info.value / imports.value
    assert info.at_most == 0.6


def test_host_measures_a_real_host(monkeypatch, write_scan, tmp_path, shipped_model):
    scene = write_scan(tmp_path)
    monkeypatch.setattr(host, "first_room", lambda: scene)
    for name in ("_REPEATS", "_WARM_UP", "_LOADS"):
        monkeypatch.setattr(host, name, 1)
    figures = host.run()
    three, ratio = "sentence, three modalities, at the host", "three modalities / one"
    assert figures[three].at_most == 15
    assert figures[ratio].value == pytest.approx(
        figures[three].value / figures["sentence, one modality, at the host"].value
    )
    assert figures["scene, encoded (2 frames)"].value > 0


def test_probes_are_measured_apart_from_those_that_look_again(
    monkeypatch, write_scan, tmp_path, shipped_model
):
    rows = [
        {"scene_id": "tiny0000_00", "object_id": "1", "object_name": "office chair",
         "ann_id": "0", "description": "the chair left of the chair"}
    ]  # fmt: skip
    sentences = tmp_path / "ScanRefer_filtered_demo.json"
    sentences.write_text(json.dumps(rows))
    room = ShippedRoom("tiny", write_scan(tmp_path), sentences)
    monkeypatch.setattr(probes, "shipped_rooms", lambda: [room])
    monkeypatch.setattr(probes, "_REPEATS", 1)
    figures = probes.run()
    probed = {name: item for name, item in figures.items() if item.at_most == 300}
    assert {"swap-relation", "mirror", "grey, from then on"} <= set(probed)
    assert figures["grey, the first time (the model looks again)"].value > 0
    asked = figures["the sentence alone, three modalities"].value
    at_once = [item.value for name, item in probed.items() if "from then on" not in name]
    ratio = figures["slowest probe that needs no new look / the sentence"]
    assert ratio.value == pytest.approx(max(at_once) / asked)


def test_evaluate_measures_a_whole_split(monkeypatch, write_scan, tmp_path, shipped_model):
    scenes = [
        SplitScene(name, write_scan(tmp_path, scene_id=name), (i,)) for i, name in enumerate("ab")
    ]
    rows = tuple(Expression(name, "the chair near the wall", 1) for name in "ab")
    split = Split("tiny", ExpressionFile(rows, ()), tuple(scenes), ())
    monkeypatch.setattr(evaluate, "demo_split", lambda: split)
    monkeypatch.setattr(evaluate, "_ROUNDS", 1)
    figures = evaluate.run()
    share = figures["encoder's share e"].value
    four = figures["four modalities / one, goal 1.1 (e + 4 (1 - e))"]
    assert 0 < share < 1
    assert four.at_most == pytest.approx(1.1 * (share + 4 * (1 - share)))
    assert figures["split / that arithmetic"].at_most == pytest.approx(1 / 0.7)
