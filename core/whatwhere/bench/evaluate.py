"""What a split costs: beside the arithmetic, beside encoding for every sentence, in modalities."""

import tempfile
import time
from itertools import count
from pathlib import Path

from whatwhere.bench.figures import Figure, Figures
from whatwhere.demo.shipped import shipped_rooms
from whatwhere.language.expressions import Expression
from whatwhere.language.rows import ExpressionFile
from whatwhere.language.splits import Split, SplitScene, open_split
from whatwhere.models.grounder import MODALITIES, Grounder, Modality
from whatwhere.models.registry import load_grounder
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.serving.answer_log import answer_log
from whatwhere.serving.split_runner import GrounderAnswerer, run_split
from whatwhere.serving.threads import use_threads_for_encoding

_ROUNDS = 5
_QUERIES = 8
_ONE: tuple[Modality, ...] = ("fused",)
_FOUR = MODALITIES[:4]
_SHARE_OF_BOUND = 0.7


def run() -> Figures:
    """The demo rooms and their sentences by the default model, everything in turns."""
    use_threads_for_encoding()
    grounder, split = load_grounder("default"), demo_split()
    encode_s: list[float] = []
    query_s: list[float] = []
    one_s: list[float] = []
    four_s: list[float] = []
    shares: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        logs = (Path(folder) / f"{number}.jsonl" for number in count())
        for number in range(_ROUNDS + 1):
            encode, query = _parts(grounder, split)
            one, encoder = _whole(grounder, split, _ONE, next(logs))
            four, _ = _whole(grounder, split, _FOUR, next(logs))
            if number:  # the first round warms up
                encode_s.append(encode)
                query_s.append(query)
                one_s.append(one)
                four_s.append(four)
                shares.append(encoder)
    num_rows = len(split.rows)
    arithmetic = Figure.median(
        [1000 * (e + num_rows * q) for e, q in zip(encode_s, query_s, strict=True)], "ms"
    )
    per_scene = num_rows / len(split.scenes)
    repeated = Figure.median(
        [1000 * (e * per_scene + num_rows * q) for e, q in zip(encode_s, query_s, strict=True)],
        "ms",
    )
    one_ms = Figure.median([1000 * s for s in one_s], "ms")
    four_ms = Figure.median([1000 * s for s in four_s], "ms")
    share = Figure.median(shares, "x")
    allowed = 1.1 * (share.value + len(_FOUR) * (1 - share.value))
    return {
        f"split, one modality ({num_rows} sentences, {len(split.scenes)} scans)": one_ms,
        "each scan encoded once, then single queries": arithmetic,
        "split / that arithmetic": Figure.ratio(one_ms, arithmetic, at_most=1 / _SHARE_OF_BOUND),
        "encoding for every sentence / split": Figure.ratio(repeated, one_ms),
        "encoder's share e": share,
        "four modalities / one, goal 1.1 (e + 4 (1 - e))": Figure.ratio(
            four_ms, one_ms, at_most=allowed
        ),
    }


def demo_split() -> Split:
    """The sentences of all demo rooms as one split."""
    expressions: list[Expression] = []
    scenes = []
    for room in shipped_rooms():
        found = open_split(room.expressions).expressions
        rows = tuple(range(len(expressions), len(expressions) + len(found)))
        scenes.append(SplitScene(found[0].scene_id, room.path, rows))
        expressions += found
    return Split("demo", ExpressionFile(tuple(expressions), ()), tuple(scenes), ())


def _parts(grounder: Grounder, split: Split) -> tuple[float, float]:
    """Seconds of opening and encoding all scans, and of one single query."""
    encode_s, query_s = 0.0, 0.0
    for scene in split.scenes:
        started = time.perf_counter()
        opened = open_scene(scene.path)
        encoding = grounder.encode(opened, annotation_proposals(opened))
        encode_s += time.perf_counter() - started
        texts = [split.expressions[row].text for row in scene.rows[:_QUERIES]]
        started = time.perf_counter()
        for text in texts:
            grounder.ground(encoding, text, _ONE)
        query_s += (time.perf_counter() - started) / len(texts)
    return encode_s, query_s / len(split.scenes)


def _whole(
    grounder: Grounder, split: Split, modalities: tuple[Modality, ...], log_path: Path
) -> tuple[float, float]:
    """Seconds of a whole evaluation, and the encoder's share of them."""
    started = time.perf_counter()
    with answer_log(log_path, {"modalities": list(modalities)}) as log:
        answers, _ = run_split(GrounderAnswerer(grounder, modalities), split, log)
    wall_s = time.perf_counter() - started
    return wall_s, sum(scene.encode_s for scene in answers) / wall_s
