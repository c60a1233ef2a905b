"""Every command of the program, once: menus, keys, buttons, help and tests read this registry.

Single keys are no danger to typing: a text field with the focus takes printable keys before any
shortcut sees them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from whatwhere_app.theme import LAYER_KEYS, LAYER_NAMES, LAYERS, Layer


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        name: unique, "menu.verb".
        text: in menus and lists.
        keys: as `QKeySequence` reads them.
        menu: the menu it stands in; "" for none.
        hint: in the status bar and on hover.
        is_checkable: a switch.
        starts_group: a line above it in the menu.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    menu: str = ""
    hint: str = ""
    is_checkable: bool = False
    starts_group: bool = False


_LAYER_COMMANDS = tuple(
    Command(f"show.{layer}", LAYER_NAMES[layer], (LAYER_KEYS[layer],), "Show", is_checkable=True)
    for layer in LAYERS
)

COMMANDS: tuple[Command, ...] = (
    Command("file.open", "Open scene folder…", ("Ctrl+O",), "File", "Open a ScanNet scan folder"),
    Command(
        "file.open_expressions",
        "Open expressions…",
        ("Ctrl+Shift+O",),
        "File",
        "Open a ScanRefer JSON file for this scene",
    ),
    Command(
        "file.ask_sentences",
        "Ask sentences from a file…",
        ("Ctrl+Shift+F",),
        "File",
        "Ask every line of a text file; the answers go to a table beside it",
    ),
    Command("file.open_demo", "Open a demo room", (), "File"),
    Command(
        "scenes.find",
        "Find a scene…",
        ("Ctrl+R",),
        "File",
        "Search the demo rooms, the pinned and the recent scenes",
        starts_group=True,
    ),
    Command(
        "scenes.pin", "Pin the open scene", (), "File", "Keep it in the list; again takes it off"
    ),
    Command("scenes.clear", "Clear recent scenes", (), "File", "Pinned scenes stay"),
    Command(
        "file.export",
        "Export…",
        ("Ctrl+E",),
        "File",
        "Picture, geometry or candidates as files",
        starts_group=True,
    ),
    Command(
        "file.settings",
        "Settings…",
        ("Ctrl+,",),
        "File",
        "Theme, size of everything, smooth edges, model",
        starts_group=True,
    ),
    Command("file.quit", "Quit", ("Ctrl+Q",), "File", starts_group=True),
    Command("edit.undo", "Undo", ("Ctrl+Z",), "Edit"),
    Command("edit.redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit"),
    Command("query.focus", "Type a sentence", ("/",), "Ask"),
    Command("query.ask", "Ask", ("Ctrl+Return",), "Ask", "Ask the sentence in the query bar"),
    Command("query.next", "Next expression", ("N",), "Ask", starts_group=True),
    Command("query.previous", "Previous expression", ("P",), "Ask"),
    Command(
        "box.draw",
        "Draw a box…",
        ("B",),
        "Ask",
        "Drag across the floor around something; the box joins the candidates",
        starts_group=True,
    ),
    Command("box.delete", "Delete the drawn box", ("Del",), "Ask", "The selected one"),
    Command(
        "box.alone",
        "Ask only among my boxes",
        (),
        "Ask",
        "Leave the scene's annotated objects out of the candidates",
        is_checkable=True,
    ),
    Command(
        "query.copy",
        "Copy as command line",
        ("Ctrl+Shift+C",),
        "Ask",
        "Copy a command that grounds this sentence in this scene",
        starts_group=True,
    ),
    Command(
        "models.compare",
        "Compare with another model…",
        (),
        "Ask",
        "Open a second model folder and ask both",
        starts_group=True,
    ),
    Command("models.exchange", "Let the other model lead", ("X",), "Ask"),
    Command(
        "models.wipe",
        "A/B wipe",
        ("Shift+X",),
        "Ask",
        "One model's boxes left of a divider, the other's right of it",
        is_checkable=True,
    ),
    Command("models.wipe_left", "Divider to the left", ("Alt+Left",), "Ask"),
    Command("models.wipe_right", "Divider to the right", ("Alt+Right",), "Ask"),
    Command("models.unload", "Close the second model", (), "Ask"),
    Command("query.escape", "Cancel, then deselect", ("Esc",), "Ask", starts_group=True),
    *_LAYER_COMMANDS,
    Command(
        "show.candidates",
        "All candidates",
        ("Shift+B",),
        "Show",
        "The box of everything that the model chooses among, thin and grey",
        is_checkable=True,
    ),
    Command("show.all", "Everything", ("0",), "Show", starts_group=True),
    Command(
        "show.labels",
        "Labels",
        ("L",),
        "Show",
        "Names on top of boxes",
        is_checkable=True,
        starts_group=True,
    ),
    Command("show.labels_more", "Label one candidate more", (), "Show"),
    Command("show.labels_fewer", "Label one candidate fewer", (), "Show"),
    Command(
        "show.light",
        "Light the surface",
        ("Shift+L",),
        "Show",
        "Shading shows shape; without it colours are as they were scanned",
        is_checkable=True,
        starts_group=True,
    ),
    Command("show.ceiling", "Cut off the ceiling", ("C",), "Show", is_checkable=True),
    Command(
        "show.whole",
        "Every triangle",
        (),
        "Show",
        "Draw all of a vast scan of which a preview is shown; this may be slow",
    ),
    Command("view.selection", "Look at the selection", ("F",), "View"),
    Command("view.home", "Whole scene", ("Home",), "View"),
    Command("view.top", "From above", ("Shift+7",), "View", starts_group=True),
    Command("view.front", "From the front", ("Shift+1",), "View"),
    Command("view.side", "From the side", ("Shift+3",), "View"),
    Command("view.back", "Previous camera", ("Backspace",), "View"),
    Command(
        "view.parallel",
        "Orthographic",
        ("5",),
        "View",
        "No perspective: equal lengths look equal wherever they are",
        is_checkable=True,
    ),
    Command(
        "view.centre",
        "Orbit about this point",
        (".",),
        "View",
        "Turn about the point under the pointer, else about the selection, until pressed again",
        is_checkable=True,
    ),
    Command("frame.next", "Next frame", ("J",), "View", starts_group=True),
    Command("frame.previous", "Previous frame", ("K",), "View"),
    Command("frame.look_through", "Look through the frame's camera", ("V",), "View"),
    Command(
        "frame.depth",
        "Depth in place of colours",
        ("Z",),
        "View",
        "The depth image of the frame, with a scale in metres; black where nothing was measured",
        is_checkable=True,
    ),
    Command(
        "frame.photo",
        "Fade the photo over the 3D view",
        ("Shift+V",),
        "View",
        "While looking through a frame's camera: lay its photo over the scan",
    ),
    Command(
        "frame.health",
        "Frame health…",
        (),
        "View",
        "Every frame of the scene: usable or left out, and what is wrong with it",
    ),
    Command(
        "layout.explore",
        "Layout: Explore",
        ("Ctrl+1",),
        "View",
        "Scenes, expressions, answers and frames around the 3D view",
        is_checkable=True,
        starts_group=True,
    ),
    Command(
        "layout.train",
        "Layout: Train",
        ("Ctrl+4",),
        "View",
        "Training runs, their settings and curves around the 3D view",
        is_checkable=True,
    ),
    Command("train.start", "Start training", (), "Train", "Start a run with the form's settings"),
    Command(
        "train.copy",
        "Copy the run as command line",
        (),
        "Train",
        "Copy a command that starts the same run",
    ),
    Command(
        "train.pause",
        "Pause the run",
        (),
        "Train",
        "The selected run writes a checkpoint and waits",
        starts_group=True,
    ),
    Command(
        "train.resume",
        "Resume the run",
        (),
        "Train",
        "The selected run goes on; one that has ended starts again from its last checkpoint",
    ),
    Command("train.stop", "Stop the run and save", (), "Train", "It writes a checkpoint and ends"),
    Command(
        "train.kill",
        "Kill the run…",
        (),
        "Train",
        "End it at once; the steps since its last checkpoint are lost",
    ),
    Command(
        "train.load_beside",
        "Load the checkpoint as second model",
        (),
        "Train",
        "Ask it beside the model in use, in the Explore layout",
        starts_group=True,
    ),
    Command(
        "train.load_as_lead",
        "Load the checkpoint and let it lead",
        (),
        "Train",
        "As second model, whose answers lead",
    ),
    Command(
        "train.compare",
        "Compare the checkpoint with the start",
        (),
        "Train",
        "On the probe set: two columns, and the paired difference",
    ),
    Command(
        "train.log_scale",
        "Logarithmic losses",
        (),
        "Train",
        is_checkable=True,
        starts_group=True,
    ),
    Command("theme.system", "As the system", (), "Theme", is_checkable=True),
    Command("theme.light", "Light", (), "Theme", is_checkable=True),
    Command("theme.dark", "Dark", (), "Theme", is_checkable=True),
    Command("help.pages", "What the modalities mean", ("F1",), "Help"),
    Command("help.keys", "Keys…", ("?",), "Help", "Every command with its keys, to change them"),
    Command("help.palette", "Find a command…", ("Ctrl+P", "Ctrl+Shift+P"), "Help"),
    Command(
        "help.report",
        "Save a report…",
        (),
        "Help",
        "Logs, versions and settings in one file, to attach when something went wrong",
        starts_group=True,
    ),
)


class Actions(Mapping[str, QAction]):
    """One `QAction` per command, by name."""

    def __init__(self, parent: QObject) -> None:
        self._actions = {command.name: _action(command, parent) for command in COMMANDS}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def __len__(self) -> int:
        return len(self._actions)

    def set_keys(self, name: str, keys: Sequence[str]) -> None:
        """Give a command other keys; menus and tooltips show them at once."""
        _give_keys(self[name], next(c for c in COMMANDS if c.name == name), keys)

    def layers(self) -> dict[Layer, QAction]:
        """The switches of the layers."""
        return {layer: self[f"show.{layer}"] for layer in LAYERS}

    def describe(self, name: str, text: str, *, is_enabled: bool) -> None:
        """Show what a command would do now, and whether it can."""
        self[name].setText(text)
        self[name].setEnabled(is_enabled)

    def set_checked(self, name: str, is_checked: bool) -> None:
        """Show the state of one switch without telling anybody."""
        action = self[name]
        was_blocked = action.blockSignals(True)
        action.setChecked(is_checked)
        action.blockSignals(was_blocked)
        action.changed.emit()


def keys_of(action: QAction) -> tuple[str, ...]:
    """The keys of a command now, as `QKeySequence` reads them."""
    portable = QKeySequence.SequenceFormat.PortableText
    return tuple(sequence.toString(portable) for sequence in action.shortcuts())


def _action(command: Command, parent: QObject) -> QAction:
    action = QAction(command.text, parent)
    action.setObjectName(command.name)
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.setCheckable(command.is_checkable)
    _give_keys(action, command, command.keys)
    return action


def _give_keys(action: QAction, command: Command, keys: Sequence[str]) -> None:
    action.setShortcuts([QKeySequence(text) for text in keys])
    shown = f" ({keys[0]})" if keys else ""
    action.setToolTip(f"{command.hint or command.text}{shown}")
