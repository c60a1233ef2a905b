"""Fifty kills through the window: nothing that it called saved is lost, and it can be undone."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]

from whatwhere.annotations.store import open_store
from whatwhere.bench.figures import Figure, Figures
from whatwhere.bench.rooms import first_room
from whatwhere.bench.store.annotator import history_is_whole, integrity
from whatwhere.errors import SceneError
from whatwhere.evaluation.cases.made import made_cases
from whatwhere.evaluation.cases.store import write_cases
from whatwhere.scenes.opening import open_scene
from whatwhere_app.bench.kills.expected import (
    Held,
    Life,
    faults_after_kill,
    faults_of_restart,
    held_by,
)
from whatwhere_app.bench.surroundings import bench_home
from whatwhere_app.services.diagnoses import diagnoses_folder
from whatwhere_app.services.grounder import HOST_ENTRY

_KILLS = 50
_CASES = 5
_EARLY = 0.15
"""Share of kills before the window is ready for work."""
_MOST_SAVED = 20
_LONGEST_S = 0.03
_LIMIT_S, _END_S = 900.0, 60.0
_SEED = 0
_SAID = "window.err"
_CHILD = "whatwhere_app.bench.kills.annotator"


@dataclass(slots=True)
class Found:
    """What the kills left.

    Attributes:
        faults: a sentence for each.
        num_acknowledged: changes that were called saved.
        num_early: kills before the window was ready.
        num_restarts: starts after a kill that came as far as showing the undo list.
        num_left: processes that outlived their window.
        ready_s: from the start of a process to its undo list.
    """

    faults: list[str] = field(default_factory=list)
    num_acknowledged: int = 0
    num_early: int = 0
    num_restarts: int = 0
    num_left: int = 0
    ready_s: list[float] = field(default_factory=list)


def run(*, kills: int = _KILLS) -> Figures:
    """Every count but the first is meant to be zero; faults are told on stderr as well.

    Raises:
        NotSupportedError: there is no display.
        SceneError: the window did not come to work.
    """
    with bench_home() as home:
        found = kill_often(Path(home), first_room(), kills)
    for fault in found.faults:
        sys.stderr.write(f"{fault}\n")
    return {
        "changes called saved before a kill": Figure(found.num_acknowledged, "", kills),
        "kills, or starts after one, with a fault": Figure(len(found.faults), "", kills, at_most=0),
        "processes left by killed windows": Figure(found.num_left, "", kills, at_most=0),
        "starts that showed the undo list": Figure(found.num_restarts, "", kills),
        "kills before the window was ready": Figure(found.num_early, "", kills),
        "from the start to the restored case": Figure.median(found.ready_s, "s"),
    }


def kill_often(
    home: Path,
    room: Path,
    kills: int,
    *,
    host: str = HOST_ENTRY,
    most_saved: int = _MOST_SAVED,
) -> Found:
    """Annotate in a window and kill it, so many times in one folder.

    Args:
        home: the user's folder of these windows, set in the environment already.
        room: a scan with annotated objects.
        kills: how often; each start but the first is looked at before work goes on.
        host: entry of the grounder host.
        most_saved: fewer changes than these are called saved before a kill.

    Raises:
        SceneError: the window did not come to work.
    """
    _write_diagnosis(room)
    dice, found = random.Random(_SEED), Found()
    store = home / "data" / "annotations.db"
    before: tuple[Held, ...] = ()
    for number in range(kills):
        life, started_s = Life(), time.monotonic()
        with _window(home, dice.randrange(2**31), host, room) as child:
            _hear_until(child, life, _moment(dice, most_saved))
            if life.ready is not None:
                found.ready_s.append(time.monotonic() - started_s)
            time.sleep(dice.uniform(0, _LONGEST_S))
            if child.poll() is not None:
                raise _broken(home)
            found.num_left += _kill(child)
            assert child.stdout is not None
            for line in child.stdout.read().split(b"\n")[:-1]:
                life.hear(json.loads(line))
        after = _held(store)
        faults = [] if life.ready is None else faults_of_restart(before, life.ready)
        faults += faults_after_kill(before, life, after) + _faults_of_file(store)
        found.faults += [f"kill {number + 1}: {fault}" for fault in faults]
        found.num_acknowledged += life.num_saved
        found.num_early += life.ready is None
        found.num_restarts += life.ready is not None and number > 0
        before = after
    return found


_Stop = Callable[[Life], bool]


def _broken(home: Path) -> SceneError:
    lines = (home / _SAID).read_text(errors="replace").splitlines()
    said = lines[-1] if lines else f"it did nothing for {_LIMIT_S:.0f} s"
    return SceneError(f"the window ended by itself ({said})", remedy="Mend that first")


def _moment(dice: random.Random, most_saved: int) -> _Stop:
    """Counted in what the window says, not timed: a busy machine kills no earlier."""
    if dice.random() < _EARLY:
        heard = dice.randrange(3)
        lines = iter(range(heard))
        return lambda _: next(lines, None) is None
    wanted = dice.randrange(most_saved)
    return lambda life: life.ready is not None and life.num_saved >= wanted


def _hear_until(child: "subprocess.Popen[bytes]", life: Life, stop: _Stop) -> None:
    """Take in what the window says until a moment has come, or it has ended."""
    assert child.stdout is not None
    while not stop(life):
        line = child.stdout.readline()
        if not line.endswith(b"\n"):
            return
        life.hear(json.loads(line))


def _kill(child: "subprocess.Popen[bytes]") -> int:
    """Kill a window; gives how many of its children live on."""
    children = psutil.Process(child.pid).children(recursive=True)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    _, alive = psutil.wait_procs(children, timeout=_END_S)
    for one in alive:
        one.kill()
    return len(alive)


@contextmanager
def _window(home: Path, seed: int, host: str, scan: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with (home / _SAID).open("ab") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", _CHILD, str(seed), host, str(scan)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    watch = threading.Timer(_LIMIT_S, child.kill)  # one that hangs is no reason to hang as well
    watch.start()
    try:
        yield child
    finally:
        watch.cancel()
        if child.poll() is None:
            _kill(child)
        assert child.stdout is not None
        child.stdout.close()


def _held(path: Path) -> tuple[Held, ...]:
    store = open_store(path)
    try:
        return held_by(store)
    finally:
        store.close()


def _faults_of_file(path: Path) -> list[str]:
    store = open_store(path)
    try:
        is_whole = history_is_whole(store) and integrity(path)
    finally:
        store.close()
    return [] if is_whole else ["the store's rows are not what its changes lead to"]


def _write_diagnosis(room: Path) -> None:
    """Some cases in one room, each about an object with a box."""
    scene = open_scene(room)
    targets = [item.object_id for item in scene.objects if item.box is not None]
    made = made_cases(_CASES)
    columns = replace(
        made.columns,
        scene_ids=(scene.scene_id,),
        target_ids=np.resize(np.array(targets, np.int32), _CASES),
        excluded=np.full(_CASES, -1, np.int32),
    )
    write_cases(diagnoses_folder() / made.facts.name, made.facts, columns, made.texts)
