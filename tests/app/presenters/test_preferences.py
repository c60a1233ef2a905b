"""Settings that the user may change, and what is refused."""

from pathlib import Path
from unittest.mock import MagicMock

import pytest

from whatwhere_app.presenters.preferences import KeptScenes, PreferencesPresenter
from whatwhere_app.settings import SettingsStore


class Desk:
    """A panel and the settings it changes."""

    def __init__(self, folder: Path) -> None:
        self.view, self.choose_theme = MagicMock(), MagicMock()
        self.store = SettingsStore(folder / "settings.json")
        self.held = 1_234_000_000
        self.is_stuck = False
        self.presenter = PreferencesPresenter(
            self.view,
            self.store,
            choose_theme=self.choose_theme,
            kept=KeptScenes(lambda: self.held, self._empty),
        )

    def _empty(self) -> int:
        if self.is_stuck:
            raise PermissionError(13, "Permission denied")
        freed, self.held = self.held, 0
        return freed

    @property
    def cache_hint(self) -> str:
        choices = self.view.show_choices.call_args.args[0]
        return str(next(choice.hint for choice in choices if choice.name == "cache_mb"))

    @property
    def said(self) -> str:
        return str(self.view.say.call_args.args[0])


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("scale_percent", "150", 150),
        ("scale_percent", "automatic", None),
        ("multi_samples", "4", 4),
        ("multi_samples", "automatic", None),
        ("model", "", "default"),
    ],
)
def test_what_is_chosen_is_remembered(name: str, value: str, kept: object, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.presenter.change("scale_percent", "75")
    desk.presenter.change(name, value)
    assert getattr(SettingsStore(tmp_path / "settings.json").value, name) == kept
    assert "next start" in desk.said
    shown = {choice.name: choice for choice in desk.view.show_choices.call_args.args[0]}
    assert shown[name].value in [option for option, _ in shown[name].options]


def test_the_theme_changes_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.presenter.change("theme", "light")
    desk.choose_theme.assert_called_once_with("light")


@pytest.mark.parametrize(
    ("name", "value"), [("model", "/no/such/folder"), ("multi_samples", "many")]
)
def test_what_cannot_be_used_is_refused_and_named(name: str, value: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    before = desk.store.value
    desk.presenter.change(name, value)
    assert desk.store.value == before
    assert value in desk.said
    assert desk.view.say.call_args.kwargs["is_fault"]


def test_a_model_folder_of_the_users_own_is_kept(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.json").write_text("{}")
    desk = Desk(tmp_path)
    desk.presenter.change("model", str(tmp_path / "mine"))
    assert desk.store.value.model == str(tmp_path / "mine")


def test_what_is_kept_of_scenes_is_capped_shown_and_emptied(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.presenter.show()
    assert "1,234 MB are taken now" in desk.cache_hint
    desk.presenter.change("cache_mb", "20,000")
    assert SettingsStore(tmp_path / "settings.json").value.cache_mb == 20_000
    assert "when a model is loaded next" in desk.said
    desk.presenter.change("cache_mb", "plenty")
    assert desk.view.say.call_args.kwargs["is_fault"]
    assert desk.store.value.cache_mb == 20_000
    desk.is_stuck = True
    desk.presenter.do("cache_mb")
    assert "could not be emptied" in desk.said
    desk.is_stuck = False
    desk.presenter.do("cache_mb")
    assert desk.said == "1,234 MB were thrown away."
    assert "0 MB are taken now" in desk.cache_hint
