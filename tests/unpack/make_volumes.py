#!/usr/bin/env python3
"""Usage: make_volumes.py CORPUS   Writes seeds of exFAT and HFS in CORPUS/disk.

Laid by hand: nothing in Debian puts files into exFAT without mounting it.  oracle_disks.py asks fsck.exfat and GRUB's
reader of what is written here, and hfsutils for HFS.
"""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(__file__))
import make_apple  # noqa: E402
from make_documents import PAYLOAD  # noqa: E402

SECTOR = 512
TEXT = make_apple.TEXT


# ---- exFAT

def exfat_set(name, attributes, first, size, straight=False, valid=None, parts=None):
    """A file's entries, with their checksum."""
    wide = name.encode("utf-16-le")
    names = [wide[i:i + 30].ljust(30, b"\0") for i in range(0, len(wide), 30)]
    out = bytearray(struct.pack("<BBHH26x", 0x85, 1 + len(names) if parts is None else parts, 0, attributes))
    out += struct.pack("<BBxBHHQ4xIQ", 0xc0, (1 if first else 0) | straight << 1, len(wide) // 2, name_hash(name), 0,
                       size if valid is None else valid, first, size)
    out += b"".join(b"\xc1\0" + n for n in names)
    total = 0
    for i, b in enumerate(out):
        if i not in (2, 3):
            total = ((total & 1) << 15 | total >> 1) + b & 0xffff
    struct.pack_into("<H", out, 2, total)
    return bytes(out)


def name_hash(name):
    total = 0
    for b in name.upper().encode("utf-16-le"):
        total = ((total & 1) << 15 | total >> 1) + b & 0xffff
    return total


def capitals():
    """The table of capital letters, packed (7.2.5): runs of what is the same are 0xffff and a number."""
    out = [i - 32 if 97 <= i < 123 else i for i in range(128)] + [0xffff, 0x10000 - 128]
    return struct.pack("<%dH" % len(out), *out)


class Exfat:
    """Clusters of `size` bytes, of which files take every second one unless they are straight."""

    def __init__(self, n=60, shift=0):
        self.size, self.n, self.shift = SECTOR << shift, n, shift
        self.clusters, self.chain, self.next = {}, {}, 2
        self.root = b""
        self.bitmap = self.lay(bytes(-(-n // 8)))
        table = capitals()
        total = 0
        for b in table:
            total = ((total & 1) << 31 | total >> 1) + b & 0xffffffff
        self.root += struct.pack("<BB18xIQ", 0x81, 0, self.bitmap, -(-n // 8))
        self.root += struct.pack("<B3xI12xIQ", 0x82, total, self.lay(table), len(table))

    def lay(self, data, straight=False):
        if not data:
            return 0
        first = self.next
        pieces = [data[i:i + self.size] for i in range(0, len(data), self.size)]
        for i, piece in enumerate(pieces):
            self.clusters[self.next] = piece.ljust(self.size, b"\0")
            step = 1 if straight else 2
            if not straight:
                self.chain[self.next] = 0xffffffff if i + 1 == len(pieces) else self.next + step
            self.next += step
        return first

    def file(self, name, data, straight=False, **more):
        return exfat_set(name, 0x20, self.lay(data, straight), len(data), straight, **more)

    def folder(self, name, entries):
        data = entries.ljust(-(-max(1, len(entries)) // self.size) * self.size, b"\0")
        return exfat_set(name, 0x10, self.lay(data), len(data))

    def done(self, version=0x100):
        root = self.lay(self.root.ljust(len(self.root) + 1, b"\0"))
        used = bytearray(self.size)
        for at in self.clusters:
            used[(at - 2) // 8] |= 1 << (at - 2) % 8
        self.clusters[self.bitmap] = bytes(used)
        fat_n = -(-(self.n + 2) * 4 // SECTOR)
        heap = 24 + fat_n
        size = heap + (self.n << self.shift)
        boot = (b"\xeb\x76\x90EXFAT   " + bytes(53) +
                struct.pack("<QQIIIIIIHHBBBBB", 0, size, 24, fat_n, heap, self.n, root, 0x12345678, version, 0, 9, self.shift, 1, 0x80, 0xff))
        region = boot.ljust(510, b"\0") + b"\x55\xaa" + (bytes(508) + b"\0\0\x55\xaa") * 8 + bytes(1024)
        total = 0
        for i, b in enumerate(region):
            if i not in (106, 107, 112):
                total = ((total & 1) << 31 | total >> 1) + b & 0xffffffff
        region += struct.pack("<I", total) * 128
        table = struct.pack("<II", 0xfffffff8, 0xffffffff) + b"".join(struct.pack("<I", self.chain.get(i + 2, 0)) for i in range(self.n))
        out = region * 2 + table.ljust(fat_n * SECTOR, b"\0")
        return out + b"".join(self.clusters.get(i + 2, bytes(self.size)) for i in range(self.n))


def exfat(n=60, shift=0):
    v = Exfat(n, shift)
    inner = v.folder("d\u20ac\U0001f600", v.file("deep.txt", TEXT * 11) + v.file("empty", b""))
    v.root += v.file("a.exe", PAYLOAD) + v.folder("dir", inner) + v.file("pieces", TEXT * 30) + v.file("straight", TEXT * 25, True)
    v.root += v.file("a name of more than fifteen characters.bin", TEXT[:16] * 40, valid=600)
    return v


def exfat_odd():
    """Files whose entries, chains and sizes lie."""
    v = exfat(90)
    v.root += exfat_set("past", 0x20, 4000, 10) + exfat_set("ends", 0x20, v.lay(TEXT * 20), 5000)
    v.root += exfat_set("longer", 0x20, v.lay(b"l" * 600), 1 << 40, valid=100)
    v.root += bytes([5]) + exfat_set("gone", 0x20, 3, 9)[1:32]
    v.root += exfat_set("no name", 0x20, 2, 9, parts=1)
    v.root += exfat_set("no stream", 0x20, 2, 9)[:32] + exfat_set("again", 0x10, 2, 512)
    v.root += exfat_set("far", 0x10, 9999, 512)
    circle = v.next
    v.root += exfat_set("circle", 0x10, v.lay(exfat_set("inside", 0x10, circle, 512)), 512)
    v.root += exfat_set("cut", 0x20, 2, 9)[:64]
    return v.done()


def exfats():
    whole = exfat().done()

    def with_at(at, form, value):
        out = bytearray(whole)
        struct.pack_into(form, out, at, value)
        return bytes(out)
    second = bytearray(exfat().done())
    struct.pack_into("<I", second, 84, 1)
    struct.pack_into("<HBBB", second, 106, 1, 9, 0, 2)
    deep = Exfat(150)
    for i in range(70):
        deep.lay((exfat_set("d", 0x10, deep.next - 2, 512) if i else deep.file("a", PAYLOAD)).ljust(512, b"\0"))
    deep.root += exfat_set("d", 0x10, deep.next - 2, 512)
    return {
        "exfat": whole, "exfat-odd": exfat_odd(), "exfat-large": exfat(50, 1).done(), "exfat-cut": whole[:512 * 40],
        "exfat-boot": with_at(108, "<B", 13), "exfat-mark": with_at(510, "<H", 0), "exfat-root": with_at(96, "<I", 1),
        "exfat-second": bytes(second), "exfat-size": with_at(72, "<Q", 1 << 63), "exfat-deep": deep.done(),
    }


# ---- HFS

NODE = 512


def tree(leaves, max_key):
    """A header, and leaves one behind another."""
    n = len(leaves)
    head = struct.pack(">HIIIIHHII76x", 1 if n else 0, 1 if n else 0, sum(map(len, leaves)), 1 if n else 0, n, NODE, max_key, n + 1, 0)
    nodes = [make_apple.node([head, bytes(128), b"\xff" * 256], 1, size=NODE)]
    for i, records in enumerate(leaves):
        nodes.append(make_apple.node(records, -1, i + 2 if i + 1 < n else 0, 1, NODE))
    return b"".join(nodes)


class Hfs:
    """Blocks of 512 bytes behind eight sectors of head and bitmap."""

    FIRST = 8

    def __init__(self, name=b"disk"):
        self.name, self.blocks, self.next = name, bytearray(), 16
        self.catalog, self.overflow = [], []
        self.add_folder(1, 2, name)

    @staticmethod
    def record(key, value):
        key = bytes([len(key)]) + key
        return key + bytes(len(key) % 2) + value

    def lay(self, data, pieces=1, number=0, kind=0):
        """The three extents; more overflow."""
        n = -(-len(data) // SECTOR)
        size, extents = max(1, -(-n // pieces)), []
        for i in range(0, n, size):
            extents.append((len(self.blocks) // SECTOR, min(size, n - i)))
            self.blocks += data[i * SECTOR:(i + size) * SECTOR].ljust(min(size, n - i) * SECTOR, b"\0")
            if pieces > 1:
                self.blocks += b"-" * SECTOR

        def packed(some):
            return b"".join(struct.pack(">HH", *e) for e in some).ljust(12, b"\0")
        for i in range(3, len(extents), 3):
            key = struct.pack(">BIH", kind, number, sum(e[1] for e in extents[:i]))
            self.overflow.append(self.record(key, packed(extents[i:i + 3])))
        return packed(extents[:3])

    def add(self, parent, name, value):
        self.catalog.append((parent, name, self.record(struct.pack(">BI", 0, parent) + bytes([len(name)]) + name, value)))

    def add_folder(self, parent, number, name):
        self.add(parent, name, struct.pack(">BBHHI", 1, 0, 0, 1, number).ljust(70, b"\0"))
        self.add(number, b"", struct.pack(">BB8xIB", 3, 0, parent, len(name)) + name.ljust(31, b"\0"))

    def folder(self, parent, name):
        self.next += 1
        self.add_folder(parent, self.next, name)
        return self.next

    def file(self, parent, name, data, resource=b"", pieces=1):
        self.next += 1
        value = struct.pack(">BBBB16xIHIIHII", 2, 0, 0, 0, self.next, 0, len(data), -(-len(data) // 512) * 512, 0, len(resource),
                            -(-len(resource) // 512) * 512).ljust(74, b"\0")
        self.add(parent, name, value + self.lay(data, pieces, self.next) + self.lay(resource, 1, self.next, 255) + bytes(4))

    def done(self, embedded=b"", per_leaf=3):
        def leaves(records, n):
            return [records[i:i + n] for i in range(0, len(records), n)]
        records = [r for _, _, r in sorted(self.catalog, key=lambda c: (c[0], c[1]))]
        extents, catalog = tree(leaves(self.overflow, 8), 7), tree(leaves(records, per_leaf), 37)
        extents_at, catalog_at = self.lay(extents), self.lay(catalog)
        inner = (len(self.blocks) // SECTOR, len(embedded) // SECTOR)
        self.blocks += embedded
        head = struct.pack(">H16xHIIH6x", 0x4244, len(self.blocks) // SECTOR, SECTOR, SECTOR, self.FIRST)
        head = head.ljust(36, b"\0") + (bytes([len(self.name)]) + self.name).ljust(28, b"\0")
        head = head.ljust(124, b"\0") + (struct.pack(">HHH", 0x482b, *inner) if embedded else bytes(6))
        head += struct.pack(">I", len(extents)) + extents_at + struct.pack(">I", len(catalog)) + catalog_at
        return bytes(1024) + head.ljust(512, b"\0") + bytes(SECTOR * (self.FIRST - 3)) + bytes(self.blocks) + head.ljust(1024, b"\0")


def hfs():
    v = Hfs()
    v.file(2, b"a.exe", PAYLOAD)
    v.file(2, b"both", TEXT, PAYLOAD)
    inner = v.folder(v.folder(2, b"dir"), b"d\x8e\xdb")
    v.file(inner, b"a/b", TEXT * 11)
    v.file(inner, b"empty", b"")
    return v


def hfses():
    whole, pieces = hfs().done(), Hfs()
    pieces.file(2, b"a.exe", PAYLOAD)
    pieces.file(2, b"many", bytes(range(256)) * 44, pieces=22)
    made, lost, kind = pieces.done(), Hfs(), Hfs()
    lost.file(2, b"many", b"m" * 9000, pieces=9)
    lost.overflow = lost.overflow[:1]
    kind.file(2, b"a.exe", PAYLOAD)
    kind.add(2, b"odd", b"\x09\0")
    kind.add(2, b"short", b"\x02\0" + bytes(20))
    kind.add_folder(99, 98, b"lost")
    kind.file(98, b"in it", TEXT)
    kind.add_folder(2, 0, b"no number")
    return {
        "hfs-old": whole, "hfs-old-pieces": made, "hfs-old-lost": lost.done(), "hfs-old-kind": kind.done(), "hfs-old-cut": whole[:len(whole) - 2048],
        "hfs-old-no-tree": whole[:1024 + 150] + b"\xff\xff" + whole[1024 + 152:], "hfs-old-wrapper": hfs().done(wrapped()),
    }


def wrapped():
    v = make_apple.Volume()
    v.file(2, "inside.exe", PAYLOAD)
    return v.done()


def main(corpus):
    os.makedirs(os.path.join(corpus, "disk"), exist_ok=True)
    for name, data in {**exfats(), **hfses()}.items():
        with open(os.path.join(corpus, "disk", name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
