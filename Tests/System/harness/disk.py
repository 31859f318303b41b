"""A small disk of its own: to be filled, and to be made read-only."""

import ctypes
import errno
import os

from . import cleanup

_libc = ctypes.CDLL(None, use_errno=True)
_READ_ONLY, _REMOUNT, _DETACH = 1, 32, 2
_PUNCH = 0x01 | 0x02  # FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE
PAGE = 4096


def _check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


class Disk:
    """A tmpfs of so many bytes below a folder of the test."""

    def __init__(self, folder, size, name="disk"):
        self.path = folder.join(name)
        os.mkdir(self.path, 0o755)
        self._size = size
        self._mount(0)
        self.close = cleanup.later(lambda: _libc.umount2(self.path.encode(), _DETACH))

    def _mount(self, flags):
        options = f"size={self._size},mode=755".encode()
        _check(_libc.mount(b"sallyport-test", self.path.encode(), b"tmpfs", ctypes.c_ulong(flags), options), "mount")

    def join(self, *parts):
        return os.path.join(self.path, *parts)

    def read_only(self, on=True):
        self._mount(_REMOUNT | (_READ_ONLY if on else 0))

    def fill(self):
        """Leaves not a page."""
        with open(self.join("ballast"), "ab", buffering=0) as file:
            for portion in (1 << 16, PAGE, 1):
                try:
                    while True:
                        file.write(b"x" * portion)
                except OSError as problem:
                    if problem.errno != errno.ENOSPC:
                        raise

    def make_room(self):
        os.unlink(self.join("ballast"))

    def punch(self, name, start=0):
        """Gives the pages of a file back, so that writing there needs room anew: as on a disk that writes every change to
        another place."""
        with open(self.join(name), "r+b") as file:
            # Whole pages: a part of one would be zeroed and kept.
            length = (os.fstat(file.fileno()).st_size + PAGE - 1) // PAGE * PAGE - start
            _check(_libc.fallocate(file.fileno(), _PUNCH, ctypes.c_long(start), ctypes.c_long(length)), "fallocate")
