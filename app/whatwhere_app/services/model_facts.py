"""What is known of every model that can be named, read from files; nothing is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from whatwhere.errors import WhatWhereError
from whatwhere.models.adding import described
from whatwhere.models.catalogue import Entry, entries, find_model
from whatwhere.models.model_card import card_of

_KINDS = {
    "shipped": "ships with WhatWhere",
    "folder": "folder",
    "hub": "from a hub",
    "external": "program",
    "predictions": "stored answers",
}


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One model.

    Attributes:
        key: as `--model` takes it: its name, or the path of a folder without one.
        name: as shown.
        kind: where it comes from, for people.
        is_shipped: it cannot be removed.
        is_named: the catalogue has it.
        num_bytes: of its files; None for a program.
        facts: what is told -> what there is to tell, without what is empty.
        trained_on: what it names as its data; "" for nothing.
        card: Markdown; "" for none.
    """

    key: str
    name: str
    kind: str
    is_shipped: bool
    is_named: bool
    num_bytes: int | None
    facts: tuple[tuple[str, str], ...]
    trained_on: str
    card: str


def read_models(in_use: Sequence[str]) -> tuple[tuple[ModelFacts, ...], tuple[str, ...]]:
    """Every model with a name and those in use, and a sentence per model that cannot be read.

    Args:
        in_use: names or folders; one without a name is listed last.
    """
    listed, problems = entries()
    found: list[ModelFacts] = []
    said = list(problems)
    names = {entry.name for entry in listed}
    unnamed = [key for key in dict.fromkeys(in_use) if key not in names]
    for key, entry in [*((entry.name, entry) for entry in listed), *_entries(unnamed)]:
        try:
            found.append(_facts(key, entry, is_named=key in names))
        except (OSError, WhatWhereError) as error:
            said.append(f"{entry.name} cannot be read ({error}).")
    return tuple(found), tuple(said)


def _entries(keys: Sequence[str]) -> list[tuple[str, Entry]]:
    found = []
    for key in keys:
        try:
            found.append((key, find_model(key)))
        except WhatWhereError:
            found.append((key, Entry(Path(key).name or key, "folder", Path(key))))
    return found


def _facts(key: str, entry: Entry, *, is_named: bool) -> ModelFacts:
    known = described(entry)
    command = known.get("command")
    words = " ".join(map(str, command)) if isinstance(command, list) else ""
    facts = (
        ("Origin", "" if words else str(known["origin"])),
        ("Command", words),
        ("Started in", str(known.get("cwd", ""))),
        ("Folder", str(entry.folder) if entry.kind in ("hub", "predictions") else ""),
        ("Added", str(known["added"]).replace("T", " ").removesuffix("+00:00")),
        ("Licence", str(known["licence"])),
        ("SHA-256", str(known["sha256"])[:12]),
        ("Trained on", str(known["trained_on"])),
        ("Figures", str(known["figures"])),
    )
    num_bytes = known["bytes"]
    return ModelFacts(
        key=key,
        name=entry.name,
        kind=_KINDS[entry.kind],
        is_shipped=entry.kind == "shipped",
        is_named=is_named,
        num_bytes=num_bytes if isinstance(num_bytes, int) and entry.kind != "external" else None,
        facts=tuple((name, value) for name, value in facts if value),
        trained_on=str(known["trained_on"]),
        card=card_of(entry.folder),
    )
