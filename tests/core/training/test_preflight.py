"""What a run needs against what is free."""

import json
import struct
from pathlib import Path

import pytest

from whatwhere.training.config import read_config
from whatwhere.training.preflight import Need, count_weights, preflight


def safetensors(path: Path, shapes: dict[str, list[int]]) -> None:
    header = {name: {"dtype": "BF16", "shape": shape} for name, shape in shapes.items()}
    data = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    path.write_bytes(struct.pack("<Q", len(data)) + data)


def test_every_resource_is_named_with_its_numbers(tmp_path: Path) -> None:
    found = preflight(read_config("plain", {"device": "cpu"}), tmp_path / "runs" / "new")
    assert [need.resource for need in found.needs] == ["memory", "disk"]
    assert all(need.needed_bytes > 0 and need.free_bytes > 0 for need in found.needs)
    assert "cores" in found.device
    assert not (tmp_path / "runs").exists(), "looking leaves nothing behind"


def test_too_little_is_said_with_both_numbers() -> None:
    need = Need("GPU memory", 8_100_000_000, 950_000_000)
    assert need.is_short
    assert str(need) == "GPU memory: about 8.1 GB needed, 950 MB free"
    assert not Need("disk", 10, 10).is_short


def test_a_vast_run_is_short_of_memory_and_disk(tmp_path: Path) -> None:
    config = read_config("plain", {"train_rooms": "1000000000"})
    found = preflight(config, tmp_path)
    assert found.is_short
    assert all(need.is_short for need in found.needs if need.resource != "GPU memory")


def test_needs_grow_with_what_is_asked_for(tmp_path: Path) -> None:
    def needed(**changes: str) -> dict[str, int]:
        found = preflight(read_config("plain", {"device": "cpu", **changes}), tmp_path)
        return {need.resource: need.needed_bytes for need in found.needs}

    usual = needed()
    assert needed(rooms_per_step="512")["memory"] > usual["memory"]
    assert needed(checkpoint_every="1")["disk"] > usual["disk"]
    assert needed(data=str(tmp_path))["disk"] < usual["disk"], "no rooms are made"


def test_weights_are_counted_in_the_model_that_is_tuned(tmp_path: Path) -> None:
    safetensors(tmp_path / "model.safetensors", {"a": [3, 4], "b": [5], "scalar": []})
    assert count_weights(read_config("plain", {"base": json.dumps(str(tmp_path))})) == 3 * 4 + 5 + 1
    assert count_weights(read_config("plain", {"base": "default"})) > 1_000_000


@pytest.mark.parametrize("content", [b"", b"\xff" * 7, struct.pack("<Q", 2**60) + b"{}", b"{}" * 9])
def test_a_broken_base_is_estimated_by_the_configured_sizes(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    from_scratch = count_weights(read_config("plain"))
    assert count_weights(read_config("plain", {"base": json.dumps(str(tmp_path))})) == from_scratch


def test_without_a_gpu_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pynvml

    def no_driver() -> None:
        raise pynvml.NVMLError_LibraryNotFound()

    monkeypatch.setattr(pynvml, "nvmlInit", no_driver)
    found = preflight(read_config("plain"), tmp_path)
    assert found.device.startswith("No GPU: trains on")
    assert {need.resource for need in found.needs} == {"memory", "disk"}
    assert "No GPU" not in preflight(read_config("plain", {"device": "cpu"}), tmp_path).device


def test_a_gpu_needs_memory_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pynvml

    class Info:
        free = 100 * 2**20

    monkeypatch.setattr(pynvml, "nvmlInit", lambda: None)
    monkeypatch.setattr(pynvml, "nvmlShutdown", lambda: None)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByIndex", lambda index: index)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetName", lambda handle: "Test GPU")
    monkeypatch.setattr(pynvml, "nvmlDeviceGetMemoryInfo", lambda handle: Info)
    found = preflight(read_config("plain"), tmp_path)
    assert "Test GPU" in found.device
    (gpu,) = [need for need in found.needs if need.resource == "GPU memory"]
    assert gpu.is_short
    assert gpu.free_bytes == Info.free
