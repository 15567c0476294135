"""How the C library keeps memory that many threads take and give back.

Left to itself, glibc gives each of many threads a heap of its own, and lets blocks of up to 32 MB into
them once such a block was freed: what sixty threads free stays in their heaps, and the process grows.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Numbers of ``mallopt``'s parameters, from glibc's ``malloc.h``."""
HEAPS = 2
LARGE_BYTES = 128 * 1024
"""Blocks from this size on go back to the system when they are freed; glibc's own first value."""


def share_heaps() -> None:
    """Let all threads take from two heaps, and keep no large freed block; elsewhere than on glibc, nothing.

    Threads that have a heap already keep it: to be called before many are started.
    """
    with suppress(OSError, TypeError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_ARENA_MAX, HEAPS)
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(M_TRIM_THRESHOLD, LARGE_BYTES)
