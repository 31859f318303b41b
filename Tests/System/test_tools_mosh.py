"""mosh: one knock opens ssh's port and those of the session."""

from harness.door import Door
from harness.keys import Keys, stanza
from harness.logins import LoginCase, Terminal
from harness.waiting import until

PORTS = range(60000, 60008)
ACCESS = ",".join(["tcp/22", *(f"udp/{port}" for port in PORTS)])


class MoshThroughTheDoor(LoginCase):
    @classmethod
    def make_door(cls):
        keys = Keys.new()
        return Door(keys=keys, access=stanza(keys, OPEN_PORTS=ACCESS, FW_ACCESS_TIMEOUT=120))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rc = cls.door.rc(ACCESS=ACCESS)
        cls.words = cls.door.folder.join("words")
        cls.configuration = cls.configure("with-udp", options=("--log-file", cls.words))

    def test_a_session_over_udp_starts_with_one_knock(self):
        terminal = Terminal(self.door.client, self.environment(LC_ALL="C.UTF-8", MOSH_TITLE_NOPREFIX="1"))
        self.addCleanup(terminal.close)
        terminal.type(f"TERM=xterm mosh --experimental-remote-ip=remote -p {PORTS[0]}:{PORTS[-1]} "
                      f"--ssh='ssh -F {self.configuration}' --server='env LC_ALL=C.UTF-8 mosh-server' myserver "
                      "-- sh -c 'echo st''arted; read line; echo got $line; read end'\n")
        terminal.wait("started")
        self.assertEqual(len(PORTS) + 1, len(self.door.grants(self.door.client_address)))
        # One login knocks; again only where it is not let in within a second.
        with open(self.words) as file:
            self.assertEqual(1, file.read().count(": knock 1 sent by "))
        # The end of the grants, before their time: how long mosh needs to start is its own matter.
        self.door.firewall.iptables("-F", "FWKNOP_INPUT")
        terminal.type("after-the-grant\r")
        terminal.wait("got after-the-grant")
        terminal.type("\r")
        until(lambda: "mosh-client" not in self.door.client.processes().values(), 20, "the end of mosh")
