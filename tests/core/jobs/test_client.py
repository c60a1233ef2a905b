import asyncio
import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from whatwhere.errors import (
    BrokenFileError,
    Cancelled,
    InternalError,
    NotSupportedError,
    WorkerDiedError,
)
from whatwhere.jobs.client import WorkerClient, worker_command

HERE = Path(__file__).parent
PATIENCE_S = 30  # far above what anything here takes; reached only by a hang


@pytest.fixture
def log_path(tmp_path):
    return tmp_path / "logs" / "worker.log"


@pytest.fixture
def with_worker(monkeypatch, log_path):
    """Runs `scenario(worker)` against a fresh worker."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))

    def run(scenario, entry="serve", arguments=()):
        async def whole():
            async with asyncio.timeout(PATIENCE_S):
                worker = await start(entry, arguments)
                async with worker:
                    return await scenario(worker)

        return asyncio.run(whole())

    async def start(entry="serve", arguments=()):
        return await WorkerClient.start(
            f"worker_entries:{entry}", name="The worker", log_path=log_path, arguments=arguments
        )

    run.start = start
    return run


async def has_started(worker, method):
    """A request in flight, its work begun."""
    begun = asyncio.Event()
    task = asyncio.create_task(worker.request(method, on_progress=lambda *_: begun.set()))
    await begun.wait()
    return task


def test_requests_are_answered_in_turn(with_worker):
    async def scenario(worker):
        return await asyncio.gather(*(worker.request("echo", {"n": n}) for n in range(50)))

    assert with_worker(scenario) == [{"n": n} for n in range(50)]


def test_progress_arrives_in_order_and_before_the_answer(with_worker):
    async def scenario(worker):
        heard = []
        total = await worker.request(
            "count", {"total": 100}, on_progress=lambda *report: heard.append(report)
        )
        return heard, total

    heard, total = with_worker(scenario)
    assert heard == [(n, 100, f"step {n}") for n in range(1, 101)]
    assert total == 100


def test_prints_go_to_the_log_and_not_into_the_frames(with_worker, log_path):
    async def scenario(worker):
        return await worker.request("noise"), await worker.request("echo", {"still": "there"})

    assert with_worker(scenario) == ("clean", {"still": "there"})
    assert {"printed by Python", "printed by a C library", "printed by a grandchild"} <= set(
        log_path.read_text().splitlines()
    )


def test_the_work_cannot_read_the_frames_from_stdin(with_worker):
    assert with_worker(lambda worker: worker.request("read_stdin")) == ""


def test_arguments_reach_the_entry(with_worker):
    asked = with_worker(lambda worker: worker.request("arguments"), arguments=("default", "cpu"))
    assert asked == ["default", "cpu"]


def test_the_worker_stays_offline_and_quiet(with_worker):
    names = ["HF_HUB_OFFLINE", "TOKENIZERS_PARALLELISM"]
    heard = with_worker(lambda worker: worker.request("environment", {"names": names}))
    assert heard == {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def test_known_faults_arrive_as_themselves(with_worker):
    async def scenario(worker):
        with pytest.raises(BrokenFileError) as broken:
            await worker.request("fault")
        with pytest.raises(NotSupportedError, match=r"no masks here\. Ask for boxes\."):
            await worker.request("not_supported")
        return broken.value

    error = with_worker(scenario)
    assert str(error) == "/scans/a.ply: the header ends early. Export it again."
    assert error.path == Path("/scans/a.ply")
    assert error.exit_code == 3


@pytest.mark.parametrize(
    ("method", "said"), [("bug", "ZeroDivisionError: by nothing"), ("array", "does not travel")]
)
def test_a_bug_arrives_as_ours_with_its_traceback_in_the_log(with_worker, log_path, method, said):
    async def scenario(worker):
        with pytest.raises(InternalError, match=said) as bug:
            await worker.request(method)
        assert await worker.request("echo", {"still": "there"}) == {"still": "there"}
        return bug.value

    error = with_worker(scenario)
    assert error.path == log_path
    assert "Traceback (most recent call last)" in log_path.read_text()


def test_an_unknown_method_is_refused_by_name(with_worker):
    async def scenario(worker):
        with pytest.raises(NotSupportedError, match='"fly" is not a request this worker knows'):
            await worker.request("fly")

    with_worker(scenario)


def test_cancelling_stops_the_work_and_the_next_request_is_answered(with_worker):
    async def scenario(worker):
        task = await has_started(worker, "count_until_cancelled")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await worker.request("echo", {"next": 1})

    assert with_worker(scenario) == {"next": 1}


def test_a_request_cancelled_while_it_waits_is_never_begun(with_worker):
    async def scenario(worker):
        running = await has_started(worker, "count_until_cancelled")
        waiting = asyncio.create_task(worker.request("leave", {"status": 1}))
        await asyncio.sleep(0)  # let it be sent
        for task in (waiting, running):
            task.cancel()
        await asyncio.gather(waiting, running, return_exceptions=True)
        return await worker.request("echo", {"alive": worker.is_alive})

    assert with_worker(scenario) == {"alive": True}


def test_answers_to_unknown_requests_are_dropped(with_worker):
    assert with_worker(lambda worker: worker.request("x"), entry="send_to_strangers") == "yours"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_worker_gives_every_pending_request_the_reason(with_worker, number):
    async def scenario(worker):
        running = await has_started(worker, "spin")
        waiting = asyncio.create_task(worker.request("echo"))
        await asyncio.sleep(0)
        os.kill(worker.pid, number)
        told = await asyncio.gather(running, waiting, return_exceptions=True)
        assert not worker.is_alive
        with pytest.raises(WorkerDiedError):
            await worker.request("echo")
        return told

    for error in with_worker(scenario):
        assert isinstance(error, WorkerDiedError)
        assert error.reason == f"signal {int(number)} ({number.name})"
        assert str(error).startswith(f"The worker died: {error.reason}. Restart it and ask again")


def test_a_crash_in_c_names_the_signal_and_leaves_its_stack_in_the_log(with_worker, log_path):
    async def scenario(worker):
        with pytest.raises(WorkerDiedError) as died:
            await worker.request("crash")
        return died.value

    error = with_worker(scenario)
    assert error.reason == "signal 11 (SIGSEGV)"
    assert error.last_lines.splitlines() == [
        "about to read address zero",
        "Fatal Python error: Segmentation fault",
    ]
    assert " in crash\n" in log_path.read_text()


def test_an_exit_names_its_status_and_the_last_words(with_worker):
    async def scenario(worker):
        with pytest.raises(WorkerDiedError) as died:
            await worker.request("leave", {"status": 7})
        return died.value

    error = with_worker(scenario)
    assert error.reason == "exit status 7"
    assert error.last_lines == "the disk is full"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            "fail_to_start",
            "Its last words: /models/config.json: it is no JSON. Download it again. Restart",
        ),
        ("no_such_entry", "has no attribute 'no_such_entry'"),
    ],
)
def test_an_entry_that_does_not_start_says_why(with_worker, entry, said):
    async def scenario(worker):
        with pytest.raises(WorkerDiedError) as died:
            await worker.request("echo")
        return died.value

    error = with_worker(scenario, entry=entry)
    assert said in f"{error}"
    assert error.reason in {"exit status 1", "exit status 3"}


@pytest.mark.parametrize("entry", ["send_garbage", "send_nonsense"])
def test_a_worker_that_talks_nonsense_is_ended(with_worker, entry):
    async def scenario(worker):
        with pytest.raises(WorkerDiedError, match="no answer of ours"):
            await worker.request("anything")
        return worker.is_alive

    assert with_worker(scenario, entry=entry) is False


def test_only_the_log_of_this_life_is_quoted(with_worker):
    async def scenario(worker):
        with pytest.raises(WorkerDiedError):
            await worker.request("leave", {"status": 7})
        async with await with_worker.start() as second:
            task = await has_started(second, "spin")
            os.kill(second.pid, signal.SIGKILL)
            with pytest.raises(WorkerDiedError) as died:
                await task
        return died.value

    assert with_worker(scenario).last_lines == ""


def test_a_long_log_starts_over(with_worker, log_path):
    log_path.parent.mkdir()
    log_path.write_bytes(b"an old line\n" * 200_000)
    with_worker(lambda worker: worker.request("noise"))
    assert "an old line" not in log_path.read_text()


def test_a_new_worker_answers_after_a_crash(with_worker):
    async def scenario(worker):
        os.kill(worker.pid, signal.SIGKILL)
        death = await worker.ended()
        assert death is not None
        assert death.reason == "signal 9 (SIGKILL)"
        async with await with_worker.start() as second:
            return await second.request("echo", {"again": 1})

    assert with_worker(scenario) == {"again": 1}


def test_closing_ends_the_process_and_calls_it_no_death(with_worker):
    async def scenario(worker):
        task = await has_started(worker, "spin")
        await worker.close()
        with pytest.raises(Cancelled):
            await task
        with pytest.raises(Cancelled):
            await worker.request("echo")
        assert await worker.ended() is None
        return worker.pid, worker.is_alive

    pid, is_alive = with_worker(scenario)
    assert not is_alive
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_worker_that_ignores_the_end_of_its_requests_ends_all_the_same(with_worker):
    async def scenario(worker):
        assert await worker.request("ping") == "pong"
        await worker.close()
        return worker.pid

    with pytest.raises(ProcessLookupError):
        os.kill(with_worker(scenario, entry="stay_after_eof"), 0)


@pytest.mark.parametrize(
    ("entry", "method"),
    [("serve", "spin"), ("hold_the_interpreter", "compute"), ("stay_after_eof", "ping")],
)
def test_no_worker_outlives_a_killed_owner(monkeypatch, log_path, entry, method):
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    command = [sys.executable, str(HERE / "worker_owner.py")]
    with subprocess.Popen(
        [*command, f"worker_entries:{entry}", method, str(log_path)], stdout=subprocess.PIPE
    ) as owner:
        pid = int(owner.stdout.readline())
        watch = os.pidfd_open(pid)
        owner.kill()
    assert_ends(watch)


def assert_ends(pid_fd):
    """The process behind a pidfd ends: the descriptor becomes readable."""
    try:
        assert select.select([pid_fd], [], [], PATIENCE_S)[0]
    finally:
        os.close(pid_fd)


def test_bytes_that_are_no_frame_end_a_worker_with_a_sentence():
    done = subprocess.run(
        worker_command("worker_entries:serve"),
        input=b"what is the answer?\n",
        env=os.environ | {"PYTHONPATH": str(HERE)},
        capture_output=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 1
    assert b"is announced, more than the" in done.stderr
    assert done.stdout == b""


def test_a_frozen_program_calls_itself(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    command = worker_command("package.module:run", ["default"])
    assert command == [sys.executable, "--worker", "package.module:run", "default"]


def test_it_works_inside_a_qt_loop(with_worker, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    widgets = pytest.importorskip("PySide6.QtWidgets")
    qasync = pytest.importorskip("qasync")
    app = widgets.QApplication.instance() or widgets.QApplication([])

    async def scenario():
        async with asyncio.timeout(PATIENCE_S), await with_worker.start() as worker:
            assert await worker.request("echo", {"n": 1}) == {"n": 1}
            task = await has_started(worker, "spin")
            os.kill(worker.pid, signal.SIGKILL)
            with pytest.raises(WorkerDiedError, match="SIGKILL"):
                await task

    loop = qasync.QEventLoop(app)
    with contextlib.closing(loop):
        loop.run_until_complete(scenario())
