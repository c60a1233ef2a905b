"""The stateful shell around the stateless `spatial_vlm` network: NumPy outside, torch inside."""

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.models.candidates import at_most, outside_training, ranked
from whatwhere.models.frame_grounding import FrameGrounding
from whatwhere.models.frame_pointing import FramePointing
from whatwhere.models.grounder import (
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
from whatwhere.models.spatial_vlm.encoding import (
    FrameSights,
    SpatialEncoding,
    pool_candidates,
    scene_tensors,
    shuffled,
    tower_features,
)
from whatwhere.models.spatial_vlm.imagined import with_boxes, without
from whatwhere.models.spatial_vlm.modality import SENSES, Senses
from whatwhere.models.spatial_vlm.model import Scores, SentenceTensors, SpatialVLM
from whatwhere.models.spatial_vlm.patches import patch_scores
from whatwhere.models.spatial_vlm.views import SceneViews, patch_shares
from whatwhere.models.words import Words
from whatwhere.scenes.proposals import Proposal, annotation_proposals
from whatwhere.scenes.scene import Scene

MAX_CANDIDATES = 512
"""More than these are not looked at: every pair of them is compared, and with 1,000 one sentence
took 9 s and 1.6 GB on one core, with 2,000 it took 29 s and 4.9 GB."""

_ROWS_PER_PASS = 128
_PAIRS_PER_PASS = 1_000_000
"""Pairs of candidates in one pass, over all its sentences: about half a gigabyte."""


class SpatialGrounder:
    """A `Grounder` made of a `SpatialVLM` and its words.

    Args:
        network: loaded or trained.
        words: that it knows.
        name: that it is shown under.
        device: of torch.
        kept: what it saw of scenes before; None keeps nothing.
    """

    def __init__(
        self,
        network: SpatialVLM,
        words: Words,
        *,
        name: str,
        device: str,
        kept: KeptFeatures | None = None,
    ) -> None:
        self.network = network.to(device).eval()
        self.words = words
        self.name = name
        self.device = device
        self.kept = kept
        self.capabilities = Capabilities(
            modalities=tuple(SENSES),
            mixes=True,
            rearranges=True,
            points_in_frames=True,
            has_states=True,
        )
        self._in_frames = FramePointing(
            image_size=network.tower.image_size,
            max_frames=network.config.max_frames,
        )
        self._looked: tuple[tuple[Path, str, str], SceneViews, NDArray[np.float32]] | None = None

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
    ) -> SpatialEncoding:
        """See `Grounder.encode`; the frames of the last scene are kept for other proposals."""
        given = tuple(proposals) if proposals is not None else annotation_proposals(scene)
        chosen, left_out = at_most(given, MAX_CANDIDATES)
        key = (scene.folder, scene.scene_id, scene.edit)  # one folder may hold several scans
        looked = self._looked
        if looked is None or looked[0] != key:
            looked = (key, *self._look(scene, progress, is_cancelled))
            if not scene.edit:  # nobody looks at the same edit twice
                self._looked = looked
        _, views, features = looked
        grid = (features.shape[2], features.shape[3])
        shares = patch_shares(
            views, [proposal.box for proposal in chosen], grid=grid, is_cancelled=is_cancelled
        )
        pooled = pool_candidates(scene.scene_id, views, chosen, features=features, shares=shares)
        return replace(
            pooled,
            warnings=(*left_out, *pooled.warnings),
            sights=FrameSights(features, shares),
        )

    def rearranged(
        self,
        encoding: SceneEncoding,
        *,
        boxes: Sequence[Box] | None = None,
        without_frames: Collection[str] = (),
    ) -> SpatialEncoding:
        """See `Rearranging.rearranged`."""
        own = own_encoding(encoding, SpatialEncoding)
        if boxes is not None:
            own = with_boxes(own, boxes)
        return without(own, without_frames) if without_frames else own

    def _look(
        self, scene: Scene, progress: Progress | None, is_cancelled: IsCancelled | None
    ) -> tuple[SceneViews, NDArray[np.float32]]:
        """Frames, and what the tower sees of them while the next ones are decoded."""
        tower = self.network.tower

        def look_at(
            images: Iterator[NDArray[np.uint8]], count: int, told: Progress | None
        ) -> torch.Tensor:
            return torch.from_numpy(
                tower_features(
                    tower, images, num_frames=count, progress=told, is_cancelled=is_cancelled
                )
            )

        views, features = looked_at(
            scene,
            look_at,
            image_size=tower.image_size,
            max_frames=self.network.config.max_frames,
            weights=next(tower.parameters()),
            kept=self.kept,
            progress=progress,
            is_cancelled=is_cancelled,
        )
        return views, features.cpu().numpy()

    def share_look(self, other: "SpatialGrounder") -> None:
        """Take over what another model saw in its last scene, where both have the same eyes."""
        mine, its = self.network, other.network
        tower, other_tower = mine.tower.state_dict(), its.tower.state_dict()
        are_alike = (
            (mine.config.tower, mine.config.image_size, mine.config.max_frames)
            == (its.config.tower, its.config.image_size, its.config.max_frames)
            and self.device == other.device
            and all(torch.equal(tensor, other_tower[name]) for name, tensor in tower.items())
        )
        if are_alike:
            self._looked = other._looked

    def ground(
        self,
        encoding: SceneEncoding,
        text: str,
        modalities: Sequence[Modality] = ("fused", "2d", "3d"),
    ) -> GroundingResult:
        """See `Grounder.ground`; all modalities go through the network as one batch."""
        started = time.perf_counter()
        own = own_encoding(encoding, SpatialEncoding)
        expression = Expression.typed(own.scene_id, text)
        token_ids, unknown = self.words.encode(expression.text)
        log_probs = self.log_probs(own, token_ids, [SENSES[name] for name in modalities])
        groundings = {
            modality: Grounding(
                modality, ranked(own.scene_id, own.proposals, row, expression.text), own.frames
            )
            for modality, row in zip(modalities, log_probs, strict=True)
        }
        warnings = [*own.warnings, *outside_training(self.network.config.extra, own.scene_id)]
        warnings += _never_saw(unknown)
        elapsed_ms = (time.perf_counter() - started) * 1000
        return GroundingResult(groundings, tuple(warnings), elapsed_ms)

    def mixed(
        self, encoding: SceneEncoding, text: str, alphas: Sequence[float]
    ) -> tuple[Grounding, ...]:
        """See `Grounder.mixed`."""
        own = own_encoding(encoding, SpatialEncoding)
        expression = Expression.typed(own.scene_id, text)
        token_ids, _ = self.words.encode(expression.text)
        senses = [Senses(appearance=1, geometry=min(max(alpha, 0.0), 1.0)) for alpha in alphas]
        return tuple(
            Grounding(
                "fused", ranked(own.scene_id, own.proposals, row, expression.text), own.frames
            )
            for row in self.log_probs(own, token_ids, senses)
        )

    def log_probs_of_all(
        self, encoding: SceneEncoding, texts: Sequence[str], modalities: Sequence[Modality]
    ) -> NDArray[np.float32]:
        """See `BatchGrounder.log_probs_of_all`."""
        own = own_encoding(encoding, SpatialEncoding)
        found = [scores.log_probs_RK for scores in self._read(own, texts, modalities)]
        return _table(found, len(modalities))

    def _read(
        self, own: SpatialEncoding, texts: Sequence[str], modalities: Sequence[Modality]
    ) -> Iterator[Scores]:
        """All sentences in the first modality, then in the next, a few at a time."""
        said = [Expression.typed(own.scene_id, text).text for text in texts]
        token_ids = [self.words.encode(text)[0] for text in said]
        senses = [SENSES[name] for name in modalities]
        sentences = self._sentences(
            [ids for _ in senses for ids in token_ids], [s for s in senses for _ in token_ids]
        )
        scenes = scene_tensors([own, shuffled(own)]).to(self.device)
        # What is compared grows with the square of the candidates.
        rows = max(1, min(_ROWS_PER_PASS, _PAIRS_PER_PASS // len(own.proposals) ** 2))
        parts = torch.arange(len(sentences.scene_R), device=self.device).split(rows)
        for part in parts:
            with torch.inference_mode():
                scores: Scores = self.network(scenes, sentences.rows(part))
            yield scores

    def states_of_all(
        self,
        encoding: SceneEncoding,
        texts: Sequence[str],
        modalities: Sequence[Modality],
        candidates: Sequence[int],
    ) -> NDArray[np.float32]:
        """See `Stateful.states_of_all`."""
        own = own_encoding(encoding, SpatialEncoding)
        wanted = list(candidates) * len(modalities)
        found: list[torch.Tensor] = []
        for scores in self._read(own, texts, modalities):
            assert scores.states_RKD is not None
            done = sum(map(len, found))
            these = torch.tensor(wanted[done : done + len(scores.states_RKD)], device=self.device)
            found.append(scores.states_RKD[torch.arange(len(these), device=self.device), these])
        return _table(found, len(modalities))

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
        token_ids, unknown = self.words.encode(Expression.typed(scene.scene_id, text).text)
        ids = torch.tensor(token_ids, device=self.device)

        def score(features_Chw: torch.Tensor) -> NDArray[np.float32]:
            with torch.inference_mode():
                scores: NDArray[np.float32] = (
                    patch_scores(self.network, features_Chw, ids).cpu().numpy()
                )
            return scores

        found = self._in_frames.point(
            scene, self._look_at_one, score, frame, progress=progress, is_cancelled=is_cancelled
        )
        warnings = outside_training(self.network.config.extra, scene.scene_id)
        return replace(found, warnings=(*found.warnings, *warnings, *_never_saw(unknown)))

    def _look_at_one(self, image_HWC: NDArray[np.uint8]) -> torch.Tensor:
        with torch.inference_mode():
            seen: torch.Tensor = self.network.tower(
                torch.from_numpy(np.array(image_HWC[None])).to(self.device)
            )
        return seen[0]

    def log_probs(
        self, encoding: SpatialEncoding, token_ids: Sequence[int], senses: Sequence[Senses]
    ) -> NDArray[np.float32]:
        """(M, K) natural log-probabilities, one row per way of perceiving the scene."""
        scenes = scene_tensors([encoding, shuffled(encoding)]).to(self.device)
        sentences = self._sentences([token_ids for _ in senses], senses)
        with torch.inference_mode():
            scores = self.network(scenes, sentences)
        result: NDArray[np.float32] = scores.log_probs_RK.cpu().numpy()
        return result

    def _sentences(
        self, token_ids: Sequence[Sequence[int]], senses: Sequence[Senses]
    ) -> SentenceTensors:
        """As many ways of perceiving the scene as there are sentences, a row each."""
        length = torch.tensor([len(ids) for ids in token_ids], device=self.device)
        width = int(length.max())
        padded = [[*ids, *[self.words.pad_id] * (width - len(ids))] for ids in token_ids]
        return SentenceTensors(
            scene_R=torch.tensor([int(sense.shuffled) for sense in senses], device=self.device),
            token_ids_RW=torch.tensor(padded, device=self.device),
            word_mask_RW=torch.arange(width, device=self.device) < length[:, None],
            ground_R=length - 1,
            appearance_R=torch.tensor([float(s.appearance) for s in senses], device=self.device),
            geometry_R=torch.tensor([float(s.geometry) for s in senses], device=self.device),
        )


def _never_saw(unknown: Sequence[str]) -> tuple[str, ...]:
    if not unknown:
        return ()
    listed = ", ".join(f'"{word}"' for word in unknown)
    return (f"The model never saw {listed}; it reads an unknown word instead.",)


def _table(parts: Sequence[torch.Tensor], num_modalities: int) -> NDArray[np.float32]:
    """Rows (M * R, ...) that came in parts -> (M, R, ...)."""
    joined: NDArray[np.float32] = torch.cat(list(parts)).float().cpu().numpy()
    return joined.reshape(num_modalities, -1, joined.shape[-1])
