"""An external model that misbehaves in the way its first argument names."""

import os
import pickle
import struct
import sys
import time

import msgpack

MODE = sys.argv[1]
HERE = {"scene": None}


def say(line):
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def send(message):
    frame = msgpack.packb(message)
    sys.stdout.buffer.write(struct.pack(">I", len(frame)) + frame)
    sys.stdout.buffer.flush()


def read():
    header = sys.stdin.buffer.read(4)
    if not header:
        sys.exit(0)
    return msgpack.unpackb(sys.stdin.buffer.read(struct.unpack(">I", header)[0]))


def hang():
    say("about to hang")
    time.sleep(3600)


def loaded():
    return {
        "unknown-modality": {"modalities": ["fused", "smell"]},
        "no-modalities": {"modalities": []},
        "no-map": [1, 2],
        "odd-parameters": {"modalities": ["fused"], "num_parameters": "many"},
        "own-boxes": {"modalities": ["fused", "2d"], "finds_boxes": True},
        "own-nan": {"modalities": ["fused"], "finds_boxes": True},
        "own-flat": {"modalities": ["fused"], "finds_boxes": True},
        "own-short": {"modalities": ["fused"], "finds_boxes": True},
        "own-none": {"modalities": ["fused"], "finds_boxes": True},
    }.get(MODE, {"modalities": ["fused", "2d", "3d"], "device": "cpu", "num_parameters": 7})


def answers(params, count):
    row = [float(-n) for n in range(count)]
    one = {"scores": row}
    box = [1.0, 2.0, 0.5, 1.0, 1.0, 1.0]
    odd = {
        "nan": {"scores": [float("nan")] * count},
        "infinite": {"scores": [float("inf")] * count},
        "text-scores": {"scores": ["high"] * count},
        "true-scores": {"scores": [True] * count},
        "wrong-count": {"scores": row + [0.0]},
        "no-scores": {},
        "own-boxes": {"boxes": [box, [4.0, 4.0, 4.0, 1.0, 1.0, 1.0]], "scores": [-1.0, -0.2]},
        "own-nan": {"boxes": [[float("nan")] * 6], "scores": [0.0]},
        "own-flat": {"boxes": [[0.0, 0.0, 0.0, 1.0, 0.0, 1.0]], "scores": [0.0]},
        "own-short": {"boxes": [[0.0, 0.0, 0.0]], "scores": [0.0]},
        "own-none": {"boxes": [], "scores": []},
    }.get(MODE, one)
    found = dict.fromkeys(params["modalities"], odd)
    if MODE == "unasked":
        found["shuffled"] = one
    if MODE == "leaves-out":
        found.pop("2d", None)
    return {"answers": found, "warnings": ["a word it says"] if MODE == "warns" else []}


def raw(data):
    """Bytes that are no frame, and then nothing more."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
    hang()


def die(status):
    say("the disk is full")
    os._exit(status)


def die_once(number):
    if not os.path.exists(sys.argv[2]):
        open(sys.argv[2], "w").close()
        die(9)


def cut(number):
    sys.stdout.buffer.write(struct.pack(">I", 1000) + b"abc")
    sys.stdout.buffer.flush()
    os._exit(0)


def flood(number):
    while True:
        send({"kind": "progress", "id": number, "done": 1, "total": 2, "what": "x" * 2**20})


def noise(number):
    for _ in range(200):
        sys.stderr.write("y" * 2**20)


def refuse(number):
    send({"kind": "error", "id": number, "error": {"fault": "no such word", "remedy": "Spell"}})
    return True


def sing(number):
    send({"kind": "reply", "id": 4711, "result": "not for you"})
    send({"kind": "song", "id": number})


AT_GROUND = {
    "die-once": die_once,
    "garbage": lambda _: raw(b"Loading checkpoint shards: 100%"),
    "pickle": lambda number: raw(pickle.dumps({"kind": "reply", "id": number})),
    "cut": cut,
    "huge": lambda _: raw(struct.pack(">I", 2**30) + b"x" * 1000),
    "flood": flood,
    "noise": noise,
    "refuses": refuse,
    "strangers": sing,
}


def misbehave(method, number):
    """What happens before an answer; true when there is to be none."""
    if f"hang-{method}" == MODE:
        hang()
    if f"die-{method}" == MODE:
        die(7)
    return AT_GROUND.get(MODE, lambda _: None)(number) if method == "ground" else None


while True:
    message = read()
    if message["kind"] != "request":
        if MODE == "heeds":
            send({"kind": "error", "id": message["id"], "error": "cancelled"})
        continue
    method, number, params = message["method"], message["id"], message["params"]
    if MODE == "heeds" and method == "ground" and params["text"] == "wait":
        continue
    if misbehave(method, number):
        continue
    if method == "load":
        result = loaded()
    elif method == "encode":
        HERE["scene"] = params
        if MODE == "progress":
            send({"kind": "progress", "id": number, "done": 1, "total": 3, "what": "frame 1"})
            send({"kind": "progress", "id": number, "done": "x", "total": 3, "what": "frame 2"})
        result = {}
    else:
        result = answers(params, len(HERE["scene"]["candidates"]))
    send({"kind": "reply", "id": number, "result": result})
