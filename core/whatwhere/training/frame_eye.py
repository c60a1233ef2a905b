"""What the tower of a `frame_vlm` sees of a scene."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from whatwhere.geometry.boxes import box_rows
from whatwhere.models.frame_vlm.encoding import seen_by
from whatwhere.models.frame_vlm.model import FrameVLM
from whatwhere.models.frame_vlm.sights import Sight, pooled_points
from whatwhere.models.frame_vlm.token_points import floor_center
from whatwhere.training.datasets import DataSet
from whatwhere.training.kept_scenes import Looked, Wanted
from whatwhere.training.rooms import Room, read_scenes
from whatwhere.training.scene_store import SIGHT, fingerprint, sight_tensors

_VERSION = 1


@dataclass(frozen=True, slots=True)
class FrameEye:
    """See `Eye`.

    Attributes:
        network: whose vision part is frozen, or else trained on pixels.
        keeps_pixels: whether frames are kept and not what the tower saw, because it learns.
        workers: processes that read.
    """

    network: FrameVLM
    keeps_pixels: bool
    workers: int

    @property
    def names(self) -> Collection[str]:
        """See `Eye.names`."""
        return SIGHT

    def depends_on(self, dataset: DataSet) -> str:
        """See `Eye.depends_on`."""
        backbone = self.network.backbone
        modules = () if self.keeps_pixels else backbone.vision
        if backbone.keeps_projected and not self.keeps_pixels:
            modules += backbone.projectors
        device = next(backbone.parameters()).device.type
        known = [_VERSION, device, self.keeps_pixels, dataset.max_frames, *backbone.image_size]
        known += [*backbone.grid, *self.network.pooled_grid, self.network.config.backbone]
        return fingerprint(known, modules)

    def look(self, dataset: DataSet, wanted: Wanted) -> Iterator[Looked]:
        """See `Eye.look`."""
        backbone = self.network.backbone
        rooms = read_scenes(
            dataset.folder,
            wanted,
            image_size=backbone.image_size,
            grid=backbone.grid,
            max_frames=dataset.max_frames,
            workers=min(self.workers, len(wanted)),
            points=True,
        )
        for room in rooms:
            about = {
                "object_ids": list(room.object_ids),
                "classes": list(room.classes),
                "colours": list(room.colours),
            }
            yield Looked(room.scene_id, sight_tensors(self._sight(room)), about)

    def _sight(self, room: Room) -> Sight:
        network, views = self.network, room.views
        if room.points_m is None or room.measured is None:
            raise AssertionError("rooms are read with their points")
        points_m_FP3, measured_FP = pooled_points(room.points_m, room.measured, network.pooled_grid)
        rows = box_rows(proposal.box for proposal in room.proposals).astype(np.float32)
        floor_m = floor_center(views.room_lower, views.room_upper)
        half_m = (views.room_upper - views.room_lower) / 2
        shares_KFyx = torch.from_numpy(room.shares)
        pixels = torch.from_numpy(views.images)
        return Sight(
            room=0,
            seen=pixels if self.keeps_pixels else seen_by(network.backbone, views.images),
            shares_KFyx=shares_KFyx,
            points_m_FP3=points_m_FP3,
            measured_FP=measured_FP,
            seen_K=shares_KFyx.float().sum((1, 2, 3)) > 0,
            centers_m_K3=torch.from_numpy(rows[:, :3] - floor_m),
            sizes_m_K3=torch.from_numpy(rows[:, 3:]),
            room_half_m_3=torch.from_numpy(half_m).float(),
        )
