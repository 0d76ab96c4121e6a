"""The heap of the C library: large buffers go back to the system when they are freed."""

from __future__ import annotations

import ctypes
import functools
import os
import sys

from ocr.runtime import process_settings

#: Numbers of glibc's ``mallopt``: see its manual page.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
#: Heaps that threads take small buffers from: by default eight a core, each of which keeps what is freed in its midst.
_ARENAS = 2
#: Buffers from this size are had from the system and go back to it: those of whole pages, which are few, so that asking
#: for them anew costs nothing that can be measured. From 1 MB it costs 3 %.
_LARGE = 4 * 2**20


@functools.cache
def configure_malloc() -> None:
    """Keep the heap from growing with every picture that is larger than those before.

    By default glibc moves the size from which buffers go back up to 32 MB with the buffers that it sees: then pages are
    cut out of the heap, and what is freed in its midst is held. Where the environment sets that size (or another
    setting of ``malloc``), with any other C library, and where `ocr.runtime.process_settings` forbids it, nothing is
    done.
    """
    if (
        not process_settings.allowed("malloc")
        or not sys.platform.startswith("linux")
        or any(name.startswith("MALLOC_") or name == "GLIBC_TUNABLES" for name in os.environ)
    ):
        return
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018 - other libraries have a ``mallopt`` that means something else.
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_TRIM_THRESHOLD, 2 * _LARGE)
        library.mallopt(_ARENA_MAX, _ARENAS)
    except (AttributeError, OSError):
        return
