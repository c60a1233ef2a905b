"""Where the expressions of a scene lie: in ScanRefer files beside it."""

from pathlib import Path

from whatwhere.language.expressions import Expression
from whatwhere.language.reading import read_sentences
from whatwhere.language.viewpoints import read_viewpoints, viewpoint_files, with_viewpoints

Found = tuple[tuple[Expression, ...], tuple[str, ...]]

_LEVELS_UP = 3


def find_expressions(scene_id: str, folder: Path) -> Found:
    """The expressions of one scene, and a sentence per row that could not be used.

    Every `*ScanRefer*.json` in the scan folder or up to three folders above it is read, and the
    annotators' viewpoints in `<scene id>.anns.json` there, or in a folder `cameras`.

    Raises:
        BrokenFileError: such a file is not a list of expressions, or of viewpoints.
    """
    expressions: tuple[Expression, ...] = ()
    problems: list[str] = []
    levels = levels_of(folder)
    for level in levels:
        for path in sentence_files(level):
            found, faults = read_expressions(scene_id, path)
            expressions += found
            problems += faults
    for level in levels:
        for path in viewpoint_files(level, [scene_id]):
            viewpoints, faults = read_viewpoints(path)
            expressions = with_viewpoints(expressions, viewpoints)
            problems += faults
    return expressions, tuple(problems)


def levels_of(folder: Path) -> tuple[Path, ...]:
    """The folders in which sentences about the scan in this one are looked for, nearest first."""
    return (folder, *folder.parents[:_LEVELS_UP])


def sentence_files(folder: Path) -> list[Path]:
    """The files in one folder that are taken for sentences without being asked for."""
    return sorted(folder.glob("*ScanRefer*.json"))


def read_expressions(scene_id: str, path: Path) -> Found:
    """The expressions of one scene in one file, and a sentence per row that could not be used.

    The file may have any form that `read_sentences` knows.

    Raises:
        BrokenFileError: the file is not one of expressions.
    """
    file = read_sentences(path)
    return file.by_scene().get(scene_id, ()), file.problems
