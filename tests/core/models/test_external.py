import shutil
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import msgpack
import numpy as np
import psutil
import pytest

from whatwhere.errors import Cancelled, ExpressionError, ModelError, WorkerDiedError
from whatwhere.jobs.foreign import heeding
from whatwhere.models.adding import add_external
from whatwhere.models.external import ExternalGrounder
from whatwhere.models.scene_document import scene_document
from whatwhere.scenes.opening import open_scene
from whatwhere.scenes.proposals import annotation_proposals
from whatwhere.serving.encoded_scenes import user_proposals

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[2] / "packaging" / "external_grounder.py"
PATIENCE_S = 120.0  # far above what anything here takes; reached only by a hang


@pytest.fixture
def scene(tmp_path, write_scan):
    return open_scene(write_scan(tmp_path / "scans"))


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts an external model that misbehaves in one way; all are ended afterwards."""
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    started = []

    def run(mode, *words, timeout_s=PATIENCE_S):
        command = " ".join([sys.executable, str(HERE / "faulty_grounder.py"), mode, *words])
        entry = add_external(command, name=mode, timeout_s=timeout_s)
        grounder = ExternalGrounder(entry)
        started.append(grounder)
        return grounder

    yield run
    for grounder in started:
        grounder.close()


def children():
    """Processes that were started here and have not ended."""
    found = []
    for child in psutil.Process().children():
        try:
            if child.status() != psutil.STATUS_ZOMBIE:
                found.append(child.cmdline())
        except psutil.NoSuchProcess:
            continue
    return [words for words in found if any("grounder.py" in word for word in words)]


@pytest.fixture
def elsewhere(tmp_path):
    """The Python of an environment that has msgpack and numpy, and nothing of ours."""
    folder, packages = tmp_path / "venv", tmp_path / "packages"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    packages.mkdir()
    site = Path(np.__file__).parents[1]
    for path in (Path(msgpack.__file__).parent, site / "numpy", site / "numpy.libs"):
        if path.exists():
            (packages / path.name).symlink_to(path)
    (lib,) = (folder / "lib").glob("python*/site-packages")
    (lib / "elsewhere.pth").write_text(f"{packages}\n")
    return folder / "bin" / "python"


def test_the_example_answers_from_an_environment_without_ours(
    scene, elsewhere, tmp_path, monkeypatch
):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    ours = subprocess.run([elsewhere, "-c", "import whatwhere"], capture_output=True, text=True)
    assert "No module named 'whatwhere'" in ours.stderr
    assert len(EXAMPLE.read_text().splitlines()) <= 60
    copied = shutil.copy(EXAMPLE, tmp_path / "grounder.py")
    grounder = ExternalGrounder(add_external(f"{elsewhere} {copied}", name="nearest"))
    try:
        assert grounder.capabilities.modalities == ("fused", "2d", "3d")
        encoding = grounder.encode(scene)
        result = grounder.ground(encoding, "the chair", ("fused", "2d"))
    finally:
        grounder.close()
    assert list(result.groundings) == ["fused", "2d"]
    stood = np.array([header.world_from_camera[:3, 3] for header in scene.frames])
    boxes = [item.box for item in annotation_proposals(scene)]
    away = [np.linalg.norm(stood - box.center, axis=1).min() for box in boxes]
    volumes = [np.prod(box.size) for box in boxes]
    assert result["fused"].best.proposal == np.argmin(away)
    assert result["2d"].best.proposal == np.argmax(volumes)
    assert sum(np.exp([item.score for item in result["2d"].candidates])) == pytest.approx(1)
    assert result["2d"].best.label == "office chair"
    assert result["2d"].frames == ("0", "100")


def test_a_program_is_told_of_files_and_cameras_but_of_no_label(scene):
    told = scene_document(scene, annotation_proposals(scene), path_map={})
    assert Path(told["mesh"]).is_file()
    assert [frame["name"] for frame in told["frames"]] == ["0", "100"]
    assert all(Path(frame[key]).is_file() for frame in told["frames"] for key in ("color", "depth"))
    assert told["frames"][0]["color_camera"]["width"] == 64
    assert told["depth_camera"]["width"] == 32
    assert np.allclose(told["frames"][0]["world_from_camera"], scene.frames[0].world_from_camera)
    assert len(told["candidates"]) == len(annotation_proposals(scene))
    assert "office chair" not in repr(told)
    msgpack.packb(told)


def test_paths_are_told_as_another_machine_knows_them(scene):
    folder = str(scene.folder.parent.resolve())
    told = scene_document(scene, (), path_map={folder: "/data/scans"})
    assert told["mesh"] == "/data/scans/tiny0000_00/tiny0000_00_vh_clean_2.ply"
    assert told["frames"][0]["color"] == "/data/scans/tiny0000_00/color/0.jpg"


def test_user_boxes_join_what_is_chosen_among(start, scene):
    grounder = start("good")
    boxes = user_proposals([[0, 0, 0, 1, 1, 1], [2, 0, 0, 1, 1, 1]], ["R1", "R2"])
    result = grounder.ground(grounder.encode(scene, boxes), "the chair", ("fused",))
    assert [item.label for item in result["fused"].candidates] == ["R1", "R2"]


def test_boxes_of_its_own_are_ranked_and_need_no_candidates(start, scene):
    grounder = start("own-boxes")
    encoding = grounder.encode(scene)
    assert encoding.proposals == ()
    result = grounder.ground(encoding, "the chair", ("fused", "2d"))
    fused, appearance = result["fused"], result["2d"]
    assert fused.best.box.center == (4.0, 4.0, 4.0)
    assert [item.proposal for item in fused.candidates] == [1, 0]
    assert fused.best.proposal == appearance.best.proposal
    assert fused.best.label is None


def test_progress_is_passed_on_and_nonsense_in_it_is_not(start, scene):
    heard = []
    start("progress").encode(scene, progress=lambda *said: heard.append(said))
    assert heard == [(1, 3, "frame 1")]


def test_warnings_reach_the_user(start, scene):
    grounder = start("warns")
    assert grounder.ground(grounder.encode(scene), "the chair").warnings == ("a word it says",)


def test_an_empty_sentence_is_refused_before_it_is_asked(start, scene):
    grounder = start("good")
    with pytest.raises(ExpressionError):
        grounder.ground(grounder.encode(scene), "  ")


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("unknown-modality", "the modality 'smell', which is none of fused"),
        ("no-modalities", "no list of modalities"),
        ("no-map", "its answer to load is no map"),
        ("odd-parameters", "num_parameters is no whole number"),
    ],
)
def test_what_it_announces_is_checked(start, mode, said):
    with pytest.raises(ModelError, match=said):
        start(mode)
    assert children() == []


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("nan", "in fused, a score is nan, which is no finite number"),
        ("infinite", "a score is inf"),
        ("text-scores", "a score is 'high'"),
        ("true-scores", "a score is True"),
        ("wrong-count", r"there are \d+ boxes and \d+ scores"),
        ("no-scores", "its scores are not a list"),
        ("unasked", "it answered in 'shuffled', which was not asked for"),
        ("leaves-out", "it gave no answer in 2d"),
        ("own-nan", "a box holds nan, which is no finite number of metres"),
        ("own-flat", "which is not positive"),
        ("own-short", "not cx, cy, cz, dx, dy, dz"),
        ("own-none", "it found no box"),
    ],
)
def test_lies_are_refused_with_what_is_wrong_and_it_can_be_asked_again(start, scene, mode, said):
    grounder = start(mode)
    encoding = grounder.encode(scene)
    modalities = [m for m in ("fused", "2d") if m in grounder.capabilities.modalities]
    for _ in range(2):
        with pytest.raises(ModelError, match=said) as refused:
            grounder.ground(encoding, "the chair", modalities)
    assert f'The external model "{mode}" did not answer as agreed' in str(refused.value)


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("garbage", "wrote something that is no frame, so it was ended"),
        ("pickle", "those of a pickle, which is never read"),
        ("cut", "the stream ends inside a frame"),
        ("huge", "a frame of 1073741824 bytes is announced"),
    ],
)
def test_bytes_that_are_no_frames_end_it(start, scene, mode, said):
    grounder = start(mode)
    encoding = grounder.encode(scene)
    with pytest.raises(ModelError, match=said):
        grounder.ground(encoding, "the chair")
    assert children() == []


def test_a_program_that_hangs_is_ended_with_the_reason(start, scene):
    grounder = start("hang-ground", timeout_s=PATIENCE_S)
    encoding = grounder.encode(scene)
    grounder.timeout_s = 0.5
    with pytest.raises(
        ModelError, match=r'gave no answer to "ground" within 0\.5 s.*its last words: about to hang'
    ):
        grounder.ground(encoding, "the chair")
    assert children() == []


def test_a_program_that_hangs_while_it_starts_is_ended(start):
    with pytest.raises(ModelError, match=r'gave no answer to "load" within 1 s'):
        start("hang-load", timeout_s=1)
    assert children() == []


@pytest.mark.parametrize("method", ["encode", "ground"])
def test_a_hang_can_be_cancelled_and_the_next_question_starts_it_anew(start, scene, method):
    grounder = start(f"hang-{method}")
    encoding = None if method == "encode" else grounder.encode(scene)
    ask = partial(grounder.encode, scene)
    if encoding is not None:
        ask = partial(grounder.ground, encoding, "the chair")
    with heeding(lambda: True), pytest.raises(Cancelled):
        ask()
    assert children() == []


def test_a_program_that_heeds_a_cancel_lives_on(start, scene, monkeypatch):
    monkeypatch.setattr("whatwhere.jobs.foreign.CANCEL_GRACE_S", PATIENCE_S)
    grounder = start("heeds")
    encoding = grounder.encode(scene)
    before = {child.pid for child in psutil.Process().children()}
    wish = threading.Event()
    threading.Timer(0.2, wish.set).start()
    with heeding(wish.is_set), pytest.raises(Cancelled):
        grounder.ground(encoding, "wait")
    assert grounder.ground(encoding, "the chair")["fused"].candidates
    assert {child.pid for child in psutil.Process().children()} <= before, "none was started anew"


@pytest.mark.parametrize("method", ["load", "encode", "ground"])
def test_a_death_is_told_with_the_last_words(start, scene, method):
    def ask():
        grounder = start(f"die-{method}")
        grounder.ground(grounder.encode(scene), "the chair")

    with pytest.raises(WorkerDiedError, match=r"exit status 7.*the disk is full") as died:
        ask()
    assert str(died.value).startswith(f'The external model "die-{method}" died')
    assert children() == []


def test_after_a_death_it_is_started_and_told_of_the_scene_again(start, scene, tmp_path):
    grounder = start("die-once", str(tmp_path / "died"))
    encoding = grounder.encode(scene)
    with pytest.raises(WorkerDiedError, match="exit status 9"):
        grounder.ground(encoding, "the chair")
    assert grounder.ground(encoding, "the chair")["fused"].best.proposal == 0


def test_a_flood_of_frames_costs_no_memory_and_ends_with_its_time(start, scene):
    grounder = start("flood")
    encoding = grounder.encode(scene)
    grounder.timeout_s = 3
    before = psutil.Process().memory_info().rss
    with pytest.raises(ModelError, match="gave no answer"):
        grounder.ground(encoding, "the chair")
    assert psutil.Process().memory_info().rss - before < 100 * 2**20
    assert children() == []


def test_a_flood_of_words_costs_no_memory_and_the_answer_comes(start, scene, capsys):
    grounder = start("noise")  # 200 MB on stderr
    encoding = grounder.encode(scene)
    before = psutil.Process().memory_info().rss
    assert grounder.ground(encoding, "the chair")["fused"].candidates
    assert psutil.Process().memory_info().rss - before < 100 * 2**20
    assert len(capsys.readouterr().err) < 2**20


def test_a_refusal_arrives_in_its_own_words(start, scene):
    grounder = start("refuses")
    encoding = grounder.encode(scene)
    with pytest.raises(ModelError, match=r'"refuses": no such word\. Spell\.'):
        grounder.ground(encoding, "the chair")


def test_frames_for_strangers_are_passed_over(start, scene):
    grounder = start("strangers")
    assert grounder.ground(grounder.encode(scene), "the chair")["2d"].candidates


def test_what_cannot_be_started_is_refused_when_it_is_added(tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))
    with pytest.raises(ModelError, match='there is no program "no-such-program"'):
        add_external("no-such-program --fast", name="a")
    with pytest.raises(ModelError, match="quotation"):
        add_external("python 'open", name="a")
    with pytest.raises(ModelError, match="is no name"):
        add_external(sys.executable, name="../a")
    with pytest.raises(ModelError, match='there is a model "default" already'):
        add_external(sys.executable, name="default")


def test_no_program_outlives_an_owner_that_was_killed(tmp_path):
    """Also one that hangs and never reads its stdin again."""
    owner = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from whatwhere.jobs.foreign import ForeignProcess\n"
        f"script = {str(HERE / 'faulty_grounder.py')!r}\n"
        "one = ForeignProcess([sys.executable, script, 'hang-load'], name='It', cwd=Path('/'))\n"
        "print(one.pid, flush=True)\n"
        "one.ask('load', {}, timeout_s=3600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", owner], stdout=subprocess.PIPE) as process:
        hung = psutil.Process(int(process.stdout.readline()))
        process.kill()
    psutil.wait_procs([hung], timeout=PATIENCE_S)
    assert not hung.is_running() or hung.status() == psutil.STATUS_ZOMBIE
