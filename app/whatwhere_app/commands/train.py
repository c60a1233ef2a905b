"""The Train menu: runs and their checkpoints."""

from whatwhere_app.commands.command import Command

TRAIN: tuple[Command, ...] = (
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
        "train.export",
        "Save the run as a zip file…",
        (),
        "Train",
        "Export its settings, metrics, log, and the last checkpoint or the model; no scenes",
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
        "train.arrows",
        "Show the checkpoint's changes in Diagnose",
        (),
        "Train",
        "Every case of the probe set as an arrow, from the start of the run to this checkpoint",
    ),
    Command(
        "train.over_training",
        "Bias over training",
        (),
        "Train",
        "Go through the run step by step in Diagnose, beginning at the checkpoint",
    ),
    Command(
        "train.log_scale",
        "Logarithmic losses",
        (),
        "Train",
        is_checkable=True,
        starts_group=True,
    ),
)
