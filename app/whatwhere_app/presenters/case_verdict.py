"""One sentence about one recorded case, and never more than what was seen."""

import numpy as np

from whatwhere.evaluation.cases.columns import NO_ANSWER, CaseColumns
from whatwhere.scenes.scene import Scene
from whatwhere_app.presenters.plurals import counted

_TAGS = {"fused": "Fused", "2d": "2D", "3d": "3D"}
_TIMES = {2: "half the time", 3: "a third of the time", 4: "a quarter of the time"}


def compared_class(columns: CaseColumns, case: int, scene: Scene | None) -> str:
    """The class that look-alikes share, where the annotation has another word than the sentence.

    A toaster may be annotated as "otherprop", and so are then all that it was compared with.

    Args:
        columns: all cases.
        case: which.
        scene: the open one.

    Returns:
        That word; "" where the sentence has it as well, or where the scene is another one.
    """
    if scene is None or columns.scene_ids[int(columns.scenes[case])] != scene.scene_id:
        return ""
    target = scene.object_by_id(int(columns.target_ids[case]))
    if target is None or _bare(target.label) == _bare(_label(columns, case)):
        return ""
    return target.label


def case_verdict(columns: CaseColumns, case: int, threshold: float, *, compared: str = "") -> str:
    """What the answers of one case say together, and what its twin adds.

    Args:
        columns: all cases.
        case: which.
        threshold: IoU from which an answer is right.
        compared: see `compared_class`.
    """
    code = int(columns.excluded[case])
    if code >= 0:
        return f"Left out of every figure: {columns.reasons[code]}."
    parts = [_answers(columns, case, threshold, compared), _twin(columns, case)]
    return " ".join(part for part in parts if part)


def _answers(columns: CaseColumns, case: int, threshold: float, compared: str) -> str:
    known = {
        tag: columns.modalities[name] for name, tag in _TAGS.items() if name in columns.modalities
    }
    right = [tag for tag, item in known.items() if item.iou[case] >= threshold]
    if "Fused" not in known:
        return f"Right: {_listed(right)}." if right else "No answer is right."
    noun, of_class = _noun(columns, case, compared)
    alike = int(columns.num_lookalikes[case])
    if "Fused" in right:
        if "2D" not in right:
            finds = "3D alone finds it too" if "3D" in right else "neither 2D nor 3D finds it alone"
            return f"Fused is right; {finds}." if len(known) > 1 else "Fused is right."
        among = f": only one {noun}{of_class} here" if alike == 1 else ""
        if alike > 1:
            among = f", even among {counted(alike, noun)}{of_class}"
        return f"Right, and 2D alone is enough{among}."
    fused = known["Fused"]
    if fused.chosen[case] == NO_ANSWER:
        return "Fused gave no answer."
    agreeing = [
        tag
        for tag, item in known.items()
        if tag != "Fused" and item.chosen[case] == fused.chosen[case]
    ]
    if agreeing:
        said = f"{_listed(['Fused', *agreeing])} choose the same wrong candidate"
        if "2D" in agreeing and fused.class_hits[case] and alike > 1:
            cases = alike ** len(agreeing)  # each may agree by chance, on its own
            times = _TIMES.get(cases, f"one time in {cases}")
            said += f"; with {counted(alike, noun)}{of_class} that happens {times}"
    elif fused.class_hits[case]:
        said = f"Fused chooses another {noun}{of_class}"
    else:
        said = f"Fused chooses something that is no {noun}{of_class}"
    if right:
        said += f". {_listed(right)} alone {'find' if len(right) > 1 else 'finds'} the right one"
    return f"{said}."


def _twin(columns: CaseColumns, case: int) -> str:
    twins, fused = columns.twins.get("appearance"), columns.modalities.get("fused")
    if twins is None or fused is None or "fused" not in twins.twin:
        return ""
    found = np.flatnonzero(twins.cases == case)
    if not len(found):
        return ""
    at = int(found[0])
    chosen, pair = int(fused.chosen[case]), twins.pair[at].tolist()
    if chosen not in pair:
        return ""  # others were exchanged: this answer had nothing to follow
    other = sum(pair) - chosen
    if int(twins.twin["fused"][at]) == other:
        if int(twins.placebo["fused"][at]) == other:
            return "After the exchange of looks the answer moved, but it moves without one, too."
        return "Follows looks: after the exchange the answer moved to the other place."
    if int(twins.twin["fused"][at]) == chosen:
        return "After the exchange of looks the answer stayed at its place."
    return "After the exchange of looks the answer moved to a third place."


def _noun(columns: CaseColumns, case: int, compared: str) -> tuple[str, str]:
    """What look-alikes are called, and what follows it, also in the plural."""
    return ("object", f" of the class “{compared}”") if compared else (_label(columns, case), "")


def _bare(label: str) -> str:
    """ScanRefer writes "office_chair" for what the annotation calls "office chair"."""
    return label.replace("_", " ").strip().casefold()


def _label(columns: CaseColumns, case: int) -> str:
    code = int(columns.label_codes[case])
    return columns.labels[code] if code >= 0 else "object"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
