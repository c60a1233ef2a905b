"""Which boxes the workspace wants drawn, for every view that draws boxes."""

from collections.abc import Mapping
from typing import Literal

from whatwhere.geometry.boxes import Box
from whatwhere.models.grounder import Candidate, Grounding, Modality
from whatwhere.scenes.scene import SceneObject
from whatwhere_app.theme import LAYER_TAGS, LAYERS, Layer
from whatwhere_app.workspace import Answers, CandidateRef, ObjectRef, UserBoxRef, Workspace

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
        elif layer != "mix" and layer in groundings:
            boxes[layer] = (groundings[layer].best.box,)
    mixed = mixed_of(workspace)
    if mixed is not None:
        boxes["mix"] = (mixed.best.box,)
    return boxes


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


def boxes_of_interest(workspace: Workspace) -> tuple[Box, ...]:
    """What one wants to see, most wanted first: the selection, the fused answer, the target."""
    selected = selected_box(workspace)
    groundings = groundings_of(workspace)
    target = target_of(workspace)
    wanted = (
        None if selected is None else selected[0],
        groundings["fused"].best.box if "fused" in groundings else None,
        None if target is None else target.box,
    )
    return tuple(dict.fromkeys(box for box in wanted if box is not None))


def labels(workspace: Workspace) -> list[tuple[Box, Layer | None, str]]:
    """One text per box that is drawn: who chose it, and its name."""
    tags: dict[Box, list[str]] = {}
    first: dict[Box, tuple[Layer, str]] = {}
    whose = model_tag(workspace, leading_answers(workspace))
    for layer, drawn in layer_boxes(workspace).items():
        for box in drawn:
            tag = _tag(workspace, layer)
            tags.setdefault(box, []).append(tag if layer == "gt" else f"{whose}{tag}")
            first.setdefault(box, (layer, _name(workspace, layer)))
    rival = rival_answers(workspace)
    for layer, (box,) in rival_boxes(workspace).items():
        tag = f"{model_tag(workspace, rival)}{LAYER_TAGS[layer]}"
        tags.setdefault(box, []).append(tag)
        if rival is not None and layer in MODALITY_LAYERS:
            first.setdefault(box, (layer, candidate_name(rival.groundings[layer].best)))
    texts: list[tuple[Box, Layer | None, str]] = [
        (box, layer, f"{' · '.join(tags[box])}   {name}") for box, (layer, name) in first.items()
    ]
    selected = selected_box(workspace)
    if selected is not None and selected[0] not in tags:
        texts.append(selected)
    return texts


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


def _tag(workspace: Workspace, layer: Layer) -> str:
    if layer == "mix" and workspace.mix is not None:
        return f"mix {workspace.mix.share:.2f}"
    return LAYER_TAGS[layer]


def _name(workspace: Workspace, layer: Layer) -> str:
    if layer == "gt":
        target = target_of(workspace)
        return "" if target is None else f"{target.label} {target.object_id}"
    mixed = mixed_of(workspace)
    if layer == "mix":
        return "" if mixed is None else candidate_name(mixed.best)
    return candidate_name(groundings_of(workspace)[layer].best)
