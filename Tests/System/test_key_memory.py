"""Nothing of a key stays in the client once nobody needs it."""

import base64

from harness.keys import Keys, rc_section
from harness.waiting import until
from test_keys import KeyCase


class NothingOfAKeyStays(KeyCase):
    def search(self, pid, needles):
        """Those of `needles` that are in the memory of a process."""
        found = set()
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
            for line in maps:
                bounds, rights = line.split()[:2]
                if "r" not in rights or "[v" in line:
                    continue
                start, end = (int(word, 16) for word in bounds.split("-"))
                memory.seek(start)
                try:
                    content = memory.read(end - start)
                except OSError:
                    continue
                found |= {needle for needle in needles if needle in content}
        return found

    def needles(self):
        both = (self.door.keys.encryption, self.door.keys.hmac)
        return {key.encode() for key in both} | {base64.b64decode(key) for key in both}

    def test_once_the_connection_stands_no_key_is_in_memory(self):
        keys = self.door.keys
        for rc in (self.door.rc(), self.rc(KEY_BASE64_COMMAND=f"cat {self.door.folder.write('k', keys.encryption)}",
                                           HMAC_KEY_BASE64=keys.hmac)):
            proxy = self.proxy(rc)
            self.assert_opens(proxy)
            self.assertEqual(set(), self.search(proxy.process.pid, self.needles()))
            proxy.close()
            self.door.wait_no_grant()

    def test_while_it_knocks_the_keys_are_there_and_their_text_is_not(self):
        keys = Keys.new()
        rc = self.door.folder.write("other.rc", rc_section("myserver", keys, SPA_SERVER=self.door.address))
        proxy = self.proxy(rc)
        with self.door.sniffer() as sniffer:
            until(sniffer.udp_payloads, 5, "a knock")
        raw = {base64.b64decode(keys.encryption), base64.b64decode(keys.hmac)}
        self.assertEqual(raw, self.search(proxy.process.pid, raw | {keys.encryption.encode(), keys.hmac.encode()}))
        proxy.close()
