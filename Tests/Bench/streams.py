"""The proxy as a pipe, beside nc and socat, both ways; and how it starts, beside the stock client."""

import os
import socket
import subprocess
import threading
import time

from harness import clients, needs
from harness.door import Door

MEGABYTE = 1 << 20
BLOCK = bytes(4 * MEGABYTE)


def _send(target, amount):
    while amount > 0:
        amount -= os.write(target, BLOCK[:min(amount, len(BLOCK))])


def _receive(source, amount):
    """Reads so many bytes, not to the end: some programs stay for as long as their input is open."""
    while amount > 0:
        more = os.read(source, MEGABYTE)
        if not more:
            raise EOFError(f"{amount} bytes are missing")
        amount -= len(more)


def _pipe(door, command, amount, upward):
    """MB/s of one transfer through `command`, and the command's CPU seconds per GB."""
    done = threading.Event()

    def handle(connection):
        if upward:
            _receive(connection.fileno(), amount)
        else:
            _send(connection.fileno(), amount)
            connection.shutdown(socket.SHUT_WR)
        done.set()

    service = door.service(port=22, handle=handle)
    process = door.client.popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                                env=clients.environment(door.folder))
    begun = time.monotonic()
    if upward:
        _send(process.stdin.fileno(), amount)
        if not done.wait(60):
            raise EOFError(f"{command[0]}: the other side waits for more")
    else:
        _receive(process.stdout.fileno(), amount)
    seconds = time.monotonic() - begun
    process.stdin.close()
    process.stdout.close()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    service.close()
    return amount / MEGABYTE / seconds, (usage.ru_utime + usage.ru_stime) / (amount / 1e9)


def measure_pipes(count, report):
    amount = 400 * MEGABYTE
    door = Door(lifetime=3600)
    door.good_knock_opens()
    rc = door.rc()
    ways = {
        "nc": ["nc", "-N", door.address, "22"],
        "socat": ["socat", "-b", "131072", "STDIO", f"TCP:{door.address}:22"],
        "spa-proxy": clients.proxy_command(rc, door.address, 22),
    }
    door.knock()
    door.wait_grant()
    for upward in (False, True):
        speeds, costs = {name: [] for name in ways}, {name: [] for name in ways}
        for turn in range(count + 1):
            for name, command in ways.items():
                speed, cost = _pipe(door, command, amount, upward)
                if turn:
                    speeds[name].append(speed)
                    costs[name].append(cost)
        notes = {name: f"{sorted(cost)[len(cost) // 2]:.2f} CPU s/GB" for name, cost in costs.items()}
        report.table(f"pipe, {'client to server' if upward else 'server to client'}, 400 MiB, {count} of each",
                     list(speeds.items()), unit="MB/s", notes=notes)
    door.close()


def _resident(pid):
    """The largest resident set so far, in KiB. Not from wait4(2), which counts our own as long as it was not replaced."""
    try:
        with open(f"/proc/{pid}/status") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("VmHWM")), 0)
    except OSError:
        return 0  # it has ended already


def measure_starts(count, report):
    """From exec to the knock on the wire, and the largest resident set."""
    door = Door(lifetime=1)
    rc = door.rc()
    stock = door.folder.write("stock.rc", clients.rc_section("default", door.keys, SPA_SERVER=door.address))
    ways = {
        "fwknop": ["fwknop", "-A", "tcp/22", "-a", door.client_address, "-D", door.address, "--rc-file", stock,
                   "--no-save-args"],
        "spa-knock": [needs.program("spa-knock"), "--rc-file", rc, "-n", "myserver", "-A", "tcp/22",
                      "-a", door.client_address],
        "spa-proxy": clients.proxy_command(rc, door.address, 22, "-a", door.client_address),
    }
    taken, sizes = {name: [] for name in ways}, {name: 0 for name in ways}
    with door.host.entered():
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    wire.settimeout(5)
    for turn in range(count + 1):
        for name, command in ways.items():
            wire.setblocking(False)
            try:
                while wire.recv(2048):
                    pass
            except BlockingIOError:
                wire.settimeout(5)
            begun = time.monotonic()
            process = door.client.popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env=clients.environment(door.folder))
            while wire.recv(2048)[9] != socket.IPPROTO_UDP:
                pass
            seconds = time.monotonic() - begun
            sizes[name] = max(sizes[name], _resident(process.pid))
            process.kill()
            process.wait()
            if turn:
                taken[name].append(seconds * 1000)
    wire.close()
    door.close()
    report.table(f"start to knock on the wire, {count} of each", list(taken.items()),
                 notes={name: f"{size / 1024:.1f} MiB resident at most" for name, size in sizes.items()})
