"""Training a `video_3d_llm`: converted weights of Video-3D-LLM, or a model made from them.

Its own loss is InfoNCE over the candidates and "nothing is meant", which is the Alignment here:
the shares that the network gives to the candidates leave room for that one. The other objectives
act as on any network that chooses. Tower and projector stay as they are.
"""

import torch

from whatwhere.models.registry import model_folder
from whatwhere.models.video_3d_llm.config import KIND
from whatwhere.models.video_3d_llm.folder import load_video_3d_grounder
from whatwhere.training.config import TrainConfig
from whatwhere.training.datasets import DataSet, Report, labels_of
from whatwhere.training.frame_reader import FrameReader
from whatwhere.training.frame_trainee import FrameTrainee, adapted, choose_what_learns
from whatwhere.training.kept_scenes import KeptScenes
from whatwhere.training.room_eye import RoomEye


def room_trainee(config: TrainConfig, dataset: DataSet, *, report: Report) -> FrameTrainee:
    """The model that a configuration starts from, on the device that it is trained on.

    Raises:
        ModelError: it cannot be loaded.
    """
    # On the CPU it is read as float32, which is what learns; a GPU computes with it in bfloat16.
    grounder = load_video_3d_grounder(model_folder(config.base), device="cpu")
    on_gpu = config.device != "cpu" and torch.cuda.is_available()
    network = grounder.network.to("cuda" if on_gpu else "cpu")
    network.before_ids = tuple(grounder.before_ids())
    choose_what_learns(network.backbone, config, projector=False)
    reader = FrameReader(
        KeptScenes(RoomEye(network), report),
        grounder.ground_ids,
        (network.tokens_per_side, network.tokens_per_side),
        dataset.classes or labels_of(dataset),
        dataset.colours,
    )
    return FrameTrainee(KIND, network, grounder.texts, reader, config, adapted(network, config))
