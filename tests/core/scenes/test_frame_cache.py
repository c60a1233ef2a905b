from concurrent.futures import ThreadPoolExecutor

import numpy as np

from whatwhere.geometry.cameras import Intrinsics
from whatwhere.scenes.frame_cache import FrameCache
from whatwhere.scenes.scene import Frame

FRAME_BYTES = 8 * 8 * (3 + 4 + 1)


def frame(name: str) -> Frame:
    camera = Intrinsics(8, 8, 4, 4, 8, 8)
    return Frame(
        name=name,
        color=np.zeros((8, 8, 3), np.uint8),
        depth_m=np.zeros((8, 8), np.float32),
        depth_valid=np.zeros((8, 8), bool),
        color_camera=camera,
        depth_camera=camera,
        world_from_camera=np.eye(4),
    )


def asked(cache: FrameCache, names: str) -> str:
    """Which of the names had to be decoded."""
    decoded = []

    def decode(name: str) -> Frame:
        decoded.append(name)
        return frame(name)

    for name in names:
        assert cache.get(name, lambda name=name: decode(name)).name == name
    return "".join(decoded)


def test_the_least_recently_used_frame_is_forgotten_first() -> None:
    cache = FrameCache(max_bytes=2 * FRAME_BYTES)
    assert asked(cache, "abaca") == "abc"
    assert asked(cache, "b") == "b"
    assert cache.num_bytes == 2 * FRAME_BYTES


def test_a_frame_larger_than_the_cache_is_still_kept_once() -> None:
    cache = FrameCache(max_bytes=1)
    assert asked(cache, "aab") == "ab"
    assert cache.num_bytes == FRAME_BYTES


def test_threads_leave_the_count_right() -> None:
    cache = FrameCache(max_bytes=3 * FRAME_BYTES)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda index: asked(cache, "abcdef"[index % 6]), range(400)))
    assert cache.num_bytes == 3 * FRAME_BYTES
