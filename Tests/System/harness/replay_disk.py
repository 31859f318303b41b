"""The replay store as a disk has it after a power cut; the layout is that of docs/replay-store.md."""

import hashlib
import itertools
import os
import random
import struct

PART, SLOTS, SECTOR = 64, 32768, 512
SIZE = PART * (SLOTS + 2)
FIRST, SECOND = 6, 7  # the worker's descriptors


def _sealed(content):
    value = 0xcbf29ce484222325
    content = content.ljust(PART - 8, b"\0")
    for byte in content:
        value = (value ^ byte) * 0x100000001b3 % (1 << 64)
    return content + struct.pack(">Q", value)


def image(dates, generation, retired=False):
    """A file with a record for each of `dates`."""
    count = len(dates)
    parts = [_sealed(b"SLYRPLY1" + struct.pack(">QqII", generation, -1 << 63, SLOTS, retired))]
    for slot, date in enumerate(dates):
        key = hashlib.sha256(f"{generation} {slot}".encode()).digest()
        parts.append(_sealed(key + struct.pack(">qII", date, slot + 1, generation)))
    parts.append(bytes(PART * (SLOTS - count)))
    parts.append(_sealed(b"SLYTAIL1" + struct.pack(">QI", generation, count)))
    return b"".join(parts)


def place(folder, files):
    """Writes both files of a store, as the supervisor would have made them."""
    os.makedirs(folder, exist_ok=True)
    for name, content in zip(("first", "second"), files):
        with open(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)


class Write:
    """One write that was not synced yet, in the pieces in which a disk may have it."""

    def __init__(self, call):
        self.place, self.offset, self.data = call.descriptor - FIRST, call.offset, call.data

    def _on(self, content, start, end):
        content[self.offset + start:self.offset + end] = self.data[start:end]

    def _sectors(self):
        """Where the write's sectors begin and end."""
        edges = {0, len(self.data)} | set(range(-self.offset % SECTOR, len(self.data), SECTOR))
        return list(itertools.pairwise(sorted(edges)))

    def ways(self, chance):
        """Functions that put it on the disk: whole, and torn where it is longer than a sector."""
        yield lambda content: self._on(content, 0, len(self.data))
        sectors = self._sectors()
        if len(sectors) > 1:
            half = len(sectors) // 2
            for some in (sectors[:half], sectors[half:], sectors[:-1], sectors[1:], chance.sample(sectors, half)):
                yield lambda content, some=some: [self._on(content, *edges) for edges in some] and None


def cuts(calls, before, requests_on):
    """What may be on the disk when the power fails between any two of the worker's `calls`, and how many requests had
    left by then: `{(first, second): requests}`, with the most where two moments leave the same. `before` is what was
    there at first; `requests_on` is the descriptor on which the helper is asked."""
    found, durable, pending, requests, chance = {}, list(before), [], 0, random.Random(1)

    def note():
        choices = [[None, *write.ways(chance)] for write in pending]
        for ways in itertools.product(*choices):
            files = [bytearray(content) for content in durable]
            for write, way in zip(pending, ways):
                if way:
                    way(files[write.place])
            state = tuple(map(bytes, files))
            found[state] = max(found.get(state, 0), requests)

    note()
    for call in calls:
        if call.name == "pwrite64" and call.descriptor in (FIRST, SECOND):
            pending.append(Write(call))
        elif call.name == "fdatasync":
            for write in pending:
                if write.place == call.descriptor - FIRST:
                    content = bytearray(durable[write.place])
                    content[write.offset:write.offset + len(write.data)] = write.data
                    durable[write.place] = bytes(content)
            pending = [write for write in pending if write.place != call.descriptor - FIRST]
        elif call.name == "sendmsg" and call.descriptor == requests_on:
            requests += 1
        else:
            continue
        note()
    return found
