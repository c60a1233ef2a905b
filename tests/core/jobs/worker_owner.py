"""A program that owns a worker and waits to be killed: prints the worker's pid, then stays."""

import asyncio
import sys
from pathlib import Path

from whatwhere.jobs.client import WorkerClient


async def main(entry: str, method: str, log_path: str) -> None:
    worker = await WorkerClient.start(entry, name="The worker", log_path=Path(log_path))
    asking = asyncio.create_task(worker.request(method))
    sys.stdout.write(f"{worker.pid}\n")
    sys.stdout.flush()
    await asking


asyncio.run(main(*sys.argv[1:]))
