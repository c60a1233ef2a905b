import numpy as np
import pytest

from whatwhere.errors import BrokenFileError
from whatwhere.evaluation.probe_rows import (
    ProbeRows,
    compare,
    read_probe_rows,
    write_probe_rows,
)


def rows(right: float, follows: float, num_scenes: int = 30) -> ProbeRows:
    n = 10 * num_scenes
    rng = np.random.default_rng(int(100 * right))
    scenes = np.repeat(np.arange(num_scenes), 10)
    follow = (rng.random(n // 2) < follows).astype(float)
    follow[::5] = np.nan
    return ProbeRows(
        scenes=scenes,
        spatial=np.arange(n) % 2 == 0,
        hits={"fused": (rng.random(n) < right).astype(float)},
        follow={"fused": follow},
        follow_scenes={"fused": scenes[::2]},
    )


def test_rows_survive_storage(tmp_path):
    path = tmp_path / "probe" / "step-000003.npz"
    write_probe_rows(path, rows(0.5, 0.3))
    back = read_probe_rows(path)
    assert np.array_equal(back.hits["fused"], rows(0.5, 0.3).hits["fused"])
    assert np.array_equal(back.follow["fused"], rows(0.5, 0.3).follow["fused"], equal_nan=True)
    assert [item.name for item in path.parent.iterdir()] == ["step-000003.npz"]


def test_two_checkpoints_are_compared_with_intervals():
    found = {item.name: item for item in compare(rows(0.5, 0.4), rows(0.9, 0.0))}
    fused = found["all/fused"]
    assert fused.difference.value == pytest.approx(0.4, abs=0.08)
    assert fused.difference.low is not None
    assert fused.difference.low > 0.2
    assert found["follow_appearance/fused"].difference.value == pytest.approx(-0.4, abs=0.15)


def test_few_scenes_give_no_interval():
    found = compare(rows(0.5, 0.4, 5), rows(0.9, 0.0, 5))
    assert all(item.difference.low is None for item in found)


def test_other_probe_sets_are_not_compared():
    with pytest.raises(ValueError, match="same probe set"):
        compare(rows(0.5, 0.4, 5), rows(0.5, 0.4, 6))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"\x80\x04K\x01."])
def test_a_broken_file_is_named(tmp_path, content):
    path = tmp_path / "step-000001.npz"
    path.write_bytes(content)
    with pytest.raises(BrokenFileError, match="step-000001"):
        read_probe_rows(path)
