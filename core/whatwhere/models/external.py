"""A model that runs as a program of someone else's: any language, any environment, any machine.

It answers three requests in frames on its stdin and stdout (`assets/help/models.md` says how). What
it sends is checked before anything uses it.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from whatwhere.errors import ModelError, NotSupportedError
from whatwhere.jobs.foreign import ForeignProcess, heeding
from whatwhere.language.expressions import Expression
from whatwhere.models.catalogue import Entry, Record
from whatwhere.models.grounder import (
    MODALITIES,
    Capabilities,
    Grounder,
    Grounding,
    GroundingResult,
    IsCancelled,
    Modality,
    Progress,
    SceneEncoding,
    own_encoding,
    refuse_lacking,
)
from whatwhere.models.ranking import Scored, annotated, checked_boxes, checked_scores, ranked
from whatwhere.models.scene_document import scene_document
from whatwhere.scenes.proposals import Proposal, annotation_proposals
from whatwhere.scenes.scene import Scene

PROTOCOL = 1
_MAX_WARNINGS = 5


@dataclass(frozen=True, slots=True, eq=False)
class ExternalEncoding:
    """A scene that an external model was told of.

    Attributes:
        scene_id: e.g. "scene0000_00".
        proposals: what it chooses among; none where it finds boxes of its own.
        frames: names of the frames that it was told of.
        objects: the annotated objects, after which boxes of its own are named.
        document: what it was told, so that it can be told again after it was started anew.
        process_id: of the process that was told.
        warnings: what the user should know.
    """

    scene_id: str
    proposals: tuple[Proposal, ...]
    frames: tuple[str, ...]
    objects: tuple[Proposal, ...]
    document: dict[str, Any]
    process_id: int
    warnings: tuple[str, ...] = ()


class ExternalGrounder:
    """A `Grounder` that asks a program, which is started now and again whenever it has ended.

    Attributes:
        timeout_s: how long the program may take for one answer.

    Raises:
        ModelError: it cannot be started, or does not answer as agreed.
        WorkerDiedError: it ended at once.
        Cancelled: the caller no longer wants it (see `whatwhere.jobs.foreign.heeding`).
    """

    def __init__(self, entry: Entry) -> None:
        assert entry.record is not None
        self.name = entry.name
        self._title = f'The external model "{entry.name}"'
        self._record: Record = entry.record
        self.timeout_s = entry.record.timeout_s
        self._process: ForeignProcess | None = None
        self.device, self.num_parameters, self._finds_boxes = "", 0, False
        self.capabilities = Capabilities()
        self._running()

    def encode(
        self,
        scene: Scene,
        proposals: Sequence[Proposal] | None = None,
        *,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> ExternalEncoding:
        """See `Grounder.encode`; the program is told where the files lie."""
        if proposals is None:
            among = () if self._finds_boxes else annotation_proposals(scene)
        else:
            among = tuple(proposals)
        warnings: tuple[str, ...] = ()
        if self._finds_boxes and any(item.source == "user" for item in among):
            warnings = (f"The boxes you drew are no candidates of {self.name}: it finds its own.",)
        document = scene_document(scene, among, path_map=self._record.path_map)
        if is_cancelled is None:
            process = self._told(document, progress)
        else:
            with heeding(is_cancelled):
                process = self._told(document, progress)
        return ExternalEncoding(
            scene_id=scene.scene_id,
            proposals=() if self._finds_boxes else among,
            frames=tuple(header.name for header in scene.frames),
            objects=annotated(scene) if self._finds_boxes else (),
            document=document,
            process_id=process.pid,
            warnings=warnings,
        )

    def ground(
        self,
        encoding: SceneEncoding,
        text: str,
        modalities: Sequence[Modality] = ("fused", "2d", "3d"),
    ) -> GroundingResult:
        """See `Grounder.ground`; a program that was started anew is told of the scene again."""
        started = time.perf_counter()
        own = own_encoding(encoding, ExternalEncoding)
        expression = Expression.typed(own.scene_id, text)
        refuse_lacking(self.name, self.capabilities, modalities)
        process = self._running()
        if process.pid != own.process_id:
            process = self._told(own.document)
        params = {
            "scene_id": own.scene_id,
            "text": expression.text,
            "modalities": list(modalities),
        }
        result = process.ask("ground", params, timeout_s=self.timeout_s)
        try:
            scored = self._scored(result, own, modalities)
            warnings = _warnings(result)
        except ValueError as error:
            raise self._lies(str(error)) from error
        groundings = ranked(
            scored,
            own.objects if self._finds_boxes else own.proposals,
            are_own_boxes=self._finds_boxes,
            frames=own.frames,
        )
        elapsed_ms = (time.perf_counter() - started) * 1000
        return GroundingResult(groundings, (*own.warnings, *warnings), elapsed_ms)

    def mixed(
        self, encoding: SceneEncoding, text: str, alphas: Sequence[float]
    ) -> tuple[Grounding, ...]:
        """See `Grounder.mixed`; the protocol has no such request."""
        raise NotSupportedError(
            f"{self.name} cannot fade geometry in", remedy="Compare its modalities instead"
        )

    def close(self) -> None:
        """End the program."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _running(self) -> ForeignProcess:
        """The program, started if it is not there, with what it can do known."""
        if self._process is not None and self._process.is_alive:
            return self._process
        self.close()
        record = self._record
        process = ForeignProcess(record.command, name=self._title, cwd=Path(record.cwd or "."))
        try:
            said = process.ask("load", {"protocol": PROTOCOL}, timeout_s=self.timeout_s)
            self._learn(said)
        except ValueError as error:
            process.kill()
            raise self._lies(str(error)) from error
        except BaseException:
            process.kill()
            raise
        self._process = process
        return process

    def _learn(self, said: object) -> None:
        """What the program can do, from its answer to `load`."""
        if not isinstance(said, Mapping):
            raise ValueError("its answer to load is no map")
        names = said.get("modalities")
        if not isinstance(names, list) or not names:
            raise ValueError("its answer to load has no list of modalities")
        unknown = [name for name in names if name not in MODALITIES]
        if unknown:
            raise ValueError(
                f"it announces the modality {str(unknown[0])[:40]!r}, which is none of "
                f"{', '.join(MODALITIES)}"
            )
        num_parameters = said.get("num_parameters", 0)
        if type(num_parameters) is not int or not 0 <= num_parameters < 10**15:
            raise ValueError("its num_parameters is no whole number")
        self.capabilities = Capabilities(tuple(m for m in MODALITIES if m in names))
        self.device = str(said.get("device", "external"))[:40]
        self.num_parameters = num_parameters
        self._finds_boxes = said.get("finds_boxes") is True

    def _told(
        self, document: dict[str, Any], on_progress: Progress | None = None
    ) -> ForeignProcess:
        """The program, after it has looked at a scene."""
        process = self._running()
        process.ask("encode", document, timeout_s=self.timeout_s, on_progress=on_progress)
        return process

    def _scored(
        self, result: object, encoding: ExternalEncoding, modalities: Sequence[Modality]
    ) -> dict[Modality, Scored]:
        """The checked answers, one per modality that was asked for.

        Raises:
            ValueError: they are not what was asked for.
        """
        answers = result.get("answers") if isinstance(result, Mapping) else None
        if not isinstance(answers, Mapping):
            raise ValueError('its answer to ground is no map with "answers"')
        if odd := [name for name in answers if name not in modalities]:
            raise ValueError(f"it answered in {str(odd[0])[:40]!r}, which was not asked for")
        found: dict[Modality, Scored] = {}
        for modality in modalities:
            answer = answers.get(modality)
            if not isinstance(answer, Mapping):
                raise ValueError(f"it gave no answer in {modality}")
            try:
                found[modality] = self._one(answer, encoding)
            except ValueError as error:
                raise ValueError(f"in {modality}, {error}") from error
        return found

    def _one(self, answer: Mapping[str, object], encoding: ExternalEncoding) -> Scored:
        if self._finds_boxes:
            boxes = checked_boxes(answer.get("boxes"))
            if not boxes:
                raise ValueError("it found no box")
        else:
            boxes = tuple(item.box for item in encoding.proposals)
        return Scored(boxes, checked_scores(answer.get("scores"), len(boxes)))

    def _lies(self, fault: str) -> ModelError:
        return ModelError(
            f"{self._title} did not answer as agreed: {fault}",
            remedy="Mend the program; the page on models in the help says what is expected",
        )


@contextmanager
def closing_external(grounder: Grounder) -> Iterator[None]:
    """End a model's program when the block ends; other models have none."""
    try:
        yield
    finally:
        if isinstance(grounder, ExternalGrounder):
            grounder.close()


def _warnings(result: object) -> tuple[str, ...]:
    said = result.get("warnings", []) if isinstance(result, Mapping) else []
    if not isinstance(said, list):
        raise ValueError("its warnings are not a list")
    return tuple(" ".join(str(item).split())[:300] for item in said[:_MAX_WARNINGS])
