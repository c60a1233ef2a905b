"""What a model chose for every row of a split, as plain values that can be scored again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from whatwhere.geometry.boxes import Box


@dataclass(frozen=True, slots=True)
class Chosen:
    """The one box that counts.

    Attributes:
        box: aligned metres.
        object_id: the annotated object it stands for, when it was chosen among the annotation.
    """

    box: Box
    object_id: int | None = None


@dataclass(frozen=True, slots=True)
class SceneAnswers:
    """One scan's rows.

    Attributes:
        scene_id: e.g. "scene0000_00".
        rows: n indices into the split's expressions.
        targets: n annotated boxes; None for a target without one (a wall, an unknown id).
        best_overlaps: n overlaps of each target with its best candidate; None where there were no
            candidates to choose among.
        chosen: modality -> n choices; None where there was no answer.
        box_source: where the candidates came from.
        num_empty: candidates that were left out, for they held nothing.
        fault: why the model has no answer to any of them, as a sentence.
        encode_s: seconds that opening and encoding took.
        ground_s: seconds that the sentences took.
        said: modality -> n answers in words, for questions; None where there was none.
    """

    scene_id: str
    rows: tuple[int, ...]
    targets: tuple[Box | None, ...]
    best_overlaps: tuple[float, ...] | None
    chosen: Mapping[str, tuple[Chosen | None, ...]]
    box_source: str
    num_empty: int = 0
    fault: str | None = None
    encode_s: float = 0.0
    ground_s: float = 0.0
    said: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """One line of the file of answers."""
        overlaps = self.best_overlaps
        return {
            "scene": self.scene_id,
            "rows": list(self.rows),
            "targets": [_box_json(box) for box in self.targets],
            "best": None if overlaps is None else [round(value, 6) for value in overlaps],
            "chosen": {
                modality: [
                    None if item is None else [*_numbers(item.box), item.object_id]
                    for item in answers
                ]
                for modality, answers in self.chosen.items()
            },
            "box_source": self.box_source,
            "num_empty": self.num_empty,
            "fault": self.fault,
            "encode_s": round(self.encode_s, 4),
            "ground_s": round(self.ground_s, 4),
            "said": {modality: list(texts) for modality, texts in self.said.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "SceneAnswers":
        """The inverse of `as_json`.

        Raises:
            ValueError, KeyError, TypeError: it is no such line.
        """
        rows = tuple(int(row) for row in value["rows"])
        best = value["best"]
        found = cls(
            scene_id=str(value["scene"]),
            rows=rows,
            targets=tuple(None if row is None else _box(row) for row in value["targets"]),
            best_overlaps=None if best is None else tuple(float(item) for item in best),
            chosen={
                str(modality): tuple(
                    None if row is None else Chosen(_box(row[:6]), row[6]) for row in answers
                )
                for modality, answers in value["chosen"].items()
            },
            box_source=str(value["box_source"]),
            num_empty=int(value["num_empty"]),
            fault=None if value["fault"] is None else str(value["fault"]),
            encode_s=float(value["encode_s"]),
            ground_s=float(value["ground_s"]),
            said={
                str(modality): tuple(None if text is None else str(text) for text in texts)
                for modality, texts in value["said"].items()
            },
        )
        columns = (*found.chosen.values(), *found.said.values())
        lengths = {len(found.targets), *map(len, columns)}
        if found.best_overlaps is not None:
            lengths.add(len(found.best_overlaps))
        if lengths != {len(rows)}:
            raise ValueError("a scene's columns differ in length")
        return found


def _numbers(box: Box) -> list[float]:
    return [*box.center, *box.size]


def _box_json(box: Box | None) -> list[float] | None:
    return None if box is None else _numbers(box)


def _box(row: Sequence[float]) -> Box:
    if len(row) != 6 or not all(isfinite(number) for number in row):
        raise ValueError("a box is not six numbers")
    return Box.from_row(row)
