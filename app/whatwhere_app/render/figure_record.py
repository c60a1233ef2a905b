"""What is written beside a figure, so that the same figure can be made again."""

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from whatwhere_app.render.camera import CameraPose
from whatwhere_app.render.figure import MAX_SCALE, Shot
from whatwhere_app.theme import Layer, ThemeName

Triple = tuple[FiniteFloat, FiniteFloat, FiniteFloat]


class CameraRecord(BaseModel):
    """A camera; lengths in aligned metres.

    Attributes:
        position: of the eye.
        focal_point: what it looks at.
        up: unit vector.
        view_angle_deg: full vertical field of view.
        is_parallel: orthographic.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    position: Triple
    focal_point: Triple
    up: Triple
    view_angle_deg: float = Field(gt=0, lt=180)
    is_parallel: bool = False

    @classmethod
    def of(cls, pose: CameraPose) -> "CameraRecord":
        """What is written down of a pose."""
        return cls(
            position=pose.position,
            focal_point=pose.focal_point,
            up=pose.up,
            view_angle_deg=pose.view_angle_deg,
            is_parallel=pose.is_parallel,
        )

    def pose(self) -> CameraPose:
        """The inverse of `of`."""
        return CameraPose(
            self.position, self.focal_point, self.up, self.view_angle_deg, self.is_parallel
        )


class FigureRecord(BaseModel):
    """Everything that decides how a figure looks, but the scene and the answers themselves.

    Attributes:
        scene: id of the scene.
        expression: the sentence in hand, or None.
        layers: the visible ones.
        camera: where the eye was.
        size_px: width and height of the 3D view.
        scale: pixels of the picture per pixel of the view.
        theme: the look.
        ceiling_m: what lies higher was cut off, or None.
        boxes_only: whether the scan was left out.
        is_lit: whether the scan was shaded by a light.
        is_transparent: whether there was nothing behind the scan.
        wipe_share: where the divider between two models stood, 0..1 from the left, or None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scene: str
    expression: str | None
    layers: tuple[Layer, ...]
    camera: CameraRecord
    size_px: tuple[int, int]
    scale: int = Field(ge=1, le=MAX_SCALE)
    theme: ThemeName
    ceiling_m: float | None
    boxes_only: bool
    is_lit: bool = False
    is_transparent: bool = False
    wipe_share: float | None = Field(default=None, ge=0, le=1)

    def shot(self) -> Shot:
        """From where, and how large."""
        return Shot(self.camera.pose(), *self.size_px, self.scale)
