"""Sends frames as fast as one core can: `flood.py INTERFACE SECONDS`, frames on standard input, each behind its length in
two bytes. Writes how many it sent. `Flood` runs it."""

import ctypes
import os
import socket
import struct
import subprocess
import sys
import time

AT_ONCE = 512


class _Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class _Message(ctypes.Structure):
    """struct mmsghdr."""

    _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32), ("vectors", ctypes.POINTER(_Vector)),
                ("count", ctypes.c_size_t), ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t),
                ("flags", ctypes.c_int), ("sent", ctypes.c_uint32)]


def send_forever(link, frames, seconds):
    """Sends the frames round and round; the count of those that the interface took."""
    buffers = [ctypes.create_string_buffer(frame, len(frame)) for frame in frames]
    vectors = (_Vector * len(frames))(*[_Vector(ctypes.addressof(each), len(each)) for each in buffers])
    messages = (_Message * len(frames))()
    for index in range(len(frames)):
        messages[index].vectors = ctypes.pointer(vectors[index])
        messages[index].count = 1
    call = ctypes.CDLL(None, use_errno=True).sendmmsg
    size, sent, at, end = ctypes.sizeof(_Message), 0, 0, time.monotonic() + seconds
    while time.monotonic() < end:
        number = call(link.fileno(), ctypes.byref(messages, at * size), min(AT_ONCE, len(frames) - at), 0)
        # A frame that the kernel takes for none (too long, too short) is passed over.
        sent += max(number, 0)
        at = (at + max(number, 1)) % len(frames)
    return sent


class Flood:
    """A running flood from the interface of `host`."""

    def __init__(self, host, interface, frames, seconds):
        self.process = host.popen([sys.executable, os.path.abspath(__file__), interface, str(seconds)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for frame in frames:
            self.process.stdin.write(struct.pack("!H", len(frame)) + frame)
        self.process.stdin.close()

    def running(self):
        return self.process.poll() is None

    def sent(self):
        """Waits for the end; how many frames went out."""
        count = int(self.process.stdout.read())
        self.process.wait()
        return count

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def _frames(stream):
    while head := stream.read(2):
        yield stream.read(struct.unpack("!H", head)[0])


def main():
    interface, seconds = sys.argv[1], float(sys.argv[2])
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as link:
        link.bind((interface, 0))
        link.setsockopt(263, 20, 1)  # SOL_PACKET, PACKET_QDISC_BYPASS
        print(send_forever(link, list(_frames(sys.stdin.buffer)), seconds))


if __name__ == "__main__":
    main()
