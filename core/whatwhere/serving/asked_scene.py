"""One scan and the sentences about it, as they are asked for a diagnosis."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from whatwhere.errors import BrokenFileError, MissingFileError
from whatwhere.evaluation.cases.truth import SceneTruth
from whatwhere.geometry.boxes import Box
from whatwhere.language.expressions import Expression
from whatwhere.scenes.scene import Scene
from whatwhere.scenes.shown_shares import shown_shares
from whatwhere.serving.twin_scans import TwinScan

_MOST_FRAMES = 32
"""Of those that visibility is taken from where no model chose."""


@dataclass(frozen=True, slots=True, eq=False)
class SceneAsked:
    """One scan and what is asked of it.

    Attributes:
        scene: opened.
        rows: n rows of the split.
        expressions: as many.
        twins: of the scan, where there are any.
    """

    scene: Scene
    rows: tuple[int, ...]
    expressions: tuple[Expression, ...]
    twins: tuple[TwinScan, ...] = ()

    @property
    def texts(self) -> list[str]:
        """The sentences."""
        return [item.text for item in self.expressions]


def target_visibility(
    scene: Scene, truth: SceneTruth, names: Sequence[str] | None
) -> NDArray[np.float32]:
    """(n,) of each target, from the frames that were looked at."""
    found = np.full(len(truth.targets), np.nan, np.float32)
    headers = scene.frames
    if names is None:
        headers = headers[:: max(1, -(-len(headers) // _MOST_FRAMES))]
    else:
        wanted = set(names)
        headers = [header for header in headers if header.name in wanted]
    depths = []
    for header in headers:
        try:
            depths.append(scene.read_coarse_depth(header))
        except (BrokenFileError, MissingFileError):
            continue  # the model did without it, too
    targets = np.unique(truth.targets[truth.targets >= 0])
    if depths and len(targets):
        shares = shown_shares(depths, [Box.from_row(truth.boxes[index]) for index in targets])
        known = truth.targets >= 0
        found[known] = shares[np.searchsorted(targets, truth.targets[known])]
    return found
