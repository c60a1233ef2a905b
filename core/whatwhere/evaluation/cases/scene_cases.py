"""The cases of one scan as they are answered: a line of a diagnosis' log.

Shapes: n sentences about the scan, K places that answers choose among.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.cases.columns import NO_ANSWER

NO_TARGET = "no target is known"
NO_BOX = "target without a box"
NOT_AMONG = "target not among the candidates"
FAILED = "the model failed on the scan"


def no_answer(modality: str) -> str:
    """The reason of a case that a modality has no answer to."""
    return f"no answer in {modality}"


def left_out_where_silent(
    excluded: Sequence[str | None], answered: NDArray[np.bool_], modality: str
) -> list[str | None]:
    """A case that a modality has no answer to does not count, unless it did not before.

    Args:
        excluded: n reasons so far.
        answered: (n,) whether the modality has an answer.
        modality: which.
    """
    return [
        reason if reason is not None or is_known else no_answer(modality)
        for reason, is_known in zip(excluded, answered.tolist(), strict=True)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What one modality answered to n sentences; see `columns.ModalityColumns`.

    Attributes:
        chosen: (n,) int32 place; `NO_ANSWER` where there is none.
        iou: (n,) float32 with the target's box; NaN without one.
        class_hits: (n,) bool.
        log_p: (n,) float32; NaN where the model gives none.
        log_p_in_class: (n,) float32; likewise.
        confidence: (n,) float32; likewise.
    """

    chosen: NDArray[np.int32]
    iou: NDArray[np.float32]
    class_hits: NDArray[np.bool_]
    log_p: NDArray[np.float32]
    log_p_in_class: NDArray[np.float32]
    confidence: NDArray[np.float32]

    def as_json(self) -> dict[str, Any]:
        """Lists; null for NaN."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any], count: int, num_places: int) -> "Answers":
        """The inverse of `as_json`.

        Raises:
            ValueError, KeyError, TypeError: it is no such thing, or not of `count` sentences.
        """
        return cls(
            chosen=places(value["chosen"], num_places, count),
            iou=numbers(value["iou"], count),
            class_hits=numbers(value["class_hits"], count).astype(bool),
            log_p=numbers(value["log_p"], count),
            log_p_in_class=numbers(value["log_p_in_class"], count),
            confidence=numbers(value["confidence"], count),
        )

    @classmethod
    def joined(cls, parts: Sequence["Answers"]) -> "Answers":
        """Those to the sentences of all parts, one after the other."""
        if not parts:
            return cls.none(0, np.zeros(0, np.float32))
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))

    @classmethod
    def none(cls, count: int, iou: NDArray[np.float32]) -> "Answers":
        """No answer to any of them."""
        unknown = np.full(count, np.nan, np.float32)
        nowhere = np.full(count, NO_ANSWER, np.int32)
        return cls(nowhere, iou, np.zeros(count, bool), unknown, unknown, unknown)


@dataclass(frozen=True, slots=True, eq=False)
class TwinAnswers:
    """What modalities chose for m of the sentences after something was exchanged.

    Attributes:
        items: (m,) int32 which of the n sentences.
        pair: the places that were exchanged.
        twin: modality -> (m,) int32 place.
        placebo: modality -> (m,) int32 place where nothing but image noise changed.
    """

    items: NDArray[np.int32]
    pair: tuple[int, int]
    twin: Mapping[str, NDArray[np.int32]]
    placebo: Mapping[str, NDArray[np.int32]]

    def as_json(self) -> dict[str, Any]:
        """Lists."""
        return {
            "items": self.items.tolist(),
            "pair": list(self.pair),
            "twin": {name: found.tolist() for name, found in self.twin.items()},
            "placebo": {name: found.tolist() for name, found in self.placebo.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any], count: int, num_places: int) -> "TwinAnswers":
        """The inverse of `as_json`.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is no such thing.
        """
        items = places(value["items"], count, None)
        one, two = places(value["pair"], num_places, 2).tolist()
        found = [
            {str(name): places(row, num_places, len(items)) for name, row in value[part].items()}
            for part in ("twin", "placebo")
        ]
        if len(items) and items.min() < 0:
            raise ValueError("a sentence of a twin is none of the scan's")
        return cls(items, (one, two), *found)


@dataclass(frozen=True, slots=True, eq=False)
class SceneCases:
    """One scan's cases.

    Attributes:
        scene_id: e.g. "scene0000_00".
        rows: n rows of the split.
        box_source: where the places came from.
        boxes: (K, 6) float32 centre and size of each place, aligned metres.
        object_ids: (K,) int32 the annotated object that each stands for; -1 for none.
        labels: n categories of the targets; "" unknown.
        num_candidates: (n,) int32 that the model chose among; 0 where it found its own boxes.
        num_lookalikes: (n,) int32.
        lookalike_m: (n,) float32; NaN without a look-alike.
        visibility: (n,) float32; NaN where no frame was looked at.
        excluded: n reasons; None for a case that counts.
        answers: modality -> answers.
        twins: what was exchanged -> answers.
        ground_ms: per sentence, all modalities together.
        encode_s: seconds that opening and looking took.
        notes: what could not be asked, as sentences.
    """

    scene_id: str
    rows: tuple[int, ...]
    box_source: str
    boxes: NDArray[np.float32]
    object_ids: NDArray[np.int32]
    labels: tuple[str, ...]
    num_candidates: NDArray[np.int32]
    num_lookalikes: NDArray[np.int32]
    lookalike_m: NDArray[np.float32]
    visibility: NDArray[np.float32]
    excluded: tuple[str | None, ...]
    answers: Mapping[str, Answers]
    twins: Mapping[str, TwinAnswers] = field(default_factory=dict)
    ground_ms: float = 0.0
    encode_s: float = 0.0
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """One line of the log."""
        return {
            "scene": self.scene_id,
            "rows": list(self.rows),
            "box_source": self.box_source,
            "boxes": [_plain(box) for box in self.boxes],
            "object_ids": self.object_ids.tolist(),
            "labels": list(self.labels),
            "num_candidates": self.num_candidates.tolist(),
            "num_lookalikes": self.num_lookalikes.tolist(),
            "lookalike_m": _plain(self.lookalike_m),
            "visibility": _plain(self.visibility),
            "excluded": list(self.excluded),
            "answers": {name: found.as_json() for name, found in self.answers.items()},
            "twins": {kind: found.as_json() for kind, found in self.twins.items()},
            "ground_ms": round(self.ground_ms, 3),
            "encode_s": round(self.encode_s, 3),
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "SceneCases":
        """The inverse of `as_json`.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: it is no such line.
        """
        rows = tuple(int(row) for row in value["rows"])
        count = len(rows)
        boxes = np.array(value["boxes"], np.float32).reshape(-1, 6)
        labels = tuple(str(label) for label in value["labels"])
        excluded = tuple(None if item is None else str(item) for item in value["excluded"])
        if not len(labels) == len(excluded) == count:
            raise ValueError("a scan's columns differ in length")
        return cls(
            scene_id=str(value["scene"]),
            rows=rows,
            box_source=str(value["box_source"]),
            boxes=boxes,
            object_ids=numbers(value["object_ids"], len(boxes)).astype(np.int32),
            labels=labels,
            num_candidates=numbers(value["num_candidates"], count).astype(np.int32),
            num_lookalikes=numbers(value["num_lookalikes"], count).astype(np.int32),
            lookalike_m=numbers(value["lookalike_m"], count),
            visibility=numbers(value["visibility"], count),
            excluded=excluded,
            answers={
                str(name): Answers.from_json(found, count, len(boxes))
                for name, found in value["answers"].items()
            },
            twins={
                str(kind): TwinAnswers.from_json(found, count, len(boxes))
                for kind, found in value["twins"].items()
            },
            ground_ms=float(value["ground_ms"]),
            encode_s=float(value["encode_s"]),
            notes=tuple(str(note) for note in value["notes"]),
        )


def numbers(value: Sequence[float | None], count: int) -> NDArray[np.float32]:
    """(count,) float32; NaN for null.

    Raises:
        ValueError, TypeError: it is something else.
    """
    found = np.array([np.nan if item is None else item for item in value], np.float32)
    if found.shape != (count,):
        raise ValueError("a scan's columns differ in length")
    return found


def candidates_hash(scenes: Sequence[SceneCases]) -> str:
    """Twelve hex digits of all candidates; "" where a model found boxes of its own."""
    if any(scene.box_source == "model" for scene in scenes):
        return ""
    digest = hashlib.sha256()
    for scene in sorted(scenes, key=lambda item: item.scene_id):
        digest.update(scene.scene_id.encode())
        digest.update(np.round(scene.boxes.astype(np.float64), 3).tobytes())
    return digest.hexdigest()[:12]


def places(value: Sequence[int], num_places: int, count: int | None) -> NDArray[np.int32]:
    """(count,) int32 from -1 to below `num_places`.

    Raises:
        ValueError, TypeError, OverflowError: it is something else.
    """
    found = np.array(value, np.int32)
    if found.ndim != 1 or (count is not None and len(found) != count):
        raise ValueError("a scan's columns differ in length")
    if len(found) and not (found.min() >= NO_ANSWER and found.max() < num_places):
        raise ValueError("an answer is none of the scan's places")
    return found


def _plain(values: NDArray[Any]) -> list[Any]:
    """A list for JSON that is read back to the bit; null for NaN."""
    found: list[Any] = values.tolist()
    if values.dtype.kind != "f":
        return found
    # Nine digits tell any two float32 apart.
    return [None if value != value else float(f"{value:.9g}") for value in found]
