"""ssh by way of another host, where one of the two is hidden, or both."""

import os

from harness import cleanup
from harness.door import Door
from harness.firewall import Firewall
from harness.keys import Keys, rc_section, stanza
from harness.logins import LoginCase, command_line
from harness.servers import Spad
from harness.services import Sshd
from harness.topologies import WithHostBehind
from harness.waiting import until


class Jumps(LoginCase):
    """`myserver` is the hidden host before the others, `behind` an open one and `vault` a hidden one behind it."""

    weight = 2

    @classmethod
    def make_door(cls):
        return Door(lifetime=4, topology=WithHostBehind)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        door, world = cls.door, cls.door.world
        cls.inner_folder = door.own(cleanup.Folder())
        cls.inner_keys = Keys.new()
        cls.inner_firewall = Firewall(world.behind)
        cls.inner_server = door.own(Spad(world.behind, cls.inner_folder, stanza(cls.inner_keys, FW_ACCESS_TIMEOUT=4)))
        cls.inner = door.own(Sshd(world.behind, cls.inner_folder))
        cls.open_inner = door.own(Sshd(world.behind, door.own(cleanup.Folder()), port=2200))
        cls.inner_firewall.default_drop()
        world.behind.run("iptables", "-w", "-A", "INPUT", "-p", "tcp", "--dport", "2200", "-j", "ACCEPT")
        cls.inner_server.start()
        # The keys of the inner door lie on the host that knocks at it.
        cls.inner_rc = cls.inner_folder.write("rc", rc_section("vault", cls.inner_keys, SPA_SERVER=world.BEHIND))

    def blocks(self, *more):
        """One ssh_config out of several."""
        text = ""
        for path in (self.configuration, *more):
            with open(path) as file:
                text += file.read()
        return self.door.folder.write(f"blocks-{os.urandom(3).hex()}", text)

    def test_an_open_target_behind_a_hidden_jump_host(self):
        target = self.open_inner.client_configuration(self.door.world.BEHIND, alias="behind")
        done = self.run_client("ssh", "-J", "myserver", "behind", "echo $SSH_CONNECTION",
                               configuration=self.blocks(target))
        self.assertEqual([self.door.world.INSIDE, self.door.world.BEHIND, "2200"],
                         [done.stdout.split()[0], *done.stdout.split()[2:]])
        self.no_proxy_left()

    def test_a_hidden_target_that_the_jump_host_knocks_at(self):
        configuration = self.blocks()
        vault = self.inner.client_configuration(
            self.door.world.BEHIND, f"ssh -F {configuration} myserver {command_line(self.inner_rc)}", alias="vault")
        before = len(self.inner_server.daemon.log())
        done = self.run_client("ssh", "vault", "echo $SSH_CONNECTION", configuration=self.blocks(vault))
        self.assertEqual([self.door.world.INSIDE, self.door.world.BEHIND, "22"],
                         [done.stdout.split()[0], *done.stdout.split()[2:]])
        # A knock that took its time is followed by another, which extends the first one's grant.
        opened = [line for line in self.inner_server.daemon.log()[before:].splitlines()
                  if line.startswith("Added access rule") and "extends an open grant" not in line]
        self.assertEqual(1, len(opened), opened)
        self.no_proxy_left()
        until(lambda: "spa-proxy" not in self.door.host.processes().values(), 5, "the end of spa-proxy at the jump host")

    def test_a_jump_needs_no_stanza_for_its_target(self):
        target = self.open_inner.client_configuration(self.door.world.BEHIND, alias="behind",
                                                      more=["ProxyJump myserver"])
        self.assertEqual("through\n", self.run_client("ssh", "behind", "echo through",
                                                      configuration=self.blocks(target)).stdout)
