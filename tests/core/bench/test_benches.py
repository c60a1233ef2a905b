import pytest

from whatwhere.assets import asset
from whatwhere.bench import host, start
from whatwhere.bench.figures import Figure
from whatwhere.bench.rooms import first_room
from whatwhere.errors import MissingFileError
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
