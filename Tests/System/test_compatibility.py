"""Packets go both ways between our programs and the stock ones, for every form of key and HMAC that both know."""

import itertools

from harness import clients
from harness.door import Door, DoorCase
from harness.keys import Keys, stanza
from harness.servers import Fwknopd

COMBINATIONS = list(itertools.product(("passphrase", "base64"), ("sha256", "sha512")))
PAIRS = {combination: Keys.new(*combination) for combination in COMBINATIONS}
ACCESS = "".join(stanza(keys) for keys in PAIRS.values())


def with_every_key(cls):
    """Makes one test of `cls.check` per form of key and type of HMAC."""
    for number, (form, hmac) in enumerate(COMBINATIONS):
        def test(self, form=form, hmac=hmac, number=number):
            self.check(PAIRS[form, hmac], f"192.0.2.{100 + number}")

        setattr(cls, f"test_{cls.RULE}_with_{form}_keys_and_hmac_{hmac}", test)
    return cls


@with_every_key
class StockClientOurServer(DoorCase):
    RULE = "stock_fwknop_opens_spad"

    @classmethod
    def make_door(cls):
        return Door(access=ACCESS)

    def check(self, keys, address):
        self.door.knock(keys=keys, allow=address)
        self.door.wait_grant(address)


class OurClientStockServer(DoorCase):
    @classmethod
    def make_door(cls):
        return Door(access=ACCESS, server=Fwknopd)


@with_every_key
class KnockStockServer(OurClientStockServer):
    RULE = "spa_knock_opens_stock_fwknopd"

    def check(self, keys, address):
        door = self.door
        clients.spa_knock(door.client, door.folder, door.rc(keys), "-A", "tcp/22", "-a", address, "-D", door.address)
        door.wait_grant(address)


@with_every_key
class ProxyStockServer(OurClientStockServer):
    RULE = "spa_proxy_opens_stock_fwknopd"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.door.service(22, lambda connection: connection.sendall(b"welcome"))

    def check(self, keys, address):
        door = self.door
        door.firewall.iptables("-F", "FWKNOP_INPUT")
        proxy = door.proxy(22, keys=keys)
        self.assertEqual(b"welcome", proxy.stdout.read(7), proxy.errors())
        door.wait_grant()


@with_every_key
class OurClientOurServer(DoorCase):
    RULE = "spa_knock_opens_spad"

    @classmethod
    def make_door(cls):
        return Door(access=ACCESS)

    def check(self, keys, address):
        door = self.door
        clients.spa_knock(door.client, door.folder, door.rc(keys), "-A", "tcp/22", "-a", address, "-D", door.address)
        door.wait_grant(address)


class LongEncryptionKeys(DoorCase):
    """fwknop takes at most 32 bytes; between our own programs longer passphrases work."""

    @classmethod
    def make_door(cls):
        return Door(keys=Keys.new("passphrase", encryption_length=64))

    def test_an_encryption_key_of_64_characters_opens_the_door(self):
        door = self.door
        self.assertEqual(64, len(door.keys.encryption))
        rc = door.rc(SERVER_KIND="sallyport")
        clients.spa_knock(door.client, door.folder, rc, "-A", "tcp/22", "-a", "192.0.2.64", "-D", door.address)
        door.wait_grant("192.0.2.64")
