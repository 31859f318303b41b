"""A server that tells the time, right or wrong."""

import socket
import struct
import threading
import time

from . import cleanup

TO_1970 = 2_208_988_800


class TimeServer:
    """SNTP on a host; `offset` in seconds is what its clock is ahead of this machine's."""

    def __init__(self, host, port=123, offset=0.0):
        self.offset, self.asked = offset, 0
        with host.entered():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("0.0.0.0", port))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.close = cleanup.later(self._close)

    def _serve(self):
        while True:
            try:
                question, sender = self._socket.recvfrom(512)
            except OSError:
                return
            if len(question) < 48 or question[0] & 7 != 3:
                continue
            self.asked += 1
            now = time.time() + self.offset + TO_1970
            stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
            answer = bytes([0x24, 2]) + bytes(22) + question[40:48] + stamp + stamp
            self._socket.sendto(answer, sender)

    def _close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread, although nothing is connected
        except OSError:
            pass
        self._thread.join(2)
        self._socket.close()
