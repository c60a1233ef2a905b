"""The Models menu: what can be asked, taken in and let go."""

from whatwhere_app.commands.command import Command

MODELS: tuple[Command, ...] = (
    Command(
        "models.panel",
        "Models…",
        ("Ctrl+M",),
        "Models",
        "Every model: what it is, what it needs, which are in use",
    ),
    Command(
        "models.load_first",
        "Load as A",
        (),
        "Models",
        "The model chosen in the Models panel, in place of the one in use",
        starts_group=True,
    ),
    Command(
        "models.load_second",
        "Load as B",
        (),
        "Models",
        "The model chosen in the Models panel, beside the one in use",
    ),
    Command(
        "models.release",
        "Unload",
        (),
        "Models",
        "Give the memory of the model back that is chosen in the Models panel",
    ),
    Command(
        "models.verify",
        "Verify",
        (),
        "Models",
        "Compare the chosen model's files with their hashes; start a program",
    ),
    Command(
        "models.remove",
        "Remove…",
        (),
        "Models",
        "Take the chosen model off the list; a folder of yours stays where it is",
    ),
    Command(
        "models.add_folder",
        "Add a model folder…",
        (),
        "Models",
        "Safetensors only; code of the folder's own is refused",
        starts_group=True,
    ),
    Command("models.add_hub", "Add from a hub…", (), "Models", "Fetch a model by its id"),
    Command(
        "models.add_program",
        "Add a program…",
        (),
        "Models",
        "A model of your own in any environment, unconverted",
    ),
    Command(
        "models.add_predictions",
        "Import predictions…",
        (),
        "Models",
        "A file of answers stands beside other models",
    ),
)
