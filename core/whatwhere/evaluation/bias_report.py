"""The numbers of one diagnosis, with all that they depend on: the `diagnose` document."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from whatwhere.evaluation.bias import ACCUSED_ABOVE
from whatwhere.evaluation.bias_cases import BiasCases
from whatwhere.evaluation.bias_figures import IOU_THRESHOLD, BiasFigures, agreement_json
from whatwhere.evaluation.cases.columns import CaseColumns
from whatwhere.evaluation.cases.facts import DiagnosisFacts
from whatwhere.evaluation.frozen_reference import Diagnosed, reference_answers
from whatwhere.evaluation.margin import DEFAULT_MARGIN
from whatwhere.evaluation.parts import axes_of
from whatwhere.evaluation.rates import MIN_SCENES, TOO_FEW_SCENES, rate_json

NO_BOX = "target without a box"


@dataclass(frozen=True, slots=True)
class BiasReport:
    """What a diagnosis says.

    Attributes:
        facts: what was asked of whom.
        iou_threshold: from here on an answer is right.
        overall: over all cases that count.
        by: axis -> part -> the same figures.
        left_out: reason -> cases or sentences that are in no figure.
        reference: name of the frozen reference; "" without one.
        probes: name of a probe -> its figures, as JSON.
    """

    facts: DiagnosisFacts
    iou_threshold: float
    overall: BiasFigures
    by: Mapping[str, Mapping[str, BiasFigures]]
    left_out: Mapping[str, int]
    reference: str = ""
    probes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def accused(self) -> bool | None:
        """Whether fused follows appearance; None without twins, or with too few scenes."""
        found = self.overall.follow_rates()
        return None if found is None else found.accused

    @property
    def verdict(self) -> str:
        """What the headline means, in one sentence."""
        found = self.overall.follow_rates()
        if found is None:
            return "No twins were asked, so whether answers follow appearance is not known."
        if not found.counted:
            return "No answer was one of an exchanged pair, so none could follow appearance."
        value = f"{100 * found.follow_appearance.value:.1f} %"
        if found.accused is None:
            return (
                f"Fused answers follow appearance in {value} of {found.counted:,} cases: "
                f"{TOO_FEW_SCENES}, {MIN_SCENES} are needed."
            )
        bound = f"{100 * (found.follow_appearance.low or 0):.1f} %"
        above = f"{100 * ACCUSED_ABOVE:g} %"
        if found.accused:
            return (
                f"Accused: fused answers follow appearance in {value} of {found.counted:,} cases; "
                f"the lower end of its 95 % interval, {bound}, exceeds {above}."
            )
        return (
            f"Not accused: fused answers follow appearance in {value} of {found.counted:,} cases; "
            f"the lower end of its 95 % interval, {bound}, does not exceed {above}."
        )

    def as_json(self) -> dict[str, Any]:
        """The `diagnose` document; keys are stable."""
        overall, facts = self.overall, self.facts
        found = overall.follow_rates()
        figures = overall.as_json()
        skills = self.by.get("skill", {})
        return {
            **facts.as_json(),
            "n": overall.n,
            "num_scenes": overall.num_scenes,
            "iou_threshold": self.iou_threshold,
            "accuracy": figures["accuracy"],
            "class_accuracy": figures["class_accuracy"],
            "chance": {
                name: part["in_class_chance"]
                for name, part in (
                    ("overall", figures),
                    *((skill, of.as_json()) for skill, of in skills.items()),
                )
            },
            "follow_appearance": None if found is None else rate_json(found.follow_appearance),
            "follow_position": None if found is None else rate_json(found.follow_position),
            "accused": self.accused,
            "verdict": self.verdict,
            "agreement": agreement_json(overall.agreement, overall.agreement_frozen),
            "reference": self.reference or None,
            "margin": figures["margin"],
            "quadrants": figures["quadrants"],
            "by_relation": {
                name: _relation_json(part) for name, part in self.by.get("relation", {}).items()
            },
            "probes": dict(self.probes),
            "excluded": dict(self.left_out),
            "unanswered": figures["unanswered"],
            "follow": figures["follow"],
            "shuffled_drop": figures["shuffled_drop"],
            "calibration": figures["calibration"],
            "by": {
                axis: {name: part.as_json() for name, part in parts.items()}
                for axis, parts in self.by.items()
            },
        }


def bias_report(
    columns: CaseColumns,
    facts: DiagnosisFacts,
    *,
    iou_threshold: float = IOU_THRESHOLD,
    margin: float = DEFAULT_MARGIN,
    reference: Diagnosed | None = None,
    probes: Mapping[str, Any] | None = None,
    axes: Collection[str] | None = None,
) -> BiasReport:
    """Every figure of a diagnosis, overall and by parts.

    Args:
        columns: its cases.
        facts: what was asked of whom.
        iou_threshold: from here on an answer is right.
        margin: that the Pseudo-Label Loss asks for, nats.
        reference: diagnosis of a frozen 2D-only model.
        probes: figures of probes over the split, to stand beside.
        axes: names of those to break figures down by; None for all.

    Raises:
        ConfigError: the reference was asked other sentences or among other candidates.
    """
    frozen = None
    if reference is not None:
        frozen = reference_answers(columns, facts, reference, iou_threshold)
    cases = BiasCases(columns, iou_threshold, margin, frozen)
    by = {}
    for axis in axes_of(columns):
        if axes is not None and axis.name not in axes:
            continue
        parts = {part: cases.figures(members) for part, members in axis.members()}
        by[axis.name] = {part: found for part, found in parts.items() if found.n}
    return BiasReport(
        facts=facts,
        iou_threshold=iou_threshold,
        overall=cases.figures(),
        by={axis: parts for axis, parts in by.items() if parts},
        left_out=left_out(columns, facts),
        reference="" if reference is None else reference.facts.name,
        probes=dict(probes or {}),
    )


def left_out(columns: CaseColumns, facts: DiagnosisFacts) -> dict[str, int]:
    """Reason -> sentences that are in no figure, those that were never asked among them."""
    counts = np.bincount(columns.excluded[columns.excluded >= 0], minlength=len(columns.reasons))
    found = dict(zip(columns.reasons, counts.tolist(), strict=True))
    no_box = int((columns.counts & ~BiasCases(columns).counted).sum())
    for reason, count in ((NO_BOX, no_box), *facts.not_asked.items()):
        found[reason] = found.get(reason, 0) + count
    return {reason: count for reason, count in found.items() if count}


def _relation_json(part: BiasFigures) -> dict[str, Any]:
    follow = part.follow_rates()
    return {
        "n": part.n,
        "accuracy": {name: found.value for name, found in part.accuracy.items()},
        "follow_appearance": None if follow is None else rate_json(follow.follow_appearance),
    }
