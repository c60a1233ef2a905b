"""The form of a training run: a preset, what is changed of it, and whether the machine will do."""

import asyncio
import contextlib
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject

from whatwhere.errors import ConfigError
from whatwhere.models.catalogue import names_with_weights
from whatwhere.training.config import TrainConfig, preset_names, preset_note, read_config
from whatwhere.training.hard_sets import known_hard_sets
from whatwhere.training.model_kinds import defaults_for
from whatwhere.training.preflight import Preflight, are_alike, gigabytes
from whatwhere.training.run_files import checkpoint_folder
from whatwhere_app.presenters.train_fields import (
    PRESETS,
    TITLES,
    as_override,
    as_text,
    command_line,
    groups_for,
    hint_of,
    kind_of,
    options_of,
)
from whatwhere_app.runs_desk import RunsDesk
from whatwhere_app.tasks.board import TaskBoard
from whatwhere_app.tasks.latest import LatestOnly
from whatwhere_app.tasks.throttle import Throttle
from whatwhere_app.train_values import FieldRow, FormShown, NeedRow

_LOOK_MS = 300
_SHIPPED = "default"
_KEPT = frozenset(
    ("data", "family", "shortcut", "train_rooms", "val_rooms")
    + ("hard_set", "hard_share", "hard_twins", "seed", "steps")
)
"""What stays when another preset is chosen: it is about data and length, not about losses."""


class TrainFormView(Protocol):
    """The form."""

    def show_form(self, form: FormShown) -> None:
        """Show every setting."""

    def show_needs(self, needs: tuple[NeedRow, ...]) -> None:
        """What the run needs against what is free."""


class TrainFormPresenter:
    """Holds what the user has chosen until it is started.

    Args:
        look: at the machine; called in a thread.
        start: a run of this configuration.
        set_can_start: whether the command to start is of use.
        copy: puts a text on the clipboard.
        parent: ends the timers.
    """

    def __init__(
        self,
        view: TrainFormView,
        desk: RunsDesk,
        board: TaskBoard,
        *,
        look: Callable[[TrainConfig], Preflight],
        start: Callable[[TrainConfig], None],
        set_can_start: Callable[[bool], None],
        copy: Callable[[str], None],
        parent: QObject,
    ) -> None:
        self._view, self._desk = view, desk
        self._look, self._begin, self._set_can_start = look, start, set_can_start
        self._copy = copy
        self._models = names_with_weights()
        self._board = board
        self._latest = LatestOnly(board)
        self._preset = PRESETS[0][0]
        self._changes: dict[str, str] = {}
        self._bases: tuple[tuple[str, str], ...] = ()
        self._speed: float | None = None
        self._look_again = Throttle(self._start_look, delay_ms=_LOOK_MS, parent=parent)
        desk.look_changed.connect(self._on_look_changed)
        self.choose_preset(self._preset)

    def choose_preset(self, preset: str) -> None:
        """Begin with another preset; what was changed of the last one's losses is forgotten."""
        kept = {name: text for name, text in self._changes.items() if name in _KEPT}
        base = "" if preset == _SHIPPED else self._changes.get("base") or _SHIPPED
        self._preset, self._changes = preset, {"base": base, **kept}
        self._show()

    def change(self, name: str, text: str) -> None:
        """Another value for one setting; a folder may begin with ~ or be relative."""
        if kind_of(name) == "path" and (folder := Path(text).expanduser()).is_dir() and text:
            text = str(folder.absolute()) if text not in self._models else text
        self._changes[name] = text
        if name != "base" and text == as_text(getattr(self._preset_config(), name)):
            del self._changes[name]
        self._show()

    def reset(self, name: str) -> None:
        """Back to what the preset says."""
        self._changes.pop(name, None)
        self._show()

    def start(self) -> None:
        """Start the run, if it is one."""
        try:
            config = self._config()
        except ConfigError as error:
            self._board.tell(error)
            return
        if not self._faults():
            self._begin(config)

    def copy_as_command(self) -> None:
        """Put a command that starts the same run on the clipboard."""
        self._copy(shlex.join(command_line(self._preset, self._changes)))
        self._board.notice("The command is on the clipboard.", level="info")

    def _preset_config(self) -> TrainConfig:
        """What the preset says for the model that is chosen, also where it does not suit it."""
        with contextlib.suppress(ConfigError):
            return read_config(self._preset, self._overrides("base"))
        others = defaults_for(self._changes.get("base", ""))
        return read_config(self._preset).model_copy(update=others)

    def _overrides(self, *names: str) -> dict[str, str]:
        return {n: as_override(n, text) for n, text in self._changes.items() if n in names}

    def _config(self) -> TrainConfig:
        return read_config(self._preset, self._overrides(*self._changes))

    def _faults(self) -> dict[str, str]:
        """Why each changed setting is refused, one by one: a form shows all of them at once."""
        found = {}
        for name, text in self._changes.items():
            if name == "base":
                continue  # whether the rest goes with it is asked below
            try:
                read_config(self._preset, {name: as_override(name, text)})
            except ConfigError as error:
                found[name] = f"{error.fault}. {error.remedy}."
        for name, fault in (("base", self._why_no_model), ("data", _why_no_data)):
            text = self._changes.get(name, "")
            if name not in found and (reason := fault(text)):
                found[name] = reason
        if not found:
            try:
                self._config()
            except ConfigError as error:
                # Each setting is one that there is: it is the model that cannot be trained with it.
                found["base"] = f"{error.fault}. {error.remedy}."
        return found

    def _show(self) -> None:
        preset, faults = self._preset_config(), self._faults()
        groups = {
            group: tuple(
                replace(self._row(name, preset, faults), is_explained=group == "Losses")
                for name in names
            )
            for group, names in groups_for(preset).items()
        }
        self._view.show_form(FormShown(self._preset, _presets(), preset_note(self._preset), groups))
        if faults:
            self._latest.cancel()
            self._set_can_start(False)
            named = ", ".join(TITLES.get(name, name) for name in faults)
            self._view.show_needs((NeedRow(f"Not ready: see {named} above.", is_short=True),))
        else:
            self._look_again()

    def _row(self, name: str, preset: TrainConfig, faults: Mapping[str, str]) -> FieldRow:
        before = as_text(getattr(preset, name))
        options = options_of(name)
        if name == "base":
            named = [(model, model) for model in self._models]
            options = (*named, ("", "From scratch"), *self._bases)
        elif name == "data":
            options = (("", "Demo rooms"),)
        elif name == "hard_set":
            options = (("", "None"), *known_hard_sets())
        return FieldRow(
            name,
            TITLES.get(name, name.replace("_", " ")),
            hint_of(name),
            kind_of(name),
            self._changes.get(name, before),
            options,
            is_changed=name in self._changes and name != "base",
            preset_value=before,
            fault=faults.get(name, ""),
        )

    def _on_look_changed(self) -> None:
        bases = []
        for summary in self._desk.look.summaries:
            label = summary.name
            if summary.phase == "done":
                bases.append((str(summary.path / "model"), f"{label} · finished"))
            for step in reversed(summary.checkpoints):
                folder = checkpoint_folder(summary.path, step)
                bases.append((str(folder), f"{label} · step {step}"))
        found = (tuple(bases), self._sentence_seconds(), names_with_weights())
        if found != (self._bases, self._speed, self._models):
            self._bases, self._speed, self._models = found
            self._show()

    def _why_no_model(self, text: str) -> str:
        is_named = not text or text in self._models
        if is_named or (Path(text).expanduser() / "config.json").is_file():
            return ""
        return "It is no model folder (there is no config.json in it). Choose another one."

    def _sentence_seconds(self) -> float | None:
        """Seconds per sentence of the newest run here that says it, to two figures."""
        look = self._desk.look
        for summary in look.summaries:
            seconds, config = look.seconds_per_step.get(summary.path), summary.config
            if seconds and config:
                size = config.rooms_per_step * config.sentences_per_room
                return float(f"{seconds / size:.1e}")
        return None

    def _most_used_bytes(self, config: TrainConfig) -> int:
        """What runs like this one were seen to hold; 0 where there was none."""
        return max(
            (
                summary.peak_rss_bytes
                for summary in self._desk.look.summaries
                if summary.config is not None
                and summary.checkpoints
                and are_alike(summary.config, config)
            ),
            default=0,
        )

    def _start_look(self) -> None:
        with contextlib.suppress(ConfigError):
            config = self._config()
            work = asyncio.to_thread(self._look, config)
            self._latest.run(work, lambda found: self._on_preflight(config, found))

    def _on_preflight(self, config: TrainConfig, found: Preflight) -> None:
        rows = [
            NeedRow(f"{need}{' · not enough' if need.is_short else ''}", need.is_short)
            for need in found.needs
        ]
        used_bytes = self._most_used_bytes(config)
        if used_bytes:
            rows.insert(1, NeedRow(f"Used at most by such a run: {gigabytes(used_bytes)}."))
        rows.append(NeedRow(f"{found.device}."))
        if self._speed is None:
            rows.append(NeedRow("Time: no earlier run here to judge by."))
        else:
            size = config.rooms_per_step * config.sentences_per_room
            shown = duration(self._speed * size * config.steps)
            rows.append(NeedRow(f"Time: about {shown} for the steps, as fast as the last run."))
        self._view.show_needs(tuple(rows))
        self._set_can_start(not found.is_short)


def duration(seconds: float) -> str:
    """Rounded, for people: "40 s", "12 min", "3 h 20 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _presets() -> tuple[tuple[str, str], ...]:
    there = set(preset_names())
    known = [(name, f"{name} · {what}") for name, what in PRESETS if name in there]
    others = sorted(there - {name for name, _ in known})
    return (*known, *((name, name) for name in others))


def _why_no_data(text: str) -> str:
    if not text:
        return ""
    missing = [
        f"ScanRefer_filtered_{split}.json"
        for split in ("train", "val")
        if not (Path(text).expanduser() / f"ScanRefer_filtered_{split}.json").is_file()
    ]
    if not missing:
        return ""
    return f"There is no {' and no '.join(missing)} in it. Choose a folder with scans/ and both."
