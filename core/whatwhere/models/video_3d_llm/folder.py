"""Reading the folder of a `video_3d_llm`, which `converting` writes."""

from pathlib import Path

from whatwhere.models.folder_parts import built, read_config, read_texts
from whatwhere.models.video_3d_llm.config import Video3DLLMConfig
from whatwhere.models.video_3d_llm.grounder import Video3DGrounder
from whatwhere.models.video_3d_llm.network import Video3DLLM
from whatwhere.models.weights import fill, read_weights


def load_video_3d_grounder(folder: Path, *, device: str) -> Video3DGrounder:
    """The model of a folder, on a device that exists.

    Raises:
        ModelError: config.json, the weights or the tokenizer cannot be used, or do not fit.
    """
    config = read_config(folder, Video3DLLMConfig)
    tensors = read_weights(folder)
    network = built(folder, lambda: Video3DLLM(config))
    fill(network, tensors, folder=folder)
    texts = read_texts(folder, num_rows=len(network.backbone.embedding))
    return Video3DGrounder(network, texts, name=folder.name, device=device)
