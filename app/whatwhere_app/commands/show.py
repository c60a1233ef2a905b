"""The Show menu: layers, labels, light, ceiling."""

from whatwhere_app.commands.command import Command
from whatwhere_app.theme import LAYER_KEYS, LAYER_NAMES, LAYERS

_LAYER_COMMANDS = tuple(
    Command(f"show.{layer}", LAYER_NAMES[layer], (LAYER_KEYS[layer],), "Show", is_checkable=True)
    for layer in LAYERS
)

SHOW: tuple[Command, ...] = (
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
        "show.relations",
        "Relations as arrows",
        ("Shift+R",),
        "Show",
        "Measure each relation of the sentence: solid arrows hold, dashed ones do not",
        is_checkable=True,
    ),
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
)
