"""What stands behind the door: a TCP server of a few lines, a real sshd, a STUN server."""

import os
import pwd
import socket
import subprocess
import threading

from . import cleanup
from .processes import Daemon
from .waiting import until


class TcpServer:
    """Accepts on one port of a host and hands each connection to `handle(connection)` in a thread of its own.

    Without `handle` a connection is kept until the other side ends."""

    def __init__(self, host, port, handle=None, family=socket.AF_INET):
        self.handle, self.accepted = handle or self._keep, []
        with host.entered():
            self._listener = socket.socket(family, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            self._listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self._listener.bind(("", port))
        self._listener.listen(1024)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        self.close = cleanup.later(self._close)

    @staticmethod
    def _keep(connection):
        with connection:
            while connection.recv(65536):
                pass

    def _serve(self, connection):
        try:
            self.handle(connection)
        except OSError:
            pass  # the other side went away; tests look at what arrived
        finally:
            connection.close()

    def _accept(self):
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError:
                return
            self.accepted.append(address)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _close(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self._thread.join(2)


class Sshd:
    """A real sshd with a fresh host key, keys only, for the user who runs the tests."""

    def __init__(self, host, folder, port=22):
        self.folder, self.port = folder, port
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        self.user = pwd.getpwuid(os.geteuid()).pw_name
        self.host_key, self.identity = folder.join("host_key"), folder.join("identity")
        for path in (self.host_key, self.identity):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
        with open(self.identity + ".pub") as file:
            authorized = folder.write("authorized_keys", file.read(), 0o644)
        configuration = folder.write("sshd_config", f"""\
Port {port}
HostKey {self.host_key}
PidFile none
AuthorizedKeysFile {authorized}
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PrintLastLog no
MaxStartups 200
Subsystem sftp internal-sftp
""")
        self.daemon = Daemon(host, ["/usr/sbin/sshd", "-D", "-e", "-f", configuration], folder.join("sshd.log"))
        self.daemon.wait_log("Server listening on 0.0.0.0", 10)

    def known_hosts(self, *names):
        with open(self.host_key + ".pub") as file:
            key = " ".join(file.read().split()[:2])
        return self.folder.write("known_hosts", "".join(f"{name} {key}\n" for name in names), 0o644)

    def client_configuration(self, address, proxy_command=None, alias="myserver", name="ssh_config", more=()):
        """An ssh_config with one `Host` block (which the lines `more` end), and the path of the file."""
        lines = [
            f"Host {alias}", f"    HostName {address}", f"    Port {self.port}", f"    User {self.user}",
            f"    IdentityFile {self.identity}", "    IdentitiesOnly yes", "    BatchMode yes", "    IdentityAgent none",
            f"    UserKnownHostsFile {self.known_hosts(address, f'[{address}]:{self.port}')}",
            "    GlobalKnownHostsFile /dev/null", "    StrictHostKeyChecking yes", "    LogLevel ERROR",
            "    ConnectTimeout 20",
        ]
        if proxy_command:
            lines.append(f"    ProxyCommand {proxy_command}")
        lines += [f"    {line}" for line in more]
        return self.folder.write(name, "\n".join(lines) + "\n")

    def close(self):
        self.daemon.close()


class Coturn:
    """A STUN server from the distribution."""

    def __init__(self, host, folder, address, client, port=3478):
        self.daemon = Daemon(host, [
            "turnserver", "-n", "--stun-only", "--no-auth", "--no-tls", "--no-dtls", "--no-cli", "--log-file", "stdout",
            "--pidfile", folder.join("turn.pid"), "--db", folder.join("turndb"), "--listening-ip", address,
            "--listening-port", str(port),
        ], folder.join("coturn.log"))
        until(lambda: self._answers(client, address, port), 15, lambda: f"coturn's answer:\n{self.daemon.log()[-1500:]}")

    @staticmethod
    def _answers(client, address, port):
        with client.entered():
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with udp:
            udp.settimeout(0.3)
            udp.sendto(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + os.urandom(12), (address, port))
            try:
                return udp.recv(1500)[:2] == b"\x01\x01"
            except OSError:
                return False

    def close(self):
        self.daemon.close()
