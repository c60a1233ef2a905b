"""Which boxes carry a name: the selected one, and the best candidates of every modality."""

from collections.abc import Iterator
from dataclasses import replace

from whatwhere.geometry.boxes import Box
from whatwhere_app.presenters.shown import (
    MODALITY_LAYERS,
    candidate_name,
    layer_boxes,
    leading_answers,
    mixed_of,
    model_tag,
    rival_answers,
    selected_box,
    side_of,
    target_of,
    wipe_of,
)
from whatwhere_app.settings import MAX_LABELS, SettingsStore
from whatwhere_app.theme import LAYER_TAGS, Layer
from whatwhere_app.view_values import Named, Side
from whatwhere_app.workspace import Workspace
from whatwhere_app.workspace_values import Answers, Labelling

_Tagged = tuple[Box, Layer, Side | None, str, str]
"""A box, its layer and side, who chose it, and its name."""


def labels(workspace: Workspace) -> list[Named]:
    """One text per box and side: who chose it, and its name."""
    labelling = workspace.labelling
    if not labelling.is_on:
        return []
    tags: dict[tuple[Box, Side | None], list[str]] = {}
    first: dict[tuple[Box, Side | None], tuple[Layer, str]] = {}
    for box, layer, side, tag, name in _tagged(workspace, labelling.top):
        tags.setdefault((box, side), []).append(tag)
        first.setdefault((box, side), (layer, name))
    texts = [
        Named(box, layer, side, f"{' · '.join(tags[box, side])}   {name}")
        for (box, side), (layer, name) in first.items()
    ]
    selected = selected_box(workspace)
    if selected is not None and selected[0] not in [named.box for named in texts]:
        box, chosen_layer, name = selected
        texts.append(Named(box, chosen_layer, None, name))
    return texts


def _tagged(workspace: Workspace, top: int) -> Iterator[_Tagged]:
    """What is drawn, then what came next best and is only named."""
    if top < 1:
        return
    wipe, lead, rival = wipe_of(workspace), leading_answers(workspace), rival_answers(workspace)
    boxes = layer_boxes(workspace)
    target, mixed = target_of(workspace), mixed_of(workspace)
    for box in boxes.get("gt", ()):
        yield (
            box,
            "gt",
            None,
            LAYER_TAGS["gt"],
            f"{target.label} {target.object_id}" if target else "",
        )
    yield from _of_model(workspace, lead, 0, side_of(wipe, is_rival=False))
    if mixed is not None and workspace.mix is not None:
        tag = f"{model_tag(workspace, lead)}mix {workspace.mix.share:.2f}"
        side = side_of(wipe, is_rival=False)
        yield mixed.best.box, "mix", side, tag, candidate_name(mixed.best)
    yield from _of_model(workspace, rival, 0, side_of(wipe, is_rival=True))
    for rank in range(1, top):
        yield from _of_model(workspace, lead, rank, side_of(wipe, is_rival=False))


def _of_model(
    workspace: Workspace, answers: Answers | None, rank: int, side: Side | None
) -> Iterator[_Tagged]:
    if answers is None:
        return
    whose, place = model_tag(workspace, answers), f" {rank + 1}" if rank else ""
    for layer in MODALITY_LAYERS:
        grounding = answers.groundings.get(layer)
        if grounding is None or layer not in workspace.visible or rank >= len(grounding.candidates):
            continue
        candidate = grounding.candidates[rank]
        tag = f"{whose}{LAYER_TAGS[layer]}{place}"
        yield candidate.box, layer, side, tag, candidate_name(candidate)


class LabelsPresenter:
    """Answers the commands that give more or fewer boxes a name, and remembers how many."""

    def __init__(self, workspace: Workspace, settings: SettingsStore) -> None:
        self._workspace = workspace
        self._settings = settings
        workspace.set_labelling(Labelling(top=settings.value.num_labels))

    def set_shown(self, is_on: bool) -> None:
        """Show or hide every label."""
        self._workspace.set_labelling(replace(self._workspace.labelling, is_on=is_on))

    def change_top(self, step: int) -> None:
        """Name so many candidates more, or fewer."""
        labelling = self._workspace.labelling
        top = min(max(labelling.top + step, 0), MAX_LABELS)
        self._workspace.set_labelling(replace(labelling, top=top))
        change = {"num_labels": top}
        self._settings.change(self._settings.value.model_copy(update=change))
