"""What every command needs: Python, packages, torch, disk, and the files that ship."""

import json
import os
import platform
import shutil
import sys
from importlib import metadata
from typing import Any

import pynvml  # type: ignore[import-untyped]
from packaging.requirements import Requirement

from whatwhere.assets import asset
from whatwhere.cli.checks.check import Check
from whatwhere.cli.checks.child import Failure, run_child
from whatwhere.errors import MissingFileError
from whatwhere.folders import data_folder

MIN_FREE_GB = 2.0


def check_python() -> Check:
    """The interpreter's version, and what it runs on."""
    detail = f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    ok = (3, 11) <= sys.version_info < (3, 14)
    remedy = "" if ok else "Install WhatWhere for Python 3.11, 3.12 or 3.13."
    return Check("Python", ok, f"{detail}, {os.cpu_count()} cores", remedy)


def check_packages() -> Check:
    """Whether the packages of the core are there in versions that were tried."""
    faults = unmet_requirements("")
    if faults:
        remedy = 'Run "pip install -e ." in the project folder, or start through ./dev.'
        return Check("packages", False, "; ".join(faults), remedy)
    return Check("packages", True, f"whatwhere {metadata.version('whatwhere')} and what it needs")


def check_torch() -> Check:
    """Whether torch and transformers load, and whether a GPU that is there gets used."""
    said = run_child(
        "import json, torch, transformers\n"
        "print(json.dumps([torch.__version__, torch.version.cuda, torch.cuda.is_available(),"
        " transformers.__version__]))"
    )
    if isinstance(said, Failure):
        remedy = "Install PyTorch and transformers again: one of them does not load."
        return Check("torch", False, said.reason, remedy)
    version, cuda, sees_gpu, transformers = json.loads(said)
    build = f"CUDA {cuda} build" if cuda else "CPU build"
    detail = f"{version} ({build}), transformers {transformers}"
    if _gpu_names() and not sees_gpu:
        why = "its driver is too old for this build" if cuda else "this build has no CUDA"
        remedy = "Install the PyTorch build that fits the driver, or update the driver."
        return Check("torch", False, f"{detail}; leaves the GPU idle: {why}", remedy, needed=False)
    return Check("torch", True, detail)


def check_gpu() -> Check:
    """Which GPUs there are; none is a fact, not a fault."""
    names = _gpu_names()
    return Check("GPU", True, ", ".join(names) if names else "none from NVIDIA, the CPU does it")


def check_data_folder() -> Check:
    """Whether the user's own files have a place, and room."""
    try:
        folder = data_folder()
        free_gb = shutil.disk_usage(folder).free / 1e9
    except OSError as error:
        remedy = "Set WHATWHERE_HOME to a folder that you may write to."
        return Check("data folder", False, str(error), remedy)
    detail = f"{folder}, {free_gb:.1f} GB free"
    if not os.access(folder, os.W_OK):
        remedy = "Set WHATWHERE_HOME to a folder that you may write to."
        return Check("data folder", False, f"{detail}, not writable", remedy)
    if free_gb < MIN_FREE_GB:
        remedy = f"Free {MIN_FREE_GB:.0f} GB there, or set WHATWHERE_HOME to a roomier disk."
        return Check("data folder", False, detail, remedy, needed=False)
    return Check("data folder", True, detail)


def check_default_model() -> Check:
    """Whether the model that ships is there."""
    try:
        weights = asset("models", "default", "model.safetensors")
    except MissingFileError as error:
        return Check("default model", False, f"{error.path}: {error.fault}", f"{error.remedy}.")
    return Check("default model", True, f"{weights.parent}, {weights.stat().st_size / 1e6:.1f} MB")


def check_demo_rooms() -> Check:
    """Whether the rooms that ship are there."""
    try:
        num_rooms = len(list(asset("rooms").rglob("*_vh_clean_2.ply")))
    except MissingFileError as error:
        return Check("demo rooms", False, f"{error.path}: {error.fault}", f"{error.remedy}.")
    remedy = "" if num_rooms else "Install whatwhere again; this copy is incomplete."
    return Check("demo rooms", num_rooms > 0, f"{num_rooms} in {asset('rooms')}", remedy)


def unmet_requirements(extra: str) -> list[str]:
    """The requirements of this distribution (or of one extra) that are not met, as phrases."""
    try:
        lines = metadata.requires("whatwhere") or []
    except metadata.PackageNotFoundError:
        return ["whatwhere runs from a folder without being installed"]
    faults = []
    for line in lines:
        requirement = Requirement(line)
        only_for_extra = requirement.marker is not None and "extra" in str(requirement.marker)
        if only_for_extra != bool(extra):
            continue
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            faults.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            faults.append(f"{requirement.name} {version} is not {requirement.specifier}")
    return faults


def _gpu_names() -> list[str]:
    """The NVIDIA GPUs with their memory; empty without a driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return []
    try:
        handles = [
            pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())
        ]
        return [_gpu_name(handle) for handle in handles]
    except pynvml.NVMLError as error:
        return [f"one that does not answer ({error})"]
    finally:
        pynvml.nvmlShutdown()


def _gpu_name(handle: Any) -> str:
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    name = pynvml.nvmlDeviceGetName(handle)
    return f"{name}, {memory.free / 1e9:.0f} of {memory.total / 1e9:.0f} GB free"
