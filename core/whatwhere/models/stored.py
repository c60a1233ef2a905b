"""Answers that another program gave, read from a table and never computed again."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from whatwhere.errors import BrokenFileError, ExpressionError, NotSupportedError
from whatwhere.language.expressions import Expression
from whatwhere.models.catalogue import TABLE, Entry
from whatwhere.models.grounder import (
    MODALITIES,
    Capabilities,
    Grounding,
    GroundingResult,
    IsCancelled,
    Modality,
    Progress,
    SceneEncoding,
    own_encoding,
)
from whatwhere.models.prediction_lines import Line, read_lines
from whatwhere.models.ranking import Scored, annotated, ranked
from whatwhere.scenes.proposals import Proposal
from whatwhere.scenes.scene import Scene


@dataclass(frozen=True, slots=True, eq=False)
class StoredEncoding:
    """A scene whose answers are looked up.

    Attributes:
        scene_id: e.g. "scene0000_00".
        proposals: none, for the boxes come with the answers.
        frames: none.
        objects: the annotated objects, after which boxes are named.
        warnings: what the user should know.
    """

    scene_id: str
    objects: tuple[Proposal, ...]
    warnings: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    frames: tuple[str, ...] = ()


class StoredGrounder:
    """A `Grounder` that answers from a table, for the sentences that are in it.

    Raises:
        BrokenFileError: the table is not what was imported.
    """

    device = "stored answers"
    num_parameters = 0

    def __init__(self, entry: Entry) -> None:
        self.name = entry.name
        self._answers: dict[tuple[str, str], dict[Modality, Line]] = {}
        path = entry.folder / TABLE
        for line in read_lines(path):
            self._answers.setdefault((line.scene_id, line.text), {})[line.modality] = line
        if not self._answers:
            raise BrokenFileError(path, "it holds no answers", remedy="Import the file again")
        known = {modality for lines in self._answers.values() for modality in lines}
        self.capabilities = Capabilities(
            modalities=tuple(m for m in MODALITIES if m in known), thinks=False
        )

    def encode(
        self,
        scene: Scene,
        proposals: Sequence[Proposal] | None = None,
        *,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> StoredEncoding:
        """See `Grounder.encode`; nothing is looked at, and boxes that were drawn change nothing."""
        has_drawn = any(item.source == "user" for item in proposals or ())
        drawn = f"The boxes you drew are no candidates here: {self.name} holds stored answers."
        return StoredEncoding(scene.scene_id, annotated(scene), (drawn,) if has_drawn else ())

    def ground(
        self,
        encoding: SceneEncoding,
        text: str,
        modalities: Sequence[Modality] = ("fused", "2d", "3d"),
    ) -> GroundingResult:
        """See `Grounder.ground`; modalities that this sentence was not answered in are left out.

        Raises:
            ExpressionError: the table has no answer to this sentence.
        """
        started = time.perf_counter()
        own = own_encoding(encoding, StoredEncoding)
        expression = Expression.typed(own.scene_id, text)
        lines = self._answers.get((own.scene_id, expression.text), {})
        wanted = {name: lines[name] for name in modalities if name in lines}
        filled = {name: line for name, line in wanted.items() if line.boxes}
        if not filled:
            raise self._nothing(own.scene_id, expression.text, lines, wanted)
        warnings = list(own.warnings)
        if empty := [name for name in wanted if name not in filled]:
            warnings.append(f"{self.name} finds nothing that is meant ({', '.join(empty)}).")
        if any(line.scores is None and len(line.boxes) > 1 for line in filled.values()):
            warnings.append(f"{self.name} gave no scores: the order is its own, shares are even.")
        scored = {
            name: Scored(line.boxes, line.scores or (0.0,) * len(line.boxes))
            for name, line in filled.items()
        }
        groundings = ranked(scored, own.objects, are_own_boxes=True)
        elapsed_ms = (time.perf_counter() - started) * 1000
        return GroundingResult(groundings, tuple(warnings), elapsed_ms)

    def mixed(
        self, encoding: SceneEncoding, text: str, alphas: Sequence[float]
    ) -> tuple[Grounding, ...]:
        """See `Grounder.mixed`; stored answers cannot be mixed."""
        raise NotSupportedError(
            f"{self.name} cannot fade geometry in", remedy="Compare its modalities instead"
        )

    def sentences(self) -> tuple[tuple[str, str], ...]:
        """Scene and text of every sentence that has an answer."""
        return tuple(self._answers)

    def _nothing(
        self,
        scene_id: str,
        text: str,
        lines: dict[Modality, Line],
        wanted: dict[Modality, Line],
    ) -> ExpressionError:
        if wanted:
            fault = f'{self.name} says that "{text}" means nothing in this scene'
            return ExpressionError(fault, remedy="Ask another sentence")
        if lines:
            fault = f'{self.name} has answered "{text}" in {", ".join(lines)} only'
            return ExpressionError(fault, remedy="Ask for one of these")
        count = sum(scene == scene_id for scene, _ in self._answers)
        fault = f'{self.name} has no answer to "{text}" in {scene_id}'
        if count:
            return ExpressionError(
                fault, remedy=f"Ask one of the {count:,} sentences that it has answered here"
            )
        return ExpressionError(
            fault, remedy="It has none in this scene; open one that its answers are about"
        )


def read_stored(path: Path) -> tuple[int, int, tuple[Modality, ...]]:
    """How many scenes and sentences a table holds, and in which modalities.

    Raises:
        BrokenFileError: it is not one of ours.
    """
    lines = list(read_lines(path))
    known = {line.modality for line in lines}
    return (
        len({line.scene_id for line in lines}),
        len({(line.scene_id, line.text) for line in lines}),
        tuple(name for name in MODALITIES if name in known),
    )
