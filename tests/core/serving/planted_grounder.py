"""Grounders whose reasons are known: one goes by redness, one by distance, one by neither."""

from dataclasses import dataclass, replace

import numpy as np

from whatwhere.geometry.visibility import membership
from whatwhere.language.expressions import Expression
from whatwhere.models.candidates import ranked
from whatwhere.models.grounder import Capabilities, Grounding, GroundingResult
from whatwhere.scenes.proposals import annotation_proposals


@dataclass(frozen=True, eq=False)
class PlantedEncoding:
    proposals: tuple
    frames: tuple
    reds: np.ndarray  # (F, K)


class PlantedGrounder:
    """Scores a candidate by `vividness` times its redness, less its distance to a corner."""

    name, device, num_parameters = "planted", "cpu", 0

    def __init__(self, vividness, *, rearranges=True, thinks=True):
        self.vividness = vividness
        self.capabilities = Capabilities(
            modalities=("fused", "2d"), rearranges=rearranges, thinks=thinks
        )
        self.num_encodes = 0

    def encode(self, scene, proposals=None, *, progress=None, is_cancelled=None):
        self.num_encodes += 1
        among = tuple(annotation_proposals(scene) if proposals is None else proposals)
        boxes = [item.box for item in among]
        reds = []
        for header in scene.frames:
            frame = scene.read_frame(header)
            inside = membership(*_depth(frame), boxes)
            rows = np.arange(frame.depth_m.shape[0]) * 2
            columns = np.arange(frame.depth_m.shape[1]) * 2
            red = frame.color[np.ix_(rows, columns)][..., 0].astype(float)
            reds.append([red[mask].mean() if mask.any() else 0.0 for mask in inside])
        return PlantedEncoding(among, tuple(h.name for h in scene.frames), np.array(reds))

    def rearranged(self, encoding, *, boxes=None, without_frames=()):
        if boxes is not None:
            moved = zip(encoding.proposals, boxes, strict=True)
            encoding = replace(
                encoding, proposals=tuple(replace(item, box=box) for item, box in moved)
            )
        kept = [n for n, name in enumerate(encoding.frames) if name not in without_frames]
        return replace(
            encoding,
            frames=tuple(encoding.frames[n] for n in kept),
            reds=encoding.reds[kept],
        )

    def ground(self, encoding, text, modalities=("fused",)):
        Expression.typed("scene", text)
        sign = -1.0 if "farthest" in text or "not" in text.split() else 1.0
        red = encoding.reds.mean(axis=0) / 255
        x = np.array([item.box.center[0] for item in encoding.proposals])
        found = {}
        for modality in modalities:
            vividness = self.vividness if modality == "fused" else 1.0
            scores = vividness * red * 10 - (1 - vividness) * sign * x
            log_probs = (scores - np.log(np.exp(scores).sum())).astype(np.float32)
            candidates = ranked("scene", encoding.proposals, log_probs, text)
            found[modality] = Grounding(modality, candidates, encoding.frames)
        warnings = ('The model never saw "not".',) if "not" in text.split() else ()
        return GroundingResult(found, warnings)


def _depth(frame):
    return frame.depth_m, frame.depth_valid, frame.depth_camera, frame.world_from_camera
