"""The catalogue of a data set as large as ScanNet: the first time, and when nothing has changed."""

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from whatwhere.bench.figures import Figure, Figures
from whatwhere.language.catalogued import with_sentences
from whatwhere.scenes.catalogue import Catalogue, find_scans

_SCANS = 1513
_FRAMES = 4
_SECOND_TIMES = 7
_AN_HOUR_S = 3600
_SENTENCES = (
    '[{"scene_id": "scene0000_00", "object_id": "1", "object_name": "chair", "ann_id": "0",'
    ' "description": "the chair", "token": ["the", "chair"]}]'
)


def run() -> Figures:
    """Make empty scans with ScanNet's names, and list them."""
    with TemporaryDirectory(prefix="whatwhere-bench-") as folder:
        root = Path(folder)
        _write_scans(root / "data")
        first_s, _, first = _listed(root)
        assert len(first.scans) == _SCANS
        second_s, busy_s = [], []
        for _ in range(_SECOND_TIMES):
            seconds, busy, again = _listed(root)
            assert again.scans == first.scans
            assert not again.num_looked_into
            second_s.append(seconds)
            busy_s.append(busy)
    once = Figure.median([first_s], "s")
    twice = Figure.median(second_s, "s", at_most=1.0)
    return {
        f"{_SCANS:,} scans, the first time": once,
        f"{_SCANS:,} scans, the second time": twice,
        f"{_SCANS:,} scans, the second time, processor": Figure.median(busy_s, "s"),
        "second time / first time": Figure.ratio(twice, once),
    }


def _listed(root: Path) -> tuple[float, float, Catalogue]:
    """Seconds that went by, seconds that the processor worked, and what was found."""
    started, busy = time.perf_counter(), time.process_time()
    found = find_scans([root / "data"], cache=root / "scans.json")
    told = with_sentences(found, cache=root / "sentences.json")
    return time.perf_counter() - started, time.process_time() - busy, told


def _write_scans(root: Path) -> None:
    for number in range(_SCANS):
        scene_id = f"scene{number // 2:04d}_{number % 2:02d}"
        scan = root / "scans" / scene_id
        for part in ("color", "depth", "pose", "intrinsic"):
            (scan / part).mkdir(parents=True)
        for frame in range(_FRAMES):
            for name in (f"color/{frame}.jpg", f"depth/{frame}.png", f"pose/{frame}.txt"):
                (scan / name).touch()
        endings = ("_vh_clean_2.ply", ".aggregation.json", "_vh_clean_2.0.010000.segs.json")
        for ending in endings[: 1 + number % 3]:
            (scan / f"{scene_id}{ending}").touch()
        (scan / f"{scene_id}.txt").write_text("sceneType = Apartment\n")
    (root / "ScanRefer_filtered_train.json").write_text(_SENTENCES)
    then_s = time.time() - _AN_HOUR_S  # what has just been changed is not kept
    for folder, _, names in os.walk(root):
        os.utime(folder, (then_s, then_s))
        for name in names:
            os.utime(os.path.join(folder, name), (then_s, then_s))
