"""From the knock on the wire to the rule in force, for both servers."""

import random
import socket
import time

from harness.clients import PORT
from harness.door import Door
from harness.servers import Fwknopd, Spad
from rule_events import RuleEvents


def _connected(door):
    """A UDP socket of the client that knocks by a single system call."""
    with door.client.entered():
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.connect((door.address, PORT))
    return udp


def measure(count, report):
    doors = {"fwknopd, as packaged": Door(server=Fwknopd, lifetime=3), "spad": Door(server=Spad, lifetime=2)}
    taken = {name: [] for name in doors}
    packets = {name: [door.packet(allow=f"192.0.2.{n % 250 + 1}") for n in range(count)] for name, door in doors.items()}
    events = {name: RuleEvents(door.host) for name, door in doors.items()}
    sockets = {name: _connected(door) for name, door in doors.items()}
    for turn in range(count):
        for name in doors:
            time.sleep(random.uniform(0.05, 0.15))  # no phase of a polling server is favoured
            events[name].drain()
            begun = time.monotonic()
            sockets[name].send(packets[name][turn])
            events[name].wait_grant()
            taken[name].append((time.monotonic() - begun) * 1000)
    for each in (*events.values(), *sockets.values(), *doors.values()):
        each.close()
    report.table(f"knock on the wire to rule in force, {count} of each", list(taken.items()))
