"""The stateful shell around the `geometry_vlm` network: scenes in, boxes and answers out."""

import time
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from whatwhere.errors import ExpressionError, NotSupportedError
from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.backbones.prefixes import KeptPrefixes
from whatwhere.models.backbones.speaking import Heard
from whatwhere.models.candidates import outside_training
from whatwhere.models.frame_vlm.encoding import look
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.geometry_vlm.box_text import in_world, parse_box
from whatwhere.models.geometry_vlm.encoding import GeometryEncoding, shuffled
from whatwhere.models.geometry_vlm.network import GeometryVLM, SceneFeatures
from whatwhere.models.grounder import (
    Answer,
    AnswerResult,
    Capabilities,
    Grounding,
    GroundingResult,
    IsCancelled,
    Modality,
    Progress,
    SceneEncoding,
    own_encoding,
    refuse_lacking,
)
from whatwhere.models.kept_features import KeptFeatures
from whatwhere.models.looking import Images, looked_at
from whatwhere.models.ranking import Scored, annotated, ranked
from whatwhere.models.spatial_vlm.modality import SENSES
from whatwhere.scenes.proposals import Proposal
from whatwhere.scenes.scene import Scene

_MAX_QUOTED = 120


class GeometryGrounder:
    """A `Grounder` that says one box per modality, and answers questions.

    Args:
        network: loaded or trained.
        texts: its tokenizer.
        name: that it is shown under.
        device: of torch.
        kept: what its tower saw of scenes before; None keeps nothing.
    """

    def __init__(
        self,
        network: GeometryVLM,
        texts: Texts,
        *,
        name: str,
        device: str,
        kept: KeptFeatures | None = None,
    ) -> None:
        self.network = network.to(device).eval()
        self.texts = texts
        self.name = name
        self.device = device
        self.kept = kept
        modalities = tuple(name for name in SENSES if name not in network.lacking)
        self.capabilities = Capabilities(modalities=modalities, answers=True)
        self._prefixes = KeptPrefixes[tuple[GeometryEncoding, Modality], Heard]()

    @property
    def num_parameters(self) -> int:
        """Weights in all, both encoders included."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    def encode(
        self,
        scene: Scene,
        proposals: Sequence[Proposal] | None = None,
        *,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> GeometryEncoding:
        """See `Grounder.encode`; the model finds its own boxes, so proposals change nothing."""
        backbone = self.network.backbone

        def look_at(images: Images, count: int, told: Progress | None) -> Tensor:
            return look(
                backbone, images, num_frames=count, progress=told, is_cancelled=is_cancelled
            )

        views, looks = looked_at(
            scene,
            look_at,
            image_size=backbone.image_size,
            max_frames=self.network.config.max_frames,
            weights=next(backbone.parameters()),
            kept=self.kept,
            progress=progress,
            is_cancelled=is_cancelled,
        )
        geometry = self.network.geometry.prepare(
            views, progress=progress, is_cancelled=is_cancelled
        )
        has_drawn = any(item.source == "user" for item in proposals or ())
        drawn = f"The boxes you drew are no candidates of {self.name}: it finds its own."
        return GeometryEncoding(
            scene_id=scene.scene_id,
            frames=views.names,
            features=SceneFeatures(looks.flatten(1, 2), geometry),
            depths=views.depths,
            objects=annotated(scene),
            warnings=(drawn,) if has_drawn else (),
        )

    def ground(
        self,
        encoding: SceneEncoding,
        text: str,
        modalities: Sequence[Modality] = ("fused", "2d", "3d"),
    ) -> GroundingResult:
        """See `Grounder.ground`; a modality that says no box is left out, with a warning.

        Raises:
            ExpressionError: none of the modalities says a box.
        """
        started = time.perf_counter()
        own = own_encoding(encoding, GeometryEncoding)
        asked = Expression.typed(own.scene_id, text).text
        refuse_lacking(self.name, self.capabilities, modalities)
        boxes: dict[Modality, Box] = {}
        scores: dict[Modality, float] = {}
        faults: list[str] = []
        for modality in modalities:
            config = self.network.config
            said, log_probs = self._said(
                own, modality, config.box_prompt, asked, max_tokens=config.max_box_tokens
            )
            words = self.texts.decode(said)
            try:
                box = parse_box(words, num_frames=len(own.frames))
            except ValueError as error:
                faults.append(f"In {modality}, {self.name} says no box ({error}): {_quoted(words)}")
                continue
            boxes[modality] = in_world(box, own.depths[box.frame].world_from_camera)
            scores[modality] = sum(log_probs) / len(log_probs)
        if not boxes:
            raise ExpressionError(
                faults[0] if faults else "no modality was asked for",
                remedy="Say it otherwise, or use a model that has learned to say boxes",
            )
        warnings = own.warnings + outside_training(self.network.config.extra, own.scene_id)
        return GroundingResult(
            _groundings(boxes, scores, own),
            (*warnings, *(f"{fault}." for fault in faults)),
            (time.perf_counter() - started) * 1000,
        )

    def mixed(
        self, encoding: SceneEncoding, text: str, alphas: Sequence[float]
    ) -> tuple[Grounding, ...]:
        """See `Grounder.mixed`; between two texts there is nothing."""
        raise NotSupportedError(
            f"{self.name} cannot fade geometry in: it says its box word by word",
            remedy="Compare its modalities instead",
        )

    def answer(
        self,
        encoding: SceneEncoding,
        question: str,
        modalities: Sequence[Modality] = ("fused", "2d", "3d"),
        *,
        max_tokens: int = 32,
    ) -> AnswerResult:
        """See `Speaker.answer`."""
        started = time.perf_counter()
        own = own_encoding(encoding, GeometryEncoding)
        asked = Expression.typed(own.scene_id, question).text
        refuse_lacking(self.name, self.capabilities, modalities)
        answers: dict[Modality, Answer] = {}
        prompt = self.network.config.answer_prompt
        for modality in modalities:
            said, log_probs = self._said(own, modality, prompt, asked, max_tokens=max_tokens)
            answers[modality] = self.texts.answer(modality, said, log_probs)
        warnings = own.warnings + outside_training(self.network.config.extra, own.scene_id)
        return AnswerResult(answers, warnings, (time.perf_counter() - started) * 1000)

    def labels(self, num_frames: int) -> list[list[int]]:
        """Token ids of what is said before each frame."""
        prompt = self.network.config.frame_prompt
        return [self.texts.encode(prompt, str(index)) for index in range(num_frames)]

    def _said(
        self,
        own: GeometryEncoding,
        modality: Modality,
        prompt: str,
        text: str,
        *,
        max_tokens: int,
    ) -> tuple[list[int], list[float]]:
        ids = self.texts.encode(prompt, text)
        if not ids:
            raise ExpressionError(
                "the model's tokenizer makes nothing of this sentence", remedy="Say it otherwise"
            )
        with torch.inference_mode():
            prefix = self._prefix(own, modality)
            return self.network.say(prefix, ids, max_tokens=max_tokens)

    def _prefix(self, own: GeometryEncoding, modality: Modality) -> Heard:
        """The scene as it is perceived, from the last few that were read."""

        def read() -> Heard:
            senses, features = SENSES[modality], own.features
            if senses.shuffled:
                features = shuffled(features, own.scene_id)
            return self.network.prefix(features, senses, self.labels(len(own.frames)))

        return self._prefixes.get((own, modality), read)


def _groundings(
    boxes: dict[Modality, Box], scores: dict[Modality, float], own: GeometryEncoding
) -> dict[Modality, Grounding]:
    """One candidate each, scored by how sure its words were."""
    alone = {modality: Scored((box,), (0.0,)) for modality, box in boxes.items()}
    found = ranked(alone, own.objects, are_own_boxes=True, frames=own.frames)
    return {
        modality: replace(grounding, candidates=(replace(grounding.best, score=scores[modality]),))
        for modality, grounding in found.items()
    }


def _quoted(words: str) -> str:
    said = " ".join(words.split())
    if not said:
        return "it says nothing"
    return f'"{said if len(said) <= _MAX_QUOTED else said[: _MAX_QUOTED - 3] + "..."}"'
