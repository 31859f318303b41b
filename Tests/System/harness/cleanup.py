"""Everything that a test makes is taken away: at the end of its class, on failure, on Ctrl-C and on SIGTERM."""

import atexit
import os
import shutil
import signal
import sys
import tempfile

_owner = os.getpid()
_jobs = {}


def later(job):
    """Registers `job` for the end of the process; the returned function runs it at once, and only once."""
    key = object()
    _jobs[key] = job

    def now():
        waiting = _jobs.pop(key, None)
        if waiting is not None:
            waiting()

    return now


def everything():
    """Runs the open jobs, the youngest first. A failing job does not keep the others from running."""
    if os.getpid() != _owner:
        return
    while _jobs:
        _, job = _jobs.popitem()
        try:
            job()
        except Exception as problem:  # the rest must still be cleaned
            print(f"cleanup: {problem!r}", file=sys.stderr)


def _stopped(number, _frame):
    everything()
    os._exit(128 + number)  # an exception would be a failed test, and the next one would begin


def install(*more):
    """A signal that ends the process takes everything away first. The main program calls this once."""
    for number in (signal.SIGTERM, signal.SIGHUP, *more):
        signal.signal(number, _stopped)


atexit.register(everything)


class Folder:
    """A temporary folder that other users may walk through (the daemons change their user) but not list."""

    def __init__(self, label="t"):
        self.path = tempfile.mkdtemp(prefix=f"sallyport-{label}-")
        os.chmod(self.path, 0o711)
        self.close = later(lambda: shutil.rmtree(self.path, ignore_errors=True))

    def join(self, *parts):
        return os.path.join(self.path, *parts)

    def write(self, name, text, mode=0o600):
        """Writes a file of this folder and gives its path. A re-written file keeps no byte of the old one."""
        path = self.join(name)
        data = text.encode() if isinstance(text, str) else text
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
            file.write(data)
        os.chmod(path, mode)
        return path
