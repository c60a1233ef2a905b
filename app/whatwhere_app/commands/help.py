"""The menus Theme and Help: the look; pages, keys, the palette, a report."""

from whatwhere_app.commands.command import Command

THEME: tuple[Command, ...] = (
    Command("theme.system", "As the system", (), "Theme", is_checkable=True),
    Command("theme.light", "Light", (), "Theme", is_checkable=True),
    Command("theme.dark", "Dark", (), "Theme", is_checkable=True),
)

HELP: tuple[Command, ...] = (
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
