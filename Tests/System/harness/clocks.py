"""A server that tells the time, right or wrong."""

import struct
import time

from .tellers import Datagrams

TO_1970 = 2_208_988_800


class TimeServer(Datagrams):
    """SNTP on a host; `offset` in seconds is what its clock is ahead of this machine's."""

    def __init__(self, host, port=123, offset=0.0):
        self.offset = offset
        super().__init__(host, port, self._tell)

    def _tell(self, question, _peer):
        if len(question) < 48 or question[0] & 7 != 3:
            return []
        now = time.time() + self.offset + TO_1970
        stamp = struct.pack("!II", int(now), int(now % 1 * 2**32))
        return [bytes([0x24, 2]) + bytes(22) + question[40:48] + stamp + stamp]
