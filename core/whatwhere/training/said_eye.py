"""What the encoders of a `geometry_vlm` see of a scene, and how the boxes in it are said."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from whatwhere.geometry.boxes import Box, box_rows
from whatwhere.geometry.posed_depth import PosedDepth
from whatwhere.geometry.visibility import membership
from whatwhere.models.frame_vlm.encoding import look
from whatwhere.models.geometry_vlm.box_text import box_text, in_camera
from whatwhere.models.geometry_vlm.encoding import MARGIN_M
from whatwhere.models.geometry_vlm.network import GeometryVLM
from whatwhere.models.spatial_vlm.views import collect_views
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.training.datasets import DataSet
from whatwhere.training.kept_scenes import Looked, Wanted
from whatwhere.training.rooms import about_candidates
from whatwhere.training.scene_store import fingerprint

SAID = "said"
_VERSION = 1
_NAMES = frozenset(
    {"looks_FPLD", "geometry", "poses_F44", "seen_K"}
    | {"centers_m_K3", "sizes_m_K3", "room_half_m_3"}
)


@dataclass(frozen=True, slots=True)
class SaidEye:
    """See `Eye`. Scenes are read one after the other, by this process.

    Attributes:
        network: whose towers and projector are frozen.
    """

    network: GeometryVLM

    @property
    def names(self) -> Collection[str]:
        """See `Eye.names`."""
        return _NAMES

    def depends_on(self, dataset: DataSet) -> str:
        """See `Eye.depends_on`."""
        network = self.network
        backbone, config = network.backbone, network.config
        device = next(backbone.parameters()).device.type
        known = ["geometry_vlm", _VERSION, device, dataset.max_frames, *config.image_size]
        known += [config.backbone, config.geometry.model_dump()]
        modules = [*backbone.vision, *backbone.projectors]
        if network.geometry.reads_colour:
            modules.append(network.geometry)
        return fingerprint(known, modules)

    def look(self, dataset: DataSet, wanted: Wanted) -> Iterator[Looked]:
        """See `Eye.look`; "said" holds the words of each box, "" where no frame sees it."""
        for scene_id, _ in wanted:
            yield self._look(dataset, scene_id)

    def _look(self, dataset: DataSet, scene_id: str) -> Looked:
        network = self.network
        scene = open_scene(dataset.folder / "scans" / scene_id)
        views = collect_views(
            scene, image_size=network.backbone.image_size, max_frames=dataset.max_frames
        )
        proposals = annotation_proposals(scene)
        boxes = [proposal.box for proposal in proposals]
        rows = torch.from_numpy(box_rows(boxes)).float()
        said = said_in_clearest_frame(views.depths, boxes)
        tensors = {
            "looks_FPLD": look(network.backbone, views.images).flatten(1, 2),
            "geometry": network.geometry.prepare(views),
            "poses_F44": torch.from_numpy(
                np.stack([depth.world_from_camera for depth in views.depths])
            ),
            "seen_K": torch.tensor([bool(words) for words in said], dtype=torch.bool),
            "centers_m_K3": rows[:, :3],
            "sizes_m_K3": rows[:, 3:],
            "room_half_m_3": torch.ones(3),
        }
        about = {**about_candidates(scene, proposals), SAID: said}
        return Looked(scene_id, tensors, about)


def said_in_clearest_frame(depths: Sequence[PosedDepth], boxes: Sequence[Box]) -> list[str]:
    """The words of each box in the camera of the frame that shows most of it; "" of the unseen."""
    counts_FK = np.array(
        [
            membership(
                depth.depth_m,
                depth.valid,
                depth.camera,
                depth.world_from_camera,
                boxes,
                margin_m=MARGIN_M,
            ).sum((1, 2))
            for depth in depths
        ]
    )
    found = []
    for box, counts_F in zip(boxes, counts_FK.T, strict=True):
        frame = int(counts_F.argmax())
        pose = depths[frame].world_from_camera
        found.append(box_text(in_camera(box, frame, pose)) if counts_F[frame] else "")
    return found
