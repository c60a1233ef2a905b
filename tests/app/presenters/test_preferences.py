"""Settings that the user may change, and what is refused."""

from pathlib import Path
from unittest.mock import MagicMock

import pytest

from whatwhere_app.presenters.preferences import PreferencesPresenter
from whatwhere_app.settings import SettingsStore


class Desk:
    """A panel and the settings it changes."""

    def __init__(self, folder: Path) -> None:
        self.view, self.choose_theme = MagicMock(), MagicMock()
        self.store = SettingsStore(folder / "settings.json")
        self.presenter = PreferencesPresenter(self.view, self.store, choose_theme=self.choose_theme)

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
