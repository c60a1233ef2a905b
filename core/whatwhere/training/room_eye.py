"""What tower and projector of a `video_3d_llm` see of a scene."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import torch
from torch.nn.functional import interpolate

from whatwhere.geometry.boxes import box_rows
from whatwhere.models.frame_vlm.sights import Sight
from whatwhere.models.video_3d_llm.encoding import look_at
from whatwhere.models.video_3d_llm.network import Video3DLLM
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import Proposal, annotation_proposals
from whatwhere.scenes.scene import Scene
from whatwhere.training.datasets import DataSet
from whatwhere.training.kept_scenes import Looked, Wanted
from whatwhere.training.rooms import about_candidates
from whatwhere.training.scene_store import SIGHT, fingerprint, sight_tensors

_VERSION = 1


@dataclass(frozen=True, slots=True)
class RoomEye:
    """See `Eye`. Scenes are read one after the other, by this process.

    Attributes:
        network: whose tower and projector are frozen.
    """

    network: Video3DLLM

    @property
    def names(self) -> Collection[str]:
        """See `Eye.names`."""
        return SIGHT | {"looks_KD"}

    def depends_on(self, dataset: DataSet) -> str:
        """See `Eye.depends_on`."""
        backbone, config = self.network.backbone, self.network.config
        device = next(backbone.parameters()).device.type
        known = ["video_3d_llm", _VERSION, device, dataset.max_frames, *config.image_size]
        return fingerprint([*known, config.tower], (*backbone.vision, *backbone.projectors))

    def look(self, dataset: DataSet, wanted: Wanted) -> Iterator[Looked]:
        """See `Eye.look`."""
        for scene_id, _ in wanted:
            scene = open_scene(dataset.folder / "scans" / scene_id)
            proposals = annotation_proposals(scene)
            sight = self._sight(scene, proposals, dataset.max_frames)
            about = about_candidates(scene, proposals)
            yield Looked(scene_id, sight_tensors(sight), about)

    def _sight(self, scene: Scene, proposals: tuple[Proposal, ...], max_frames: int) -> Sight:
        boxes = [proposal.box for proposal in proposals]
        looked = look_at(self.network, scene, boxes, max_frames=max_frames)
        tokens, side = looked.tokens, self.network.tokens_per_side
        # As the features are pooled, so is what they belong to.
        shares = interpolate(looked.member_KFyx.float(), size=(side, side), mode="bilinear")
        rows = torch.from_numpy(box_rows(boxes)).float()
        points = tokens.points_m_Fyx3.flatten(1, 2)
        return Sight(
            room=0,
            seen=tokens.frames_FyxD[:, :, :, None],
            shares_KFyx=shares.half(),
            points_m_FP3=points,
            measured_FP=torch.ones(points.shape[:2], dtype=torch.bool),
            seen_K=looked.member_KFyx.any(3).any(2).any(1),
            centers_m_K3=tokens.centers_m_K3,
            sizes_m_K3=rows[:, 3:],
            # Its candidates have no size for the network, and its rooms none.
            room_half_m_3=torch.ones(3),
            looks_KD=tokens.objects_KD,
        )
