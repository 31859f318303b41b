"""The connections between the processes of a server, made narrow."""

import ctypes
import os
import socket

PIDFD_GETFD = 438  # pidfd_getfd(2)


def shrink_buffer(pid, number=3):
    """Takes the room away in which the words of a process wait: four kilobytes are left, for some six of them. False where
    the descriptor is no socket."""
    process = os.pidfd_open(pid)
    try:
        copy = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, process, number, 0)
        if copy < 0:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
    finally:
        os.close(process)
    try:
        link = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        return False
    with link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    return True


def shrink_buffers(pid):
    """The same for every socket that the process has."""
    return sum(shrink_buffer(pid, int(number)) for number in os.listdir(f"/proc/{pid}/fd"))
