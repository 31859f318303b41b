"""A server one process of which is killed at a chosen system call, and what must hold then."""

import calendar
import concurrent.futures
import hashlib
import itertools
import os
import queue
import re
import time

from .door import Door
from .processes import adopt_orphans, children, reap_orphans
from .servers import HELPER_UID, WORKER_UID
from .tracing import Tracer
from .waiting import until, until_clock

TOOL = "firewall tool"
CHECK = "-S"  # in the command line, and alone, of the tool that looks whether the jump is there
JUMP = "-A INPUT -j FWKNOP_INPUT"
FOREIGN = ("-A", "INPUT", "-p", "tcp", "--dport", "9999", "-j", "ACCEPT")


def kernel_end(rule):
    """The second, since 1970, at which the kernel stops matching a rule: `--datestop` is its last one."""
    stop = re.search(r"--datestop (\S+)", rule)
    return calendar.timegm(time.strptime(stop[1], "%Y-%m-%dT%H:%M:%S")) + 1


class Scene:
    """A door, and a tracer at one of its processes. Each round has an address and a packet of its own."""

    _places = itertools.count(1)

    def __init__(self, lifetime, **options):
        adopt_orphans()
        self.lifetime = lifetime
        self.door = Door(lifetime=lifetime, **options)
        self.tracer = self.door.own(Tracer())
        self.door.host.run("iptables", "-w", *FOREIGN)
        self.door.service(22)
        self.foreign = self.others()
        self.asked = set()
        self._numbers, self._place = itertools.count(1), next(Scene._places)

    def close(self):
        self.door.close()

    # Knocks

    def address(self):
        number = next(self._numbers)
        return f"10.{self._place}.{number // 250}.{number % 250 + 1}"

    def knock(self, source=None):
        """Sends a packet for an address that was not used in this life; gives both."""
        source = source or self.address()
        self.asked.add(source)
        packet = self.door.packet(allow=source)
        self.door.send(packet)
        return packet, source

    def said(self, what, source):
        return len(re.findall(rf"^{what} {re.escape(source)}\b", self.door.log(), re.MULTILINE))

    def added(self, source):
        # The client's address is in each such line, as that of the packet.
        return self.said("Added access rule to FWKNOP_INPUT for", source)

    def wait_added(self, source):
        """Waits for the server's word that the kernel has the rule, which may have ended before anybody looks at it."""
        until(lambda: self.added(source), 5, lambda: f"the grant for {source}:\n{self.door.log()}")

    def recorded(self, packet):
        """Whether the packet's digest is in the replay store."""
        path = os.path.join(self.door.server.state_folder, "replay", "first")
        with open(path, "rb") as file:
            return hashlib.sha256(packet).digest() in file.read()

    # What must hold

    def others(self):
        return sorted(rule for rule in self.door.firewall.rules() if not rule.startswith("-A FWKNOP_INPUT"))

    def check_rules(self):
        """Nothing is open that was not asked for, the kernel ends what is, and what is not ours stands."""
        assert self.others() == self.foreign, f"{self.others()} is not {self.foreign}"
        for grant in self.door.grants():
            assert grant.source in self.asked and (grant.protocol, grant.port) == ("tcp", 22), grant
            assert kernel_end(grant.rule) == grant.expires, grant
            assert grant.expires <= time.time() + self.lifetime + 1, grant

    def check_end(self, source):
        """With nobody alive: a rule that stands opens, and from its end on it does not."""
        for grant in self.door.grants(source):
            assert self.door.is_open() or time.time() >= grant.expires, f"{grant} opens nothing"
            until_clock(grant.expires + 0.05)
            assert not self.door.is_open(timeout=0.3), f"{grant} is open after its end"

    def check_again(self, packet, source, granted):
        """The packet comes once more: where it was `granted` or recorded, nothing opens. Another one does."""
        self.asked.add(source)
        self.door.send(packet)
        _, other = self.knock()
        self.wait_added(other)
        if granted:
            self.door.server.daemon.wait_log("Replay detected", 2)
            return
        self.wait_added(source)

    # Rounds

    def restart(self):
        self.asked.clear()
        self.door.server.start()
        assert not self.door.grants(), f"{self.door.grants()} is left of an earlier life"
        self.check_rules()

    def fresh(self):
        """A new life, with a firewall tool that has not added a rule yet."""
        self.door.server.kill_all()
        self.wait_nobody()
        self.restart()

    def after_the_fall(self, packet, source, kernel_ends):
        self.door.server.wait_gone(2)
        self.wait_nobody()
        self.check_rules()
        recorded, open_now = self.recorded(packet), bool(self.door.grants(source))
        assert recorded or not open_now, "granted without a record"
        if kernel_ends:
            self.check_end(source)
        self.restart()
        self.check_again(packet, source, recorded)
        assert bool(self.added(source)) == (not recorded), self.door.log()

    def wait_nobody(self):
        """Every process of ours has ended, the tools too."""
        until(lambda: not self.our_processes(), 2, lambda: f"the end of {self.our_processes()}")

    def our_processes(self):
        reap_orphans((HELPER_UID, WORKER_UID))
        return self.door.host.processes()

    def session(self):
        """The tool that the helper keeps open."""
        helper = self.door.server.pids["spad-helper"]
        return until(lambda: children(helper).get("iptables-restor"), 5, "the session of the firewall tool")

    def grant_round(self, victim, point, kernel_ends):
        """The victim dies at a `point` of a grant, on the way into the Nth call of a name. The name; None where there are
        fewer such calls. Without a point nobody dies, and the calls are returned."""
        self.tracer.attach(self.session() if victim == TOOL else self.door.server.pids[victim], point)
        packet, source = self.knock(self.door.client_address if kernel_ends else None)
        end = self.tracer.follow(lambda: self.added(source))
        if end != "killed":
            assert end is None, f"{victim} ended by itself"
            self.tracer.detach()
            return None if point else self.tracer.calls
        if victim == TOOL:
            self.helper_goes_on(packet, source)
        else:
            self.after_the_fall(packet, source, kernel_ends)
        return self.tracer.calls[-1].name

    def helper_goes_on(self, packet, source):
        """The tool alone has died: the knock opens all the same, once."""
        self.wait_added(source)
        until(lambda: len(self.door.grants(source)) == 1, 5, lambda: f"one rule: {self.door.grants()}")
        self.check_rules()
        self.check_again(packet, source, granted=True)
        assert self.added(source) == 1, self.door.log()
        assert len(self.door.server.living()) == 3, self.door.server.living()

    def end_round(self, victim, point):
        """The same for the calls that end a grant."""
        helper = self.door.server.pids["spad-helper"]
        if victim == TOOL:
            self.tracer.next_child(helper, "--noflush", point)
        packet, source = self.knock()
        self.wait_added(source)
        if victim != TOOL:
            # What belongs to the making of the grant is let pass.
            self.tracer.attach(self.door.server.pids[victim])
            self.tracer.follow(lambda: True, pause=0.15)
            self.tracer.detach()
            self.tracer.attach(self.door.server.pids[victim], point)
        end = self.tracer.follow(lambda: self.said("Removed rule", source))
        calls = list(self.tracer.calls)
        if end != "killed":
            assert end is None or victim == TOOL, f"{victim} ended by itself"
            self.tracer.detach()
            return None if point else calls
        if victim == TOOL:
            self.tracer.detach()
            until(lambda: not self.door.grants(source) and self.said("Removed rule", source), 5,
                  lambda: f"the end of {self.door.grants()}\n{self.door.log()}")
            self.check_again(packet, source, granted=True)
            assert len(self.door.server.living()) == 3, self.door.server.living()
        else:
            self.after_the_fall(packet, source, kernel_ends=False)
        return calls[-1].name


    def check_round(self, point):
        """The same for the tool that looks after a grant whether packets still get to our chain. The jump is gone, and the
        look that would show it dies: that is reason enough for a closer one, without a further knock."""
        helper = self.door.server.pids["spad-helper"]
        self.door.firewall.iptables("-D", *JUMP.split()[1:])
        self.tracer.next_child(helper, CHECK, point)
        packet, source = self.knock()
        end = self.tracer.follow(lambda: self.added(source) and self.tracer.calls)
        calls = list(self.tracer.calls)
        self.tracer.detach()
        if end != "killed":
            # The tool ends by itself.
            return None if point else calls
        until(lambda: self.others() == self.foreign, 5, lambda: f"the jump: {self.others()}\n{self.door.log()}")
        self.helper_goes_on(packet, source)
        return calls[-1].name


def in_parallel(jobs, lifetime, work, lanes, **options):
    """`work(scene, job)` for every job, on several scenes; the results in the order of the jobs."""
    waiting, results, problems = queue.SimpleQueue(), [None] * len(jobs), []
    for place, job in enumerate(jobs):
        waiting.put((place, job))

    def lane():
        scene = Scene(lifetime, **options)
        try:
            while not problems:
                try:
                    place, job = waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    results[place] = work(scene, job)
                except Exception as problem:
                    problems.append(problem)
                    raise AssertionError(f"{job}, last call {scene.tracer.calls[-1:]}: {problem!r}") from problem
        finally:
            scene.close()

    with concurrent.futures.ThreadPoolExecutor(lanes) as pool:
        for done in [pool.submit(lane) for _ in range(lanes)]:
            done.result()
    return results
