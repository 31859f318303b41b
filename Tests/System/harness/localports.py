"""The programs that listen for others: each makes a local port out of a command, one process for a connection."""

import os
import re
import shutil
import socket
import stat

from . import needs
from .cleanup import Folder
from .processes import Daemon
from .waiting import until

INETD = re.compile(r"^127\.0\.0\.1:15432 .*", re.MULTILINE)


class SystemLog:
    """A /dev of its own with a log in it, for programs that are started with `command`. Nothing else of the machine
    sees it."""

    def __init__(self):
        self._folder = Folder("dev")
        os.mknod(self._folder.join("null"), 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._folder.join("log"))
        os.chmod(self._folder.join("log"), 0o666)
        self._socket.setblocking(False)

    def command(self, *words):
        return ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /dev && exec "$@"', self._folder.path, *words]

    def lines(self):
        """What has come since the last call."""
        found = []
        while True:
            try:
                found.append(self._socket.recv(4096).decode(errors="replace"))
            except BlockingIOError:
                return found

    def take_away(self):
        """Leaves a machine without a log."""
        os.unlink(self._folder.join("log"))

    def close(self):
        self._socket.close()
        self._folder.close()


class LocalPort:
    """A listener on 127.0.0.1 of a host that runs `command` for every connection."""

    def __init__(self, host, folder, command, log, port):
        self.host, self.port = host, port
        words = self.words(folder, command)
        self.daemon = Daemon(host, log.command(*words), folder.join(f"{type(self).__name__}.log"))
        until(lambda: f"127.0.0.1:{port} " in host.run("ss", "-Hltn").stdout, 10,
              lambda: f"a listener of {words[0]}:\n{self.daemon.log()}")

    def connect(self):
        with self.host.entered():
            connection = socket.create_connection(("127.0.0.1", self.port), 60)
        connection.settimeout(60)
        return connection

    def close(self):
        self.daemon.close()


class SocketActivation(LocalPort):
    """systemd's protocol: the connection is descriptor 3."""

    MORE = ()

    def words(self, _folder, command):
        return ["systemd-socket-activate", "-l", f"127.0.0.1:{self.port}", "--accept", *self.MORE, *command]


class SocketUnit(SocketActivation):
    """StandardInput=socket: the connection is standard input and output."""

    MORE = ("--inetd",)


class Superserver(LocalPort):
    """xinetd or inetd, whichever of the two is installed (in Debian one excludes the other), with our example's lines."""

    def words(self, folder, command):
        if shutil.which("xinetd"):
            text = example("xinetd.conf")
            for name, value in {"server": command[0], "server_args": " ".join(command[1:]), "port": self.port,
                                "user": "root"}.items():
                text, count = re.subn(rf"^(    {name} +=) .*", rf"\g<1> {value}", text, flags=re.MULTILINE)
                assert count == 1, name
            return ["xinetd", "-dontfork", "-f", folder.write("xinetd.conf", text), "-pidfile", folder.join("xinetd.pid")]
        line = INETD.search(example("inetd.conf"))[0].split()
        line[0], line[4] = f"127.0.0.1:{self.port}", "root"
        text = "\t".join([*line[:5], command[0], "spa-proxy", *command[1:]]) + "\n"
        return ["inetd", "-i", folder.write("inetd.conf", text)]


def example(name):
    with open(os.path.join(needs.REPOSITORY, "contrib", "examples", name), encoding="utf-8") as file:
        return file.read()
