"""A run of a second or two that keeps the whole protocol: `fake_run.py train CONFIG --run DIR`.

Its weights depend on every step and every random number before, as real ones do. `FAKE_RUN_STEP_S`
slows it down.
"""

import argparse
import os
import time
from pathlib import Path

import torch

from whatwhere.training.checkpoints import checkpoints, read_checkpoint, write_checkpoint
from whatwhere.training.config import read_config
from whatwhere.training.run_folder import RunFolder


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("config")
    parser.add_argument("--run", type=Path)
    parser.add_argument("--resume", action="store_true")
    arguments = parser.parse_args()
    config = read_config(arguments.config)
    with RunFolder(arguments.run, config, resume=arguments.resume) as folder:
        train(folder, config.steps, config.checkpoint_every)


def train(folder: RunFolder, steps: int, checkpoint_every: int) -> None:
    torch.manual_seed(0)
    weights, step = torch.zeros(16), 0
    if saved := checkpoints(folder.path):
        tensors, state = read_checkpoint(saved[-1])
        weights, step = tensors["model"]["weights"], state["step"]
        torch.set_rng_state(tensors["rng"]["torch"])
        folder.cut_metrics_after(step)

    def save() -> None:
        tensors = {"model": {"weights": weights}, "rng": {"torch": torch.get_rng_state()}}
        write_checkpoint(folder.path, step, tensors, {"step": step})

    while step < steps:
        wish = folder.wish()
        if wish != "go":
            save()
        if wish == "pause":
            wish = folder.wait_while_paused(step, steps)
        if wish == "stop":
            return
        weights = torch.sin(3 * weights + torch.randn(16))
        step += 1
        time.sleep(float(os.environ.get("FAKE_RUN_STEP_S", "0")))
        folder.beat(step, steps, "fake")
        folder.log({"step": step, "stage": "fake", "loss": float(weights.mean())})
        if step % checkpoint_every == 0 or step == steps:
            save()


if __name__ == "__main__":
    main()
