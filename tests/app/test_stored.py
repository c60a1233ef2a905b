"""Files of other versions or full of rubbish: defaults and a sentence, never a crash."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatwhere_app.settings import Settings, SettingsStore
from whatwhere_app.stored import write_value

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
settings_like = st.dictionaries(st.sampled_from(sorted(Settings.model_fields)), anything)
contents = (
    st.binary()
    | anything.map(lambda value: json.dumps(value).encode())
    | settings_like.map(lambda value: json.dumps(value).encode())
)


@given(contents)
def test_whatever_a_file_says_the_program_starts_and_saves(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "settings.json"
        path.write_bytes(content)
        store = SettingsStore(path)
        if store.fault is not None:
            assert store.value == Settings()
            assert str(path) in store.fault
        was_refused = store.fault is not None
        changed = store.value.model_copy(update={"export_folder": "/somewhere/else"})
        store.change(changed)
        assert SettingsStore(path).value == changed
        kept = path.with_name("settings.json.bak")
        assert kept.is_file() is was_refused
        assert not was_refused or kept.read_bytes() == content


def test_a_wrong_type_is_named(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"theme": 7}))
    assert "theme" in str(SettingsStore(path).fault)


def test_a_file_of_a_later_version_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    content = json.dumps({"schema_version": 99, "colour_of_the_future": "ultraviolet"})
    path.write_text(content)
    store = SettingsStore(path)
    assert store.value == Settings()
    assert "schema_version" in str(store.fault)
    store.change(Settings(theme="light"))
    assert (tmp_path / "settings.json.bak").read_text() == content


def test_a_folder_in_its_place_is_said_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    store = SettingsStore(tmp_path / "settings.json")
    assert store.value == Settings()
    assert store.fault is not None


def test_what_cannot_be_saved_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = SettingsStore(tmp_path / "file" / "settings.json")
    store.change(Settings(theme="dark"))
    assert store.value.theme == "dark"
    assert "could not be saved" in str(store.fault)
    (tmp_path / "file").unlink()
    store.change(Settings(theme="light"))
    assert store.fault is None


def test_a_fault_of_the_file_is_over_once_a_change_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text("{")
    store = SettingsStore(path)
    assert store.fault is not None
    store.change(Settings(theme="light"))
    assert store.fault is None


def test_a_value_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    (path / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match=r"settings\.json"):
        write_value(Settings(), path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_is_written_is_read_again(theme: str, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    value = Settings.model_validate({"theme": theme}).with_recent(tmp_path / "scans" / "room")
    write_value(value, path)
    assert SettingsStore(path).value == value
