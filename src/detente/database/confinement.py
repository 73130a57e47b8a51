"""Take from a process, for good, what it does not need: writing files, the network, memory.

The operating system holds these limits, whatever SQL or the engine does. Nothing here is undone
before the process ends, and nothing beyond the standard library is imported.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path

# Linux's Landlock (kernel 5.13; landlock(7)): the same numbers on every processor.
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_VERSION_FLAG = 1
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
# Rights to files (linux/landlock.h) by the version that knows them. Reading and listing
# (bits 2 and 3) are left out of the list, so they stay allowed.
_EXECUTE, _WRITE_FILE = 1 << 0, 1 << 1
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_FILES_BY_VERSION = (
    (1, _EXECUTE | _WRITE_FILE | _REMOVE_AND_MAKE), (2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV),
)  # fmt: skip
_TCP, _TCP_VERSION = 0b11, 4
_SCOPES, _SCOPES_VERSION = 0b11, 6


class _Ruleset(ctypes.Structure):
    """The structure `landlock_ruleset_attr`: what a ruleset without rules takes away."""

    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


def without_writing() -> bool:
    """Take away every way to change a file, to run a program and to reach the network.

    Must be called while the process has one thread: others keep their rights.

    Returns
    -------
    Whether the system holds all of it. On a system without Landlock (macOS, a kernel before 5.13)
    files can only be kept from growing.
    """
    # A write beyond the limit then fails in place of ending the process.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return sys.platform == "linux" and _landlock()


def _landlock() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)
    if version < 1:
        return False
    attributes = _Ruleset(
        sum(bits for since, bits in _FILES_BY_VERSION if since <= version),
        _TCP if version >= _TCP_VERSION else 0,
        _SCOPES if version >= _SCOPES_VERSION else 0,
    )
    # An older kernel takes a longer structure as long as what it does not know is zero.
    ruleset = libc.syscall(
        _CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(ctypes.sizeof(attributes)), 0
    )
    if ruleset < 0:
        return False
    try:
        return bool(
            libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            and libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
        )
    finally:
        os.close(ruleset)


def with_memory(n_bytes: int) -> None:
    """Let the process take so many bytes more than it has now; what asks for more is refused."""
    taken = _n_data_bytes()
    if taken is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (taken + n_bytes, taken + n_bytes))


def _n_data_bytes() -> int | None:
    """Return the size of the process's own memory as Linux counts it; None elsewhere."""
    try:
        with Path("/proc/self/status").open(encoding="ascii") as status:
            line = next(one for one in status if one.startswith("VmData:"))
    except (OSError, StopIteration):
        return None
    return int(line.split()[1]) * 1024


def ending_with_parent() -> None:
    """End with the process that started this one, and leave Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
