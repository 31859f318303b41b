"""Frames that nobody honest sends. Each kind is a function from a `Maker` to one frame, new at each call."""

import base64
import os
import random
import socket
import struct

IPV4, IPV6, VLAN, QINQ = 0x0800, 0x86DD, 0x8100, 0x88A8
MTU = 9000


def checksum(header):
    total = sum(struct.unpack(f"!{len(header) // 2}H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def datagram(payload, port=62201, length=None):
    return struct.pack("!HHHH", random.randint(1024, 65535), port, 8 + len(payload) if length is None else length, 0) + payload


class Maker:
    """What the frames are made of. The packets are real ones: `replayed` was granted before, `expired` is for a stanza
    whose date has passed, `stale` have a date that has passed."""

    def __init__(self, source, target, source_link, target_link, replayed, expired, stale):
        self.source, self.target = socket.inet_aton(source), socket.inet_aton(target)
        self.links = target_link + source_link
        self.replayed, self.expired, self.stale = replayed, expired, stale

    def ip(self, body, target=None, total=None, ihl=5, options=b"", flags=0, protocol=17, version=4, broken=False):
        """A packet; a `broken` one has a checksum that the kernel drops without an answer, while a capture sees it."""
        head = struct.pack("!BBHHHBBH4s4s", version << 4 | ihl, 0,
                           20 + len(options) + len(body) if total is None else total, random.getrandbits(16), flags, 64,
                           protocol, 0, self.source, target or self.target) + options
        sum_ = checksum(head) ^ (0xFFFF if broken else 0)
        return head[:10] + struct.pack("!H", sum_) + head[12:] + body

    def frame(self, packet, kind=IPV4, links=None, tags=b""):
        return (links or self.links) + tags + struct.pack("!H", kind) + packet

    def udp(self, payload):
        return self.frame(self.ip(datagram(payload)))

    def payload(self):
        """Any of the payloads: what is done to frames is done to all of them."""
        return random.choice((noise, letters, prefix, lambda m: m.replayed, lambda m: random.choice(m.expired),
                              lambda m: random.choice(m.stale)))(self)


# Payloads

def noise(_):
    return os.urandom(random.randint(0, 1400))


def letters(_):
    return base64.b64encode(os.urandom(random.randint(105, 1100)))[:random.randint(140, 1460)].rstrip(b"=")


def prefix(m):
    return m.replayed[:random.randint(1, len(m.replayed) - 1)]


def _changed(m):
    at = random.randrange(len(m.replayed))
    return m.replayed[:at] + random.choice(b"ABCDwxyz0123+/").to_bytes(1, "big") + m.replayed[at + 1:]


# Around them

def _fragment(m):
    # Never a first one that the kernel would wait for: it would complain of the rest.
    return m.frame(m.ip(m.payload()[:1000].ljust(8), flags=random.choice((0x2000, 0)) | random.randint(1, 0x1FFF)))


def _first_fragment(m):
    return m.frame(m.ip(datagram(m.payload()), flags=0x2000, broken=True))


def _cut(m):
    whole = m.udp(m.payload().ljust(200, b"A"))
    return whole[:random.choice((random.randint(14, 42), random.randint(43, len(whole)), 15, 34, 41))]


def _ip_length(m):
    return m.frame(m.ip(datagram(m.payload()), total=random.choice((0, 19, 20, 27, 28, 65535, random.getrandbits(16)))))


def _udp_length(m):
    payload = m.payload()
    return m.frame(m.ip(datagram(payload, length=random.choice((0, 7, 8, len(payload) + 9, 65535))), broken=True))


def _header_length(m):
    return m.frame(m.ip(datagram(m.payload()), ihl=random.randint(0, 4), version=random.randint(0, 15)))


def _options(m):
    words = random.randint(1, 10)
    good = random.choice((b"\x01" * 4 * words, b"\x94\x04\0\0" + b"\x01" * 4 * (words - 1)))
    bad = random.random() < 0.5
    return m.frame(m.ip(datagram(m.payload()), ihl=5 + words, options=os.urandom(4 * words) if bad else good, broken=bad))


def _ether_type(m):
    kind = random.choice((0x0000, 0x0801, 0x1234, 0x88CC, 0x8863, 0x8864, 0xFFFF, random.randint(0x600, 0x7FF)))
    return m.frame(m.ip(datagram(m.payload())), kind)


def _llc(m):
    body = random.choice((b"\xaa\xaa\x03\0\0\0\x08\0", b"\x42\x42\x03", b"\xff\xff", b"")) + m.ip(datagram(m.payload()))
    return m.frame(body, random.choice((len(body) % 1501, 46, 1500, 0)))


def _tagged(m):
    tags = b"".join(struct.pack("!HH", random.choice((VLAN, QINQ)), random.getrandbits(16))
                    for _ in range(random.randint(1, 4)))
    return m.frame(m.ip(datagram(m.payload())), tags=tags)


def _cut_tag(m):
    return m.frame(b"", tags=struct.pack("!HH", VLAN, 1) * 2)[:random.randint(14, 22)].ljust(14)


def _jumbo(m):
    return m.udp(random.choice((os.urandom, lambda n: b"A" * n))(random.randint(1500, MTU - 28)))


def _to_many(m):
    links, target = random.choice(((b"\xff" * 6, "255.255.255.255"), (b"\xff" * 6, "203.0.113.255"),
                                   (b"\x01\0\x5e\0\0\x01", "224.0.0.1"), (b"\x01\0\x5e\x7f\x12\x34", "239.255.18.52")))
    return m.frame(m.ip(datagram(m.payload()), target=socket.inet_aton(target)), links=links + m.links[6:])


def _ipv6(m):
    body = datagram(m.payload())
    return m.frame(struct.pack("!IHBB", 6 << 28, len(body), 17, 64) + b"\xfe\x80" + bytes(13) + b"\x02" + b"\xfe\x80"
                   + bytes(13) + b"\x01" + body, IPV6)


def _other_protocol(m):
    return m.frame(m.ip(datagram(m.payload()), protocol=random.choice((41, 47, 132, 136, 253)), broken=True))


def _anything(m):
    return m.links + os.urandom(random.randint(2, 1500))


KINDS = {
    "random bytes": lambda m: m.udp(noise(m)), "right length and alphabet": lambda m: m.udp(letters(m)),
    "beginning of a packet": lambda m: m.udp(prefix(m)), "packet with one changed character": lambda m: m.udp(_changed(m)),
    "replayed packet": lambda m: m.udp(m.replayed), "packet of an expired stanza": lambda m: m.udp(random.choice(m.expired)),
    "packet of old date": lambda m: m.udp(random.choice(m.stale)), "later fragment": _fragment,
    "first fragment": _first_fragment, "cut frame": _cut, "IP length": _ip_length, "UDP length": _udp_length,
    "IP header length": _header_length, "IP options": _options, "EtherType": _ether_type, "LLC and 802.3": _llc,
    "VLAN and QinQ": _tagged, "cut tag": _cut_tag, "jumbo": _jumbo, "broadcast and multicast": _to_many, "IPv6": _ipv6,
    "other protocol": _other_protocol, "random frame": _anything,
}


def frames(maker, each):
    """So many frames of each kind, in no order."""
    made = [kind(maker)[:MTU + 14] for kind in KINDS.values() for _ in range(each)]
    random.shuffle(made)
    return made
