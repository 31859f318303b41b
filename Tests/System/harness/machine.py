"""A machine whose first process is systemd: its own process ids, mounts and control groups, on a copy of this machine's
files that forgets what is written to it. It lives in the network namespace of a host of the tests."""

import contextlib
import os
import subprocess

from . import cleanup
from .needs import program
from .processes import children
from .waiting import until

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))

# Nothing of the machine below comes in by accident: devices are a handful, /sys and /proc/sys can only be read, and the
# only units that start by themselves are the journal, what makes accounts and folders, and those that are enabled here.
_BOOT = r"""
place=$1
mount -t tmpfs -o mode=755 tmpfs "$place"
mkdir "$place/upper" "$place/work" "$place/root"
mount -t overlay -o "lowerdir=/,upperdir=$place/upper,workdir=$place/work" overlay "$place/root"
cd "$place/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
for name in null zero full random urandom tty; do
    touch "dev/$name"
    mount --bind "/dev/$name" "dev/$name"
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
system=usr/lib/systemd/system
rm -rf etc/systemd/system "$system"/*.wants
mkdir -p etc/systemd/system "$system/sysinit.target.wants"
for unit in systemd-journald.service systemd-sysusers.service systemd-tmpfiles-setup.service; do
    ln -s "../$unit" "$system/sysinit.target.wants"
done
rm -f etc/machine-id
echo 5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a > etc/machine-id
cp -a "$2/." .
for unit in $3; do systemctl --root=. -q enable "$unit"; done
mkdir -p .below
pivot_root . .below
umount -l .below
rmdir .below
exec env -i container=sallyport-test PATH=/usr/sbin:/usr/bin /usr/lib/systemd/systemd --unit=multi-user.target
"""


def _control_groups():
    """Where the control groups of version 2 are mounted."""
    with open("/proc/self/mountinfo") as file:
        for line in file:
            fields, kind = line.split(" - ")
            if kind.split()[0] == "cgroup2":
                return fields.split()[4]
    raise RuntimeError("no control groups of version 2 are mounted here: systemd could not be started")


class Machine:
    """Boots with `folder` laid over the files, and starts the `units`. Gone with everything in it at `close`."""

    def __init__(self, host, folder, units):
        self.host = host
        place = cleanup.Folder("machine")
        group = os.path.join(_control_groups(), os.path.basename(place.path))
        os.mkdir(group)

        def clean():
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait(60)
            until(lambda: self._emptied(group), 10, f"the end of {group}")
            place.close()

        # From the child's side: so that the group is the root of all groups that it sees.
        enter = f'echo $$ > "{group}/cgroup.procs"; exec "$@"'
        self._log = place.join("log")
        with open(self._log, "wb") as log:
            self.process = host.popen(
                ["sh", "-eu", "-c", enter, "sh", "unshare", "--mount", "--propagation", "private", "--cgroup", "--uts",
                 "--ipc", "--pid", "--fork", "--kill-child", "sh", "-eu", "-c", _BOOT, "sh", place.path, folder,
                 " ".join(units)], stdout=log, stderr=subprocess.STDOUT)
        self.close = cleanup.later(clean)
        self._first = until(self._find_first, 10, self._output)
        until(lambda: self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"), 30,
              lambda: self._output() + self.journal())

    @staticmethod
    def _emptied(group):
        """Takes the groups away, once no process is in them."""
        for folder, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        return not os.path.exists(group)

    def _output(self):
        with open(self._log, errors="replace") as file:
            return f"a machine under systemd: {file.read()}"

    def _find_first(self):
        """The process id, as seen from here, of its systemd."""
        if self.process.poll() is not None:
            raise AssertionError(self._output())
        with contextlib.suppress(OSError):
            return children(self.process.pid).get("systemd")

    def run(self, *command):
        """Runs a command inside."""
        return self.host.run("nsenter", "--target", str(self._first), "--all", *command, check=False, timeout=90)

    def path(self, *parts):
        """A file of the machine, as seen from here."""
        return os.path.join(f"/proc/{self._first}/root", *parts)

    def journal(self, unit=None):
        return self.run("journalctl", "--no-pager", "-q", "-o", "cat", *(["-u", unit] if unit else [])).stdout

    def properties(self, unit, *names):
        """What systemd says of a unit."""
        text = self.run("systemctl", "show", unit, *(f"-p{name}" for name in names)).stdout
        return dict(line.split("=", 1) for line in text.splitlines())


def installed(folder, prefix="/usr/local"):
    """Has `make install` put everything below `folder`."""
    command = ["make", "-s", "install", f"DESTDIR={folder}", f"PREFIX={prefix}",
               f"BUILD={os.path.dirname(program('spad'))}"]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=60)
    return folder
