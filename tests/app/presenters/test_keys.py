"""Keys of the user's own: changed, refused, remembered, and read from any file."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QObject

from whatwhere_app.actions import Actions, keys_of
from whatwhere_app.commands.table import COMMANDS
from whatwhere_app.keymap import Keymap
from whatwhere_app.presenters.keys import KeysPresenter
from whatwhere_app.presenters.palette import PalettePresenter
from whatwhere_app.stored import Store
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.view_values import KeyRow, Row

pytestmark = pytest.mark.usefixtures("qapp")

DEFAULTS = {command.name: command.keys for command in COMMANDS}


class Panel:
    """What the panel of keys was told."""

    def __init__(self) -> None:
        self.rows: dict[str, KeyRow] = {}
        self.said, self.is_fault = "", False

    def show_keys(self, rows: list[KeyRow]) -> None:
        self.rows = {row.name: row for row in rows}

    def say(self, text: str, *, is_fault: bool) -> None:
        self.said, self.is_fault = text, is_fault


class Desk:
    """A registry of commands, a panel, and the file between them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "keymap.json"
        self.owner = QObject()
        self.actions = Actions(self.owner)
        self.panel = Panel()
        store = Store(self.path, Keymap, what="keys")
        self.keys = KeysPresenter(self.panel, self.actions, store, TaskBoard())

    def now(self) -> dict[str, tuple[str, ...]]:
        return {name: keys_of(action) for name, action in self.actions.items()}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.owner.deleteLater()


def test_every_default_key_is_what_qt_understands(desk: Desk) -> None:
    assert desk.now() == DEFAULTS


def test_a_new_key_works_everywhere_at_once_and_after_the_next_start(
    desk: Desk, tmp_path: Path
) -> None:
    desk.keys.set_key("show.ceiling", "Ctrl+Alt+C")
    action = desk.actions["show.ceiling"]
    assert keys_of(action) == ("Ctrl+Alt+C",)
    assert action.toolTip().endswith("(Ctrl+Alt+C)")
    assert desk.panel.rows["show.ceiling"].is_changed
    offered: list[Row] = []

    class Palette:
        def open_with(self, rows: list[Row]) -> None:
            offered.extend(rows)

        set_rows = open_with

    PalettePresenter(Palette(), desk.actions).on_typed("ceiling")
    assert "Ctrl+Alt+C" in offered[0].caption
    assert Desk(tmp_path).now() == DEFAULTS | {"show.ceiling": ("Ctrl+Alt+C",)}
    assert json.loads(desk.path.read_text())["keys"] == {"show.ceiling": ["Ctrl+Alt+C"]}


def test_a_key_in_use_is_refused_and_the_other_command_named(desk: Desk) -> None:
    desk.keys.set_key("show.ceiling", "Ctrl+O")
    assert desk.panel.is_fault
    assert "“Open scene folder…”" in desk.panel.said
    assert desk.now() == DEFAULTS
    assert not desk.path.exists()


@pytest.mark.parametrize("key", ["", "Tab", "Shift+Tab", "Return", "Down", "Ctrl+K, Ctrl+X", "?!x"])
def test_what_cannot_be_a_key_is_refused(key: str, desk: Desk) -> None:
    desk.keys.set_key("show.ceiling", key)
    assert desk.panel.is_fault
    assert desk.now() == DEFAULTS


def test_one_command_and_all_get_their_default_keys_back(desk: Desk) -> None:
    desk.keys.remove_key("file.open")
    desk.keys.set_key("show.ceiling", "Ctrl+O")
    assert desk.now() == DEFAULTS | {"file.open": (), "show.ceiling": ("Ctrl+O",)}
    desk.keys.reset("file.open")
    assert "“Cut off the ceiling”" in desk.panel.said
    assert desk.now()["file.open"] == ()
    desk.keys.reset("show.ceiling")
    desk.keys.reset("file.open")
    assert desk.now() == DEFAULTS
    desk.keys.set_key("show.ceiling", "Ctrl+F9")
    desk.keys.reset_all()
    assert desk.now() == DEFAULTS
    assert json.loads(desk.path.read_text())["keys"] == {}


def test_keys_may_change_places_in_the_file(tmp_path: Path) -> None:
    swapped = {"frame.next": ["K"], "frame.previous": ["J"]}
    (tmp_path / "keymap.json").write_text(json.dumps({"schema_version": 1, "keys": swapped}))
    desk = Desk(tmp_path)
    assert desk.keys.faults == []
    assert desk.now() == DEFAULTS | {"frame.next": ("K",), "frame.previous": ("J",)}


def test_a_clash_in_the_file_is_said_and_leaves_the_default(tmp_path: Path) -> None:
    keys = {"show.ceiling": ["Ctrl+O"], "no.such.command": ["Ctrl+F8"]}
    (tmp_path / "keymap.json").write_text(json.dumps({"keys": keys}))
    desk = Desk(tmp_path)
    assert "“Open scene folder…”" in desk.keys.faults[0]
    assert desk.now() == DEFAULTS


@given(
    st.binary()
    | st.dictionaries(
        st.sampled_from(sorted(DEFAULTS)) | st.text(),
        st.lists(st.text(max_size=8) | st.sampled_from(["Ctrl+O", "C", "Tab"]), max_size=3),
    ).map(lambda keys: json.dumps({"keys": keys}).encode())
)
def test_whatever_the_file_says_no_key_runs_two_commands(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "keymap.json").write_bytes(content)
        keys = [key for keys in Desk(Path(folder)).now().values() for key in keys]
        assert len(keys) == len(set(keys))
