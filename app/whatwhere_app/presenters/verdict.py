"""One sentence about one answer: computed, modest, and never more than what was seen."""

from collections.abc import Mapping
from math import log

from whatwhere.geometry.boxes import Box, box_iou
from whatwhere.models.grounder import Candidate, Grounding, Modality
from whatwhere_app.presenters.shown import candidate_name

RIGHT_IOU = 0.25
_ABOVE_CHANCE = 1.5
_ALONE: tuple[tuple[Modality, str], ...] = (("2d", "2D"), ("3d", "3D"))
_ENDINGS = (
    ("shelf", "shelves"),
    ("shelves", "shelves"),
    ("ch", "ches"),
    ("sh", "shes"),
    ("x", "xes"),
    ("ss", "sses"),
    ("s", "s"),
)
_TIMES = {2: "half the time", 3: "a third of the time", 4: "a quarter of the time"}


def verdict(
    groundings: Mapping[Modality, Grounding],
    target: Box | None = None,
    target_label: str | None = None,
) -> str:
    """What the answers of the fused, the 2D-only and the 3D-only model say together.

    Args:
        groundings: by modality; sentences need "fused".
        target: the ground truth, when it is known.
        target_label: its class.
    """
    if "fused" not in groundings:
        return "The model did not answer with all it can see."
    best = {modality: grounding.best for modality, grounding in groundings.items()}
    if target is None:
        return _without_target(best, len(groundings["fused"].candidates))
    reachable = max(box_iou(item.box, target) for item in groundings["fused"].candidates)
    if reachable < RIGHT_IOU:
        return f"The target is not among the candidates (best IoU {reachable:.2f})."
    lookalikes = sum(item.label == target_label for item in groundings["fused"].candidates)
    right = {modality: box_iou(item.box, target) >= RIGHT_IOU for modality, item in best.items()}
    if right["fused"]:
        return _right(best, right, target_label, lookalikes)
    return _wrong(best, right, target_label, lookalikes)


def _right(
    best: Mapping[Modality, Candidate],
    right: Mapping[Modality, bool],
    label: str | None,
    lookalikes: int,
) -> str:
    if right.get("2d"):
        among = (
            f"only one {label} here" if lookalikes == 1 else f"among {lookalikes} {_plural(label)}"
        )
        return f"Right, and 2D alone is enough: {among}."
    if "2d" not in best:
        return "Right."
    chosen = candidate_name(best["2d"])
    if right.get("3d"):
        return f"Right. 3D alone finds it too; 2D alone chooses {chosen}."
    if "3d" not in best:
        return f"Right; 2D alone chooses {chosen}."
    other = candidate_name(best["3d"])
    return f"Right, and neither finds it alone: 2D chooses {chosen}, 3D {other}."


def _wrong(
    best: Mapping[Modality, Candidate],
    right: Mapping[Modality, bool],
    label: str | None,
    lookalikes: int,
) -> str:
    fused = best["fused"]
    name = candidate_name(fused)
    if "2d" in best and best["2d"].proposal == fused.proposal:
        said = f"Fused and 2D choose the same wrong {name}"
        if fused.label == label and lookalikes > 1:
            times = _TIMES.get(lookalikes, f"one time in {lookalikes}")
            said += f"; with {_number(lookalikes)} {_plural(label)} that happens {times}"
        said += "."
    elif right.get("2d"):
        said = f"Fused chooses {name}, which is wrong; 2D alone finds {candidate_name(best['2d'])}."
    else:
        said = f"Fused chooses {name}, which is wrong."
    if right.get("3d"):
        return f"{said} 3D alone finds {candidate_name(best['3d'])}, the right one."
    if "3d" in best and best["3d"].proposal != fused.proposal:
        return f"{said} 3D alone chooses {candidate_name(best['3d'])}, wrong too."
    return said


def _without_target(best: Mapping[Modality, Candidate], num_candidates: int) -> str:
    fused = best["fused"]
    if fused.score < log(_ABOVE_CHANCE / num_candidates):
        return f"No candidate stands out: {candidate_name(fused)} is hardly above chance."
    alone = {
        tag: best[modality]
        for modality, tag in _ALONE
        if modality in best and best[modality].proposal != fused.proposal
    }
    agreeing = [tag for modality, tag in _ALONE if modality in best and tag not in alone]
    name = candidate_name(fused)
    if not alone:
        everyone = ", ".join(["Fused", *agreeing[:-1]])
        return f"{everyone} and {agreeing[-1]} agree on {name}." if agreeing else f"{name}."
    who = " and ".join(["Fused", *agreeing])
    others = "; ".join(f"{tag} alone {candidate_name(item)}" for tag, item in alone.items())
    return f"{who} {'choose' if agreeing else 'chooses'} {name}; {others}."


def _number(count: int) -> str:
    words = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
    return words.get(count, str(count))


def _plural(label: str | None) -> str:
    """Of a class name: chairs, bookshelves, couches, boxes, trash cans."""
    if label is None:
        return "of them"
    for ending, plural in _ENDINGS:
        if label.endswith(ending):
            return label.removesuffix(ending) + plural
    is_consonant_y = label.endswith("y") and label[-2:-1] not in "aeiou"
    return f"{label[:-1]}ies" if is_consonant_y else f"{label}s"
