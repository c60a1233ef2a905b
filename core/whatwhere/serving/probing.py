"""Asks a model edited cases; what it looked at again is kept for the next sentence."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from whatwhere.errors import Cancelled, NotSupportedError, WhatWhereError
from whatwhere.evaluation.probes.probe import Case, Edit, NotApplicable, Probe
from whatwhere.geometry.boxes import Box
from whatwhere.models.grounder import (
    Candidate,
    Grounder,
    GroundingResult,
    IsCancelled,
    Modality,
    SceneEncoding,
    as_rearranging,
)
from whatwhere.scenes.scene import Scene

_KEPT_EDITS, _KEPT_PLANS = 6, 32


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A case, and what the model answered before anything was edited.

    Attributes:
        case: with the answer of the first modality.
        result: in every modality.
        modalities: that were asked and answered.
        target: box of the target, aligned metres; None when unknown.
    """

    case: Case
    result: GroundingResult
    modalities: tuple[Modality, ...]
    target: Box | None

    def index_of(self, candidate: Candidate) -> int:
        """Its place among the candidates."""
        numbers = [item.proposal for item in self.case.proposals]
        return numbers.index(candidate.proposal)


class Prober:
    """One model before one scene, as it is and edited.

    Args:
        grounder: the model that encoded the scene.
        scene: opened; read only as far as a probe needs.
        encoding: of the scene as it is.

    Raises:
        NotSupportedError: the model has no answer to anything new, or finds boxes of its own.
    """

    def __init__(self, grounder: Grounder, scene: Scene, encoding: SceneEncoding) -> None:
        if not grounder.capabilities.thinks:
            raise NotSupportedError(
                f"{grounder.name} holds stored answers, and none to anything that was changed",
                remedy="Load the model itself to probe it",
            )
        if not encoding.proposals:
            raise NotSupportedError(
                f"{grounder.name} finds boxes of its own, which cannot be followed through an edit",
                remedy="Probe a model that chooses among candidates",
            )
        self.grounder, self.scene, self.encoding = grounder, scene, encoding
        self._edited: OrderedDict[str, SceneEncoding] = OrderedDict()
        self._plans: OrderedDict[tuple[str, str, tuple[int, ...]], Edit | NotApplicable] = (
            OrderedDict()
        )

    def ask(
        self, text: str, modalities: Sequence[Modality], *, target_id: int | None = None
    ) -> Asked:
        """Ask a sentence about the scene as it is.

        Args:
            text: the sentence.
            modalities: the first one leads: edits are about its answer.
            target_id: the annotated object that is meant, where that is known.

        Raises:
            ExpressionError: the sentence is empty.
            NotSupportedError: the model lacks a modality.
        """
        encoding = self.encoding
        result = self.grounder.ground(encoding, text, modalities)
        found = tuple(name for name in modalities if name in result.groundings)
        if not found:
            raise NotSupportedError(
                f"{self.grounder.name} gave no answer that could be edited",
                remedy=f"Ask for one of {', '.join(self.grounder.capabilities.modalities)}",
            )
        place = {item.proposal: index for index, item in enumerate(encoding.proposals)}
        ranking = tuple(place[item.proposal] for item in result[found[0]].candidates)
        target = None if target_id is None else self.scene.object_by_id(target_id)
        proposals = tuple(encoding.proposals)
        case = Case(self.scene, proposals, text, ranking, encoding.frames)
        return Asked(case, result, found, None if target is None else target.box)

    def plan(self, probe: Probe, case: Case) -> Edit | NotApplicable:
        """The edit of a case of this scene; some look through every frame, so it is kept."""
        key = (probe.name, case.text, case.ranking)
        if key not in self._plans:
            self._plans[key] = probe.plan(case)
            while len(self._plans) > _KEPT_PLANS:
                self._plans.popitem(last=False)
        return self._plans[key]

    def ask_edit(
        self, asked: Asked, edit: Edit, *, is_cancelled: IsCancelled | None = None
    ) -> GroundingResult:
        """What the model answers to an edit; it looks again only where it has to.

        Raises:
            NotSupportedError: the model cannot be shown this edit.
            Cancelled: `is_cancelled` returned True.
            WhatWhereError: the model failed.
        """
        encoding = self._shown(asked, edit, is_cancelled)
        return self.grounder.ground(encoding, edit.text or asked.case.text, asked.modalities)

    def _shown(self, asked: Asked, edit: Edit, is_cancelled: IsCancelled | None) -> SceneEncoding:
        is_elsewhere = edit.boxes is not None or bool(edit.without_frames)
        if not (edit.must_look or is_elsewhere):
            return self.encoding
        rearranging = as_rearranging(self.grounder)
        if rearranging is not None and not edit.must_look:
            return rearranging.rearranged(
                self.encoding, boxes=edit.boxes, without_frames=edit.without_frames
            )
        if edit.scene is None:
            raise NotSupportedError(
                f"{self.grounder.name} takes places from pixels, so nothing can stand elsewhere",
                remedy="Exchange colours instead",
            )
        kept = self._edited.get(edit.scene.edit)
        if kept is None:
            kept = self._looked_at(asked, edit.scene, edit.boxes, is_cancelled)
            self._edited[edit.scene.edit] = kept
            while len(self._edited) > _KEPT_EDITS:
                self._edited.popitem(last=False)
        return kept

    def _looked_at(
        self,
        asked: Asked,
        scene: Scene,
        boxes: Sequence[Box] | None,
        is_cancelled: IsCancelled | None,
    ) -> SceneEncoding:
        own = asked.case.proposals
        among = zip(own, boxes or tuple(item.box for item in own), strict=True)
        proposals = [replace(item, box=box) for item, box in among]
        try:
            return self.grounder.encode(scene, proposals, is_cancelled=is_cancelled)
        except (Cancelled, NotSupportedError):
            raise
        except WhatWhereError as error:  # this edit leaves nothing to see; others may
            raise NotSupportedError(error.fault, remedy=error.remedy, path=error.path) from error
