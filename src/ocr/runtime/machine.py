"""What the machine gives this process: cores and memory, with the limits of a container."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ocr.runtime.cores import available_cores

_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Machine:
    """Cores and memory; ``None`` where the system does not say.

    Attributes:
        cores: cores of the machine.
        usable_cores: those that this process may run on.
        core_quota: computing time that a container is given, in cores.
        memory: bytes of main memory.
        free_memory: bytes that can be had without swapping.
        memory_limit: bytes that a container is given.
    """

    cores: int | None
    usable_cores: int
    core_quota: float | None
    memory: int | None
    free_memory: int | None
    memory_limit: int | None


def look() -> Machine:
    """The machine as it is now."""
    total, free = _memory()
    return Machine(os.cpu_count(), available_cores(), _quota(), total, free, _limit(total))


def gpus() -> tuple[str, ...]:
    """Names and memory of the NVIDIA cards, as their driver tells; empty where there are none."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    command = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        listing = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(line.strip() for line in listing.splitlines() if line.strip())


def _memory() -> tuple[int | None, int | None]:
    if sys.platform == "win32":
        return _windows_memory()
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        sizes = {line.partition(":")[0]: int(line.split()[1]) * 1024 for line in lines}
        return sizes.get("MemTotal"), sizes.get("MemAvailable")
    except (OSError, ValueError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), None
    except (OSError, ValueError):
        return None, None


def _windows_memory() -> tuple[int | None, int | None]:
    import ctypes

    class Status(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *((name, ctypes.c_ulonglong) for name in ("total", "free", "a", "b", "c", "d", "e")),
        )

    status = Status()
    status.length = ctypes.sizeof(Status)
    if not vars(ctypes)["windll"].kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
        return None, None
    return int(status.total), int(status.free)


def _limit(total: int | None) -> int | None:
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            limit = int((_CGROUP / name).read_text("ascii"))
        except (OSError, ValueError):  # "max" stands for no limit.
            continue
        # Version 1 writes a number beyond all memory for no limit.
        return limit if total is None or limit < total else None
    return None


def _quota() -> float | None:
    try:
        quota, period = (_CGROUP / "cpu.max").read_text("ascii").split()
        return int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        pass
    try:
        microseconds = int((_CGROUP / "cpu/cpu.cfs_quota_us").read_text("ascii"))
        return (
            microseconds / int((_CGROUP / "cpu/cpu.cfs_period_us").read_text("ascii"))
            if microseconds > 0
            else None
        )
    except (OSError, ValueError, ZeroDivisionError):
        return None


def resident_bytes() -> int | None:
    """Main memory that this process holds now, in bytes; ``None`` where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def peak_bytes() -> int | None:
    """The most main memory that this process ever held, in bytes; ``None`` where the system does not say."""
    try:
        # Unlike what getrusage tells, this starts anew with the program, not with the process that started it.
        match = re.search(r"^VmHWM:\s*(\d+) kB$", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
        if match is not None:
            return int(match[1]) * 1024
    except (OSError, ValueError):
        pass
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Kilobytes, but bytes on macOS.
    return most if sys.platform == "darwin" else most * 1024
