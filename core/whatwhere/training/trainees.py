"""The trainee of the kind of model that a run starts from."""

from typing import Any

from whatwhere.models.frame_vlm.config import KIND as FRAME_VLM
from whatwhere.models.geometry_vlm.config import KIND as GEOMETRY_VLM
from whatwhere.models.video_3d_llm.config import KIND as VIDEO_3D_LLM
from whatwhere.training.config import TrainConfig
from whatwhere.training.datasets import DataSet, Report
from whatwhere.training.frame_trainee import frame_trainee
from whatwhere.training.model_kinds import kind_of_base
from whatwhere.training.room_trainee import room_trainee
from whatwhere.training.said_trainee import said_trainee
from whatwhere.training.spatial_trainee import spatial_trainee
from whatwhere.training.trainee import Trainee


def trainee_of(
    config: TrainConfig, dataset: DataSet, *, workers: int, report: Report
) -> Trainee[Any]:
    """What a configuration trains, from the model it starts from or from scratch.

    Args:
        config: of the run.
        dataset: to be learned from.
        workers: processes that read scenes, where a kind has such.
        report: told what is being done.

    Raises:
        ModelError: the model cannot be loaded.
        WhatWhereError: a file that the run needs cannot be read.
    """
    kind = kind_of_base(config.base)
    if kind == FRAME_VLM:
        return frame_trainee(config, dataset, workers=workers, report=report)
    if kind == GEOMETRY_VLM:
        return said_trainee(config, dataset, report=report)
    if kind == VIDEO_3D_LLM:
        return room_trainee(config, dataset, report=report)
    return spatial_trainee(config, dataset, workers=workers, report=report)
