"""TCP handshakes as a client's interface saw them."""

import socket
import struct
from collections import Counter

SYN, RST, ACK = 0x02, 0x04, 0x10
# The kernel completes a handshake by itself after 200 ms; a client that chooses is quicker, unless it is held up.
HELD_UP = 0.15


class Handshakes:
    """Those of one host with a port of another, from the frames of a `Sniffer`: by our port, when each first thing was seen."""

    def __init__(self, sniffer, port):
        self.asked, self.answered, self.completed, self._answers = {}, {}, {}, Counter()
        for moment, is_ours, frame in sniffer.frames():
            if frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_TCP:
                continue
            header = 14 + (frame[14] & 15) * 4
            source, target = struct.unpack_from("!HH", frame, header)
            flags = frame[header + 13] & (SYN | RST | ACK)
            if is_ours and target == port and flags == SYN:
                self.asked.setdefault(source, moment)
            elif is_ours and target == port and flags == ACK:
                self.completed.setdefault(source, moment)
            elif not is_ours and source == port and flags == SYN | ACK:
                self.answered.setdefault(target, moment)
                self._answers[target] += 1

    def by_the_kernel(self):
        """How many were, or may have been, completed by the client's kernel and not by the client: late, while the client
        stood still; or at once, since an answer came twice, where the path stood still for a second."""
        return sum(moment - self.answered.get(own, moment) > HELD_UP or self._answers[own] > 1
                   for own, moment in self.completed.items())

    def seconds(self):
        """From the first attempt to the first that was completed."""
        return min(self.completed.values()) - min(self.asked.values())
