"""One sentence about one answer: computed, modest, and never more than what was seen."""

from collections.abc import Mapping, Sequence
from math import log

from whatwhere.geometry.boxes import Box, box_iou, box_rows, iou
from whatwhere.models.grounder import Candidate, Grounding, Modality
from whatwhere_app.presenters.plurals import plural
from whatwhere_app.presenters.shown import candidate_name

RIGHT_IOU = 0.25
_ABOVE_CHANCE = 1.5
_ALONE: tuple[tuple[Modality, str], ...] = (("2d", "2D"), ("3d", "3D"))
_TIMES = {2: "half the time", 3: "a third of the time", 4: "a quarter of the time"}


def verdict(
    groundings: Mapping[Modality, Grounding],
    target: Box | None = None,
    target_label: str | None = None,
    *,
    chooses: bool = True,
) -> str:
    """What the answers of the fused, the 2D-only and the 3D-only model say together.

    Args:
        groundings: by modality, one at least of fused, 2d and 3d.
        target: the ground truth, when it is known.
        target_label: its class.
        chooses: the model chose among candidates; else the boxes are its own.
    """
    best = {modality: grounding.best for modality, grounding in groundings.items()}
    lead, tag = _lead(best)
    candidates = groundings[lead].candidates
    is_alone = len(candidates) == 1  # nothing to be unsure between
    is_unsure = not is_alone and best[lead].score < log(_ABOVE_CHANCE / len(candidates))
    if target is None:
        return _without_target(best, lead, tag, is_unsure=is_unsure)
    rows = box_rows(item.box for item in candidates)
    reachable = float(iou(rows, target.as_row()[None]).max())
    if chooses and reachable < RIGHT_IOU:
        return (
            f"The target is not among the candidates: no candidate reaches {RIGHT_IOU} IoU "
            f"(best {reachable:.2f})."
        )
    lookalikes = sum(item.label == target_label for item in candidates)
    right = {modality: box_iou(item.box, target) >= RIGHT_IOU for modality, item in best.items()}
    say = _right if right[lead] else _wrong
    said = say(best, right, target_label if lookalikes else None, lookalikes)
    whose = tag.replace("Fused", "fused")
    return f"{said} The {whose} answer is hardly above chance." if is_unsure else said


def _lead(best: Mapping[Modality, Candidate]) -> tuple[Modality, str]:
    """The answer that is judged: the fused one, or what the model has instead."""
    tags: tuple[tuple[Modality, str], ...] = (("fused", "Fused"), *_ALONE)
    return next((modality, tag) for modality, tag in tags if modality in best)


def _right(
    best: Mapping[Modality, Candidate],
    right: Mapping[Modality, bool],
    label: str | None,
    lookalikes: int,
) -> str:
    if "fused" not in best:
        return f"{_lead(best)[1]} alone is right; this model has no fused answer."
    if right.get("2d"):
        among = ""
        if label is not None and lookalikes == 1:
            among = f": only one {label} here"
        elif label is not None:
            among = f", even among {_number(lookalikes)} {plural(label)}"
        return f"Right, and 2D alone is enough{among}."
    chosen = {tag: candidate_name(best[m]) for m, tag in _ALONE if m in best and not right[m]}
    if len(chosen) == len(_ALONE):
        if len(set(chosen.values())) == 1:
            return f"Right, and neither finds it alone: 2D and 3D choose {chosen['2D']}."
        return f"Right, and neither finds it alone: 2D chooses {chosen['2D']}, 3D {chosen['3D']}."
    others = "; ".join(f"{tag} alone chooses {name}" for tag, name in chosen.items())
    if right.get("3d"):
        return f"Right. 3D alone finds it too{'; ' if others else ''}{others}."
    return f"Right; {others}." if others else "Right."


def _wrong(
    best: Mapping[Modality, Candidate],
    right: Mapping[Modality, bool],
    label: str | None,
    lookalikes: int,
) -> str:
    lead, lead_tag = _lead(best)
    chosen, name = best[lead], candidate_name(best[lead])
    alone = {tag: modality for modality, tag in _ALONE if modality in best and modality != lead}
    agreeing = [tag for tag, m in alone.items() if best[m].proposal == chosen.proposal]
    if agreeing:
        said = f"{_listed([lead_tag, *agreeing])} choose the same wrong {name}"
        if "2D" in agreeing and chosen.label == label is not None and lookalikes > 1:
            cases = lookalikes ** len(agreeing)  # each of them may agree by chance, on its own
            times = _TIMES.get(cases, f"one time in {cases}")
            said += f"; with {_number(lookalikes)} {plural(label)} that happens {times}"
    else:
        said = f"{lead_tag} chooses {name}, which is wrong"
    finders = [tag for tag, modality in alone.items() if right[modality]]
    if finders:
        found = candidate_name(best[alone[finders[0]]])
        finds = "alone finds" if len(finders) == 1 else "each find"
        said += f". {' and '.join(finders)} {finds} {found}, the right one"
    others = [tag for tag in alone if tag not in agreeing and tag not in finders]
    return f"{said}.{_wrong_too({tag: candidate_name(best[alone[tag]]) for tag in others})}"


def _wrong_too(names: Mapping[str, str]) -> str:
    """What those choose that are wrong in their own way."""
    if not names:
        return ""
    if len(names) > 1 and len(set(names.values())) == 1:
        return f" {_listed(list(names))} choose {next(iter(names.values()))}, wrong too."
    (tag, name), *rest = names.items()
    others = "".join(f", {other} {its}" for other, its in rest)
    return f" {tag} alone chooses {name}{others}, wrong too."


def _without_target(
    best: Mapping[Modality, Candidate], lead: Modality, lead_tag: str, *, is_unsure: bool
) -> str:
    chosen = best[lead]
    name = candidate_name(chosen)
    if is_unsure:
        return f"No candidate stands out: {name} is hardly above chance."
    others = {tag: best[m] for m, tag in _ALONE if m in best and m != lead}
    agreeing = [tag for tag, item in others.items() if item.proposal == chosen.proposal]
    alone = [
        f"; {tag} alone {candidate_name(item)}"
        for tag, item in others.items()
        if tag not in agreeing
    ]
    who = _listed([lead_tag, *agreeing])
    if agreeing and not alone:
        return f"{who} agree on {name}."
    return f"{who} {'choose' if agreeing else 'chooses'} {name}{''.join(alone)}."


def _listed(tags: Sequence[str]) -> str:
    *first, last = tags
    return f"{', '.join(first)} and {last}" if first else last


def _number(count: int) -> str:
    words = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
    return words.get(count, str(count))
