#!/usr/bin/env python3
"""A cable with a delay: two TAP devices and a queue between them, because a kernel may come without netem.

Each frame leaves at the other end a constant time after it came, plus jitter if wanted; or never, with the probability
`loss`. The queue is a process of its own, so that the tests' own work does not delay frames."""

import fcntl
import heapq
import itertools
import os
import random
import select
import struct
import subprocess
import sys
import time

_TUNSETIFF = 0x400454CA
_TAP_WITHOUT_HEADER = 0x0002 | 0x1000


def _tap(host, name):
    """The descriptor of a new TAP device of `host`."""
    with host.entered():
        number = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(number, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _TAP_WITHOUT_HEADER))
    host.run("ip", "link", "set", name, "up")
    return number


class LongWire:
    """A cable between `left` and `right`; `rtt`, `jitter` in milliseconds, `loss` from 0 to 1 for each direction."""

    def __init__(self, left, left_name, right, right_name, rtt, jitter=0, loss=0):
        ends = [_tap(left, left_name), _tap(right, right_name)]
        try:
            # It lives in `left`, whose end is therefore its end.
            self.process = left.popen([sys.executable, os.path.abspath(__file__), *map(str, ends), str(rtt / 2), str(jitter),
                                       str(loss)], pass_fds=ends, stdout=subprocess.PIPE)
            with self.process.stdout as ready:
                ready.read(1)
        finally:
            for end in ends:
                os.close(end)

def carry(left, right, delay, jitter, loss, chance=random.Random(1)):
    """Moves frames until it is killed; times in seconds."""
    across = {left: right, right: left}
    number, waiting = itertools.count(), []
    while True:
        patience = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        readable, _, _ = select.select([left, right], [], [], patience)
        for end in readable:
            try:
                frame = os.read(end, 65536)
            except BlockingIOError:
                continue
            if chance.random() >= loss:
                due = time.monotonic() + delay + chance.uniform(0, jitter)
                heapq.heappush(waiting, (due, next(number), across[end], frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, end, frame = heapq.heappop(waiting)
            try:
                os.write(end, frame)
            except OSError:
                pass  # a full or vanished device loses frames, like any cable


if __name__ == "__main__":
    os.write(1, b".")
    os.close(1)
    carry(int(sys.argv[1]), int(sys.argv[2]), *(float(each) / 1000 for each in sys.argv[3:5]), float(sys.argv[5]))
