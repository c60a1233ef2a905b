"""The stateful shell around the `frame_vlm` network: scenes in, answers out."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from whatwhere.errors import ExpressionError
from whatwhere.language.expressions import Expression
from whatwhere.models.backbones.prefixes import KeptPrefixes
from whatwhere.models.candidates import at_most, outside_training, ranked
from whatwhere.models.frame_grounding import FrameGrounding
from whatwhere.models.frame_pointing import FramePointing
from whatwhere.models.frame_vlm.encoding import FrameEncoding, look, scene_tokens, shuffled
from whatwhere.models.frame_vlm.model import FrameVLM, Prefix
from whatwhere.models.frame_vlm.patches import patch_scores
from whatwhere.models.frame_vlm.sights import pooled_frames
from whatwhere.models.frame_vlm.texts import Texts
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
)
from whatwhere.models.kept_features import KeptFeatures
from whatwhere.models.looking import looked_at
from whatwhere.models.spatial_vlm.modality import SENSES, Senses
from whatwhere.models.spatial_vlm.views import SceneViews, patch_shares
from whatwhere.scenes.proposals import Proposal, annotation_proposals
from whatwhere.scenes.scene import Scene

MAX_CANDIDATES = 512


class FrameGrounder:
    """A `Grounder` made of a `FrameVLM` and its tokenizer.

    Args:
        network: loaded or trained.
        texts: its tokenizer.
        name: that it is shown under.
        device: of torch.
        kept: what it saw of scenes before; None keeps nothing.
    """

    def __init__(
        self,
        network: FrameVLM,
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
        self.capabilities = Capabilities(
            modalities=tuple(SENSES),
            mixes=True,
            answers=True,
            points_in_frames=True,
            has_states=True,
        )
        self._in_frames = FramePointing(
            image_size=network.backbone.image_size,
            max_frames=network.config.max_frames,
        )
        self._looked: tuple[tuple[Path, str, str], SceneViews, Tensor] | None = None
        self._prefixes = KeptPrefixes[tuple[FrameEncoding, Senses], Prefix]()

    @property
    def num_parameters(self) -> int:
        """Weights in all, the tower included."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    def encode(
        self,
        scene: Scene,
        proposals: Sequence[Proposal] | None = None,
        *,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> FrameEncoding:
        """See `Grounder.encode`; the frames of the last scene are kept for other proposals."""
        given = tuple(proposals) if proposals is not None else annotation_proposals(scene)
        chosen, warnings = at_most(given, MAX_CANDIDATES)
        backbone = self.network.backbone
        key = (scene.folder, scene.scene_id, scene.edit)
        looked = self._looked
        if looked is None or looked[0] != key:
            looked = (key, *self._look(scene, progress, is_cancelled))
            if not scene.edit:  # nobody looks at the same edit twice
                self._looked = looked
        _, views, features = looked
        boxes = [proposal.box for proposal in chosen]
        shares = patch_shares(views, boxes, grid=backbone.grid, is_cancelled=is_cancelled)
        grid = self.network.pooled_grid
        tokens = scene_tokens(views, chosen, features=features, shares=shares, grid=grid)
        hidden = int((~tokens.seen_K).sum())
        if hidden:
            warnings += (f"{hidden} of {len(chosen)} candidates are seen in no frame.",)
        return FrameEncoding(scene.scene_id, chosen, views.names, tokens, warnings)

    def saw(self, scene: Scene, views: SceneViews, features: Tensor) -> None:
        """Take over what the tower saw of a scene, (F, h, w, L, D), in place of looking again."""
        self._looked = ((scene.folder, scene.scene_id, scene.edit), views, features)

    def forget_prefixes(self) -> None:
        """Read the scene anew at the next sentence."""
        self._prefixes.clear()

    def _look(
        self, scene: Scene, progress: Progress | None, is_cancelled: IsCancelled | None
    ) -> tuple[SceneViews, Tensor]:
        """Frames, and what the tower sees of them while the next ones are decoded."""
        backbone = self.network.backbone

        def look_at(
            images: Iterator[NDArray[np.uint8]], count: int, told: Progress | None
        ) -> Tensor:
            return look(
                backbone, images, num_frames=count, progress=told, is_cancelled=is_cancelled
            )

        return looked_at(
            scene,
            look_at,
            image_size=backbone.image_size,
            max_frames=self.network.config.max_frames,
            weights=next(backbone.parameters()),
            kept=self.kept,
            progress=progress,
            is_cancelled=is_cancelled,
        )

    def ground(
        self,
        encoding: SceneEncoding,
        text: str,
        modalities: Sequence[Modality] = ("fused", "2d", "3d"),
    ) -> GroundingResult:
        """See `Grounder.ground`."""
        started = time.perf_counter()
        own = own_encoding(encoding, FrameEncoding)
        groundings = {
            modality: self._grounding(modality, own, text, row)
            for modality in modalities
            for row in self.log_probs(own, [text], SENSES[modality])
        }
        warnings = own.warnings + outside_training(self.network.config.extra, own.scene_id)
        return GroundingResult(groundings, warnings, (time.perf_counter() - started) * 1000)

    def mixed(
        self, encoding: SceneEncoding, text: str, alphas: Sequence[float]
    ) -> tuple[Grounding, ...]:
        """See `Grounder.mixed`."""
        own = own_encoding(encoding, FrameEncoding)
        senses = [Senses(appearance=1, geometry=min(max(alpha, 0.0), 1.0)) for alpha in alphas]
        rows = [self.log_probs(own, [text], sense)[0] for sense in senses]
        return tuple(self._grounding("fused", own, text, row) for row in rows)

    def log_probs(
        self, encoding: FrameEncoding, texts: Sequence[str], senses: Senses
    ) -> NDArray[np.float32]:
        """(R, K) natural log-probabilities of several sentences in one pass.

        Raises:
            ExpressionError: a sentence is empty.
        """
        padded, lengths = self._said(encoding.scene_id, texts)
        with torch.inference_mode():
            scores = self.network.scores(self.prefix(encoding, senses), padded, lengths)
        result: NDArray[np.float32] = scores.cpu().numpy()
        return result

    def states_of_all(
        self,
        encoding: SceneEncoding,
        texts: Sequence[str],
        modalities: Sequence[Modality],
        candidates: Sequence[int],
    ) -> NDArray[np.float32]:
        """See `Stateful.states_of_all`; candidates are read before the words, so texts say nothing.

        What a modality perceives of a candidate is all that its state holds.
        """
        own = own_encoding(encoding, FrameEncoding)
        for text in texts:
            Expression.typed(own.scene_id, text)
        these = torch.tensor(list(candidates), device=self.device)
        with torch.inference_mode():
            found = [self.prefix(own, SENSES[name]).states_KD[these] for name in modalities]
        states: NDArray[np.float32] = torch.stack(found).float().cpu().numpy()
        return states

    def point_in_frame(
        self,
        scene: Scene,
        text: str,
        frame: str | None = None,
        *,
        progress: Progress | None = None,
        is_cancelled: IsCancelled | None = None,
    ) -> FrameGrounding:
        """See `FramePointer.point_in_frame`."""
        padded, _ = self._said(scene.scene_id, [text])

        def score(frame_PLD: Tensor) -> NDArray[np.float32]:
            with torch.inference_mode():
                scores: NDArray[np.float32] = (
                    patch_scores(self.network, frame_PLD, padded[0]).cpu().numpy()
                )
            return scores

        found = self._in_frames.point(
            scene, self._look_at_one, score, frame, progress=progress, is_cancelled=is_cancelled
        )
        warnings = outside_training(self.network.config.extra, scene.scene_id)
        return replace(found, warnings=(*found.warnings, *warnings))

    def _look_at_one(self, image_HWC: NDArray[np.uint8]) -> Tensor:
        """(P, L, D) of one frame."""
        features_1yxLD = look(self.network.backbone, np.array(image_HWC[None]))
        return pooled_frames(features_1yxLD, self.network.pooled_grid)[0]

    def _said(self, scene_id: str, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Token ids (R, W), padded at the end, and how many each sentence has.

        Raises:
            ExpressionError: a sentence is empty.
        """
        said = [Expression.typed(scene_id, text).text for text in texts]
        ids = [self._encoded(self.network.config.ground_prompt, text) for text in said]
        width = max(map(len, ids))
        padded = torch.tensor([row + [0] * (width - len(row)) for row in ids], device=self.device)
        return padded, torch.tensor([len(row) for row in ids], device=self.device)

    def log_probs_of_all(
        self, encoding: SceneEncoding, texts: Sequence[str], modalities: Sequence[Modality]
    ) -> NDArray[np.float32]:
        """See `BatchGrounder.log_probs_of_all`."""
        own = own_encoding(encoding, FrameEncoding)
        return np.stack([self.log_probs(own, texts, SENSES[name]) for name in modalities])

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
        own = own_encoding(encoding, FrameEncoding)
        asked = Expression.typed(own.scene_id, question).text
        ids = torch.tensor(
            self._encoded(self.network.config.answer_prompt, asked), device=self.device
        )
        answers: dict[Modality, Answer] = {}
        for modality in modalities:
            with torch.inference_mode():
                prefix = self.prefix(own, SENSES[modality])
                chosen, log_probs = self.network.answer(prefix, ids, max_tokens=max_tokens)
            answers[modality] = self.texts.answer(modality, chosen, log_probs)
        warnings = own.warnings + outside_training(self.network.config.extra, own.scene_id)
        return AnswerResult(answers, warnings, (time.perf_counter() - started) * 1000)

    def prefix(self, encoding: FrameEncoding, senses: Senses) -> Prefix:
        """The scene as it is perceived, from the last few that were read.

        Each is read by itself, not in a batch, so that an answer is the same to the bit whatever
        else is asked.
        """

        def read() -> Prefix:
            tokens = encoding.tokens
            if senses.shuffled:
                tokens = shuffled(tokens, encoding.scene_id)
            return self.network.prefix(tokens, replace(senses, shuffled=False))

        return self._prefixes.get((encoding, senses), read)

    def _encoded(self, prompt: str, text: str) -> list[int]:
        ids = self.texts.encode(prompt, text)
        if not ids:
            raise ExpressionError(
                "the model's tokenizer makes nothing of this sentence", remedy="Say it otherwise"
            )
        return ids

    def _grounding(
        self, modality: Modality, own: FrameEncoding, text: str, row: NDArray[np.float32]
    ) -> Grounding:
        found = ranked(own.scene_id, own.proposals, row, Expression.typed(own.scene_id, text).text)
        return Grounding(modality, found, own.frames)
