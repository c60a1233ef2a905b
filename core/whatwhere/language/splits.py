"""Sentences together with the scans that they are about."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from whatwhere.errors import MissingFileError
from whatwhere.language.expressions import Expression
from whatwhere.language.reading import read_sentences
from whatwhere.language.rows import ExpressionFile

_LEVELS_UP = 3


@dataclass(frozen=True, slots=True)
class SplitScene:
    """One scan and the rows about it.

    Attributes:
        scene_id: e.g. "scene0000_00".
        path: of the scan.
        rows: indices into the split's expressions.
    """

    scene_id: str
    path: Path
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """A file of sentences, and where their scans lie.

    Attributes:
        name: of the file, without its ending.
        file: what was read; the rule that tells unique rows looks at all of it.
        scenes: those whose scan is here, in the order of the file.
        missing: ids of the others.
    """

    name: str
    file: ExpressionFile
    scenes: tuple[SplitScene, ...]
    missing: tuple[str, ...]

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Every usable row."""
        return self.file.expressions

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows whose scan is here, scene by scene."""
        return tuple(row for scene in self.scenes for row in scene.rows)


def open_split(sentences: Path, *, split: str = "val", scans: Path | None = None) -> Split:
    """Read a file of sentences and look for their scans.

    Args:
        sentences: the file, or a folder with `ScanRefer_filtered_<split>.json` or one ScanRefer
            file of any name.
        split: which of a folder's files.
        scans: the folder that holds the scans; without it, `scans` beside the file or up to three
            folders above it is tried, and these folders themselves.

    Raises:
        MissingFileError: there is no such file, or not one of its scans is found.
        BrokenFileError: the file holds no sentences.
    """
    path = _sentence_file(sentences, split)
    file = read_sentences(path)
    by_scene: dict[str, list[int]] = {}
    for index, item in enumerate(file.expressions):
        by_scene.setdefault(item.scene_id, []).append(index)
    folders = _scan_folders(path) if scans is None else (scans / "scans", scans)
    scenes, missing = [], []
    for scene_id, rows in by_scene.items():
        folder = _scan(scene_id, folders)
        if folder is None:
            missing.append(scene_id)
        else:
            scenes.append(SplitScene(scene_id, folder, tuple(rows)))
    if not scenes and by_scene:
        raise MissingFileError(
            scans or path.parent,
            what=f"Not one of the {len(by_scene):,} scans of {path.name} was found: {missing[0]}",
            remedy="Name the folder that holds the scans with --scans",
        )
    return Split(path.stem, file, tuple(scenes), tuple(missing))


def _sentence_file(path: Path, split: str) -> Path:
    if not path.is_dir():
        return path
    named = path / f"ScanRefer_filtered_{split}.json"
    if named.is_file():
        return named
    others = sorted(path.glob("*ScanRefer*.json"))
    if len(others) == 1:
        return others[0]
    known = ", ".join(item.name for item in others) or "none"
    raise MissingFileError(
        named, what="Sentences", remedy=f"Name one of its files ({known}), or a --split"
    )


def _scan_folders(path: Path) -> tuple[Path, ...]:
    levels = path.resolve().parents[: _LEVELS_UP + 1]
    return tuple(folder for level in levels for folder in (level / "scans", level))


def _scan(scene_id: str, folders: Iterable[Path]) -> Path | None:
    if Path(scene_id).name != scene_id or scene_id in (".", ".."):
        return None  # the name of a scene is never a way out of the folder
    return next((folder / scene_id for folder in folders if (folder / scene_id).is_dir()), None)
