"""The relations of a sentence as arrows: solid where they hold, dashed where they do not."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from whatwhere_app.probe_values import RuledLine
from whatwhere_app.render.arrows import arrow, dashed
from whatwhere_app.render.boxes import add_lines, in_front, line_actor, line_mesh
from whatwhere_app.render.labels import Label, draw_labels
from whatwhere_app.theme import Theme

_NAME = "ruler"
_LABEL_PX = 13
_WIDTH_PX = 2.5
_DASH_M, _GAP_M = 0.08, 0.06


def draw_relation_ruler(
    plotter: Any, lines: Sequence[RuledLine], theme: Theme, *, pixel_ratio: float
) -> None:
    """Replace what is drawn.

    Args:
        plotter: any pyvista plotter.
        lines: one per relation and box.
        theme: colours of the layers.
        pixel_ratio: device pixels per logical pixel.
    """
    for old in [key for key in plotter.actors if key.startswith(f"{_NAME}/")]:
        plotter.remove_actor(old, reset_camera=False, render=False)
    labels = []
    for number, line in enumerate(lines):
        color = theme.strokes[line.layer].color
        labels.append(Label(line.place, line.text, color, theme.surface_1))
        parts = [arrow(np.array(start), np.array(end)) for start, end in line.arrows]
        if line.holds is False:
            parts = [
                np.concatenate([dashed(part[0], dash_m=_DASH_M, gap_m=_GAP_M), part[1:]])
                for part in parts
                if len(part)
            ]
        segments = np.concatenate([np.empty((0, 2, 3)), *parts])
        if len(segments):
            actor = line_actor(line_mesh(segments), color, _WIDTH_PX * pixel_ratio)
            in_front(actor)
            add_lines(plotter, actor, f"{_NAME}/lines/{number}")
    draw_labels(plotter, f"{_NAME}/label", labels, size_px=_LABEL_PX)
