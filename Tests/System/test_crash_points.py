"""Each process is killed on the way into each system call of a grant, and of its end. Whatever the call: no rule without an
end in the kernel, no process left over, no second grant for a packet, nothing left by the next start, and its first knock
opens. To be killed on the way into the next call is to be killed after this one."""

import sys
import unittest
from collections import Counter

from harness.falling import CHECK, TOOL, Scene, in_parallel


def points(calls):
    """Every call that was seen, as a name and its place among those of this name; and two more of what comes often, since
    a wake-up may come twice."""
    counts, found = Counter(), []
    for call in calls:
        counts[call.name] += 1
        found.append((call.name, counts[call.name]))
    return found + [(name, count + more) for name, count in counts.items() if count > 4 for more in (1, 2)]


class CrashPoints(unittest.TestCase):
    """A class per victim, so that they run side by side."""

    weight = 40

    def told(self, victim, calls, fallen):
        count = sum(1 for name in fallen if name)
        print(f"{victim}: {count} crash points: " + ", ".join(f"{n} {c}" for c, n in Counter(filter(None, fallen))
                                                              .most_common()), file=sys.stderr)
        # Messages may come together or one by one, and make fewer or more calls each time.
        self.assertGreaterEqual(count, len(calls) * 2 // 3, "most of the recorded calls were crash points")
        return Counter(fallen)

    def grant(self, victim, kernel_ends_every=0):
        # Short where the kernel shall end it while we look.
        scene = Scene(lifetime=2 if kernel_ends_every else 30)
        self.addCleanup(scene.close)
        calls = scene.grant_round(victim, None, False)
        fallen = []
        for number, point in enumerate(points(calls), 1):
            if victim in (TOOL, "spad-helper"):
                scene.fresh()  # so that the tool has added nothing, and the jump was not looked at
            kernel_ends = bool(kernel_ends_every) and number % kernel_ends_every == 0
            try:
                # Wake-ups come together now and then: a point that was not reached has a second chance.
                fallen.append(scene.grant_round(victim, point, kernel_ends)
                              or scene.grant_round(victim, point, kernel_ends))
            except Exception as problem:
                raise AssertionError(f"{victim} at call {point}, {scene.tracer.calls[-1:]}: {problem!r}") from problem
        return self.told(victim, calls, fallen)

    def end(self, victim, lanes):
        def recorded(scene, _):
            return scene.end_round(victim, None)

        [calls] = in_parallel([0], 5, recorded, 1)

        def round_of(scene, point):
            for _ in range(2):  # one may come too late for the end
                if victim == "spad-helper":
                    scene.fresh()
                if name := scene.end_round(victim, point):
                    return name
            return None

        fallen = in_parallel(points(calls), 1, round_of, lanes)
        return self.told(victim, calls, fallen)


class TheWorkerIsKilled(CrashPoints):
    def test_on_the_way_into_any_call_of_a_grant(self):
        names = self.grant("spad-worker", kernel_ends_every=4)
        for name, least in {"recvmsg": 5, "pwrite64": 3, "fdatasync": 1, "sendmsg": 2, "ppoll": 2}.items():
            self.assertGreaterEqual(names[name], least, name)


class TheSupervisorIsKilled(CrashPoints):
    def test_on_the_way_into_any_call_of_a_grant(self):
        names = self.grant("spad", kernel_ends_every=5)
        self.assertGreaterEqual(names["write"], 2)
        self.assertGreaterEqual(names["recvmsg"], 2)

    def test_on_the_way_into_any_call_of_the_end_of_a_grant(self):
        names = self.end("spad", lanes=2)
        self.assertGreaterEqual(names["write"], 1)


class TheHelperIsKilled(CrashPoints):
    def test_on_the_way_into_any_call_of_a_grant(self):
        names = self.grant("spad-helper", kernel_ends_every=12)
        for name, least in {"sendmsg": 3, "write": 1, "read": 6, "clone": 1, "wait4": 3, "ppoll": 3}.items():
            self.assertGreaterEqual(names[name], least, name)


class TheHelperIsKilledLater(CrashPoints):
    def test_on_the_way_into_any_call_of_the_end_of_a_grant(self):
        names = self.end("spad-helper", lanes=4)
        for name, least in {"sendmsg": 1, "pwrite64": 1, "clone": 1, "wait4": 2, "ppoll": 2}.items():
            self.assertGreaterEqual(names[name], least, name)


class TheFirewallToolIsKilled(CrashPoints):
    def test_on_the_way_into_any_call_of_a_grant(self):
        names = self.grant(TOOL)
        for name, least in {"read": 1, "socket": 1, "sendto": 3, "sendmsg": 1, "write": 1}.items():
            self.assertGreaterEqual(names[name], least, name)


class TheFirewallToolIsKilledLater(CrashPoints):
    def test_on_the_way_into_any_call_of_the_end_of_a_grant(self):
        names = self.end(TOOL, lanes=5)
        for name, least in {"socket": 1, "sendto": 3, "sendmsg": 1}.items():
            self.assertGreaterEqual(names[name], least, name)


class TheLookAtTheJumpIsKilled(CrashPoints):
    def test_on_the_way_into_any_call_of_it(self):
        def round_of(scene, point):
            scene.fresh()  # so that the look comes at once
            return scene.check_round(point)

        [calls] = in_parallel([None], 30, round_of, 1)
        fallen = in_parallel(points(calls), 30, round_of, lanes=4)
        names = self.told(f"iptables {CHECK}", calls, fallen)
        for name, least in {"socket": 1, "sendto": 1, "recvmsg": 1, "write": 1}.items():
            self.assertGreaterEqual(names[name], least, name)
