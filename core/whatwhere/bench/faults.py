"""What a training run bears: killed at random moments, it must come to the numbers of a whole one.

Real runs of the smallest configuration; rooms are made, and unmade halfway, in a folder of their
own. It takes some minutes.
"""

import contextlib
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from safetensors.numpy import load_file

from whatwhere.bench.figures import Figure, Figures
from whatwhere.training.config import TrainConfig, read_config
from whatwhere.training.metric_log import MetricLog
from whatwhere.training.run_files import METRICS, checkpoint_folder
from whatwhere.training.run_summary import RunSummary, summarise
from whatwhere.training.runs import start_run, stop

_KILLS = 20
_STOPS = 3
_SEED = 0
_PATIENCE_S = 300.0
_POLL_S = 0.02
_SMALL = {
    "name": "faults",
    "train_rooms": "4",
    "val_rooms": "2",
    "tower_epochs": "1",
    "steps": "40",
    "rooms_per_step": "2",
    "sentences_per_room": "4",
    "warmup_steps": "3",
    "checkpoint_every": "4",
    "evaluate_every": "10",
}


@dataclass(slots=True)
class _Tally:
    kills: int = 0
    unnoticed: int = 0
    orphans: int = 0
    runs: int = 0
    different: int = 0
    seconds: list[float] = field(default_factory=list)
    stop_seconds: list[float] = field(default_factory=list)


def run() -> Figures:
    """Kill, resume and compare; every count but the seconds is meant to be zero."""
    config = read_config("plain", _SMALL)
    tally, moments = _Tally(), random.Random(_SEED)
    with tempfile.TemporaryDirectory() as folder:
        homes = [Path(folder) / name for name in ("whole", "killed")]
        with _home(homes[0]):
            started = time.monotonic()
            whole = _finished(start_run(config))
            duration_s = time.monotonic() - started
        with _home(homes[1]):
            while tally.kills < _KILLS:
                _torture(config, whole.path, tally, moments, duration_s)
            for _ in range(_STOPS):
                _stop(config, tally)
    return {
        "killed runs that are not seen as crashed": _count(tally.unnoticed, tally.kills),
        "killed runs that leave a process behind": _count(tally.orphans, tally.kills),
        "resumed runs whose numbers differ": _count(tally.different, tally.runs),
        "start, until it has its folder": Figure.median(tally.seconds, "s"),
        "wish to stop, until it has ended": Figure.median(tally.stop_seconds, "s", at_most=10),
    }


def _torture(
    config: TrainConfig,
    whole: Path,
    tally: _Tally,
    moments: random.Random,
    duration_s: float,
) -> None:
    """One run, killed again and again until it is done or has borne enough."""
    path = None
    while True:
        started = time.monotonic()
        path = start_run(config, path=path, resume=path is not None)
        tally.seconds.append(time.monotonic() - started)
        if tally.kills >= _KILLS:
            break
        if not _killed(path, moments.uniform(0, duration_s), tally):
            break
    _finished(path)
    tally.runs += 1
    tally.different += _numbers(path, config) != _numbers(whole, config)


def _killed(path: Path, delay_s: float, tally: _Tally) -> bool:
    """Kill a run after a while; False when it was done before."""
    until = time.monotonic() + delay_s
    while time.monotonic() < until:
        if not summarise(path).is_living:
            return False
        time.sleep(_POLL_S)
    try:
        process = psutil.Process(summarise(path).pid)
        children = process.children(recursive=True)
        process.send_signal(signal.SIGKILL)
    except psutil.NoSuchProcess:
        return False
    _wait(lambda: not summarise(path).is_living)
    phase = summarise(path).phase
    if phase == "done":
        return False
    tally.kills += 1
    tally.unnoticed += phase != "crashed"
    _, alive = psutil.wait_procs(children, timeout=10)
    tally.orphans += bool(alive)
    for child in alive:
        child.kill()
    return True


def _stop(config: TrainConfig, tally: _Tally) -> None:
    path = start_run(config)
    _wait(lambda: summarise(path).step > 0 or not summarise(path).is_living)
    process = psutil.Process(summarise(path).pid)
    started = time.monotonic()
    stop(path)
    with contextlib.suppress(psutil.NoSuchProcess):
        process.wait(_PATIENCE_S)
    tally.stop_seconds.append(time.monotonic() - started)


def _finished(path: Path) -> RunSummary:
    _wait(lambda: not summarise(path).is_living)
    return summarise(path)


def _numbers(path: Path, config: TrainConfig) -> tuple[object, ...]:
    """Phase, metrics without their time, and the bytes of the last weights."""
    rows = MetricLog(path / METRICS).tail(10**6)
    metrics = [{name: value for name, value in row.items() if name != "time"} for row in rows]
    model = checkpoint_folder(path, config.steps) / "model.safetensors"
    weights = {name: w.tobytes() for name, w in load_file(model).items()} if model.exists() else {}
    return summarise(path).phase, metrics, weights


def _wait(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not happens():
        if time.monotonic() > deadline:
            raise TimeoutError(f"a run hangs: nothing happened for {_PATIENCE_S:.0f} s")
        time.sleep(_POLL_S)


@contextlib.contextmanager
def _home(folder: Path) -> Iterator[None]:
    before = os.environ.get("WHATWHERE_HOME")
    os.environ["WHATWHERE_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["WHATWHERE_HOME"]
        else:
            os.environ["WHATWHERE_HOME"] = before


def _count(value: int, n: int) -> Figure:
    return Figure(value, "", n, at_most=0)
