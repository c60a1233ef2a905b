"""What each case of a diagnosis contributes to its figures.

Worked out once; `figures` takes means of it, so a part costs what its cases cost.
Shapes: n cases, m of them asked in a twin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from whatwhere.evaluation.bias import (
    Agreement,
    FollowRates,
    TwinAnswers,
    excess_agreement,
    follow_rates,
)
from whatwhere.evaluation.bias_figures import IOU_THRESHOLD, BiasFigures
from whatwhere.evaluation.calibration import calibration
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.choices import ReferenceAnswers, is_silent, places_in_class
from whatwhere.evaluation.margin import DEFAULT_MARGIN, margin_figures, margins
from whatwhere.evaluation.margin import penalised as penalised_by
from whatwhere.evaluation.quadrants import QUADRANTS, quadrants
from whatwhere.evaluation.rates import rate


@dataclass(frozen=True, eq=False)
class BiasCases:
    """What each case contributes to the figures.

    Attributes:
        columns: of one model.
        iou_threshold: from here on an answer is right.
        margin: that the Pseudo-Label Loss asks for, nats.
        reference: what a frozen 2D-only model answered to the same cases.
    """

    columns: CaseColumns
    iou_threshold: float = IOU_THRESHOLD
    margin: float = DEFAULT_MARGIN
    reference: ReferenceAnswers | None = None

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """(n,) cases that count and whose target has a box."""
        if not self.columns.modalities:
            return self.columns.counts
        has_box = np.any(list(self.judged.values()), axis=0)
        return np.asarray(self.columns.counts & has_box)

    @cached_property
    def right(self) -> dict[str, NDArray[np.bool_]]:
        """Modality -> (n,) answers that reach the overlap."""
        modalities = self.columns.modalities.items()
        return {name: np.asarray(found.iou >= self.iou_threshold) for name, found in modalities}

    @cached_property
    def judged(self) -> dict[str, NDArray[np.bool_]]:
        """Modality -> (n,) cases whose answer can be held against the target at all."""
        modalities = self.columns.modalities.items()
        return {name: np.isfinite(found.iou) for name, found in modalities}

    def twin_answers(self, kind: str) -> Mapping[str, TwinAnswers]:
        """Modality -> what was answered in one kind of twin, by cases that may show it."""
        return self._twin_answers.get(kind, (None, {}))[1]

    def figures(self, cases: NDArray[np.integer] | None = None) -> BiasFigures:
        """Over these cases, those that do not count left out; None for all."""
        among = np.ones(len(self.columns), bool)
        if cases is not None:
            among[:] = False
            among[cases] = True
        return self._figures(np.flatnonzero(self.counted & among), among)

    def _figures(self, kept: NDArray[np.integer], among: NDArray[np.bool_]) -> BiasFigures:
        columns, scenes = self.columns, self.columns.scenes[kept]
        modalities = columns.modalities
        right = {name: found[kept] for name, found in self.right.items()}
        judged = {name: found[kept] for name, found in self.judged.items()}
        sizes = columns.num_lookalikes[kept]
        quadrant = self._quadrants[kept]
        counts = np.bincount(quadrant[quadrant >= 0], minlength=len(QUADRANTS)).tolist()
        drop = None
        if {"fused", "shuffled"} <= set(right):
            fell = right["fused"].astype(float) - right["shuffled"]
            both = judged["fused"] & judged["shuffled"]
            drop = rate(fell[both], scenes[both], bounds=(-1.0, 1.0))
        return BiasFigures(
            n=len(kept),
            num_scenes=len(np.unique(scenes)),
            accuracy={
                name: rate(found[judged[name]], scenes[judged[name]])
                for name, found in right.items()
            },
            class_accuracy={
                name: rate(found.class_hits[kept], scenes) for name, found in modalities.items()
            },
            chance=float(np.mean(1 / sizes[sizes > 0])) if (sizes > 0).any() else float("nan"),
            unanswered={name: int(silent[kept].sum()) for name, silent in self._silent.items()},
            follow=self._follow(among),
            agreement=self._agreement(kept, "own"),
            agreement_frozen=self._agreement(kept, "frozen"),
            margin=margin_figures(self._lead[kept], self._pushed[kept], scenes, self.margin),
            quadrants=dict(zip(QUADRANTS, counts, strict=True)) if "2d" in right else {},
            shuffled_drop=drop,
            calibration={
                name: calibration(found.confidence[kept], right[name])
                for name, found in modalities.items()
                if found.confidence is not None
            },
        )

    def _follow(self, among: NDArray[np.bool_]) -> dict[str, dict[str, FollowRates]]:
        """Only sentences of place that name no looks: elsewhere, following looks may be right."""
        return {
            kind: {name: follow_rates(found.only(among[cases])) for name, found in asked.items()}
            for kind, (cases, asked) in self._twin_answers.items()
            if asked
        }

    def _agreement(self, kept: NDArray[np.integer], other: str) -> Agreement | None:
        places = self._places
        if not {"fused", other} <= set(places):
            return None
        if other == "frozen" and self.reference is not None:
            kept = kept[self.reference.asked[kept]]
        return excess_agreement(
            self.columns.scenes[kept],
            places["fused"][kept],
            places[other][kept],
            self.columns.num_lookalikes[kept],
        )

    @cached_property
    def _silent(self) -> dict[str, NDArray[np.bool_]]:
        return {name: is_silent(found) for name, found in self.columns.modalities.items()}

    @cached_property
    def _lead(self) -> NDArray[np.float64]:
        return margins(self.columns)

    @cached_property
    def _pushed(self) -> NDArray[np.bool_]:
        return penalised_by(self.columns, self.margin)

    @cached_property
    def _quadrants(self) -> NDArray[np.int8]:
        return quadrants(self.columns, self.iou_threshold)

    @cached_property
    def _places(self) -> dict[str, NDArray[np.int64]]:
        """Answers as `excess_agreement` takes them: fused, own 2D, and the frozen reference."""
        found = {
            name: places_in_class(self.columns, of, self.iou_threshold)
            for name, of in (("fused", "fused"), ("own", "2d"))
            if of in self.columns.modalities
        }
        return found if self.reference is None else found | {"frozen": self.reference.places}

    @cached_property
    def _twin_answers(self) -> dict[str, tuple[NDArray[np.int32], dict[str, TwinAnswers]]]:
        """Kind -> the cases that may show it, and what was answered in each modality."""
        columns = self.columns
        asks = self.counted & columns.is_spatial & ~columns.names_looks
        found: dict[str, tuple[NDArray[np.int32], dict[str, TwinAnswers]]] = {}
        for kind, twin in columns.twins.items():
            kept = asks[twin.cases]
            cases = twin.cases[kept]
            found[kind] = (
                cases,
                {
                    modality: TwinAnswers(
                        scenes=columns.scenes[cases].astype(np.int64),
                        original=columns.modalities[modality].chosen[cases].astype(np.int64),
                        twin=answers[kept].astype(np.int64),
                        placebo=twin.placebo[modality][kept].astype(np.int64),
                        pair=twin.pair[kept].astype(np.int64),
                    )
                    for modality, answers in twin.twin.items()
                    if modality in columns.modalities and modality in twin.placebo
                },
            )
        return found
