"""What the machine must offer. Something missing is an error with a sentence that helps, never a silent skip."""

import functools
import os
import shutil
import sys

from . import cleanup

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))


def root():
    """Network namespaces need root: goes on as root, through `sudo -n` if need be, or ends with a clear message."""
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    if os.geteuid() == 0:
        return
    if shutil.which("sudo"):
        kept = [f"{name}={os.environ[name]}" for name in ("PATH", "SALLYPORT_BIN", "TERM") if name in os.environ]
        os.execvp("sudo", ["sudo", "-n", "env", *kept, sys.executable, *sys.argv])
    sys.exit("This makes network namespaces and firewalls, which needs root: run it as root, or allow sudo -n.")


def tools(*names):
    """Ends with one line that names every missing tool."""
    missing = [name for name in names if not shutil.which(name)]
    if missing:
        sys.exit(f"Missing: {', '.join(missing)}. `make setup` installs what is needed.")


PROGRAMS = ("spad", "spad-worker", "spad-helper", "spad-filter", "spa-proxy", "spa-knock", "sandbox-attack")


@functools.lru_cache(maxsize=None)
def _programs():
    """The folder of our programs. `spad` runs no program that others than root could have changed, as one built by
    an ordinary user is: then copies serve."""
    folder = os.environ.get("SALLYPORT_BIN") or os.path.join(REPOSITORY, ".build", "release")
    there = [path for path in (os.path.join(folder, name) for name in PROGRAMS) if os.access(path, os.X_OK)]
    if all(os.stat(path).st_uid == 0 and os.stat(path).st_mode & 0o022 == 0 for path in there):
        return folder
    copies = cleanup.Folder("bin")
    for path in there:
        os.chmod(shutil.copy(path, copies.path), 0o755)
    return copies.path


def program(name):
    """The path of one of our programs, as `make build` left it (or in SALLYPORT_BIN)."""
    path = os.path.join(_programs(), name)
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"{name} is not there: run `make build` first")
    return path
