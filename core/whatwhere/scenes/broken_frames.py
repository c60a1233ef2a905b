"""Frames whose images turn out broken while a scene is read: left out, and named once."""

from whatwhere.errors import BrokenFileError
from whatwhere.scenes.scene import Frame, FrameHeader, Scene

_MAX_NAMED = 5


class BrokenFrames:
    """Reads frames of one scene, one broken image being no reason to give the scene up."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._faults: dict[str, BrokenFileError] = {}

    def read(self, header: FrameHeader) -> Frame | None:
        """The frame, or None when an image of it is broken or gone."""
        try:
            return self._scene.read_frame(header)
        except BrokenFileError as error:
            self._faults[header.name] = error
            return None

    def fault(self, name: str) -> str | None:
        """Why a frame that was asked for could not be read, or None."""
        error = self._faults.get(name)
        return None if error is None else unreadable(error)

    def tell(self) -> None:
        """Add one sentence about all of them to the scene's warnings; none when all were read."""
        count = len(self._faults)
        if not count:
            return
        # In capture order, whichever thread came upon it first.
        found = [h.name for h in self._scene.headers if h.name in self._faults]
        named = [f"{name} ({unreadable(self._faults[name])})" for name in found]
        more = ", ..." if count > _MAX_NAMED else ""
        what = "1 frame was" if count == 1 else f"{count} frames were"
        self._scene.warnings.append(
            f"{what} left out, for an image cannot be read: "
            f"{', '.join(named[:_MAX_NAMED])}{more}. Export these files again."
        )


def unreadable(error: BrokenFileError) -> str:
    """The file, as in its folder, and what is wrong with it."""
    path = error.path
    return error.fault if path is None else f"{path.parent.name}/{path.name}: {error.fault}"
