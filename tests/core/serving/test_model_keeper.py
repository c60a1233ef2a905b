"""Models taken in by the worker, in a real child process."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from whatwhere.assets import asset
from whatwhere.errors import Cancelled, ModelError
from whatwhere.jobs.client import WorkerClient
from whatwhere.models.adding import Watch, add_folder
from whatwhere.models.catalogue import entries, models_folder


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("WHATWHERE_HOME", str(tmp_path / "home"))


def kept(tmp_path, scenario):
    async def run():
        keeper = await WorkerClient.start(
            "whatwhere.serving.model_keeper:run", name="The keeper", log_path=tmp_path / "log"
        )
        async with keeper:
            return await scenario(keeper)

    return asyncio.run(run())


def test_models_of_three_kinds_are_added_with_progress_and_checked(tmp_path):
    folder = Path(shutil.copytree(asset("models", "default"), tmp_path / "mine"))
    line = {"scene_id": "room", "text": "the chair", "boxes": [[0, 0, 0, 1, 1, 1]]}
    (tmp_path / "answers.jsonl").write_text(json.dumps(line | {"modality": "fused"}) + "\n")
    steps = []

    async def scenario(keeper):
        added = await keeper.request(
            "add_folder", {"source": str(folder)}, on_progress=lambda *step: steps.append(step)
        )
        theirs = await keeper.request(
            "import_predictions", {"source": str(tmp_path / "answers.jsonl"), "name": "theirs"}
        )
        program = await keeper.request(
            "add_program", {"source": "true --fast", "name": "prog", "cwd": str(tmp_path)}
        )
        said = await keeper.request("verify", {"name": "mine"})
        with pytest.raises(ModelError, match="already"):
            await keeper.request("add_folder", {"source": str(folder)})
        return added, theirs, program, said

    added, theirs, program, said = kept(tmp_path, scenario)
    assert (added["name"], added["kind"]) == ("mine", "folder")
    assert added["trained_on"] == "procedural demo rooms"
    assert added["figures"].startswith("fused 94.9 %")
    assert "1 sentence in 1 scene, fused." in theirs["said"]
    assert program["cwd"] == str(tmp_path)
    assert any("hashes" in sentence for sentence in said)
    done, total, what = steps[-1]
    assert done == total > 10**6
    assert what.startswith("hashing ")
    assert [entry.name for entry in entries()[0]][-3:] == ["mine", "prog", "theirs"]


def test_a_model_that_nobody_wants_any_more_leaves_no_trace(tmp_path):
    folder = Path(shutil.copytree(asset("models", "default"), tmp_path / "mine"))
    with pytest.raises(Cancelled):
        add_folder(folder, watch=Watch(is_cancelled=lambda: True))
    assert not models_folder().exists()


def test_what_a_killed_process_left_goes_with_the_next_model(tmp_path):
    folder = Path(shutil.copytree(asset("models", "default"), tmp_path / "mine"))
    left = models_folder() / ".big.999999999.tmp"
    alive = models_folder() / ".other.1.tmp"
    for path in (left, alive):
        path.mkdir(parents=True)
    add_folder(folder)
    assert not left.exists()
    assert alive.exists()
