"""All commands, in the order of the menus, of the help and of the palette."""

from whatwhere_app.commands.annotate import ANNOTATE
from whatwhere_app.commands.ask import ASK
from whatwhere_app.commands.command import Command
from whatwhere_app.commands.diagnose import DIAGNOSE
from whatwhere_app.commands.file import EDIT, FILE
from whatwhere_app.commands.help import HELP, THEME
from whatwhere_app.commands.models import MODELS
from whatwhere_app.commands.probe import PROBE
from whatwhere_app.commands.show import SHOW
from whatwhere_app.commands.train import TRAIN
from whatwhere_app.commands.view import VIEW

COMMANDS: tuple[Command, ...] = (
    *FILE,
    *EDIT,
    *ASK,
    *SHOW,
    *VIEW,
    *MODELS,
    *PROBE,
    *DIAGNOSE,
    *ANNOTATE,
    *TRAIN,
    *THEME,
    *HELP,
)
