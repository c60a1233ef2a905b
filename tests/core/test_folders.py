from pathlib import Path

import pytest

from whatwhere.folders import data_folder, user_folder


def test_one_variable_moves_them_all_and_may_begin_with_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WHATWHERE_HOME", "~/elsewhere")
    for kind in ("data", "config", "state", "cache"):
        assert user_folder(kind) == tmp_path / "elsewhere" / kind
    assert not (tmp_path / "elsewhere").exists()
    assert data_folder().is_dir()


@pytest.mark.parametrize("kind", ["data", "config", "state", "cache"])
def test_without_it_the_platform_says_where(monkeypatch, kind):
    monkeypatch.delenv("WHATWHERE_HOME", raising=False)
    folder = user_folder(kind)
    assert isinstance(folder, Path)
    assert folder.name == "whatwhere"
