"""What is on the screen, as a command that computes it again."""

import shlex
from pathlib import Path

from whatwhere.language.expressions import Expression
from whatwhere.scenes.scene import Scene


def command_line(scene: Scene, expression: Expression | None, model: str) -> str:
    """`whatwhere ground ...`, or `whatwhere open ...` before a sentence; for a POSIX shell.

    Args:
        scene: what is open.
        expression: what is asked, if anything.
        model: name or folder.
    """
    words = ["whatwhere", "open" if expression is None else "ground"]
    if model != "default":
        words += ["--model", str(Path(model).absolute()) if Path(model).is_dir() else model]
    words += ["--", str(scene.path.absolute())]
    if expression is not None:
        words.append(expression.text)
    return shlex.join(words)
