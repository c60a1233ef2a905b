"""The cases of one diagnosis as columns: one sentence and one model is one case.

Columns rather than objects: a plot, a filter and a rate each read a few of them whole, and a
million rows stay quick. Shapes: n cases, R relations.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

NO_ANSWER = -1


@dataclass(frozen=True, slots=True, eq=False)
class ModalityColumns:
    """What one modality answered.

    Attributes:
        chosen: (n,) int32 candidate index; `NO_ANSWER` where there is none.
        object_ids: (n,) int32 the annotated object that was chosen; -1 where it stands for none.
        boxes: (n, 6) float32 centre and size of the chosen box, aligned metres; NaN without one.
        iou: (n,) float32 with the target's box; 0 without an answer, NaN without a target's box.
        class_hits: (n,) bool, the answer is of the target's class.
        log_p: (n,) float32 natural log of p(target); NaN where the model gives none.
        log_p_in_class: (n,) float32 natural log of p(target | its class); NaN likewise.
        confidence: (n,) float32 p of the chosen candidate, for calibration; NaN likewise; None
            where a whole diagnosis has none.
    """

    chosen: NDArray[np.int32]
    object_ids: NDArray[np.int32]
    boxes: NDArray[np.float32]
    iou: NDArray[np.float32]
    class_hits: NDArray[np.bool_]
    log_p: NDArray[np.float32]
    log_p_in_class: NDArray[np.float32]
    confidence: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TwinColumns:
    """What a modality chose where two look-alikes exchanged something, for m of the n cases.

    Attributes:
        cases: (m,) int32 which cases were asked in the twin.
        pair: (m, 2) int32 the two look-alikes, as candidate indices; places, not ids.
        twin: modality -> (m,) int32 candidate index after the exchange.
        placebo: modality -> (m,) int32 where nothing but image noise changed.
    """

    cases: NDArray[np.int32]
    pair: NDArray[np.int32]
    twin: Mapping[str, NDArray[np.int32]]
    placebo: Mapping[str, NDArray[np.int32]]


@dataclass(frozen=True, slots=True, eq=False)
class CaseColumns:
    """n cases, all of one model on one split.

    Codes index the tuple of names beside them; -1 stands for unknown.

    Attributes:
        rows: (n,) int32 index of the sentence in its split.
        scene_ids: names of the scans.
        scenes: (n,) int32 code of the scan.
        labels: names of target categories.
        label_codes: (n,) int32.
        skills: names of skills, where the data set has them.
        skill_codes: (n,) int32.
        relations: names of relations.
        has_relation: (n, R) bool.
        is_spatial: (n,) bool, some word speaks of place.
        is_view_dependent: (n,) bool.
        names_looks: (n,) bool, some word speaks of colour, material, shape or size.
        target_ids: (n,) int32 annotated object; -1 unknown.
        num_candidates: (n,) int32; 0 where the model found boxes of its own.
        num_lookalikes: (n,) int32 candidates of the target's class, the target included; annotated
            objects of it where the model found boxes of its own; 0 unknown.
        lookalike_m: (n,) float32 metres from the target's centre to its nearest look-alike's.
        visibility: (n,) float32 largest share of the target's measured surface that one frame
            shows; NaN where no frame was looked at.
        reasons: why cases are left out, as short names.
        excluded: (n,) int32 code of the reason; -1 for a case that counts.
        ground_ms: (n,) float32 share of the batch that asked it.
        modalities: by name, as `models.grounder.MODALITIES` spells it.
        twins: by what was exchanged: "appearance", "position", ...
    """

    rows: NDArray[np.int32]
    scene_ids: tuple[str, ...]
    scenes: NDArray[np.int32]
    labels: tuple[str, ...]
    label_codes: NDArray[np.int32]
    skills: tuple[str, ...]
    skill_codes: NDArray[np.int32]
    relations: tuple[str, ...]
    has_relation: NDArray[np.bool_]
    is_spatial: NDArray[np.bool_]
    is_view_dependent: NDArray[np.bool_]
    names_looks: NDArray[np.bool_]
    target_ids: NDArray[np.int32]
    num_candidates: NDArray[np.int32]
    num_lookalikes: NDArray[np.int32]
    lookalike_m: NDArray[np.float32]
    visibility: NDArray[np.float32]
    reasons: tuple[str, ...]
    excluded: NDArray[np.int32]
    ground_ms: NDArray[np.float32]
    modalities: Mapping[str, ModalityColumns]
    twins: Mapping[str, TwinColumns] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def counts(self) -> NDArray[np.bool_]:
        """(n,) bool, the cases that figures are taken over."""
        return np.asarray(self.excluded < 0)
