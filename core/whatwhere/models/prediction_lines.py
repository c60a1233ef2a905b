"""Answers as JSON lines: one scene, one sentence and one modality each.

`{"scene_id": ..., "text": ..., "modality": ..., "boxes": [[cx, cy, cz, dx, dy, dz], ...],
"scores": [...]}` with boxes in aligned metres, axis-aligned, and natural log-probabilities.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whatwhere.errors import BrokenFileError, MissingFileError, NotSupportedError
from whatwhere.files import replacing
from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.grounder import Grounding, Modality, parse_modalities
from whatwhere.models.ranking import checked_boxes, checked_scores

MAX_LINE_BYTES = 4 * 2**20
_KEYS = {"scene_id", "text", "ann_id", "object_id", "modality", "boxes", "scores"}


@dataclass(frozen=True, slots=True)
class Line:
    """One answer.

    Attributes:
        scene_id: e.g. "scene0000_00".
        text: the sentence, single blanks; "" while only its ids are known.
        modality: what the model saw.
        boxes: best first, aligned metres; none means that nothing is meant.
        scores: as many natural log-probabilities, or None where the model gave none.
        ann_id: the data set's annotation id; "" when unknown.
        object_id: the target that the sentence was written for; None when unknown.
        number: of the line or row in its file, counted from 1.
    """

    scene_id: str
    text: str
    modality: Modality
    boxes: tuple[Box, ...]
    scores: tuple[float, ...] | None
    ann_id: str = ""
    object_id: int | None = None
    number: int = 0

    def as_json(self) -> dict[str, Any]:
        """What a line of the file says."""
        known: dict[str, Any] = {"scene_id": self.scene_id, "text": self.text}
        if self.ann_id:
            known["ann_id"] = self.ann_id
        if self.object_id is not None:
            known["object_id"] = self.object_id
        known |= {"modality": self.modality, "boxes": [_row(box) for box in self.boxes]}
        if self.scores is not None:
            known["scores"] = list(self.scores)
        return known

    @classmethod
    def of_grounding(
        cls,
        scene_id: str,
        expression: Expression,
        grounding: Grounding,
        *,
        top: int | None = None,
    ) -> "Line":
        """What a model answered, cut to the `top` candidates."""
        candidates = grounding.candidates[:top]
        return cls(
            scene_id,
            " ".join(expression.text.split()),
            grounding.modality,
            tuple(item.box for item in candidates),
            tuple(item.score for item in candidates),
            expression.ann_id,
            expression.target_id,
        )


def read_lines(path: Path) -> Iterator[Line]:
    """The answers of a JSON-lines file, in order; blank lines are passed over.

    Raises:
        MissingFileError: there is no such file.
        BrokenFileError: a line is not such an answer; the sentence names the line.
    """
    if not path.is_file():
        raise MissingFileError(
            path, what="Predictions", remedy="Check the path to the file of predictions"
        )
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(raw) > MAX_LINE_BYTES:
                raise broken_line(path, number, f"it is longer than {MAX_LINE_BYTES:,} bytes")
            if raw.strip():
                yield _line(path, number, raw)


def write_lines(path: Path, lines: Iterable[Line]) -> int:
    """Write a whole file or none; how many lines it has comes back.

    Raises:
        OSError: it cannot be written.
    """
    count = 0
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(line.as_json(), ensure_ascii=False) + "\n")
            count += 1
    return count


def parsed(value: object, number: int) -> Line:
    """One answer from its JSON value.

    Raises:
        ValueError: it is none; it says why.
    """
    if not isinstance(value, dict):
        raise ValueError("it is not an object with keys")
    if unknown := sorted(set(value) - _KEYS):
        raise ValueError(f'it has the unknown key "{unknown[0]}"')
    boxes = checked_boxes(value.get("boxes"))
    scores = value.get("scores")
    text = " ".join(string(value, "text", optional=True).split())
    ann_id = value.get("ann_id", "")
    if not text and ann_id in ("", None):
        raise ValueError("it has neither text nor ann_id")
    return Line(
        scene_id=string(value, "scene_id"),
        text=text,
        modality=_modality(value.get("modality")),
        boxes=boxes,
        scores=None if scores is None else checked_scores(scores, len(boxes)),
        ann_id=str(ann_id),
        object_id=whole(value, "object_id", optional=True),
        number=number,
    )


def broken_line(path: Path, number: int, fault: str, *, what: str = "line") -> BrokenFileError:
    """The fault of one line, with the file and the line in it."""
    return BrokenFileError(
        path, f"{what} {number}: {fault}", remedy="Nothing was imported; mend the file"
    )


def string(value: dict[str, Any], key: str, *, optional: bool = False) -> str:
    """A key that holds text.

    Raises:
        ValueError: it does not.
    """
    found = value.get(key, "")
    if not isinstance(found, str) or not (found.strip() or optional):
        raise ValueError(f"it has no {key}")
    return found


def whole(value: dict[str, Any], key: str, *, optional: bool = False) -> int | None:
    """A key that holds a whole number, as a number or as digits.

    Raises:
        ValueError: it does not.
    """
    found = value.get(key)
    if found is None and optional:
        return None
    if type(found) is int and found >= 0:
        return found
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 10:
        return int(found)
    raise ValueError(f"its {key} is no whole number ({found!r})")


def _modality(value: object) -> Modality:
    try:
        (found,) = parse_modalities([value] if isinstance(value, str) else ["?"])
    except NotSupportedError:
        raise ValueError(
            f"its modality is {value!r}, not one of fused, 2d, 3d, blind, shuffled"
        ) from None
    return found


def _line(path: Path, number: int, raw: bytes) -> Line:
    if raw[:1] == b"\x80" or raw[:2] == b"PK":
        raise broken_line(path, number, "it is a pickle or an archive, which is never opened")
    try:
        return parsed(json.loads(raw), number)
    except (ValueError, RecursionError) as error:
        fault = "it is not valid JSON" if _is_no_json(error) else str(error)
        raise broken_line(path, number, fault) from error


def _is_no_json(error: Exception) -> bool:
    return isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError)


def _row(box: Box) -> list[float]:
    return [*box.center, *box.size]
