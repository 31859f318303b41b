"""The clients: the stock one, and ours."""

import os
import subprocess
import threading

from . import needs
from .keys import rc_section

PORT = 62201


def environment(folder):
    """A home of its own: the stock client writes files into it."""
    return {"HOME": folder.path, "PATH": os.environ["PATH"], "LOGNAME": "tester", "USER": "tester"}


def fwknop(host, folder, keys, *options, server, access="tcp/22", allow=None):
    """One knock with the stock client. `allow` is an address; without it the server takes the packet's source."""
    rc = folder.write("stock.rc", rc_section("default", keys, SPA_SERVER=server))
    where = ["-a", allow] if allow else ["-s"]
    return host.run("fwknop", "-A", access, *where, "-D", server, "--rc-file", rc, "--no-save-args", *options,
                    env=environment(folder))


def packet(host, folder, keys, *options, server, access="tcp/22", allow=None):
    """The payload of a knock that the stock client builds but does not send."""
    path = folder.join("packet.spa")
    if os.path.exists(path):
        os.unlink(path)
    fwknop(host, folder, keys, "--test", "-B", path, *options, server=server, access=access, allow=allow)
    with open(path, "rb") as file:
        return file.read().strip()


def spa_knock(host, folder, rc, *options, check=True):
    """One knock with our client."""
    return host.run(needs.program("spa-knock"), "--rc-file", rc, *options, check=check, env=environment(folder))


class Proxy:
    """A running `spa-proxy` with pipes, as ssh would start it. One that hangs is killed after `LIMIT` seconds, so that
    whoever reads from it comes to an end. `wrap` goes before the command, `variables` into its environment."""

    LIMIT = 75

    def __init__(self, host, folder, rc, server, port, *options, wrap=(), variables=None):
        self.stderr_path = folder.join(f"proxy-{os.urandom(4).hex()}.err")
        with open(self.stderr_path, "wb") as errors:
            self.process = host.popen([*wrap, *proxy_command(rc, server, port, *options)], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=errors, bufsize=0,
                                      env={**environment(folder), **(variables or {})})
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        self._watchdog = threading.Timer(self.LIMIT, self.process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()

    def errors(self):
        with open(self.stderr_path) as file:
            return file.read()

    def wait(self, timeout=15):
        return self.process.wait(timeout)

    def close(self):
        self._watchdog.cancel()
        for pipe in (self.stdin, self.stdout):
            try:
                pipe.close()
            except OSError:
                pass
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def proxy_command(rc, server, port, *options):
    return [needs.program("spa-proxy"), "--rc-file", rc, *options, "--", server, str(port)]
