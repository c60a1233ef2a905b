"""Which boxes the workspace wants drawn, for every view that draws boxes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from whatwhere.geometry.boxes import Box
from whatwhere.geometry.turned_box import TurnedBox
from whatwhere.language.mentions import first_mentioned
from whatwhere.models.grounder import Candidate, Grounding, Modality
from whatwhere.scenes.scene import SceneObject
from whatwhere_app.theme import LAYERS, Layer
from whatwhere_app.view_values import Side, Wipe
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, CandidateRef, ObjectRef, UserBoxRef

ModalityLayer = Literal["fused", "2d", "3d"]
MODALITY_LAYERS: tuple[ModalityLayer, ...] = ("fused", "2d", "3d")


def groundings_of(workspace: Workspace) -> Mapping[Modality, Grounding]:
    """The answers in every modality of the model that leads; empty before an answer."""
    leading = leading_answers(workspace)
    return {} if leading is None else leading.groundings


def leading_answers(workspace: Workspace) -> Answers | None:
    """The answers of the model that leads; None before an answer."""
    answers = workspace.answers
    return answers.get(workspace.lead or "") or next(iter(answers.values()), None)


def rival_answers(workspace: Workspace) -> Answers | None:
    """The answers of the other model, when there are two."""
    leading = leading_answers(workspace)
    return next((item for item in workspace.answers.values() if item is not leading), None)


def model_tag(workspace: Workspace, answers: Answers | None) -> str:
    """A letter and a blank when two models have answered, else nothing."""
    both = list(workspace.answers.values())
    if len(both) < 2:
        return ""
    return "A " if answers is both[0] else "B "


def model_title(model: str) -> str:
    """A model as people call it: its name, or the last part of its folder's path."""
    return Path(model).name or model


def wipe_of(workspace: Workspace) -> Wipe | None:
    """The divider between two models; None while it is hidden, or there is one model to see."""
    names, share = list(workspace.answers), workspace.wipe_share
    if share is None or len(names) < 2:
        return None
    left, right = (f"{tag} {model_title(name)}" for tag, name in zip("AB", names, strict=False))
    lead = leading_answers(workspace)
    return Wipe(share, "left" if lead is workspace.answers[names[0]] else "right", left, right)


def side_of(wipe: Wipe | None, *, is_rival: bool) -> Side | None:
    """Where the boxes of one model are drawn; None for everywhere."""
    if wipe is None:
        return None
    return wipe.lead if not is_rival else "right" if wipe.lead == "left" else "left"


def rival_boxes(workspace: Workspace) -> dict[Layer, tuple[Box, ...]]:
    """The best candidate of the other model in each modality, of the visible layers."""
    rival = rival_answers(workspace)
    found = {} if rival is None else rival.groundings
    return {
        layer: (found[layer].best.box,)
        for layer in MODALITY_LAYERS
        if layer in found and layer in workspace.visible
    }


def target_of(workspace: Workspace) -> SceneObject | None:
    """The object that the expression in hand means, when that is known."""
    scene, expression = workspace.scene, workspace.expression
    if scene is None or expression is None or expression.target_id is None:
        return None
    return scene.object_by_id(expression.target_id)


def layer_boxes(workspace: Workspace) -> dict[Layer, tuple[Box, ...]]:
    """The ground truth and the best candidate of each modality, of the visible layers."""
    boxes: dict[Layer, tuple[Box, ...]] = {}
    target = target_of(workspace)
    groundings = groundings_of(workspace)
    for layer in LAYERS:
        if layer not in workspace.visible:
            continue
        if layer == "gt":
            boxes[layer] = () if target is None or target.box is None else (target.box,)
        elif layer in MODALITY_LAYERS and layer in groundings:
            boxes[layer] = (groundings[layer].best.box,)
    mixed = mixed_of(workspace)
    if mixed is not None:
        boxes["mix"] = (mixed.best.box,)
    if "distractor" in workspace.visible:
        boxes["distractor"] = tuple(box for _, box in _distractors(workspace, boxes))
    return boxes


def distractor_at(workspace: Workspace, index: int) -> SceneObject:
    """The object of one of the distractors' boxes."""
    others = dict(layer_boxes(workspace))
    others.pop("distractor", None)
    return _distractors(workspace, others)[index][0]


def _distractors(
    workspace: Workspace, drawn: Mapping[Layer, tuple[Box, ...]]
) -> list[tuple[SceneObject, Box]]:
    """Other objects of the asked class, but for those that have a box already.

    The asked class is that of the target, else what the sentence names first.
    """
    scene, target, expression = workspace.scene, target_of(workspace), workspace.expression
    if scene is None or expression is None:
        return []
    if target is not None:
        classes: tuple[str, ...] = (target.label,)
    else:
        classes = first_mentioned(expression.text, (item.label for item in scene.objects))
    taken = {box for boxes in drawn.values() for box in boxes}
    if target is not None and target.box is not None:
        taken.add(target.box)
    return [
        (item, item.box)
        for item in scene.objects
        if item.label in classes and item.box is not None and item.box not in taken
    ]


def mixed_of(workspace: Workspace) -> Grounding | None:
    """The answer that the mixer shows; None with all the geometry, for that is the fused one."""
    mix = workspace.mix
    return None if mix is None or mix.share == 1 else mix.grounding


def mixed_candidate(workspace: Workspace) -> CandidateRef | None:
    """What the mixer shows, as a candidate of the fused answer, which has the same ones."""
    mixed, fused = mixed_of(workspace), groundings_of(workspace).get("fused")
    if mixed is None or fused is None:
        return None
    proposals = [candidate.proposal for candidate in fused.candidates]
    if mixed.best.proposal not in proposals:  # boxes were drawn since
        return None
    return CandidateRef("fused", proposals.index(mixed.best.proposal))


def selected_box(workspace: Workspace) -> tuple[Box, Layer | None, str] | None:
    """The selected box, the layer it belongs to (None for an object) and its name."""
    selection = workspace.selection
    if isinstance(selection, ObjectRef) and workspace.scene is not None:
        item = workspace.scene.object_by_id(selection.object_id)
        if item is not None and item.box is not None:
            return item.box, None, f"{item.label} {item.object_id}"
    if isinstance(selection, UserBoxRef):
        drawn = (item for item in workspace.drawn.boxes if item.number == selection.number)
        return next(((item.box, None, item.name) for item in drawn), None)
    if isinstance(selection, CandidateRef):
        candidate = candidate_of(workspace, selection)
        layer = next((layer for layer in LAYERS if layer == selection.modality), None)
        if candidate is not None:
            return candidate.box, layer, candidate_name(candidate)
    return None


def selected_shape(workspace: Workspace) -> Box | TurnedBox | None:
    """The selected box as it is drawn: a turned one is not the axis-aligned one around it."""
    selection = workspace.selection
    if isinstance(selection, UserBoxRef):
        drawn = (item for item in workspace.drawn.boxes if item.number == selection.number)
        return next((item.turned if item.yaw_rad else item.box for item in drawn), None)
    selected = selected_box(workspace)
    return None if selected is None else selected[0]


def boxes_of_interest(workspace: Workspace) -> tuple[Box, ...]:
    """What one wants to see, most wanted first: the selection, the fused answer, the target."""
    return tuple(names_of_interest(workspace))


def names_of_interest(workspace: Workspace) -> dict[Box, str]:
    """The names of what one wants to see, by box, most wanted first."""
    selected = selected_box(workspace)
    groundings = groundings_of(workspace)
    target = target_of(workspace)
    wanted: dict[Box, str] = {}
    if selected is not None:
        wanted[selected[0]] = selected[2]
    if "fused" in groundings:
        best = groundings["fused"].best
        wanted.setdefault(best.box, candidate_name(best))
    if target is not None and target.box is not None:
        wanted.setdefault(target.box, f"{target.label} {target.object_id}")
    return wanted


def candidate_of(workspace: Workspace, ref: CandidateRef) -> Candidate | None:
    """The candidate that a selection means; None when the answers have changed since."""
    grounding = groundings_of(workspace).get(ref.modality)
    if grounding is None or ref.rank >= len(grounding.candidates):
        return None
    return grounding.candidates[ref.rank]


def candidate_name(candidate: Candidate) -> str:
    """For people: "chair 3" for an annotated object, "R1" for a drawn box, else "candidate 12"."""
    if is_user_box(candidate):
        return str(candidate.label)
    if candidate.label is None or candidate.object_id is None:
        return f"candidate {candidate.proposal}"
    return f"{candidate.label} {candidate.object_id}"


def is_user_box(candidate: Candidate) -> bool:
    """Whether the user drew it: it has a name and stands for no annotated object."""
    return candidate.object_id is None and candidate.label is not None
