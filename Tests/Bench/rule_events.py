"""The moment at which a firewall rule comes into force, told by the kernel itself."""

import socket
import struct

_NETFILTER, _NFTABLES_GROUP, _NEW_RULE = 12, 7, (10 << 8) | 6


class RuleEvents:
    """Notifications of nf_tables: one for each rule, sent when its transaction is committed."""

    def __init__(self, host):
        with host.entered():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER)
        self._socket.bind((0, 1 << (_NFTABLES_GROUP - 1)))
        self._socket.settimeout(3)

    def wait_grant(self):
        """Returns right after a rule with an expiry comment has been committed."""
        while True:
            data, at = self._socket.recv(1 << 20), 0
            while at + 16 <= len(data):
                length, kind = struct.unpack_from("=IH", data, at)
                if kind == _NEW_RULE and b"_exp_" in data[at:at + length]:
                    return
                at += max(16, (length + 3) & ~3)

    def drain(self):
        """Forgets what has been told so far."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(1 << 20):
                pass
        except BlockingIOError:
            pass
        self._socket.settimeout(3)

    def close(self):
        self._socket.close()
