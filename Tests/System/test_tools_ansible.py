"""Ansible: ten connections at once, each with a knock of its own."""

import re

from harness.logins import LoginCase

COUNT = 10


class AnsibleThroughTheDoor(LoginCase):
    weight = 2

    def test_ten_hosts_in_ten_forks(self):
        names = [f"host{number}" for number in range(COUNT)]
        with open(self.configuration) as file:
            block = file.read()
        configuration = self.door.folder.write("many", "".join(
            block.replace("Host myserver", f"Host {name}") for name in names))
        inventory = self.door.folder.write("inventory", "\n".join(names) + "\n", 0o644)
        control = self.door.folder.join("cp")
        done = self.door.client.run(
            "ansible", "all", "-i", inventory, "-f", str(COUNT), "-m", "command", "-a", "echo through", "-e",
            "ansible_python_interpreter=/usr/bin/python3", timeout=200, env=self.environment(
                ANSIBLE_SSH_ARGS=f"-F {configuration} -o ControlMaster=auto -o ControlPersist=5s",
                ANSIBLE_SSH_CONTROL_PATH_DIR=control, ANSIBLE_LOCAL_TEMP=self.door.folder.join("local"),
                ANSIBLE_REMOTE_TEMP=self.door.folder.join("remote"), ANSIBLE_CONFIG=self.door.folder.write("ansible.cfg", ""),
                LC_ALL="C.UTF-8"))
        self.assertEqual(sorted(names), sorted(re.findall(r"^(\w+) \| CHANGED \| rc=0 >>\nthrough$", done.stdout, re.M)))
        self.no_proxy_left(20)
