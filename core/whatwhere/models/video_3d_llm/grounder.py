"""The stateful shell around the `video_3d_llm` network: scenes in, answers out."""

import time
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from whatwhere.language.expressions import Expression
from whatwhere.models.backbones.prefixes import KeptPrefixes
from whatwhere.models.backbones.speaking import Heard, say
from whatwhere.models.candidates import at_most, outside_training, ranked
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
from whatwhere.models.spatial_vlm.modality import SENSES, Senses
from whatwhere.models.video_3d_llm.encoding import RoomEncoding, look_at
from whatwhere.models.video_3d_llm.network import RoomTokens, Video3DLLM, shuffled
from whatwhere.scenes.proposals import Proposal, annotation_proposals
from whatwhere.scenes.scene import Scene

MAX_CANDIDATES = 512


class Video3DGrounder:
    """A `Grounder` made of a `Video3DLLM` and its tokenizer.

    Args:
        network: loaded or trained.
        texts: its tokenizer.
        name: that it is shown under.
        device: of torch.
        kept: what its tower saw of scenes before; None keeps nothing.
    """

    def __init__(
        self,
        network: Video3DLLM,
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
        self.capabilities = Capabilities(modalities=tuple(SENSES), mixes=True, answers=True)
        self._prefixes = KeptPrefixes[tuple[RoomEncoding, Senses], Heard]()

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
    ) -> RoomEncoding:
        """See `Grounder.encode`."""
        given = tuple(proposals) if proposals is not None else annotation_proposals(scene)
        chosen, warnings = at_most(given, MAX_CANDIDATES)
        looked = look_at(
            self.network,
            scene,
            [proposal.box for proposal in chosen],
            max_frames=self.network.config.max_frames,
            kept=self.kept,
            progress=progress,
            is_cancelled=is_cancelled,
        )
        unseen = int((~looked.member_KFyx.any((1, 2, 3))).sum())
        if unseen:
            warnings += (f"{unseen} of {len(chosen)} candidates are seen in no frame.",)
        return RoomEncoding(scene.scene_id, chosen, looked.frames, looked.tokens, warnings)

    def ground(
        self,
        encoding: SceneEncoding,
        text: str,
        modalities: Sequence[Modality] = ("fused", "2d", "3d"),
    ) -> GroundingResult:
        """See `Grounder.ground`; where "nothing is meant" scores best, a warning says so.

        The best candidate is shown then too, as the original's evaluation on ScanRefer does.
        """
        started = time.perf_counter()
        own = own_encoding(encoding, RoomEncoding)
        asked = Expression.typed(own.scene_id, text).text
        groundings: dict[Modality, Grounding] = {}
        nothing: list[Modality] = []
        for modality in modalities:
            scores = self.scores(own, asked, SENSES[modality])
            groundings[modality] = self._grounding(modality, own, asked, scores)
            if scores[-1] > scores[:-1].max():
                nothing.append(modality)
        warnings = own.warnings + outside_training(self.network.config.extra, own.scene_id)
        if nothing:
            warnings += (f"{self.name} thinks that nothing is meant ({', '.join(nothing)}).",)
        return GroundingResult(groundings, warnings, (time.perf_counter() - started) * 1000)

    def mixed(
        self, encoding: SceneEncoding, text: str, alphas: Sequence[float]
    ) -> tuple[Grounding, ...]:
        """See `Grounder.mixed`."""
        own = own_encoding(encoding, RoomEncoding)
        asked = Expression.typed(own.scene_id, text).text
        senses = [Senses(appearance=1, geometry=min(max(alpha, 0.0), 1.0)) for alpha in alphas]
        return tuple(
            self._grounding("fused", own, asked, self.scores(own, asked, sense)) for sense in senses
        )

    def scores(self, encoding: RoomEncoding, text: str, senses: Senses) -> NDArray[np.float32]:
        """(K + 1,) cosines over the temperature, the last one for "nothing is meant"."""
        ids = self.ground_ids(text)
        with torch.inference_mode():
            tokens, prefix = self._perceived(encoding, senses), self._prefix(encoding, senses)
            scores = self.network.scores(prefix, tokens, senses, ids)
        result: NDArray[np.float32] = scores.cpu().numpy()
        return result

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
        own = own_encoding(encoding, RoomEncoding)
        asked = Expression.typed(own.scene_id, question).text
        config = self.network.config
        ids = self._ids(config.answer_prompt, asked)
        answers: dict[Modality, Answer] = {}
        for modality in modalities:
            with torch.inference_mode():
                said, log_probs = say(
                    self.network.backbone,
                    self._prefix(own, SENSES[modality]),
                    ids,
                    max_tokens=max_tokens,
                    end_token_ids=config.end_token_ids,
                )
            answers[modality] = self.texts.answer(modality, said, log_probs)
        warnings = own.warnings + outside_training(config.extra, own.scene_id)
        return AnswerResult(answers, warnings, (time.perf_counter() - started) * 1000)

    def before_ids(self) -> list[int]:
        """Token ids of what is said before the frames."""
        return self._ids(self.network.config.before_frames)

    def ground_ids(self, text: str) -> list[int]:
        """Token ids of what is said after the frames, `<ground>` last."""
        config = self.network.config
        return [*self._ids(config.ground_prompt, text.capitalize()), config.ground_token_id]

    def _ids(self, pieces: Sequence[str], text: str = "") -> list[int]:
        """Each piece through the tokenizer by itself, as the original does."""
        return [token for piece in pieces for token in self.texts.encode(piece, text)]

    def _perceived(self, encoding: RoomEncoding, senses: Senses) -> RoomTokens:
        if senses.shuffled:
            return shuffled(encoding.tokens, encoding.scene_id)
        return encoding.tokens

    def _prefix(self, encoding: RoomEncoding, senses: Senses) -> Heard:
        """The scene as it is perceived, from the last few that were read."""
        return self._prefixes.get(
            (encoding, senses),
            lambda: self.network.prefix(
                self._perceived(encoding, senses), senses, self.before_ids()
            ),
        )

    def _grounding(
        self, modality: Modality, own: RoomEncoding, text: str, scores: NDArray[np.float32]
    ) -> Grounding:
        """Shares among the candidates; that nothing is meant is none of them."""
        among = scores[:-1] - scores[:-1].max()
        log_probs = among - np.log(np.exp(among).sum())
        found = ranked(own.scene_id, own.proposals, log_probs, text)
        return Grounding(modality, found, own.frames)
