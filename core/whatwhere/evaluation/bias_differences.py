"""Two models on the same cases: what one gains and loses. Shapes: n cases, S scenes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import ConfigError
from whatwhere.evaluation.bias import TwinAnswers, moves
from whatwhere.evaluation.bias_cases import BiasCases
from whatwhere.evaluation.bias_figures import IOU_THRESHOLD
from whatwhere.evaluation.frozen_reference import Diagnosed, cases_of_rows, chose_among_others
from whatwhere.evaluation.intervals import Estimate, difference, minus
from whatwhere.evaluation.parts import axes_of
from whatwhere.evaluation.rates import Rate, as_rate, rate, rate_json


@dataclass(frozen=True, slots=True)
class BiasDifferences:
    """After minus before, over the cases that both were asked.

    Attributes:
        n: common cases that count.
        num_scenes: they are about.
        accuracy: modality -> difference.
        class_accuracy: modality -> difference.
        by: axis -> part -> modality -> difference of accuracy; axes are those of `parts`.
        follow_appearance: modality -> difference; each model over the cases in which it can follow.
        left_out: reason -> cases that only one has, or that do not count in one.
        notes: what makes them hard to compare, as sentences.
    """

    n: int
    num_scenes: int
    accuracy: Mapping[str, Rate]
    class_accuracy: Mapping[str, Rate]
    by: Mapping[str, Mapping[str, Mapping[str, Rate]]]
    follow_appearance: Mapping[str, Rate]
    left_out: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "n": self.n,
            "num_scenes": self.num_scenes,
            "accuracy": _json(self.accuracy),
            "class_accuracy": _json(self.class_accuracy),
            "by_relation": {name: _json(of) for name, of in self.by.get("relation", {}).items()},
            "by": {
                axis: {name: _json(found) for name, found in parts.items()}
                for axis, parts in self.by.items()
            },
            "follow_appearance": _json(self.follow_appearance),
            "left_out": dict(self.left_out),
            "notes": list(self.notes),
        }


def bias_differences(
    after: Diagnosed,
    before: Diagnosed,
    *,
    iou_threshold: float = IOU_THRESHOLD,
    axes: Collection[str] | None = None,
) -> BiasDifferences:
    """Paired differences with intervals over scenes.

    Args:
        after: a diagnosis.
        before: what it is held against, of the same split.
        iou_threshold: from here on an answer is right.
        axes: names of those to break accuracy down by; None for all.

    Raises:
        ConfigError: they are of different sentences.
    """
    if after.facts.split_hash != before.facts.split_hash:
        raise ConfigError(
            f'"{after.facts.name}" and "{before.facts.name}" were asked different sentences '
            f"(split hashes {after.facts.split_hash}, {before.facts.split_hash})",
            remedy="Diagnose both models on the same split",
        )
    ours, theirs = (BiasCases(one.columns, iou_threshold) for one in (after, before))
    place, common = cases_of_rows(after.columns, before.columns)
    counted = common & ours.counted & theirs.counted[place]
    kept = np.flatnonzero(counted)
    other = place[kept]
    scenes = after.columns.scenes[kept]

    def gained(name: str, of_class: bool, among: NDArray[np.integer] | None = None) -> Rate:
        new, old = (
            one.columns.modalities[name].class_hits if of_class else one.right[name]
            for one in (ours, theirs)
        )
        change = new[kept].astype(float) - old[other]
        which = np.arange(len(kept)) if among is None else among
        if not of_class:
            which = which[(ours.judged[name][kept] & theirs.judged[name][other])[which]]
        return rate(change[which], scenes[which], bounds=(-1.0, 1.0))

    both = [name for name in after.columns.modalities if name in before.columns.modalities]
    by: dict[str, dict[str, dict[str, Rate]]] = {}
    for axis in axes_of(after.columns):
        if axes is None or axis.name in axes:
            for part, members in axis.members():
                among = np.flatnonzero(np.isin(kept, members))
                if len(among):
                    found = {name: gained(name, of_class=False, among=among) for name in both}
                    by.setdefault(axis.name, {})[part] = found
    return BiasDifferences(
        n=len(kept),
        num_scenes=len(np.unique(scenes)),
        accuracy={name: gained(name, of_class=False) for name in both},
        class_accuracy={name: gained(name, of_class=True) for name in both},
        by=by,
        follow_appearance=_followed(ours, theirs),
        left_out=_left_out(after, before, common, counted),
        notes=_notes(after, before, both),
    )


def _followed(after: BiasCases, before: BiasCases) -> dict[str, Rate]:
    new, old = (one.twin_answers("appearance") for one in (after, before))
    names = sorted({*after.columns.scene_ids, *before.columns.scene_ids})
    index = {name: number for number, name in enumerate(names)}
    found = {}
    for modality in (name for name in new if name in old):
        parts = []
        for one, answers in ((after, new[modality]), (before, old[modality])):
            codes = np.array([index[name] for name in one.columns.scene_ids], np.int64)
            parts.append(_follow_estimate(answers, codes, len(names)))
        (ours, our_counts), (theirs, their_counts) = parts
        shared = int(((our_counts > 0) & (their_counts > 0)).sum())
        num_cases = int(min(our_counts.sum(), their_counts.sum()))
        if num_cases:
            change = minus(ours, theirs)
            found[modality] = as_rate(change, num_cases, shared, bounds=(-2.0, 2.0))
    return found


def _follow_estimate(
    answers: TwinAnswers, codes: NDArray[np.int64], num_scenes: int
) -> tuple[Estimate, NDArray[np.float64]]:
    moved, scenes = moves(answers)
    places = codes[scenes]
    counts, up, down = (
        np.bincount(places, weights=values, minlength=num_scenes).astype(np.float64)
        for values in (np.ones(len(moved)), np.maximum(moved, 0.0), np.maximum(-moved, 0.0))
    )
    return difference(up, down, counts), counts


def _left_out(
    after: Diagnosed,
    before: Diagnosed,
    common: NDArray[np.bool_],
    counted: NDArray[np.bool_],
) -> dict[str, int]:
    found = {
        f"only in {after.facts.name}": int((~common).sum()),
        f"only in {before.facts.name}": len(before.columns) - int(common.sum()),
        "does not count in one of them": int(common.sum() - counted.sum()),
    }
    return {reason: count for reason, count in found.items() if count}


def _notes(after: Diagnosed, before: Diagnosed, both: list[str]) -> tuple[str, ...]:
    found = []
    if after.facts.box_source != before.facts.box_source:
        found.append(
            f"Candidates differ: {after.facts.box_source} and {before.facts.box_source}. "
            "A part of each difference is theirs."
        )
    elif chose_among_others(after.columns, after.facts, before):
        found.append(
            f"Candidates differ, though both came from {after.facts.box_source}. "
            "A part of each difference is theirs."
        )
    for one in (after, before):
        missing = [name for name in one.columns.modalities if name not in both]
        if missing:
            found.append(f"Only {one.facts.name} was asked in {', '.join(missing)}.")
    return tuple(found)


def _json(rates: Mapping[str, Rate]) -> dict[str, Any]:
    return {name: rate_json(found) for name, found in rates.items()}
