"""A name server that answers for one family and not for the other, and programs that ask no other."""

import ipaddress
import struct
import threading

from .tellers import Datagrams

A, AAAA = 1, 28
SILENT, SERVFAIL, NXDOMAIN = "silent", 2, 3


def question(query):
    """Name and type that a query asks for."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels), struct.unpack(">H", query[at + 1:at + 3])[0]


def reply(query, addresses=(), code=0):
    """The answer with these addresses, or with an error code."""
    end = 12
    while query[end]:
        end += query[end] + 1
    records = b""
    for text in addresses:
        data = ipaddress.ip_address(text).packed
        records += struct.pack(">HHHIH", 0xC00C, AAAA if len(data) == 16 else A, 1, 0, len(data)) + data
    return query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(addresses), 0, 0) + query[12:end + 5] + records


class NameServer(Datagrams):
    """`names[name][type]` is a list of addresses (an empty one is no data), a code, or SILENT. What is not there does not
    exist. An answer that is SILENT now can be given by `speak` later."""

    def __init__(self, host, names):
        self.names, self._held, self._lock = names, [], threading.Lock()
        # The lines of /etc/hosts.
        self.local = ""
        super().__init__(host, 53, self._reply)

    def _reply(self, query, peer):
        name, kind = question(query)
        with self._lock:
            answer = self.names.get(name, {}).get(kind, NXDOMAIN)
            if answer == SILENT:
                self._held.append((query, peer))
                return []
        return [self._made(query, answer)]

    @staticmethod
    def _made(query, answer):
        return reply(query, code=answer) if isinstance(answer, int) else reply(query, answer)

    def speak(self, name, kind, answer):
        """From now on this is the answer; whoever has asked for it gets it now."""
        with self._lock:
            self.names.setdefault(name, {})[kind] = answer
            held, self._held = self._held, []
            for query, peer in held:
                if question(query) == (name, kind):
                    self._socket.sendto(self._made(query, answer), peer)
                else:
                    self._held.append((query, peer))

    def questions(self):
        """All that was asked: (name, type)."""
        return [question(query) for query, _ in self.asked]

    def wrap(self, folder):
        """What to start a program with, on the same host, that shall ask this server alone, behind `local`."""
        # Who waits for an answer that is not given does it for longer than any test.
        conf = folder.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:30\n", 0o644)
        hosts = folder.write("hosts", self.local, 0o644)
        script = 'mount --bind "$0" /etc/resolv.conf && mount --bind "$1" /etc/hosts && shift && exec "$@"'
        return ("unshare", "-m", "sh", "-c", script, conf, hosts)


def is_gone(process):
    """Whether no process of this id is left."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def children(process):
    """The ids of the processes that it has started and that are there still."""
    try:
        with open(f"/proc/{process}/task/{process}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []
