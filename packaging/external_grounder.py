"""An external model for WhatWhere, to start from: needs msgpack and numpy, and nothing of ours.

    whatwhere models add nearest --command "/path/to/python /path/to/external_grounder.py"

It takes what is nearest to a camera, in 2D the largest. Replace `look` and `score`, log to stderr.
"""

import struct
import sys

import msgpack
import numpy as np

SCENES = {}


def look(scene):
    """Once per scene: files, cameras and candidates in aligned metres (see the help on models)."""
    stood = np.array([np.array(frame["world_from_camera"])[:3, 3] for frame in scene["frames"]])
    return np.array(scene["candidates"], float).reshape(-1, 6), stood.reshape(-1, 3)


def score(seen, text, modality):
    """One number per candidate, the higher the better; best are natural log-probabilities."""
    boxes, stood = seen
    if modality == "2d":
        return np.log(boxes[:, 3:].prod(axis=1))
    return -np.linalg.norm(boxes[:, None, :3] - stood[None], axis=2).min(axis=1, initial=1e3)


def answer(method, params):
    """The result of one request."""
    if method == "load":
        return {"modalities": ["fused", "2d", "3d"], "device": "cpu", "num_parameters": 0}
    if method == "encode":
        SCENES[params["scene_id"]] = look(params)
        return {}
    seen = SCENES[params["scene_id"]]
    scores = {name: score(seen, params["text"], name).tolist() for name in params["modalities"]}
    return {"answers": {name: {"scores": row} for name, row in scores.items()}}


def main():
    """Answer until stdin ends."""
    while header := sys.stdin.buffer.read(4):
        message = msgpack.unpackb(sys.stdin.buffer.read(struct.unpack(">I", header)[0]))
        if message["kind"] != "request":  # a cancel comes too late for one thread
            continue
        reply = {"kind": "reply", "id": message["id"]}
        try:
            reply["result"] = answer(message["method"], message["params"])
        except Exception as error:  # noqa: BLE001
            reply |= {"kind": "error", "error": f"{type(error).__name__}: {error}"}
        frame = msgpack.packb(reply)
        sys.stdout.buffer.write(struct.pack(">I", len(frame)) + frame)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
