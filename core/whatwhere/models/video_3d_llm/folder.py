"""Reading the folder of a `video_3d_llm`, which `converting` writes."""

from pathlib import Path

from whatwhere.errors import NotSupportedError
from whatwhere.models.devices import resolve_dtype
from whatwhere.models.folder_parts import built, read_config, read_texts
from whatwhere.models.grounder import IsCancelled, Progress
from whatwhere.models.kept_features import KeptFeatures
from whatwhere.models.load_settings import LoadSettings
from whatwhere.models.unfilled import unfilled
from whatwhere.models.video_3d_llm.config import Video3DLLMConfig
from whatwhere.models.video_3d_llm.grounder import Video3DGrounder
from whatwhere.models.video_3d_llm.network import Video3DLLM
from whatwhere.models.weights import fill_from


def load_video_3d_grounder(
    folder: Path,
    *,
    device: str,
    settings: LoadSettings | None = None,
    progress: Progress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Video3DGrounder:
    """The model of a folder, on a device that exists.

    Args:
        folder: of the model.
        device: of torch; that of the settings is not looked at.
        settings: type of the weights, frames; None leaves all to the model.
        progress: told how much was read.
        is_cancelled: polled between tensors.

    Raises:
        ModelError: config.json, the weights or the tokenizer cannot be used, or do not fit.
        NotSupportedError: another image size is asked for.
        Cancelled: `is_cancelled` returned True.
    """
    chosen = settings or LoadSettings()
    if chosen.image_size is not None:
        raise NotSupportedError(
            f"{folder.name} is a video_3d_llm, whose image size is that of its weights",
            remedy="Choose fewer frames instead",
        )
    config = read_config(folder, Video3DLLMConfig)
    config = config.model_copy(update={"max_frames": chosen.max_frames or config.max_frames})
    dtype = resolve_dtype(chosen.dtype, device)
    with unfilled(device):
        network = built(folder, lambda: Video3DLLM(config, backbone_dtype=dtype))
    fill_from(network, folder, progress=progress, is_cancelled=is_cancelled)
    texts = read_texts(folder, num_rows=len(network.backbone.embedding))
    kept = KeptFeatures(folder, max_bytes=chosen.cache_bytes)
    return Video3DGrounder(network, texts, name=folder.name, device=device, kept=kept)
