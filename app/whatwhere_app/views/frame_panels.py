"""The large frame in every layout that has one: what is shown in one is shown in all."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from whatwhere_app.view_values import Overlay, PixelMark, PixelRegion
from whatwhere_app.views.frame_panel import FramePanel


class FramePanels:
    """Passes on what is shown to each panel; one that comes later shows the same.

    Args:
        first: the panel of the first layout.
    """

    def __init__(self, first: FramePanel) -> None:
        self._panels = [first]
        # In the order in which a new panel takes them.
        self._frame: tuple[NDArray[np.uint8] | None, str] = (None, "")
        self._depth: (
            tuple[NDArray[np.float32], NDArray[np.bool_], tuple[float, float, float, float]] | None
        ) = None
        self._is_depth_shown = False
        self._overlays: tuple[Overlay, ...] = ()
        self._region: PixelRegion | None = None
        self._mark: PixelMark | None = None
        self._caption = ("", "")
        self._note = ""

    def add(self, panel: FramePanel) -> None:
        """One more."""
        self._panels.append(panel)
        picture, (color, message) = panel.picture, self._frame
        if color is not None:
            picture.show_frame(color)
        elif message:
            picture.show_message(message)
        if self._depth is not None:
            picture.show_depth(*self._depth)
        picture.set_depth_shown(self._is_depth_shown)
        picture.show_overlays(self._overlays)
        picture.show_region(self._region)
        picture.show_mark(self._mark)
        panel.show_caption(*self._caption)
        panel.show_note(self._note)

    def show_frame(self, color: NDArray[np.uint8]) -> None:
        """See `FrameView.show_frame`."""
        self._frame, self._depth = (color, ""), None
        for panel in self._panels:
            panel.picture.show_frame(color)

    def show_depth(
        self,
        depth_m: NDArray[np.float32],
        valid: NDArray[np.bool_],
        place_px: tuple[float, float, float, float],
    ) -> None:
        """See `FrameView.show_depth`."""
        self._depth = depth_m, valid, place_px
        for panel in self._panels:
            panel.picture.show_depth(depth_m, valid, place_px)

    def set_depth_shown(self, is_shown: bool) -> None:
        """See `FrameView.set_depth_shown`."""
        self._is_depth_shown = is_shown
        for panel in self._panels:
            panel.picture.set_depth_shown(is_shown)

    def show_overlays(self, overlays: Sequence[Overlay]) -> None:
        """See `FrameView.show_overlays`."""
        self._overlays = tuple(overlays)
        for panel in self._panels:
            panel.picture.show_overlays(overlays)

    def show_region(self, region: PixelRegion | None) -> None:
        """See `FrameView.show_region`."""
        self._region = region
        for panel in self._panels:
            panel.picture.show_region(region)

    def show_mark(self, mark: PixelMark | None) -> None:
        """See `FrameView.show_mark`."""
        self._mark = mark
        for panel in self._panels:
            panel.picture.show_mark(mark)

    def show_message(self, text: str) -> None:
        """See `FrameView.show_message`."""
        self._frame, self._depth, self._overlays = (None, text), None, ()
        self._region = self._mark = None
        for panel in self._panels:
            panel.picture.show_message(text)

    def show_caption(self, text: str, hint: str) -> None:
        """See `FramePanel.show_caption`."""
        self._caption = text, hint
        for panel in self._panels:
            panel.show_caption(text, hint)

    def show_note(self, text: str) -> None:
        """See `FramePanel.show_note`."""
        self._note = text
        for panel in self._panels:
            panel.show_note(text)
