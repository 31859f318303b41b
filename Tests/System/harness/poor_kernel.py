#!/usr/bin/env python3
"""Runs a program on a kernel that lacks some system calls, as an old one or a container does: a filter answers them with an
error.

    poor_kernel.py ERRNO NUMBER[,NUMBER...] PROGRAM [ARGUMENT ...]
"""

import ctypes
import os
import struct
import sys

_PR_SET_SECCOMP, _FILTER = 22, 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000


def deny(numbers, code):
    """From now on these calls fail with `code`, here and in every program that is started."""
    steps = [(_LOAD, 0, 0, 0)]
    for number in numbers:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERROR | code)]
    steps.append((_RETURN, 0, 0, _ALLOW))
    program = b"".join(struct.pack("=HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(program)
    description = struct.pack("@HP", len(steps), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _FILTER, description, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")


if __name__ == "__main__":
    deny([int(number) for number in sys.argv[2].split(",")], int(sys.argv[1]))
    os.execvp(sys.argv[3], sys.argv[3:])
