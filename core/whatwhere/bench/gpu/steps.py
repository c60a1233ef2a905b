"""Steps of training by LoRA on kept features: plain, and with a second pass without geometry."""

from typing import Any

import torch
from torch import Tensor

from whatwhere.bench.figures import Figure, Figures
from whatwhere.bench.gpu.scan import boxes
from whatwhere.bench.gpu.subject import Subject, sentence
from whatwhere.models.backbones.adapters import Adapters
from whatwhere.models.frame_vlm.tokens import SceneTokens
from whatwhere.models.spatial_vlm.modality import SENSES

_SCANREFER_SENTENCES = 36_665
_SENTENCES = 16
_RANK = 16
_MARGIN_NATS = 1.0


def training_figures(subject: Subject, *, small: bool) -> tuple[Figures, dict[str, Any]]:
    """Milliseconds per step of 16 sentences about one scene, sentences per hour, the peak.

    The frozen tower's features are kept from before, as in training; each pass reads the scene
    once for all its sentences. The network has adapters afterwards.
    """
    network, count = subject.network, 2 if small else 8
    Adapters(network, rank=_RANK, alpha=2 * _RANK)
    trained = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=1e-4)
    scene, ids, lengths = _scene(subject), *_sentences(subject)
    targets = torch.arange(_SENTENCES, device=subject.device) % len(boxes())

    def chosen(modality: str) -> Tensor:
        senses = SENSES["2d"] if modality == "2d" else SENSES["fused"]
        log_probs = network.scores(network.prefix(scene, senses), ids, lengths)
        return log_probs[torch.arange(_SENTENCES, device=subject.device), targets]

    def step(*, with_2d: bool) -> None:
        optimiser.zero_grad(set_to_none=True)
        fused = chosen("fused")
        loss = -fused.mean()
        if with_2d:
            loss = loss + (chosen("2d") - fused.detach() + _MARGIN_NATS).relu().mean()
        loss.backward()
        optimiser.step()

    if subject.device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(subject.device)
    times: dict[str, list[float]] = {"plain": [], "w2r2": []}
    for _ in range(count + 1):
        times["plain"].append(subject.milliseconds(lambda: step(with_2d=False)))
        times["w2r2"].append(subject.milliseconds(lambda: step(with_2d=True)))
    plain, both = (Figure.median(times[name][1:], "ms") for name in ("plain", "w2r2"))
    per_hour = 3.6e6 * _SENTENCES / both.value
    figures: Figures = {
        f"LoRA step, plain, {_SENTENCES} sentences": plain,
        f"LoRA step, W2R2, {_SENTENCES} sentences": both,
        "LoRA step, W2R2 / plain": Figure.ratio(both, plain),
        "LoRA, W2R2, sentences per hour": Figure(per_hour, "/h", both.n),
        "LoRA, W2R2, an epoch of ScanRefer": Figure(
            _SCANREFER_SENTENCES / per_hour, "h", both.n, at_most=subject.case.goals.epoch_h
        ),
    }
    if subject.device.startswith("cuda"):
        peak = torch.cuda.max_memory_allocated(subject.device)
        figures["LoRA, peak"] = Figure(peak / 1e9, "GB", 1)
    return figures, {
        "milliseconds": times,
        "trained parameters": sum(p.numel() for p in trained),
        "sentences per step": _SENTENCES,
    }


def _scene(subject: Subject) -> SceneTokens:
    """A scene of noise, of the case's size."""
    network, config = subject.network, subject.case.config
    made = torch.Generator(subject.device).manual_seed(1)

    def noise(*shape: int) -> Tensor:
        return torch.randn(shape, device=subject.device, generator=made)

    count, places = len(boxes()), network.pooled_grid[0] * network.pooled_grid[1]
    frames = config.max_frames
    return SceneTokens(
        frames_FPLD=noise(frames, places, network.backbone.num_levels, network.backbone.width),
        points_m_FP3=noise(frames, places, 3),
        measured_FP=noise(frames, places) > -1,
        looks_KD=noise(count, network.backbone.width),
        seen_K=noise(count) > -1,
        centers_m_K3=noise(count, 3),
        sizes_m_K3=noise(count, 3).abs() + 0.1,
        room_half_m_3=noise(3).abs() + 1,
    )


def _sentences(subject: Subject) -> tuple[Tensor, Tensor]:
    """(R, W) token ids and (R,) lengths; as long as ScanRefer's, some 20 words."""
    rows = [subject.texts.encode("{text}", sentence(n, length=20)) for n in range(_SENTENCES)]
    return (
        torch.tensor(rows, device=subject.device),
        torch.tensor([len(row) for row in rows], device=subject.device),
    )
