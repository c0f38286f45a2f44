#!/usr/bin/env python3
"""Usage: make_apple.py CORPUS   Writes seeds of what Apple's disk images hold: LZFSE and LZVN in CORPUS/dmg, HFS+ in
CORPUS/disk.

All is laid by hand, for nothing in Debian writes it but xorriso, whose HFS+ oracle_disks.py asks for; 7z reads what is
written here.
"""
import os
import struct
import sys
import zlib

sys.path.insert(0, os.path.dirname(__file__))
from make_documents import PAYLOAD  # noqa: E402
from make_images import dmg, sector  # noqa: E402

TEXT = b"a text that is said twice: a text that is said twice\n"


# ---- LZVN

def literals(data):
    out = b""
    while data:
        part = data[:271]
        out += (bytes([0xe0 | len(part)]) if len(part) < 16 else bytes([0xe0, len(part) - 16])) + part
        data = data[271:]
    return out


def lzvn(*steps, end=True):
    """Steps are bytes, or (literals, distance, length, kind)."""
    out = b""
    for s in steps:
        if isinstance(s, bytes):
            out += literals(s)
            continue
        text, back, n, kind = s
        if kind == "small":
            out += bytes([len(text) << 6 | n - 3 << 3 | back >> 8, back & 255])
        elif kind == "middle":
            out += bytes([0xa0 | len(text) << 3 | n - 3 >> 2]) + struct.pack("<H", back << 2 | n - 3 & 3)
        elif kind == "large":
            out += bytes([len(text) << 6 | n - 3 << 3 | 7]) + struct.pack("<H", back)
        elif kind == "same":
            out += bytes([len(text) << 6 | n - 3 << 3 | 6])
        elif kind == "again":
            out += bytes([0xf0 | n]) if n < 16 else bytes([0xf0, n - 16])
        elif kind == "raw":
            out += bytes([n])
        out += text
    return out + (b"\x06" + bytes(7) if end else b"")


def all_of_lzvn():
    """Each kind of instruction once; and what it makes."""
    steps = [bytes(range(200)), (b"ab", 100, 5, "small"), (b"c", 300, 9, "middle") if False else (b"c", 150, 9, "middle"),
             (b"", 200, 8, "large"), (b"x", 0, 4, "same"), (b"", 0, 7, "again"), (b"", 0, 30, "again"), (b"", 0, 0x0e, "raw"), b"end"]
    out, last = bytearray(), 0
    for s in steps:
        if isinstance(s, bytes):
            out += s
            continue
        text, back, n, kind = s
        if kind == "raw":
            continue
        out += text
        last = back or last
        for _ in range(n):
            out.append(out[-last])
    return lzvn(*steps), bytes(out)


def lzvn_text(data):
    """A text that repeats itself, as literals and one copy."""
    for n in range(1, len(data)):
        if data == (data[:n] * (len(data) // n + 1))[:len(data)]:
            break
    left, steps = len(data) - n, [data[:n]]
    if left >= 3:
        k = min(left, 10)
        steps.append((b"", n, k, "large"))
        left -= k
        while left:
            k = min(left, 271)
            steps.append((b"", 0, k, "again"))
            left -= k
    elif left:
        steps.append(data[n:])
    return lzvn(*steps)


# ---- LZFSE

RUN_EXTRA = [0] * 16 + [2, 3, 5, 8]
LENGTH_EXTRA = [0] * 16 + [3, 5, 8, 11]
PLACE_EXTRA = [i // 4 for i in range(64)]


def bases(extra):
    out, at = [], 0
    for e in extra:
        out.append(at)
        at += 1 << e
    return out


def frequencies(symbols, n, states):
    """At least one state for each that occurs, all states used."""
    counts = [symbols.count(s) for s in range(n)]
    out = [max(1, c * states // max(1, sum(counts))) if c else 0 for c in counts]
    while sum(out) > states:
        out[out.index(max(out))] -= 1
    if sum(out):
        out[out.index(max(out))] += states - sum(out)
    return out


def table(frequency, states):
    out = []
    for s, f in enumerate(frequency):
        if not f:
            continue
        k = states.bit_length() - f.bit_length()
        wide = (2 * states >> k) - f
        for j in range(f):
            out.append((k, s, (f + j << k) - states) if j < wide else (k - 1, s, j - wide << k - 1))
    return out


class Back:
    """Bits that are read from the end; what is put last is read first."""

    def __init__(self):
        self.value, self.n = 0, 0

    def put(self, v, n):
        self.value |= v << self.n
        self.n += n

    def symbol(self, entries, state, symbol, extra=0, more=0):
        """The state that gives this symbol and goes on to `state`."""
        for i, (bits, s, delta) in enumerate(entries):
            if s == symbol and 0 <= state - delta < 1 << bits:
                self.put((state - delta) << extra | more, bits + extra)
                return i
        raise ValueError("no such state")

    def done(self):
        spare = -self.n % 8
        return self.value.to_bytes((self.n + 7) // 8, "little"), 7 - spare


def coded_frequency(f):
    """(bits, how many) of one frequency."""
    short = {0: (0, 2), 1: (2, 2), 2: (1, 3), 3: (5, 3), 4: (3, 5), 5: (11, 5), 6: (19, 5), 7: (27, 5)}
    if f in short:
        return short[f]
    return ((f - 8) << 4 | 7, 8) if f < 24 else ((f - 24) << 4 | 15, 14)


def lzfse_block(data, triples):
    """Triples of (literals, length, distance); the literals are taken from the data."""
    text, at = bytearray(), 0
    for run, n, _ in triples:
        text += data[at:at + run]
        at += run + n
    text += bytes(-len(text) % 4)
    places = bases(PLACE_EXTRA), bases(RUN_EXTRA), bases(LENGTH_EXTRA)

    def split(v, base):
        s = max(i for i, b in enumerate(base) if b <= v)
        return s, v - base[s]
    coded, last = [], None
    for run, n, back in triples:
        coded.append((split(run, places[1]), split(n, places[2]), split(0 if back == last else back, places[0])))
        last = back
    freq = [frequencies([c[0][0] for c in coded], 20, 64), frequencies([c[1][0] for c in coded], 20, 64),
            frequencies([c[2][0] for c in coded], 64, 256), frequencies(list(text), 256, 1024)]
    tables = [table(f, n) for f, n in zip(freq, (64, 64, 256, 1024))]
    byte_bits, state = Back(), [0, 0, 0, 0]
    for i in range(len(text) - 1, -1, -1):
        state[i % 4] = byte_bits.symbol(tables[3], state[i % 4], text[i])
    lmd, own = Back(), [0, 0, 0]
    for (rs, rm), (ns, nm), (ps, pm) in reversed(coded):
        own[2] = lmd.symbol(tables[2], own[2], ps, PLACE_EXTRA[ps], pm)
        own[1] = lmd.symbol(tables[1], own[1], ns, LENGTH_EXTRA[ns], nm)
        own[0] = lmd.symbol(tables[0], own[0], rs, RUN_EXTRA[rs], rm)
    (lit, lit_bits), (trip, trip_bits) = byte_bits.done(), lmd.done()
    head, n = 0, 0
    for f in sum(freq, []):
        v, k = coded_frequency(f)
        head |= v << n
        n += k
    head = head.to_bytes((n + 7) // 8, "little")
    a = len(text) | len(lit) << 20 | len(triples) << 40 | lit_bits << 60
    b = state[0] | state[1] << 10 | state[2] << 20 | state[3] << 30 | len(trip) << 40 | trip_bits << 60
    c = 32 + len(head) | own[0] << 32 | own[1] << 42 | own[2] << 52
    return b"bvx2" + struct.pack("<IQQQ", len(data), a, b, c) + head + lit + trip


def lzfse_text(data):
    """Any data: copies of what came up to 4000 bytes before, found greedily."""
    triples, at, run = [], 0, 0
    while at < len(data):
        best = (0, 0)
        for back in range(1, min(at, 4000) + 1):
            n = 0
            while n < 2000 and at + n < len(data) and data[at + n] == data[at + n - back]:
                n += 1
            if n > best[0]:
                best = (n, back)
        if best[0] >= 4:
            triples.append((run, *best))
            at += best[0]
            run = 0
        else:
            at += 1
            run += 1
            if run == 300:
                triples.append((run, 0, triples[-1][2] if triples else 1))
                run = 0
    if run:
        triples.append((run, 0, triples[-1][2] if triples else 1))
    return lzfse_block(data, triples)


def lzfse(*blocks, end=True):
    return b"".join(blocks) + (b"bvx$" if end else b"")


def raw_block(data):
    return b"bvx-" + struct.pack("<I", len(data)) + data


def lzvn_block(packed, size):
    return b"bvxn" + struct.pack("<II", size, len(packed)) + packed


def dmgs():
    first, text = sector(PAYLOAD), (TEXT * 10)[:512]
    packed, made = all_of_lzvn()
    fse = lzfse_text(text)
    kind = 0x80000007

    def one(data, size=512):
        return dmg([(kind, data, size)])
    return {
        "lzfse-raw": one(lzfse(raw_block(first))),
        "lzfse-lzvn": one(lzfse(lzvn_block(packed, len(made)), raw_block(bytes(512 - len(made))))),
        "lzfse-text": one(lzfse(fse)),
        "lzfse-two": one(lzfse(lzfse_text(first), fse), 1024),
        "lzfse-noise": one(lzfse(lzfse_text(zlib.compress(bytes(range(256)) * 3, 1) + bytes(i * i % 251 for i in range(900)))[:4] +
                                 lzfse_text((bytes(i * i * i % 256 for i in range(1024))))[4:]), 1024),
        "lzfse-no-end": one(lzfse(fse, end=False)),
        "lzfse-cut": one(fse[:60]),
        "lzfse-mark": one(b"bvx9" + fse[4:]),
        "lzfse-size": one(lzfse(fse[:4] + struct.pack("<I", 511) + fse[8:])),
        "lzfse-short": one(lzfse(raw_block(first[:100]))),
        "lzfse-states": one(lzfse(fse[:24] + struct.pack("<Q", struct.unpack_from("<Q", fse, 24)[0] | 63 << 36) + fse[32:])),
        "lzfse-literals": one(lzfse(fse[:8] + struct.pack("<Q", struct.unpack_from("<Q", fse, 8)[0] | 0xfffff) + fse[16:])),
        "lzfse-lzvn-bad": one(lzfse(lzvn_block(b"\x70" + bytes(8), 100))),
        "lzfse-lzvn-back": one(lzfse(lzvn_block(lzvn(b"abc", (b"", 9, 4, "small")), 7))),
        "lzfse-lzvn-size": one(lzfse(lzvn_block(packed, len(made) + 2), raw_block(first))),
        "lzfse-lzvn-op": one(lzfse(lzvn_block(b"\x1e" + bytes(8), 100))),
    }


# ---- HFS+

BLOCK, NODE = 512, 1024


def node(records, kind, following=0, height=0, size=NODE):
    out, at, places = bytearray(size), 14, []
    struct.pack_into(">IIbBH", out, 0, following, 0, kind, height, len(records))
    for r in records:
        out[at:at + len(r)] = r
        places.append(at)
        at += len(r) + len(r) % 2
    places.append(at)
    if at > size - 2 * len(places):
        raise ValueError("too much for a node")
    for i, p in enumerate(places):
        struct.pack_into(">H", out, size - 2 * (i + 1), p)
    return bytes(out)


def tree(leaves, max_key=516, first=1):
    """A header, and leaves one behind another; an index above them where there are several."""
    n = len(leaves)
    root = 0 if n == 0 else 1 if n == 1 else n + 1
    head = struct.pack(">HIIIIHHIIHIBBI64x", 0 if n == 0 else 1 if n == 1 else 2, root, sum(len(v) for v in leaves),
                       first if n else 0, n, NODE, max_key, n + 2 if n > 1 else n + 1, 0, 0, 0, 0, 0xcf, 6)
    nodes = [node([head, bytes(128), b"\xff" + bytes(NODE - 14 - 106 - 128 - 9)], 1)]
    for i, records in enumerate(leaves):
        nodes.append(node(records, -1, i + 2 if i + 1 < n else 0, 1))
    if n > 1:
        index = []
        for i, records in enumerate(leaves):
            size = struct.unpack_from(">H", records[0])[0]
            index.append(records[0][:2 + size + size % 2] + struct.pack(">I", i + 1))
        room = NODE - 200
        nodes.append(node(index if sum(map(len, index)) < room else index[:1], 0, 0, 2))
    return b"".join(nodes)


def wide(name):
    text = name.encode("utf-16-be")
    return struct.pack(">H", len(text) // 2) + text


def record(key, value):
    return struct.pack(">H", len(key)) + key + value


class Volume:
    """Blocks of 512 bytes; files are laid in the order in which they are given."""

    def __init__(self):
        self.blocks = bytearray(BLOCK * 4)
        self.catalog, self.attributes, self.overflow, self.next = [], [], [], 16
        self.add_folder(1, 2, "disk")

    def lay(self, data, pieces=1, name=(0, 0)):
        """A fork: its 80 bytes.  More than eight pieces overflow."""
        n = -(-len(data) // BLOCK)
        size = max(1, -(-n // pieces))
        extents = []
        for i in range(0, n, size):
            at = len(self.blocks) // BLOCK
            self.blocks += data[i * BLOCK:(i + size) * BLOCK].ljust(min(size, n - i) * BLOCK, b"\0")
            if pieces > 1:
                self.blocks += b"-" * BLOCK
            extents.append((at, min(size, n - i)))
        for i in range(8, len(extents), 8):
            some = extents[i:i + 8]
            start = sum(e[1] for e in extents[:i])
            self.overflow.append(record(struct.pack(">BBII", name[1], 0, name[0], start),
                                        b"".join(struct.pack(">II", *e) for e in some).ljust(64, b"\0")))
        return struct.pack(">QII", len(data), 0, n) + b"".join(struct.pack(">II", *e) for e in extents[:8]).ljust(64, b"\0")

    def add_folder(self, parent, number, name):
        key = struct.pack(">I", parent) + wide(name)
        self.catalog.append((parent, name, record(key, struct.pack(">HHII", 1, 0, 1, number).ljust(88, b"\0"))))
        self.catalog.append((number, "", record(struct.pack(">I", number) + wide(""), struct.pack(">HHI", 3, 0, parent) + wide(name))))

    def folder(self, parent, name):
        self.next += 1
        self.add_folder(parent, self.next, name)
        return self.next

    def file(self, parent, name, data, resource=b"", flags=0, attribute=None, pieces=1):
        self.next += 1
        value = struct.pack(">HHII", 2, 2, 0, self.next).ljust(32, b"\0") + struct.pack(">IIBBHI", 0, 0, 0, flags, 0o100644, 0)
        value = value.ljust(88, b"\0") + self.lay(data, pieces, (self.next, 0)) + self.lay(resource, 1, (self.next, 255))
        self.catalog.append((parent, name, record(struct.pack(">I", parent) + wide(name), value)))
        if attribute is not None:
            key = struct.pack(">HII", 0, self.next, 0) + wide("com.apple.decmpfs")
            self.attributes.append(record(key, struct.pack(">IQI", 0x10, 0, len(attribute)) + attribute))

    def done(self, mark=b"H+\0\4", per_leaf=3):
        def leaves(records, n):
            return [records[i:i + n] for i in range(0, len(records), n)]
        records = [r for _, _, r in sorted(self.catalog, key=lambda c: (c[0], c[1]))]
        forks = [self.lay(tree(leaves(self.overflow, 3), 10)), self.lay(tree(leaves(records, per_leaf))),
                 self.lay(tree(leaves(self.attributes, 4), 266)) if self.attributes else bytes(80)]
        used = len(self.blocks) // BLOCK
        bitmap = bytearray(-(-(used + 4) // 8))
        for i in range(used + 4):
            bitmap[i // 8] |= 0x80 >> i % 8
        bitmap = self.lay(bytes(bitmap))
        self.blocks += bytes(2 * BLOCK)
        files = sum(struct.unpack_from(">H", r, 2 + struct.unpack_from(">H", r)[0])[0] == 2 for r in records)
        folders = sum(struct.unpack_from(">H", r, 2 + struct.unpack_from(">H", r)[0])[0] == 1 for r in records) - 1
        head = mark + struct.pack(">I4s", 0x100, b"10.0") + bytes(20) + struct.pack(">II", files, folders) + struct.pack(">II", BLOCK, len(self.blocks) // BLOCK)
        head = head.ljust(64, b"\0") + struct.pack(">IIQ", self.next + 1, 1, 1)
        head = head.ljust(112, b"\0") + bitmap + b"".join(forks)
        head = head.ljust(512, b"\0")
        self.blocks[1024:1536] = head
        self.blocks[-1024:-512] = head
        return bytes(self.blocks)


def decmpfs(kind, size, data=b""):
    return b"fpmc" + struct.pack("<IQ", kind, size) + data


def old_fork(blocks):
    table = struct.pack("<I", len(blocks))
    at = 4 + 8 * len(blocks)
    for b in blocks:
        table += struct.pack("<II", at, len(b))
        at += len(b)
    body = table + b"".join(blocks)
    head = struct.pack(">IIII", 256, 256 + 4 + len(body), 4 + len(body), 50).ljust(256, b"\0")
    return head + struct.pack(">I", len(body)) + body + bytes(24) + struct.pack(">HHHHHHIH", 28, 50, 0, 0, 0, 10, 0, 0).ljust(26, b"\0")


def new_fork(blocks):
    at, table = 4 * (len(blocks) + 1), b""
    for b in blocks:
        table += struct.pack("<I", at)
        at += len(b)
    return table + struct.pack("<I", at) + b"".join(blocks)


def small():
    v = Volume()
    v.file(2, "a.exe", PAYLOAD)
    v.file(2, "both", TEXT, resource=PAYLOAD)
    inner = v.folder(v.folder(2, "dir"), "d\u20ac\U0001f600")
    v.file(inner, "a/b", TEXT * 11)
    v.file(inner, "empty", b"")
    return v


def packed():
    v, c, long = Volume(), 0x20, TEXT * 1300
    long_blocks = [long[:65536], long[65536:]]
    v.file(2, "1", b"", flags=c, attribute=decmpfs(1, len(PAYLOAD), PAYLOAD))
    v.file(2, "3", b"", flags=c, attribute=decmpfs(3, len(PAYLOAD), zlib.compress(PAYLOAD)))
    v.file(2, "3 as it is", b"", flags=c, attribute=decmpfs(3, len(PAYLOAD), b"\xff" + PAYLOAD))
    v.file(2, "4", b"", flags=c, resource=old_fork([zlib.compress(b) for b in long_blocks]), attribute=decmpfs(4, len(long)))
    v.file(2, "7", b"", flags=c, attribute=decmpfs(7, len(PAYLOAD), lzvn(PAYLOAD)))
    v.file(2, "7 as it is", b"", flags=c, attribute=decmpfs(7, len(PAYLOAD), b"\x06" + PAYLOAD))
    v.file(2, "8", b"", flags=c, resource=new_fork([lzvn_text(long_blocks[0]), lzvn_text(long_blocks[1])]), attribute=decmpfs(8, len(long)))
    v.file(2, "9", b"", flags=c, attribute=decmpfs(9, len(PAYLOAD), b"\xcc" + PAYLOAD))
    v.file(2, "10", b"", flags=c, resource=old_fork([b"\xcc" + TEXT * 3]), attribute=decmpfs(10, len(TEXT) * 3))
    v.file(2, "11", b"", flags=c, attribute=decmpfs(11, len(PAYLOAD), lzfse(raw_block(PAYLOAD))))
    v.file(2, "12", b"", flags=c, resource=new_fork([lzfse(lzfse_text(TEXT * 3))]), attribute=decmpfs(12, len(TEXT) * 3))
    v.file(2, "99", b"", flags=c, attribute=decmpfs(99, 7, b"unknown"))
    v.file(2, "cut", b"", flags=c, attribute=decmpfs(3, len(PAYLOAD) + 9, zlib.compress(PAYLOAD)))
    v.file(2, "no blocks", b"", flags=c, resource=b"short", attribute=decmpfs(4, 70000))
    v.file(2, "no mark", b"", flags=c, attribute=b"none" + bytes(12))
    v.file(2, "plain", TEXT, flags=c)
    return v


def packed_odd():
    """A file that says that it is compressed, and not how; attributes in the wrong order."""
    v, c = Volume(), 0x20
    v.file(2, "1", b"", flags=c, attribute=decmpfs(1, len(PAYLOAD), PAYLOAD))
    v.file(2, "2", b"", flags=c, attribute=decmpfs(1, len(PAYLOAD), PAYLOAD))
    v.file(2, "none", b"", flags=c, resource=PAYLOAD)
    v.attributes.reverse()
    return v


def long_fork():
    """A way that has no room for ":resource"."""
    v, inside = Volume(), 2
    for i in range(8):
        inside = v.folder(inside, chr(97 + i) * 240)
    v.file(inside, "z" * 115, TEXT, resource=PAYLOAD)
    return v.done(per_leaf=1)


def pieces():
    v = Volume()
    v.file(2, "many", bytes(range(256)) * 44, pieces=22)
    v.file(2, "a.exe", PAYLOAD)
    return v


def apple_map(parts):
    n, at, maps, bodies = len(parts) + 1, len(parts) + 2, b"", b""
    for kind, data in [("Apple_partition_map", bytes(512 * (len(parts) + 1))), *parts]:
        own = 1 if not maps else at
        maps += struct.pack(">HHIII32s32s", 0x504d, 0, n, own, len(data) // 512, b"name", kind.encode()).ljust(512, b"\0")
        if len(maps) > 512:
            bodies += data
            at += len(data) // 512
    return b"ER\2\0".ljust(512, b"\0") + maps + bodies


def disks():
    whole = small().done()
    out = {"hfs": whole, "hfs-packed": packed().done(mark=b"HX\0\5"), "hfs-pieces": pieces().done(), "hfs-one-leaf": pieces().done(per_leaf=9)}
    out["hfs-packed-odd"], out["hfs-long-fork"] = packed_odd().done(), long_fork()
    out["hfs-cut"] = whole[:3100]
    out["hfs-block"] = whole[:1024 + 40] + struct.pack(">I", 100) + whole[1024 + 44:]
    catalog = struct.unpack_from(">I", whole, 1024 + 272 + 16)[0] * BLOCK

    def changed(at, fmt, v):
        b = bytearray(whole)
        struct.pack_into(fmt, b, at, v)
        return bytes(b)
    out["hfs-node-size"] = changed(catalog + 14 + 18, ">H", 1000)
    out["hfs-attributes"] = changed(1024 + 352, ">Q", 4096)  # a tree of attributes that is nowhere
    out["hfs-cycle"] = changed(catalog + 2 * NODE, ">I", 1)
    out["hfs-kind"] = changed(catalog + 2 * NODE + 8, "b", 0)
    out["hfs-record"] = changed(catalog + 2 * NODE - 4, ">H", 9999)
    out["apple-map"] = apple_map([("Apple_HFS", whole), ("Apple_Free", b"f" * 512), ("Apple_UFS", b"u" * 512)])
    out["apple-map-many"] = apple_map([("Apple_Free", b"")] * 300)
    out["apple-map-cut"] = out["apple-map"][:1536]
    long, inside = Volume(), 2
    for i in range(9):
        inside = long.folder(inside, chr(97 + i) * 240)
    long.file(inside, "too long a way", PAYLOAD)
    long.file(2, "a.exe", PAYLOAD)
    out["hfs-long"] = long.done(per_leaf=1)
    lost = pieces()
    lost.overflow = []
    out["hfs-lost"] = lost.done()
    return out


def main():
    seeds = {f"dmg/{n}": v for n, v in dmgs().items()}
    seeds.update({f"disk/{n}": v for n, v in disks().items()})
    for name, data in seeds.items():
        path = os.path.join(sys.argv[1], name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
