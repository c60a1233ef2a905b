"""Models of the kind with random weights, small enough for a test, and a tokenizer of bytes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor

from whatwhere.geometry.boxes import Box
from whatwhere.models.frame_vlm.texts import Texts
from whatwhere.models.geometry_vlm.config import GeometryVLMConfig
from whatwhere.models.geometry_vlm.encoding import GeometryEncoding, shuffled
from whatwhere.models.geometry_vlm.folder import write_geometry_model
from whatwhere.models.geometry_vlm.grounder import GeometryGrounder
from whatwhere.models.geometry_vlm.network import GeometryVLM
from whatwhere.training.said_boxes import SaidBox, answer_of, said_log_probs, said_parts
from whatwhere.training.said_eye import said_in_clearest_frame

TEXT = "the chair nearest the door"
VOCABULARY = 257
END = 256

_VIT = {
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 16,
}
SIGLIP = {"model_type": "siglip_vision_model", "vision_use_head": False, **_VIT}
QWEN2 = {
    "model_type": "qwen2",
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": None,
    "tie_word_embeddings": True,
}
QWEN3_VL = {
    "model_type": "qwen3_vl",
    "text_config": {
        **{key: value for key, value in QWEN2.items() if key != "model_type"},
        "head_dim": 16,
        "vocab_size": 320,
        "rope_parameters": {
            "rope_type": "default",
            "mrope_section": [2, 3, 3],
            "rope_theta": 10_000.0,
        },
    },
    "vision_config": {
        "depth": 2,
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_heads": 2,
        "out_hidden_size": 32,
        "patch_size": 8,
        "num_position_embeddings": 16,
        "deepstack_visual_indexes": [0],
    },
    "image_token_id": 300,
    "video_token_id": 301,
}
ASSEMBLED = {"tower": SIGLIP, "language_model": QWEN2}
POINTS = {"kind": "points", "width": 16, "num_layers": 1, "num_heads": 2}
IMAGES = {"kind": "images", "tower": {"model_type": "dinov2", **_VIT, "mlp_ratio": 1}}
KINDS: dict[str, dict[str, Any]] = {
    "points": {"backbone": ASSEMBLED, "geometry": POINTS},
    "deepstack": {"backbone": {"whole": QWEN3_VL}, "geometry": POINTS},
    "images": {"backbone": ASSEMBLED, "geometry": IMAGES},
}


def byte_texts() -> Texts:
    """Every byte is a token, so any text can be said."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: index for index, piece in enumerate(alphabet)}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<end>"])
    return Texts(tokenizer)


def box_config(kind: str = "points", **changes: Any) -> GeometryVLMConfig:
    return GeometryVLMConfig.model_validate(
        {
            "image_size": (32, 32),
            "max_frames": 2,
            "frame_prompt": "{text}",
            "box_prompt": "{text}:",
            "max_box_tokens": 96,
            "end_token_ids": (END,),
            **KINDS[kind],
            **changes,
        }
    )


def box_network(kind: str = "points", **changes: Any) -> GeometryVLM:
    """Random weights; what starts at zero gets values, as training gives them."""
    torch.manual_seed(0)
    network = GeometryVLM(box_config(kind, **changes))
    with torch.no_grad():
        for parameter in (*network.merger.parameters(), *network.geometry.parameters()):
            parameter.normal_(std=0.3)
        network.absent_geometry.normal_(std=0.3)
        network.absent_looks.normal_(std=0.3)
    return network


def sample_of(
    grounder: GeometryGrounder, encoding: GeometryEncoding, target: Box, text: str = TEXT
) -> SaidBox:
    """What to teach of one sentence."""
    (words,) = said_in_clearest_frame(encoding.depths, [target])
    config = grounder.network.config
    ids, where = answer_of(grounder.texts, words, config.end_token_ids)
    return SaidBox(
        features=encoding.features,
        mixed_up=shuffled(encoding.features, encoding.scene_id),
        labels=grounder.labels(len(encoding.frames)),
        prompt_ids=grounder.texts.encode(config.box_prompt, text),
        answer_ids=ids,
        is_where_A=where,
    )


def learn(
    network: GeometryVLM,
    sample: SaidBox,
    *,
    steps: int,
    learning_rate: float,
    margin: float = 0.3,
    weight: float = 0.5,
) -> Iterator[dict[str, Tensor]]:
    """Steps on one sentence, both towers frozen; without a weight, on the alignment alone."""
    taught = [
        parameter
        for name, parameter in network.named_parameters()
        if not name.startswith(("backbone.tower.", "geometry.tower."))
    ]
    optimizer = torch.optim.AdamW(taught, lr=learning_rate)
    for step in range(steps):
        if weight:
            parts = said_parts(network, sample, margin=margin, against_shuffled=step % 2 == 1)
            hinge = weight * parts["pseudo_label"] + 0.2 * parts["what_keeper"]
            total = parts["alignment"] + hinge
        else:
            total = -said_log_probs(network, sample, "fused").mean()
            parts = {"alignment": total}
        optimizer.zero_grad()
        total.backward()
        torch.nn.utils.clip_grad_norm_(taught, 1.0)
        optimizer.step()
        yield parts


def write_box_model(folder: Path, kind: str = "points", **changes: Any) -> Path:
    write_geometry_model(folder, box_network(kind, **changes), byte_texts(), dtype=None)
    return folder
