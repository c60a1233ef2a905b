"""Where the expressions of a scene lie: in ScanRefer files beside it."""

from pathlib import Path

from whatwhere.language.expressions import Expression
from whatwhere.language.scanrefer import read_scanrefer

_LEVELS_UP = 3


def find_expressions(scene_id: str, folder: Path) -> tuple[tuple[Expression, ...], tuple[str, ...]]:
    """The expressions of one scene, and a sentence per row that could not be used.

    Every `*ScanRefer*.json` in the scan folder or up to three folders above it is read.

    Raises:
        BrokenFileError: such a file is not a list of expressions.
    """
    expressions: list[Expression] = []
    problems: list[str] = []
    for level in (folder, *folder.parents[:_LEVELS_UP]):
        for path in sorted(level.glob("*ScanRefer*.json")):
            file = read_scanrefer(path)
            expressions += file.by_scene().get(scene_id, ())
            problems += file.problems
    return tuple(expressions), tuple(problems)
