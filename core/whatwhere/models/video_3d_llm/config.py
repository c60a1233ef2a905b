"""The sizes and words of a `video_3d_llm` model, as stored in its config.json.

Sources for the whole package: arXiv 2412.00493, and the repository LaVi-Lab/Video-3D-LLM
(llava/model, llava/eval, llava/video_utils.py), read and described in our words. Only what its
released checkpoints use is here: positions "avg-discrete-sin3d", object features "patch14-pe",
the "infonce" head, a newline after each row of tokens.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
)

KIND = "video_3d_llm"

_BEFORE = (
    "<|im_start|>",
    "system",
    "\n",
    "You are a helpful assistant.",
    "<|im_end|>",
    "\n",
    "<|im_start|>user",
    "\n",
)
_ASSISTANT = ("<|im_end|>", "\n", "<|im_start|>assistant", "\n")


def _with_text(pieces: tuple[str, ...]) -> tuple[str, ...]:
    if sum(piece.count("{text}") for piece in pieces) != 1:
        raise ValueError("it does not hold {text} once")
    return pieces


Pieces = tuple[str, ...]


def _square(size: tuple[int, int]) -> tuple[int, int]:
    if size[0] != size[1]:
        raise ValueError("it is no square")
    return size


Prompt = Annotated[Pieces, AfterValidator(_with_text)]


class Video3DLLMConfig(BaseModel):
    """Everything needed to build the network before its weights are read.

    Prompts are in pieces because the original puts each through the tokenizer by itself.

    Attributes:
        tower: a `siglip_vision_model` with as many layers as are used; nothing is normalised
            after the last.
        language_model: a `qwen2`.
        image_size: (height, width) of the square that is cut from the middle of a frame, pixels.
        max_frames: frames of a scene the model looks at, spread evenly.
        pool: every other patch becomes a token, along both sides.
        voxel_size_m: steps that coordinates are rounded to.
        lower_m: coordinates below count as these; aligned metres.
        upper_m: coordinates above count as these.
        temperature: divides the cosine that scores a candidate.
        before_frames: said before the tokens of the frames.
        ground_prompt: said after them; `{text}` is the sentence, its first letter made large and
            the others small, as the training data has it. `<ground>` follows.
        answer_prompt: the same for a question, which stays as it is.
        ground_token_id: of `<ground>`.
        end_token_ids: each ends an answer.
        extra: notes of whoever wrote the folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["video_3d_llm"] = "video_3d_llm"
    tower: dict[str, Any]
    language_model: dict[str, Any]
    image_size: Annotated[tuple[PositiveInt, PositiveInt], AfterValidator(_square)] = (384, 384)
    max_frames: PositiveInt = 32
    pool: Literal[2] = 2
    voxel_size_m: PositiveFloat = 0.1
    lower_m: tuple[float, float, float] = (-15.0, -15.0, -5.0)
    upper_m: tuple[float, float, float] = (15.0, 15.0, 5.0)
    temperature: PositiveFloat = 0.07
    before_frames: Pieces = _BEFORE
    ground_prompt: Prompt = (
        "\n",
        "Identify the object according to the following description.\n{text}",
        *_ASSISTANT,
    )
    answer_prompt: Prompt = ("\n", " {text} Answer the question simply.", *_ASSISTANT)
    ground_token_id: NonNegativeInt
    end_token_ids: tuple[NonNegativeInt, ...] = ()
    extra: dict[str, Any] = {}
