"""Settings of the process that torch reads only once: imported before torch by the package."""

import ctypes
import os

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of malloc.h
_KEPT = 1 << 30


def settle() -> None:
    """Keep memory that was freed, and let threads that wait sleep.

    glibc hands large blocks back to the kernel and takes them anew at every tensor, which costs a
    page fault for every 4 KB of it. Threads of OpenMP spin while they wait for each other: on cores
    that others use as well, training with two of them came to a twentieth of its speed.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc's alone
    if mallopt:
        mallopt(_M_MMAP_THRESHOLD, _KEPT)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
