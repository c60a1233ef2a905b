"""The sizes of a `geometry_vlm` model, as stored in its config.json.

The kind follows VG-LLM (arXiv 2505.24625, LaVi-Lab/VG-LLM): Qwen2.5-VL whose image tokens get the
features of a geometry encoder added, and which says a box as JSON. The prompt is theirs.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt

KIND = "geometry_vlm"

_BOX_PROMPT = (
    "Localize the first clear frame in the video showing the object described in the text.\n"
    "Text: {text}\n"
    'Output a JSON dictionary with the frame index in "frame" and its 3D bounding box in '
    '"bbox_3d" in the frame\'s coordinates.\n'
)


def _with_text(prompt: str) -> str:
    if prompt.count("{text}") != 1:
        raise ValueError("it is not a text with {text} once")
    return prompt


Prompt = Annotated[str, AfterValidator(_with_text)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PointsConfig(_Frozen):
    """Geometry from depth and poses: point maps, cut into patches, and a small transformer.

    Attributes:
        width: of its tokens.
        num_layers: of the transformer, within a frame.
        num_heads: of its attention; divides the width.
    """

    kind: Literal["points"] = "points"
    width: PositiveInt = 64
    num_layers: NonNegativeInt = 2
    num_heads: PositiveInt = 2


class ImagesConfig(_Frozen):
    """Geometry as a second, frozen vision tower sees it in the images, as VG-LLM's VGGT does.

    Attributes:
        tower: Hugging Face vision configuration with its `model_type`.
    """

    kind: Literal["images"] = "images"
    tower: dict[str, Any]


class GeometryVLMConfig(_Frozen):
    """Everything needed to build the network before its weights are read.

    Attributes:
        backbone: `{"tower": ..., "language_model": ...}` or `{"whole": ...}`, each a Hugging Face
            configuration with its `model_type`.
        geometry: the geometry encoder.
        image_size: (height, width) that frames are resized to, pixels.
        max_frames: frames of a scene the model looks at, spread evenly.
        frame_prompt: said before the tokens of a frame; `{text}` is its index from 0.
        box_prompt: said after all frames; `{text}` is the sentence.
        answer_prompt: the same for a question.
        max_box_tokens: a box that is not said within so many is none.
        end_token_ids: each ends what is said.
        extra: notes of whoever wrote the folder.
    """

    kind: Literal["geometry_vlm"] = "geometry_vlm"
    backbone: dict[str, Any]
    geometry: Annotated[PointsConfig | ImagesConfig, Field(discriminator="kind")] = PointsConfig()
    image_size: tuple[PositiveInt, PositiveInt]
    max_frames: PositiveInt = 24
    frame_prompt: Prompt = "Frame-{text}: "
    box_prompt: Prompt = _BOX_PROMPT
    answer_prompt: Prompt = "{text}"
    max_box_tokens: PositiveInt = 128
    end_token_ids: tuple[NonNegativeInt, ...] = ()
    extra: dict[str, Any] = {}
