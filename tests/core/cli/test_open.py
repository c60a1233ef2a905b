import types
from pathlib import Path

import pytest
import typer

from whatwhere.cli.open import open_explorer
from whatwhere.errors import MissingFileError, NotSupportedError


def run(*arguments):
    """The command as typed, its exceptions let through; the exit code comes back."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(open_explorer)
    return app(arguments, standalone_mode=False)


@pytest.fixture
def explorer(monkeypatch):
    """A window that only remembers what it was asked to show."""
    explorer = types.SimpleNamespace(asked=None, status=0)

    def show(scene, *, expression, model, screenshot, reset_settings, **others):
        explorer.asked = (scene, expression, model, screenshot)
        explorer.is_reset = reset_settings
        return explorer.status

    explorer.run = show
    monkeypatch.setattr("whatwhere.cli.open.import_module", lambda name: explorer)
    return explorer


def test_without_a_scene_the_explorer_chooses(explorer):
    assert run() == 0
    assert explorer.asked == (None, None, None, None)


def test_scene_sentence_model_and_screenshot_are_handed_over(explorer, tmp_path):
    explorer.status = 3
    options = ["--expression", "the chair", "--model", "mine", "--screenshot", "out.png"]
    assert run(str(tmp_path), *options) == 3
    assert explorer.asked == (tmp_path, "the chair", "mine", Path("out.png"))


def test_settings_are_reset_only_when_asked_for(explorer):
    run()
    assert explorer.is_reset is False
    run("--reset-settings")
    assert explorer.is_reset is True


def test_a_missing_scene_is_refused_before_the_window_opens(explorer, tmp_path):
    with pytest.raises(MissingFileError, match="nowhere"):
        run(str(tmp_path / "nowhere"))
    assert explorer.asked is None


def test_missing_window_libraries_are_named_with_the_remedy(monkeypatch):
    def fail(name):
        raise ModuleNotFoundError("No module named 'PySide6'", name="PySide6.QtCore")

    monkeypatch.setattr("whatwhere.cli.open.import_module", fail)
    with pytest.raises(NotSupportedError, match=r"needs PySide6.*whatwhere\[app\]"):
        run()


def test_any_other_missing_module_is_our_bug(monkeypatch):
    def fail(name):
        raise ModuleNotFoundError("No module named 'whatwhere.gone'", name="whatwhere.gone")

    monkeypatch.setattr("whatwhere.cli.open.import_module", fail)
    with pytest.raises(ModuleNotFoundError):
        run()


def test_the_example_is_asked_for_alone(explorer):
    assert run("--example") == 0
    for other in ("bedroom", "--model=default", "--compare=default", "--expression=the chair"):
        with pytest.raises(typer.BadParameter, match="--example chooses"):
            run("--example", other)
