"""Every command by a few letters of its name."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from PySide6.QtGui import QAction
from rapidfuzz import fuzz, process, utils

from whatwhere_app.actions import keys_of
from whatwhere_app.commands.command import Command
from whatwhere_app.commands.table import COMMANDS
from whatwhere_app.view_values import Row

_CUTOFF = 60.0

SYNONYMS: dict[str, str] = {
    "file.open": "load import scan scannet folder ply",
    "file.open_expressions": "load import scanrefer queries sentences json",
    "file.open_demo": "sample example room",
    "file.ask_sentences": "batch queries run list",
    "file.export": "save screenshot picture image figure png glb ply csv json render",
    "file.settings": "preferences options configuration dpi scale zoom antialiasing font",
    "file.quit": "exit close leave",
    "query.focus": "search query prompt text box",
    "query.ask": "run submit infer predict ground send go",
    "query.escape": "stop abort clear unselect",
    "query.copy": "clipboard shell terminal reproduce cli",
    "models.compare": "load checkpoint second baseline versus weights",
    "models.exchange": "swap switch toggle a b",
    "models.unload": "remove eject close",
    "show.gt": "ground truth target label annotation hide toggle",
    "show.fused": "prediction rgbd hide toggle",
    "show.2d": "image rgb colour color prediction hide toggle",
    "show.3d": "geometry points prediction hide toggle",
    "show.all": "layers visible reset unhide",
    "show.ceiling": "clip crop roof cut section",
    "view.selection": "focus frame zoom fit centre center",
    "view.annotator": "camera viewpoint written from author scanrefer jump",
    "view.home": "reset camera fit zoom all overview",
    "view.top": "bird plan orthographic camera",
    "view.back": "undo camera return",
    "view.parallel": "perspective projection ortho",
    "frame.look_through": "camera pose image pov photo",
    "frame.next": "image picture forward",
    "frame.previous": "image picture back",
    "theme.dark": "night mode colours colors appearance",
    "theme.light": "day mode colours colors appearance",
    "theme.system": "automatic mode colours colors appearance",
    "edit.undo": "revert back take",
    "edit.redo": "again repeat",
    "help.keys": "shortcuts keyboard hotkeys bindings keymap",
    "help.pages": "manual documentation explain fused modality",
    "help.report": "bug issue crash log diagnose feedback",
    "scenes.find": "search recent open room",
    "scenes.add_folder": "catalogue data set scannet import library list",
    "box.draw": "region annotate prompt bounding cuboid",
    "diagnose.run": "bias evaluate benchmark shortcut",
    "diagnose.pin_set": "save subset slice share",
    "diagnose.shortcuts": "odds ratio forest plot conditional logit prominence saliency",
    "annotate.export": "tags labels save data set hand over colleague json csv parquet coco",
    "layout.diagnose": "bias scatter lasso quadrants evaluation",
}
"""What people call a command elsewhere; found, never shown."""


class PaletteView(Protocol):
    """The palette."""

    def open_with(self, rows: Sequence[Row]) -> None:
        """Come up with an empty line."""

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace what is found."""


def found(commands: Sequence[Command], typed: str) -> list[Command]:
    """The commands that fit, best first; all of them, in their order, for nothing typed."""
    if not typed.strip():
        return list(commands)
    texts = [
        f"{command.text} {command.menu} {command.hint} {SYNONYMS.get(command.name, '')}"
        for command in commands
    ]
    matches = process.extract(
        typed,
        texts,
        scorer=_fit,
        processor=utils.default_process,
        limit=None,
        score_cutoff=_CUTOFF,
    )
    return [commands[index] for *_, index in matches]


class PalettePresenter:
    """Finds commands and runs the one that is chosen."""

    def __init__(self, view: PaletteView, actions: Mapping[str, QAction]) -> None:
        self._view = view
        self._actions = actions

    def open(self) -> None:
        """Offer everything."""
        self._view.open_with(self._rows(""))

    def on_typed(self, text: str) -> None:
        """Offer what fits."""
        self._view.set_rows(self._rows(text))

    def on_chosen(self, name: str) -> None:
        """Run it."""
        self._actions[name].trigger()

    def _rows(self, typed: str) -> list[Row]:
        commands = [c for c in COMMANDS if c.name != "help.palette"]
        usable = [c for c in commands if self._actions[c.name].isEnabled()]
        return [self._row(command) for command in found(usable, typed)]

    def _row(self, command: Command) -> Row:
        state = ""
        if command.is_checkable:
            state = "on" if self._actions[command.name].isChecked() else "off"
        parts = (command.menu, " or ".join(keys_of(self._actions[command.name])), state)
        return Row(command.name, command.text, " · ".join(filter(None, parts)), command.hint)


def _fit(typed: str, text: str, *, score_cutoff: float | None = None) -> float:
    """How well letters fit a text, 0..100: whole or partial words, or a typing error in them."""
    words = text.split()
    per_word = [
        max((_word_fit(letters, word) for word in words), default=0.0) for letters in typed.split()
    ]
    begins = 10.0 * text.startswith(typed)
    score = sum(per_word) / max(len(per_word), 1) + begins + fuzz.ratio(typed, text) / 100
    return score if score_cutoff is None or score >= score_cutoff else 0.0


def _word_fit(letters: str, word: str) -> float:
    if word == letters:
        return 102.0
    if word.startswith(letters):
        return 100.0
    if letters in word:
        return 80.0
    return float(fuzz.ratio(letters, word[: len(letters) + 1])) * 0.9
