"""How fast the device multiplies matrices, which no network on it can exceed."""

import time

import torch

from whatwhere.bench.figures import Figure
from whatwhere.bench.gpu.subject import Subject

_REPEATS = 12


def ceiling_tflops(device: str, *, small: bool) -> tuple[Figure, list[float]]:
    """TFLOP/s of a large product in the type that networks run in, and every repeat."""
    on_gpu = device.startswith("cuda")
    side = 256 if small else 8192
    dtype = torch.bfloat16 if on_gpu else torch.float32
    generator = torch.Generator(device).manual_seed(0)
    left, right = (
        torch.randn((side, side), device=device, generator=generator).to(dtype) for _ in range(2)
    )
    samples = []
    for _ in range(_REPEATS + 2):
        if on_gpu:
            torch.cuda.synchronize(device)
        started = time.perf_counter()
        left @ right
        if on_gpu:
            torch.cuda.synchronize(device)
        samples.append(2 * side**3 / 1e12 / (time.perf_counter() - started))
    return Figure.median(samples[2:], "TF/s"), samples[2:]


def tower_tflop(subject: Subject, num_frames: int) -> float:
    """What the tower and the projector compute for so many frames: two per weight and token.

    Attention's own products are counted, too; a normalisation is not.
    """
    backbone = subject.network.backbone
    config = subject.case.config.backbone["tower"]
    height, width = subject.case.config.image_size
    tokens = (height // config["patch_size"]) * (width // config["patch_size"])
    trunk = {id(p) for p in backbone.trunk.parameters()} | {
        id(p) for p in backbone.head.parameters()
    }
    weights = sum(p.numel() for p in backbone.parameters() if id(p) not in trunk and p.dim() > 1)
    attention = 4 * tokens**2 * config["hidden_size"] * config["num_hidden_layers"]
    tflop: float = num_frames * (2 * weights * tokens + attention) / 1e12
    return tflop
