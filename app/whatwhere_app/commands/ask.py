"""The Ask menu: sentences, drawn boxes, a second model."""

from whatwhere_app.commands.command import Command

ASK: tuple[Command, ...] = (
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
        "Ask a second model, too: one with a name, or a model folder",
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
)
