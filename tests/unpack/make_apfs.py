#!/usr/bin/env python3
"""Usage: make_apfs.py CORPUS   Writes the seeds of the reader of APFS in CORPUS/disk.

All is laid by hand (Apple File System Reference, 2020), for nothing in Debian puts files into one; in blocks of 512 bytes, so that
seeds are small and trees have levels.  oracle_disks.py puts the same into what mkapfs made, and asks libfsapfs.
"""
import os
import struct
import sys
import zlib

sys.path.insert(0, os.path.dirname(__file__))
from make_documents import PAYLOAD  # noqa: E402

TEXT = b"a text that is said twice: a text that is said twice\n"
INODE, XATTR, STREAM, EXTENT, ENTRY = 3, 4, 6, 8, 9
FOLDER, FILE, LINK = 0o40755, 0o100644, 0o120777
XID = 5
UUID = bytes(range(16))


def fletcher(data):
    a = b = 0
    for (word,) in struct.iter_unpack("<I", data):
        a = (a + word) % 0xffffffff
        b = (b + a) % 0xffffffff
    low = 0xffffffff - (a + b) % 0xffffffff
    return (0xffffffff - (a + low) % 0xffffffff) << 32 | low


def crc32c(data):
    c = 0xffffffff
    for byte in data:
        c ^= byte
        for _ in range(8):
            c = c >> 1 ^ (0x82f63b78 if c & 1 else 0)
    return c


class Container:
    """Blocks; the first two are headers, and one more in the area of checkpoints."""

    def __init__(self, block=512, first=3, xid=XID):
        self.block, self.first, self.xid = block, first, xid
        self.blocks = [b""] * first
        self.volumes = []

    def add(self, data=b""):
        self.blocks.append(data)
        return len(self.blocks) - 1

    def object(self, oid, kind, sub, body, xid=None):
        rest = struct.pack("<QQII", oid, xid or self.xid, kind, sub) + body
        assert len(rest) + 8 <= self.block, (len(rest), hex(kind))
        rest = rest.ljust(self.block - 8, b"\0")
        return struct.pack("<Q", fletcher(rest)) + rest

    def node(self, oid, kind, sub, level, records, fixed, root, total=(0, 0, 0, 0)):
        room = self.block - 56 - (40 if root else 0)
        toc, keys, values = b"", b"", b""
        for key, value in records:
            values = value + values
            toc += struct.pack("<HH", len(keys), len(values)) if fixed else \
                struct.pack("<HHHH", len(keys), len(key), len(values), len(value))
            keys += key
        free = room - len(toc) - len(keys) - len(values)
        assert free >= 0
        flags = (1 if root else 0) | (2 if level == 0 else 0) | (4 if fixed else 0)
        head = struct.pack("<HHI HH HH HH HH", flags, level, len(records), 0, len(toc), len(keys), free, 0xffff, 0, 0xffff, 0)
        body = head + toc + keys + bytes(free) + values
        if root:
            longest_key, longest_value, n_keys, n_nodes = total
            body += struct.pack("<IIIIIIQQ", 0, self.block, 16 if fixed else 0, 16 if fixed else 0, longest_key, longest_value, n_keys, n_nodes)
        return self.object(oid, kind, sub, body)

    def fits(self, records, fixed):
        width = 4 if fixed else 8
        return sum(len(k) + len(v) + width for k, v in records) <= self.block - 56 - 40

    def tree(self, records, sub, oids=None):
        """A tree of records; `oids` gives numbers to nodes, and is told where they stand (the object map).  Its root's number."""
        fixed, level = oids is None, 0
        total = (max((len(k) for k, _ in records), default=0), max((len(v) for _, v in records), default=0), len(records))
        n_nodes = 0
        while True:
            groups = [[]]
            for r in records:
                if not self.fits(groups[-1] + [r], fixed):
                    groups.append([])
                groups[-1].append(r)
            above, n_nodes = [], n_nodes + len(groups)
            for group in groups:
                root = len(groups) == 1
                at = self.add()
                oid = at if fixed else oids.next(at)
                kind = (2 if root else 3) | (0x40000000 if fixed else 0)
                self.blocks[at] = self.node(oid, kind, sub, level, group, fixed, root, total + (n_nodes,))
                above.append((group[0][0] if group else b"", struct.pack("<Q", oid)))
            if len(groups) == 1:
                return oid
            records, level = above, level + 1

    def map(self, entries):
        """An object map: {oid: block}.  Its own block."""
        records = [(struct.pack("<QQ", oid, self.xid), struct.pack("<IIQ", flags, self.block, at)) for oid, (at, flags) in sorted(entries.items())]
        at = self.add()
        root = self.tree(records, 0xb)
        self.blocks[at] = self.object(at, 0x4000000b, 0, struct.pack("<IIIIQQQII", 0, 0, 0x40000002, 0x40000002, root, 0, 0, 0, 0))
        return at

    def done(self, descriptors=1, newest=True):
        entries = {1000 + i: (at, 0) for i, at in enumerate(self.volumes)}
        omap = self.map(entries)

        def head(xid):
            body = b"NXSB" + struct.pack("<IQQQQ", self.block, len(self.blocks), 0, 0, 2) + UUID
            body += struct.pack("<QQIIQQIIIIII", 2000, xid + 1, descriptors, 0, 2, 0, 0, 0, 0, descriptors, 0, 0)
            body += struct.pack("<QQQII", 0, omap if xid == XID or not newest else 1, 0, 0, 100)
            body += b"".join(struct.pack("<Q", 1000 + i) for i in range(len(self.volumes)))
            return self.object(1, 0x80000001, 0, body, xid)
        self.blocks[0] = self.blocks[1] = head(XID - 1 if newest else XID)
        self.blocks[2] = head(XID)
        return b"".join(b.ljust(self.block, b"\0") for b in self.blocks)


class Oids:
    def __init__(self, first):
        self.first, self.at = first, {}

    def next(self, block, flags=0):
        oid = self.first + len(self.at)
        self.at[oid] = (block, flags)
        return oid


class Volume:
    def __init__(self, container, name="Test"):
        self.c, self.name, self.records, self.next_id = container, name, [], 16
        self.insert(2, 1, "root", FOLDER)

    def put(self, oid, kind, more, value):
        self.records.append((struct.pack("<Q", oid | kind << 60) + more, value))

    def insert(self, oid, parent, name, mode, stream=None, size=None, flags=0):
        field = name.encode() + b"\0"
        heads, data = struct.pack("<BBH", 4, 2, len(field)), field.ljust(-(-len(field) // 8) * 8, b"\0")
        if size is not None:
            heads += struct.pack("<BBH", 8, 32, 40)
            data += struct.pack("<QQQQQ", size, -(-size // self.c.block) * self.c.block, 0, 0, 0)
        fields = struct.pack("<HH", len(heads) // 4, len(data)) + heads + data
        value = struct.pack("<QQQQQQQiIIIIIHHQ", parent, stream or oid, 0, 0, 0, 0, 0, 1, 0, 0, flags, 0, 0, mode, 0, 0) + fields
        self.put(oid, INODE, b"", value)
        if parent > 1:
            kind = {FOLDER: 4, FILE: 8, LINK: 10}[mode]
            utf32 = "".join(chr(ord(c)) for c in name).encode("utf-32-le")
            head = (crc32c(utf32) & 0x3fffff) << 10 | len(field)
            self.put(parent, ENTRY, struct.pack("<I", head) + field, struct.pack("<QQH", oid, 0, kind))

    def id(self):
        self.next_id += 1
        return self.next_id - 1

    def folder(self, parent, name):
        oid = self.id()
        self.insert(oid, parent, name, FOLDER)
        return oid

    def stream(self, oid, data, pieces=1, holes=()):
        """Extents of data; pieces in `holes` are no bytes of it."""
        block = self.c.block
        self.put(oid, STREAM, b"", struct.pack("<I", 1))
        n_blocks = -(-len(data) // block)
        per = max(1, -(-n_blocks // pieces))
        for i in range(0, n_blocks, per):
            part = data[i * block:(i + per) * block]
            n = -(-len(part) // block)
            at = 0
            if i // per not in holes:
                at = self.c.add(part[:block])
                for k in range(1, n):
                    self.c.add(part[k * block:(k + 1) * block])
            self.put(oid, EXTENT, struct.pack("<Q", i * block), struct.pack("<QQQ", n * block, at, 0))

    def xattr(self, oid, name, data, stream=False):
        field = name.encode() + b"\0"
        if stream:
            number = self.id()
            self.stream(number, data, 2)
            value = struct.pack("<HHQQQQQQ", 1, 48, number, len(data), -(-len(data) // self.c.block) * self.c.block, 0, 0, 0)
        else:
            value = struct.pack("<HH", 2, len(data)) + data
        self.put(oid, XATTR, struct.pack("<H", len(field)) + field, value)

    def file(self, parent, name, data, clone=False, size=None, **how):
        oid = self.id()
        stream = self.id() if clone else oid
        self.insert(oid, parent, name, FILE, stream, len(data) if size is None else size)
        self.stream(stream, data, **how)
        return oid

    def packed(self, parent, name, kind, size, inside=b"", fork=None):
        oid = self.id()
        self.insert(oid, parent, name, FILE, flags=0x20)
        self.xattr(oid, "com.apple.decmpfs", struct.pack("<IIQ", 0x636d7066, kind, size) + inside)
        if fork is not None:
            self.xattr(oid, "com.apple.ResourceFork", fork, stream=True)

    def done(self, flags=1, incompatible=1, node_flags=0, flat=False):
        def order(r):
            first = struct.unpack("<Q", r[0][:8])[0]
            return first & (1 << 60) - 1, first >> 60, r[0][8:] if first >> 60 != EXTENT else struct.unpack("<Q", r[0][8:])[0].to_bytes(8, "big")
        oids = Oids(1500)
        root = self.c.tree(sorted(self.records, key=order), 0xe, oids)
        if node_flags:
            oids.at = {k: (v[0], node_flags if k != root else 0) for k, v in oids.at.items()}
        omap = self.c.map(oids.at)
        at = self.c.add()
        body = b"APSB" + struct.pack("<IQQQ", len(self.c.volumes), 0, 0, incompatible) + bytes(32 + 20)
        body += struct.pack("<III", 0x40000002 if flat else 2, 0x40000002, 0x40000002)
        body += struct.pack("<QQQQ", omap, root, 0, 0) + bytes(16)
        body += struct.pack("<QQQQQQQQ", self.next_id, len(self.records), 0, 0, 0, 0, 0, 0) + UUID
        body += struct.pack("<QQ", 0, flags)
        if self.c.block > 1024:
            body = body.ljust(704 - 32, b"\0") + self.name.encode().ljust(256, b"\0")
        self.c.blocks[at] = self.c.object(1000 + len(self.c.volumes), 0xd, 0, body)
        self.c.volumes.append(at)
        return omap, root


def fill(c, many=0):
    """A volume with some of each; where its object map and its catalog are."""
    v, block = Volume(c), c.block
    v.file(2, "a.exe", PAYLOAD)
    folder = v.folder(2, "folder")
    v.file(folder, "b.exe", PAYLOAD * 12, pieces=2)
    deep = v.folder(folder, "déjà")
    v.file(deep, "c.txt", TEXT * 30, clone=True, pieces=3)
    v.file(deep, "hole", bytes(3 * block), pieces=3, holes=(0, 2))
    v.insert(v.id(), deep, "link", LINK)
    v.file(2, "empty", b"")
    fork = v.file(2, "forked", TEXT)
    v.xattr(fork, "com.apple.ResourceFork", PAYLOAD)
    big = v.file(2, "forked2", TEXT)
    v.xattr(big, "com.apple.ResourceFork", PAYLOAD * 20, stream=True)
    v.xattr(big, "user.other", b"other")
    for i in range(many):
        v.file(folder, f"many{i}", b"%d" % i)
    return v.done()


def tree(many=0):
    c = Container()
    fill(c, many)
    return c


def inject(path, many, first=21100):
    """Puts the same into the one volume of an image that mkapfs made, from a block on that it does not use; all behind is cut off."""
    with open(path, "r+b") as f:
        def block(n):
            f.seek(n * 4096)
            return f.read(4096)
        head = block(0)
        omap = struct.unpack("<Q", head[160:168])[0]
        root = block(struct.unpack("<Q", block(omap)[48:56])[0])
        at = struct.unpack("<Q", root[4096 - 40 - 8:4096 - 40])[0]  # the value of its one entry
        volume = bytearray(block(at))
        assert volume[32:36] == b"APSB"
        c = Container(4096, first, struct.unpack("<Q", volume[16:24])[0])
        struct.pack_into("<QQ", volume, 128, *fill(c, many))
        struct.pack_into("<Q", volume, 0, fletcher(volume[8:]))
        f.seek(at * 4096)
        f.write(volume)
        f.seek(c.first * 4096)
        f.write(b"".join(b.ljust(4096, b"\0") for b in c.blocks[c.first:]))
        f.truncate()


def packed():
    c = Container()
    v = Volume(c)
    v.packed(2, "1", 1, len(PAYLOAD), PAYLOAD)
    v.packed(2, "3", 3, len(TEXT), zlib.compress(TEXT))
    block = zlib.compress(PAYLOAD * 10)
    table = struct.pack("<III", 1, 8 + 4 - 4, len(block))
    v.packed(2, "4", 4, len(PAYLOAD) * 10, fork=struct.pack(">IIII", 16, 0, 0, 0) + struct.pack(">I", 0) + table[:4] + struct.pack("<II", 12, len(block)) + block)
    v.packed(2, "9", 9, len(TEXT), b"\xcc" + TEXT)
    v.packed(2, "99", 99, 5, b"hello")
    v.packed(2, "no fork", 4, 100)
    v.done()
    return c.done()


def packed_odd():
    """Files that say that they are compressed: one does not say how, and one says so in a stream."""
    c = Container()
    v = Volume(c)
    oid = v.id()
    v.insert(oid, 2, "none", FILE, flags=0x20)
    v.xattr(oid, "com.apple.ResourceFork", TEXT)
    oid = v.id()
    v.insert(oid, 2, "stream", FILE, flags=0x20)
    v.xattr(oid, "com.apple.decmpfs", struct.pack("<IIQ", 0x636d7066, 1, len(PAYLOAD)) + PAYLOAD, stream=True)
    v.done()
    return c.done()


def long_fork():
    """A way that has no room for ":resource"."""
    c = Container(1024)
    v, inside = Volume(c), 2
    for i in range(8):
        inside = v.folder(inside, chr(97 + i) * 240)
    oid = v.file(inside, "z" * 115, TEXT)
    v.xattr(oid, "com.apple.ResourceFork", PAYLOAD)
    v.done()
    return c.done()


def main(corpus):
    folder = os.path.join(corpus, "disk")
    os.makedirs(folder, exist_ok=True)
    whole = tree().done()
    out = {"apfs": whole, "apfs-levels": tree(many=16).done(), "apfs-packed": packed(), "apfs-packed-odd": packed_odd(), "apfs-long-fork": long_fork()}
    out["apfs-cut"] = whole[:len(whole) // 3 // 512 * 512]
    c = tree()
    v = Volume(c, "Second")
    v.file(2, "second.exe", PAYLOAD)
    v.done(incompatible=9)
    v = Volume(c, "Locked")
    v.done(flags=0)
    v = Volume(c, "Sealed")
    v.done(incompatible=0x21)
    out["apfs-volumes"] = c.done()
    c = Container()
    v = Volume(c)
    for i in range(9):
        v.file(2, f"f{i}", b"x")
    v.done(node_flags=4)
    out["apfs-locked"] = c.done()
    c = tree()
    out["apfs-old"] = c.done(newest=False)[:2 * 512] + bytes(512) + c.done(newest=False)[3 * 512:]
    c = Container()
    v = Volume(c)
    short = v.file(2, "short", PAYLOAD, size=5000)
    v.file(short, "in a file", PAYLOAD)
    loop = v.id()
    v.insert(loop, loop, "loop", FOLDER)
    v.file(loop, "looped", PAYLOAD)
    oid = v.id()
    v.insert(oid, 2, "outside", FILE, size=600)
    v.put(oid, EXTENT, struct.pack("<Q", 0), struct.pack("<QQQ", 1024, 1 << 40, 0))
    v.done()
    out["apfs-odd"] = c.done()
    c = tree()
    good = c.done()
    root = good.find(struct.pack("<QQII", 1500, XID, 3, 0xe)) - 8  # a leaf
    changed = bytearray(good)
    struct.pack_into("<H", changed, root + 42, 500)
    out["apfs-node"] = bytes(changed)
    changed = bytearray(good)
    struct.pack_into("<I", changed, 36, 100)
    out["apfs-block"] = bytes(changed)
    for name, data in out.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
