from pathlib import Path

from whatwhere_app.settings import Settings


def test_recent_scenes_come_newest_first_without_repeats(tmp_path: Path) -> None:
    settings = Settings()
    for name in ("a", "b", "a", *(f"s{i}" for i in range(14))):
        settings = settings.with_recent(tmp_path / name)
    names = [Path(item).name for item in settings.recent_scenes]
    assert names == [*(f"s{i}" for i in reversed(range(14))), "a"]
