import subprocess
import sys

from whatwhere.jobs.frames import encode_frame, read_frame

COMMAND = [sys.executable, "-m", "whatwhere.cli.main", "host"]


def test_it_answers_frames_on_stdout_and_leaves_at_the_end_of_stdin(tmp_path):
    request = {
        "kind": "request",
        "id": 7,
        "method": "ground",
        "params": {"scene": str(tmp_path), "text": "the chair"},
    }
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as host:
        host.stdin.write(encode_frame(request))
        host.stdin.flush()
        answer = read_frame(host.stdout)
        host.stdin.close()
        assert host.stdout.read() == b""
        assert host.wait(timeout=60) == 0
    assert answer["kind"] == "error"
    assert answer["id"] == 7
    assert answer["error"]["class"] == "ModelError"


def test_a_model_that_cannot_be_loaded_is_a_sentence_and_3(tmp_path):
    with subprocess.Popen(
        [*COMMAND, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as host:
        assert host.wait(timeout=60) == 3
        assert host.stdout.read() == ""
        assert host.stderr.read().startswith(str(tmp_path))
