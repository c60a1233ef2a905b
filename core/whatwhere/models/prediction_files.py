"""Files of predictions as they are passed around, read into the one form that is kept.

JSON lines are ours (`prediction_lines`). A ScanRefer submission is a JSON list of one box each, as
8 corners, with the ids of its annotation. ViGiL3D's are a JSON list with centroids and extents, or
one JSON object from "<scene id>_<annotation id>" to boxes between two corners. Boxes of all of
them are axis-aligned, in aligned metres.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.language.scanrefer import read_scanrefer
from whatwhere.models.grounder import Modality
from whatwhere.models.prediction_lines import (
    Line,
    broken_line,
    read_lines,
    string,
    whole,
)
from whatwhere.models.ranking import checked_boxes
from whatwhere.scenes.annotation import read_json


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds.

    Attributes:
        lines: one per scene, sentence and modality.
        form: what the file was taken for.
        num_shared: answers left out, for their sentence was written more than once in its scene
            and the first answer is the one that is kept.
    """

    lines: tuple[Line, ...]
    form: str
    num_shared: int = 0


def read_predictions(
    path: Path, *, expressions: Iterable[Expression] = (), modality: Modality = "fused"
) -> Imported:
    """A file of predictions in any of the forms.

    Args:
        path: of the file.
        expressions: sentences with their ids, for files that hold ids alone.
        modality: what the model saw, for files that do not say.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is in none of the forms, or one line of it is wrong: it is named.
    """
    if not path.is_file():
        raise MissingFileError(
            path, what="Predictions", remedy="Check the path to the file of predictions"
        )
    form, what, found = _open(path, modality)
    known = _Sentences(expressions)
    kept: dict[tuple[str, str, str], Line] = {}
    num_shared = 0
    for line in found:
        try:
            full = line if line.text else replace(line, text=known.text(line))
        except ValueError as error:
            raise broken_line(path, line.number, str(error), what=what) from error
        key = (full.scene_id, full.text, full.modality)
        first = kept.setdefault(key, full)
        if first is full:
            continue
        if not full.ann_id or (first.ann_id, first.object_id) == (full.ann_id, full.object_id):
            fault = f"{what} {first.number} has answered this sentence in {full.modality} already"
            raise broken_line(path, full.number, fault, what=what)
        num_shared += 1
    if not kept:
        raise BrokenFileError(path, "it holds no predictions", remedy="Export the file again")
    return Imported(tuple(kept.values()), form, num_shared)


def read_answers(path: Path, *, modality: Modality = "fused") -> tuple[Line, ...]:
    """Every answer of a file in any of the forms as it stands, with ids where it has no texts.

    Args:
        path: of the file.
        modality: what the model saw, for files that do not say.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is in none of the forms, or one line of it is wrong: it is named.
    """
    if not path.is_file():
        raise MissingFileError(
            path, what="Predictions", remedy="Check the path to the file of predictions"
        )
    lines = tuple(_open(path, modality)[2])
    if not lines:
        raise BrokenFileError(path, "it holds no predictions", remedy="Export the file again")
    return lines


def read_sentences(path: Path) -> tuple[Expression, ...]:
    """Sentences with their ids: ScanRefer's JSON list, or ViGiL3D's CSV.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: it is neither.
    """
    if path.suffix.lower() != ".csv":
        return read_scanrefer(path).expressions
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError as error:
        raise MissingFileError(
            path, what="Expression file", remedy="Check the path to the sentences"
        ) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise BrokenFileError(path, f"it is no table ({error})") from error
    found = []
    for number, row in enumerate(rows, start=2):
        try:
            ids = (str(row["scene_id"]), str(row["prompt_id"]))
            found.append(Expression(ids[0], str(row["description"]), ann_id=ids[1]))
        except KeyError as error:
            raise BrokenFileError(
                path,
                f"line {number} has no {error.args[0]}",
                remedy="ViGiL3D's table has the columns prompt_id, scene_id and description",
            ) from error
    return tuple(found)


class _Sentences:
    """Texts by the ids that data sets give them."""

    def __init__(self, expressions: Iterable[Expression]) -> None:
        self._exact: dict[tuple[str, int | None, str], str] = {}
        self._by_ann_id: dict[tuple[str, str], set[str]] = {}
        for item in expressions:
            text = " ".join(item.text.split())
            self._exact[item.scene_id, item.target_id, item.ann_id] = text
            self._by_ann_id.setdefault((item.scene_id, item.ann_id), set()).add(text)

    def text(self, line: Line) -> str:
        """The sentence that a line's ids stand for.

        Raises:
            ValueError: it is not known, or the ids stand for several.
        """
        if not self._exact:
            raise ValueError(
                f"it has the ann_id {line.ann_id} and no text; name the file of sentences with "
                "--expressions, or a scene beside which it lies with --scene"
            )
        if line.object_id is not None:
            found = {self._exact.get((line.scene_id, line.object_id, line.ann_id), "")} - {""}
            of = f"object {line.object_id} of "
        else:
            found, of = self._by_ann_id.get((line.scene_id, line.ann_id), set()), ""
        if len(found) != 1:
            state = "stands for several sentences" if found else "is not among the sentences"
            raise ValueError(f"ann_id {line.ann_id} of {of}{line.scene_id} {state}")
        return next(iter(found))


def _open(path: Path, modality: Modality) -> tuple[str, str, Iterator[Line]]:
    """The name of the form, what its parts are called, and the parts."""
    with path.open("rb") as file:
        head = file.read(4096).lstrip()
    if head[:1] == b"\x80" or head[:2] == b"PK":
        raise BrokenFileError(
            path,
            "it is a pickle or an archive, which is never opened",
            remedy="Export the predictions as JSON",
        )
    if head[:1] == b"[":
        return _from_list(path, modality)
    if head[:1] == b"{" and not _is_json_line(head):
        document = read_json(path)
        if isinstance(document, dict) and "modality" not in document:
            rows = ({"annotation_id": key, "boxes": boxes} for key, boxes in document.items())
            return "ViGiL3D boxes", "entry", _rows(path, rows, "entry", _vigil3d_entry, modality)
    return "JSON lines", "line", read_lines(path)


def _is_json_line(head: bytes) -> bool:
    """Whether the first line is a whole document that names a modality or a scene."""
    line, _, _ = head.partition(b"\n")
    try:
        found = json.loads(line)
    except ValueError:
        return b'"modality"' in line
    return isinstance(found, dict) and ("modality" in found or "scene_id" in found)


def _from_list(path: Path, modality: Modality) -> tuple[str, str, Iterator[Line]]:
    rows: Any = read_json(path)
    first = next((row for row in rows if isinstance(row, dict)), {})
    if "predicted_boxes" in first:
        return "ViGiL3D predictions", "row", _rows(path, rows, "row", _vigil3d_row, modality)
    if "bbox" in first or not first:
        return "ScanRefer submission", "row", _rows(path, rows, "row", _scanrefer_row, modality)
    raise BrokenFileError(
        path,
        'its first row has neither "bbox" (ScanRefer) nor "predicted_boxes" (ViGiL3D)',
        remedy="See the page on models in the help for the forms that can be imported",
    )


def _rows(
    path: Path,
    rows: Iterable[object],
    what: str,
    read: Callable[[dict[str, Any], int, Modality], Line],
    modality: Modality,
) -> Iterator[Line]:
    for number, row in enumerate(rows, start=1):
        try:
            if not isinstance(row, dict):
                raise ValueError("it is not an object with keys")
            yield read(row, number, modality)
        except ValueError as error:
            raise broken_line(path, number, str(error), what=what) from error


def _scanrefer_row(row: dict[str, Any], number: int, modality: Modality) -> Line:
    ann_id = row.get("ann_id")
    if not isinstance(ann_id, str | int) or ann_id == "":
        raise ValueError("it has no ann_id")
    corners = _points(row.get("bbox"), 8, "its bbox is not 8 corners of x, y, z in metres")
    box = _between(corners.min(axis=0), corners.max(axis=0))
    object_id = whole(row, "object_id")
    scene_id = string(row, "scene_id")
    return Line(scene_id, "", modality, (box,), None, str(ann_id), object_id, number)


def _vigil3d_row(row: dict[str, Any], number: int, modality: Modality) -> Line:
    boxes = row.get("predicted_boxes")
    if not isinstance(boxes, list):
        raise ValueError("its predicted_boxes are not a list")
    rows = []
    for pair in boxes:
        if not isinstance(pair, list) or not all(isinstance(item, list) for item in pair):
            raise ValueError("a box is not a centroid and an extent")
        rows.append(list(chain.from_iterable(pair)))
    text = " ".join(string(row, "prompt").split())
    return Line(
        string(row, "scene_id"),
        text,
        modality,
        checked_boxes(rows),
        None,
        str(row.get("prompt_id", "")),
        number=number,
    )


def _vigil3d_entry(row: dict[str, Any], number: int, modality: Modality) -> Line:
    scene_id, _, ann_id = row["annotation_id"].rpartition("_")
    if not (scene_id and ann_id):
        raise ValueError(f'"{row["annotation_id"][:60]}" is not <scene id>_<annotation id>')
    if not isinstance(row["boxes"], list):
        raise ValueError("its boxes are not a list")
    boxes = []
    for pair in row["boxes"]:
        low, high = _points(pair, 2, "a box is not two corners of x, y, z in metres")
        boxes.append(_between(low, high))
    return Line(scene_id, "", modality, tuple(boxes), None, ann_id, number=number)


def _points(value: object, count: int, fault: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        points = np.array(value, float)
    except (TypeError, ValueError):
        raise ValueError(fault) from None
    if points.shape != (count, 3) or not np.isfinite(points).all():
        raise ValueError(fault)
    return points


def _between(low: Sequence[float], high: Sequence[float]) -> Box:
    """The box between two corners, if it has a size."""
    box = Box.from_bounds(low, high)
    return checked_boxes([[*box.center, *box.size]])[0]
