from pathlib import Path

import pytest

from whatwhere_app.settings import Settings, load_settings, save_settings


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    settings = Settings(theme="light", multi_samples=4).with_recent(tmp_path / "scans" / "room")
    save_settings(settings, path)
    assert load_settings(path) == (settings, None)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"schema_version": 99}', b'{"no such setting": 1}'],
)
def test_rubbish_gives_the_defaults_and_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    settings, sentence = load_settings(path)
    assert settings == Settings()
    assert sentence is not None
    assert str(path) in sentence


def test_recent_scenes_come_newest_first_without_repeats(tmp_path: Path) -> None:
    settings = Settings()
    for name in ("a", "b", "a", *(f"s{i}" for i in range(14))):
        settings = settings.with_recent(tmp_path / name)
    names = [Path(item).name for item in settings.recent_scenes]
    assert names == [*(f"s{i}" for i in reversed(range(14))), "a"]
