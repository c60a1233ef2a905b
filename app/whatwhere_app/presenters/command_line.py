"""What is on the screen, as a command that computes it again."""

import shlex
from pathlib import Path

from whatwhere.language.expressions import Expression
from whatwhere.scenes.proposals import UserBoxes
from whatwhere.scenes.scene import Scene


def command_line(
    scene: Scene,
    expression: Expression | None,
    model: str,
    *,
    boxes: UserBoxes | None = None,
    in_words: bool = False,
) -> str:
    """`whatwhere ground`, `whatwhere answer`, or `whatwhere open` before a sentence; for a shell.

    Args:
        scene: what is open.
        expression: what is asked, if anything.
        model: name or folder.
        boxes: what the user drew, to the millimetre, or that candidates were found in the
            geometry; only `ground` takes them.
        in_words: the sentence is a question, to be answered in words.
    """
    command = "open" if expression is None else "answer" if in_words else "ground"
    words = ["whatwhere", command]
    if model != "default" or command == "answer":
        words += ["--model", str(Path(model).absolute()) if Path(model).is_dir() else model]
    if command == "ground" and boxes is not None:
        is_found = any(item.source == "geometric" for item in boxes.proposals)
        words += ["--proposals", "geometric"] if is_found else []
        for item in boxes.proposals:
            if item.source == "geometric":
                continue
            # One word, for a number may begin with a minus.
            words.append("--box=" + ",".join(f"{value:.3f}" for value in item.box.as_row()))
        words += ["--only-boxes"] if boxes.are_alone and not is_found else []
    words += ["--", str(scene.path.absolute())]
    if expression is not None:
        words.append(expression.text)
    return shlex.join(words)
