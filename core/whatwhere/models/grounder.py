"""What every model that grounds sentences offers, and the shape of its answers.

Nothing here needs torch, so the window shares these types with the grounder host. The modalities
and their exact contracts are defined in ARCHITECTURE.md.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, cast, get_args

from whatwhere.errors import NotSupportedError
from whatwhere.geometry.boxes import Box
from whatwhere.scenes.proposals import Proposal
from whatwhere.scenes.scene import Scene

Modality = Literal["fused", "2d", "3d", "blind", "shuffled"]
MODALITIES: tuple[Modality, ...] = get_args(Modality)

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what is being done)."""

IsCancelled = Callable[[], bool]
"""Polled between steps; True makes the work stop by raising `Cancelled`."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One ranked answer.

    Attributes:
        box: aligned metres.
        score: log-probability among all candidates of this modality, natural log; of a box that a
            model said in words, the mean log-probability of the words.
        proposal: index of the proposal it is.
        object_id: the annotated object, when the proposals come from the annotation.
        label: for display only; the model never saw it.
    """

    box: Box
    score: float
    proposal: int
    object_id: int | None = None
    label: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The candidate of the `ground` JSON document."""
        return {
            "box": self.box.as_json(),
            "score": self.score,
            "proposal": self.proposal,
            "object_id": self.object_id,
            "label": self.label,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Candidate":
        """The inverse of `as_json`."""
        return cls(
            box=Box.from_json(value["box"]),
            score=float(value["score"]),
            proposal=int(value["proposal"]),
            object_id=value["object_id"],
            label=value["label"],
        )


@dataclass(frozen=True, slots=True)
class Grounding:
    """A model's answer in one modality.

    Attributes:
        modality: what the model was allowed to see.
        candidates: ranked, best first; never empty.
        frames: names of the frames the model looked at.
    """

    modality: Modality
    candidates: tuple[Candidate, ...]
    frames: tuple[str, ...] = ()

    @property
    def best(self) -> Candidate:
        """The top candidate."""
        return self.candidates[0]

    def as_json(self, *, top: int | None = None) -> dict[str, Any]:
        """The grounding of the `ground` JSON document, cut to the `top` candidates."""
        return {
            "candidates": [candidate.as_json() for candidate in self.candidates[:top]],
            "frames": list(self.frames),
        }

    @classmethod
    def from_json(cls, modality: Modality, value: Mapping[str, Any]) -> "Grounding":
        """The inverse of `as_json`."""
        return cls(
            modality=modality,
            candidates=tuple(Candidate.from_json(item) for item in value["candidates"]),
            frames=tuple(value["frames"]),
        )


@dataclass(frozen=True, slots=True)
class GroundingResult:
    """The answers of one model to one sentence.

    Attributes:
        groundings: one per modality that was asked for, in the order asked.
        warnings: what the user should know: words the model never saw, a scene outside its
            training.
        ground_ms: wall time of the query on the encoded scene.
    """

    groundings: Mapping[Modality, Grounding]
    warnings: tuple[str, ...] = ()
    ground_ms: float = 0.0

    def __getitem__(self, modality: Modality) -> Grounding:
        return self.groundings[modality]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says to a question in one modality.

    Attributes:
        modality: what the model was allowed to see.
        text: the answer; may be empty.
        tokens: its pieces as they were chosen, the likeliest one each time.
        log_probs: natural log-probability of each piece, given those before it.
    """

    modality: Modality
    text: str
    tokens: tuple[str, ...]
    log_probs: tuple[float, ...]

    @property
    def mean_log_prob(self) -> float:
        """Natural log-probability per token: how sure the model was, whatever the length."""
        return sum(self.log_probs) / max(1, len(self.log_probs))

    def as_json(self) -> dict[str, Any]:
        """The answer of the `answer` JSON document."""
        return {
            "text": self.text,
            "tokens": list(self.tokens),
            "log_probs": list(self.log_probs),
        }


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """What one model says to one question.

    Attributes:
        answers: one per modality that was asked for, in the order asked.
        warnings: what the user should know.
        answer_ms: wall time on the encoded scene.
    """

    answers: Mapping[Modality, Answer]
    warnings: tuple[str, ...] = ()
    answer_ms: float = 0.0

    def __getitem__(self, modality: Modality) -> Answer:
        return self.answers[modality]


class SceneEncoding(Protocol):
    """Everything about a scene that does not depend on the sentence."""

    @property
    def proposals(self) -> Sequence[Proposal]:
        """The candidates, in the order that `Candidate.proposal` indexes."""

    @property
    def frames(self) -> tuple[str, ...]:
        """Names of the frames that were looked at."""


Own = TypeVar("Own")
"""The encoding that one kind of model makes."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model can do.

    Attributes:
        modalities: those it can be asked for.
        mixes: whether geometry can be faded in (`Grounder.mixed`).
        answers: whether it answers questions in words (`Speaker.answer`).
        rearranges: whether it can imagine candidates elsewhere, or fewer frames, without looking
            again (`Rearranging.rearranged`).
        thinks: whether an answer is worked out when it is asked for; False where answers are
            stored, so that an edited scene or sentence has none.
        points_in_frames: whether it points in a single picture (`FramePointer.point_in_frame`).
        has_states: whether it shows the states that its answers are read from
            (`Stateful.states_of_all`).
    """

    modalities: tuple[Modality, ...] = MODALITIES
    mixes: bool = False
    answers: bool = False
    rearranges: bool = False
    thinks: bool = True
    points_in_frames: bool = False
    has_states: bool = False


class Grounder(Protocol):
    """A model that points at objects."""

    @property
    def name(self) -> str:
        """As shown to the user, e.g. "default"."""

    @property
    def device(self) -> str:
        """Where it runs, e.g. "cpu" or "cuda:0"."""

    @property
    def num_parameters(self) -> int:
        """Weights in all, the vision tower included."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    def encode(
        self,
        scene: Scene,
        proposals: Sequence[Proposal] | None = None,
        *,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> SceneEncoding:
        """Look at the scene once; None takes the scene's annotated objects as proposals.

        Raises:
            SceneError: no usable frames or no candidates.
            Cancelled: `is_cancelled` returned True.
        """

    def ground(
        self,
        encoding: SceneEncoding,
        text: str,
        modalities: Sequence[Modality] = ("fused", "2d", "3d"),
    ) -> GroundingResult:
        """Answer one sentence in each modality asked for.

        Raises:
            ExpressionError: the sentence is empty.
            NotSupportedError: the model lacks a modality.
        """

    def mixed(
        self, encoding: SceneEncoding, text: str, alphas: Sequence[float]
    ) -> tuple[Grounding, ...]:
        """Answers with a share alpha of the geometry: 0 is `2d` to the bit, 1 is `fused`.

        Raises:
            ExpressionError: the sentence is empty.
            NotSupportedError: the model cannot fade geometry in.
        """


class Speaker(Grounder, Protocol):
    """A grounder that also answers questions; its capabilities say so."""

    def answer(
        self,
        encoding: SceneEncoding,
        question: str,
        modalities: Sequence[Modality] = ("fused", "2d", "3d"),
        *,
        max_tokens: int = 32,
    ) -> AnswerResult:
        """Answer a question in words, the likeliest next one each time.

        Raises:
            ExpressionError: the question is empty.
            NotSupportedError: the model lacks a modality.
        """


class Rearranging(Grounder, Protocol):
    """A grounder that keeps what each frame shows; its capabilities say so."""

    def rearranged(
        self,
        encoding: SceneEncoding,
        *,
        boxes: Sequence[Box] | None = None,
        without_frames: Collection[str] = (),
    ) -> SceneEncoding:
        """The same scene with its candidates elsewhere, or as if some frames had not been taken.

        Which pixels are a candidate's stays as it was: only where it stands, or who saw it,
        changes.

        Args:
            encoding: made by this model.
            boxes: of all candidates in their order, aligned metres; None leaves them in place.
            without_frames: names of frames that are forgotten.

        Raises:
            NotSupportedError: the encoding does not hold what each frame shows.
            SceneError: no frame is left.
        """


def own_encoding(encoding: SceneEncoding, kind: type[Own]) -> Own:
    """The same encoding, known to be the kind that a model makes itself.

    Raises:
        NotSupportedError: another kind of model made it.
    """
    if not isinstance(encoding, kind):
        raise NotSupportedError(
            "the scene was encoded by another kind of model",
            remedy="Encode the scene with this model first",
        )
    return encoding


def refuse_lacking(name: str, capabilities: Capabilities, modalities: Sequence[Modality]) -> None:
    """Nothing, where a model has every modality that is asked for.

    Args:
        name: of the model.
        capabilities: what it can do.
        modalities: what is asked for.

    Raises:
        NotSupportedError: names those that it lacks.
    """
    lacking = [modality for modality in modalities if modality not in capabilities.modalities]
    if lacking:
        raise NotSupportedError(
            f"{name} has no {' and no '.join(lacking)} answer",
            remedy=f"Ask for one of {', '.join(capabilities.modalities)}",
        )


def as_speaker(grounder: Grounder) -> Speaker:
    """The same model, which can be asked questions.

    Raises:
        NotSupportedError: it only points.
    """
    if not grounder.capabilities.answers:
        raise NotSupportedError(
            f"{grounder.name} points at objects and answers no questions",
            remedy="Use a model with a language model that speaks, a frame_vlm",
        )
    return cast("Speaker", grounder)


def as_rearranging(grounder: Grounder) -> Rearranging | None:
    """The same model, where it can imagine a scene rearranged; None where it has to look again."""
    return cast("Rearranging", grounder) if grounder.capabilities.rearranges else None


def parse_modalities(names: str | Sequence[str]) -> tuple[Modality, ...]:
    """Modalities from "fused,2d,3d" or a sequence of names, in that order, without repeats.

    Raises:
        NotSupportedError: a name is not a modality.
    """
    parts = names.split(",") if isinstance(names, str) else list(names)
    found: list[Modality] = []
    for part in (part.strip() for part in parts):
        match = next((modality for modality in MODALITIES if modality == part), None)
        if match is None:
            raise NotSupportedError(
                f'"{part}" is not a modality', remedy=f"Choose among {', '.join(MODALITIES)}"
            )
        if match not in found:
            found.append(match)
    return tuple(found)
