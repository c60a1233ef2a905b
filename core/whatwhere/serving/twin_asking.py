"""Asking the same sentences where two look-alikes exchanged something, and where nothing did.

Rendered twins where a data set has them. Elsewhere the frames are edited: two look-alikes get each
other's colours, with new image noise, and the placebo is the noise alone.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, MissingFileError, SceneError
from whatwhere.evaluation.cases.columns import NO_ANSWER
from whatwhere.evaluation.cases.scene_cases import Answers, TwinAnswers
from whatwhere.evaluation.cases.truth import Places
from whatwhere.evaluation.probes.colour import exchanged_colours
from whatwhere.evaluation.probes.edited_scene import FrameEdit, with_frames_edited
from whatwhere.evaluation.probes.probe import Case, NotApplicable
from whatwhere.language.relations import names_looks
from whatwhere.language.tags import tags_of
from whatwhere.models.candidates import best_index
from whatwhere.models.grounder import Grounder, IsCancelled, Modality, SceneEncoding
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import Proposal, annotation_proposals
from whatwhere.scenes.scene import Frame, Scene
from whatwhere.serving.asked_scene import SceneAsked
from whatwhere.serving.row_scores import row_scores
from whatwhere.serving.twin_scans import PLACEBO, POSITION, TwinScan, as_places

IN_TWINS: tuple[Modality, ...] = ("fused", "2d", "3d")
"""Modalities that are asked about twins; the others have nothing to follow."""

EDITED = (
    "Follow rates rest on colours that were exchanged in the frames, for there are no rendered "
    "twins."
)

_NOISE_STD = 2.0
"""Of 255; what a sensor adds."""

_MOST_CLASSES = 3
"""That are tried before a scan is left without a twin; each costs a look at all its frames."""

Twins = tuple[dict[str, TwinAnswers], tuple[str, ...]]
"""What was exchanged -> answers, and what could not be asked, as sentences."""


@dataclass(frozen=True, slots=True, eq=False)
class Original:
    """A scan as it was asked before anything was exchanged.

    Attributes:
        asked: the scan and its sentences.
        encoding: of it.
        places: its candidates.
        answers: modality -> answers.
        excluded: n reasons; None for a case that counts.
    """

    asked: SceneAsked
    encoding: SceneEncoding
    places: Places
    answers: dict[str, Answers]
    excluded: Sequence[str | None]

    @property
    def items(self) -> list[int]:
        """Sentences about place that name no looks: exchanged looks do not change their answer."""
        return [
            index
            for index, item in enumerate(self.asked.expressions)
            if self.excluded[index] is None
            and tags_of(item).is_spatial
            and not names_looks(item.text)
        ]


class TwinAsker:
    """Asks one model about twins."""

    def __init__(
        self, grounder: Grounder, modalities: Sequence[Modality], is_cancelled: IsCancelled
    ) -> None:
        self._grounder = grounder
        self._modalities = tuple(name for name in modalities if name in IN_TWINS)
        self._is_cancelled = is_cancelled

    def rendered(self, original: Original) -> Twins:
        """Answers in the scans that the data set lists as twins of this one."""
        items, twins = original.items, original.asked.twins
        placebo = next((twin for twin in twins if twin.kind == PLACEBO), None)
        if not items or not self._modalities or placebo is None:
            return {}, ()
        found: dict[str, TwinAnswers] = {}
        notes: list[str] = []
        calm = self._in_scan(placebo, original, items, notes)
        for twin in twins if calm is not None else ():
            if twin.kind == PLACEBO:
                continue
            pair = _pair(twin, original.places)
            changed = self._in_scan(twin, original, items, notes)
            if pair is None:
                notes.append(f"{twin.path.name}: what was exchanged is no candidate.")
            elif changed is not None and calm is not None:
                if twin.kind == POSITION:
                    changed = {name: as_places(chosen, pair) for name, chosen in changed.items()}
                found[twin.kind] = TwinAnswers(np.array(items, np.int32), pair, changed, calm)
        return found, tuple(notes)

    def edited(self, original: Original) -> Twins:
        """Answers where two look-alikes have exchanged colours in the frames.

        The pair is of the class that most sentences are about; where its colours cannot be
        exchanged cleanly another class is tried, and else the scan has no twin, which is noted.
        """
        items, scene = original.items, original.asked.scene
        by_class = _by_class(original, items)
        if not by_class or not self._modalities:
            return {}, ()
        reason = ""
        for of_class in by_class[:_MOST_CLASSES]:
            pair = _most_answered(original, of_class)
            edit = exchanged_colours(_case(original, pair), pair)
            if isinstance(edit, NotApplicable):
                reason = reason or edit.reason
                continue
            name = f"diagnosis {pair[0]} {pair[1]}"
            try:
                changed = self._in_frames(original, of_class, _noisy(edit, "twin"), name)
                calm = self._in_frames(original, of_class, _noisy(None, "placebo"), f"{name} calm")
            except (MissingFileError, BrokenFileError, SceneError) as error:
                return {}, (str(error),)
            twin = TwinAnswers(np.array(of_class, np.int32), pair, changed, calm)
            return {"appearance": twin}, ()
        count = sum(map(len, by_class))
        sentences = "1 sentence" if count == 1 else f"{count} sentences"
        return {}, (f"{scene.scene_id}: no twin for {sentences}. {reason}",)

    def _in_scan(
        self, twin: TwinScan, original: Original, items: Sequence[int], notes: list[str]
    ) -> dict[str, NDArray[np.int32]] | None:
        """What is chosen in a changed scan; None, and a note, where it cannot be compared."""
        try:
            scene = open_scene(twin.path)
            among = annotation_proposals(scene)
            if not _are_alike(among, original.places):
                notes.append(f"{twin.path.name}: its candidates are not those of the original.")
                return None
            return self._chosen(scene, among, original, items)
        except (MissingFileError, BrokenFileError, SceneError) as error:
            notes.append(str(error))
            return None

    def _in_frames(
        self, original: Original, items: Sequence[int], edit: FrameEdit, name: str
    ) -> dict[str, NDArray[np.int32]]:
        scene = with_frames_edited(original.asked.scene, edit, name=name)
        return self._chosen(scene, original.encoding.proposals, original, items)

    def _chosen(
        self,
        scene: Scene,
        among: Sequence[Proposal],
        original: Original,
        items: Sequence[int],
    ) -> dict[str, NDArray[np.int32]]:
        encoding = self._grounder.encode(scene, among, is_cancelled=self._is_cancelled)
        texts = [original.asked.texts[index] for index in items]
        scores = row_scores(self._grounder, encoding, texts, self._modalities, self._is_cancelled)
        # Ties are broken as in the original, so that a change of place is the model's own.
        scene_id = original.asked.scene.scene_id
        return {
            name: np.array(
                [
                    best_index(scene_id, row, text) if is_known else NO_ANSWER
                    for row, text, is_known in zip(
                        scores.log_probs[name], texts, scores.answered[name], strict=True
                    )
                ],
                np.int32,
            )
            for name in self._modalities
        }


def _by_class(original: Original, items: Sequence[int]) -> list[list[int]]:
    """Sentences whose target has look-alikes, by its class, the class of most sentences first."""
    of_class = original.places.of_class
    found: dict[bytes, list[int]] = {}
    for index in items:
        if of_class[index].sum() > 1:
            found.setdefault(of_class[index].tobytes(), []).append(index)
    return sorted(found.values(), key=len, reverse=True)


def _most_answered(original: Original, items: Sequence[int]) -> tuple[int, int]:
    """The two of a class that most answers in the first modality are; only those can follow."""
    members = np.flatnonzero(original.places.of_class[items[0]]).tolist()
    counts: Counter[int] = Counter()
    for answers in list(original.answers.values())[:1]:
        counts.update(answers.chosen[list(items)].tolist())
    one, two = sorted(members, key=lambda member: (-counts[member], member))[:2]
    return one, two


def _case(original: Original, pair: tuple[int, int]) -> Case:
    proposals = tuple(original.encoding.proposals)
    rest = [index for index in range(len(proposals)) if index not in pair]
    return Case(
        original.asked.scene, proposals, "", (*pair, *rest), tuple(original.encoding.frames)
    )


def _noisy(edit: FrameEdit | None, what: str) -> FrameEdit:
    """The same edit with image noise, the same at each call."""

    def noisy(frame: Frame) -> Frame:
        changed = frame if edit is None else edit(frame)
        rng = np.random.default_rng(crc32(f"{what} {frame.name}".encode()))
        noise = rng.normal(0, _NOISE_STD, changed.color.shape).astype(np.float32)
        color = (changed.color + noise).round().clip(0, 255).astype(np.uint8)
        return replace(changed, color=color)

    return noisy


def _are_alike(proposals: Sequence[Proposal], places: Places) -> bool:
    ids = [-1 if item.object_id is None else item.object_id for item in proposals]
    return bool(ids == places.object_ids.tolist())


def _pair(twin: TwinScan, places: Places) -> tuple[int, int] | None:
    ids = places.object_ids.tolist()
    one, two = twin.exchanged
    return (ids.index(one), ids.index(two)) if one in ids and two in ids else None
