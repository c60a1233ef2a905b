"""Fill a small file system with a checkpoint, then with metrics; write what the runs say of it."""

import json
import shutil
import sys
from pathlib import Path

import torch

from whatwhere.errors import WhatWhereError
from whatwhere.training.checkpoints import write_checkpoint
from whatwhere.training.config import read_config
from whatwhere.training.run_folder import RunFolder
from whatwhere.training.run_summary import summarise

small, large = {"model": {"a": torch.zeros(10)}}, {"model": {"a": torch.zeros(10**6)}}
told = {}
for name in ("checkpoint", "metrics"):
    run = Path(sys.argv[1]) / name
    try:
        with RunFolder(run, read_config("plain")) as folder:
            write_checkpoint(run, 1, small, {})
            if name == "checkpoint":
                write_checkpoint(run, 2, large, {})
            free = shutil.disk_usage(run).free
            (run / "filler").write_bytes(bytes(free - 2**16))
            while True:
                folder.log({"step": 1, "loss": 1.0})
    except WhatWhereError as error:
        said = str(error)
    summary = summarise(run)
    assert said == summary.reason
    told[name] = {
        "phase": summary.phase,
        "reason": summary.reason,
        "checkpoints": summary.checkpoints,
        "partial": [str(p) for p in run.glob("checkpoints/*partial*")],
        "is_whole": (run / "metrics.jsonl").read_bytes().endswith(b"}\n"),
    }
sys.stdout.write(json.dumps(told))
