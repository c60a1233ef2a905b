"""What models saw of scenes, on disk: counted and thrown away."""

from pathlib import Path

import pytest

from whatwhere.models.cache_cap import cache_folder, empty_cache, held_bytes, usual_cache_bytes


def test_what_is_kept_is_counted_and_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path))
    assert held_bytes() == 0
    assert empty_cache() == 0
    cache_folder().mkdir(parents=True)
    for number in range(3):
        (cache_folder() / f"{number}.safetensors").write_bytes(b"\0" * 100)
    assert held_bytes() == 300
    assert usual_cache_bytes() == 2_000_000_000
    assert empty_cache() == 300
    assert held_bytes() == 0
    assert cache_folder().is_dir()
