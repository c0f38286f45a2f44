#!/usr/bin/env python3
"""Usage: make_codecs.py CORPUS   Writes seeds of streams and methods that are seldom met: KWAJ, pack, lzop and LZO, ARJ
with a password.

lzop, arj and mksquashfs are Debian's; KWAJ and pack have no writer there, and are laid by hand: gzip reads what is
written here as pack, libmspack what is written as KWAJ.
"""
import heapq
import os
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.dirname(__file__))
from make_documents import PAYLOAD  # noqa: E402

TEXT = b"a text that is said twice: a text that is said twice\n"


class Bits:
    """The highest of each byte first."""

    def __init__(self):
        self.text = []

    def put(self, value, n):
        self.text.append(format(value, f"0{n}b") if n else "")
        return self

    def done(self):
        text = "".join(self.text)
        text += "0" * (-len(text) % 8)
        return bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))


def lengths_of(counts):
    """Of a Huffman code, by symbol."""
    heap = [(n, i, {s: 0}) for i, (s, n) in enumerate(sorted(counts.items(), key=str))]
    heapq.heapify(heap)
    number = len(heap)
    while len(heap) > 1:
        (n, _, a), (k, _, b) = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (n + k, number, {s: v + 1 for s, v in (*a.items(), *b.items())}))
        number += 1
    return heap[0][2]


# ---- pack

def pack(data, size=None, end=True):
    counts = {b: data.count(b) for b in set(data)}
    counts["end"] = 0
    length = lengths_of(counts)
    deepest = max(length.values())
    if length["end"] != deepest:
        raise ValueError("the end must have the longest code")
    levels = [[b for b in range(256) if length.get(b) == n] for n in range(1, deepest + 1)]
    inner, nodes, codes = [0] * deepest, 0, {}
    for n in range(deepest - 1, -1, -1):
        inner[n] = nodes // 2
        nodes = inner[n] + len(levels[n]) + (1 if n == deepest - 1 else 0)
    for n, level in enumerate(levels):
        for i, b in enumerate(level):
            codes[b] = (inner[n] + i, n + 1)
    codes["end"] = (inner[-1] + len(levels[-1]), deepest)
    head = bytes([deepest]) + bytes(len(v) - (1 if n == deepest - 1 else 0) for n, v in enumerate(levels))
    out = Bits()
    for b in data:
        out.put(*codes[b])
    if end:
        out.put(*codes["end"])
    return b"\x1f\x1e" + struct.pack(">I", len(data) if size is None else size) + head + bytes(sum(levels, [])) + out.done()


# ---- KWAJ

def kwaj(method, data, flags=0, more=b"", at=None):
    return b"KWAJ\x88\xf0\x27\xd1" + struct.pack("<HHH", method, 14 + len(more) if at is None else at, flags) + more + data


def lzss(data):
    """Literals, and a copy of the eight bytes before where they are the same again."""
    ring, tokens, i = 4096 - 16, [], 0
    while i < len(data):
        n = next((n for n in range(18, 2, -1) if i >= n and data[i:i + n] == data[i - n:i]), 0)
        if n:
            place = (ring + i - n) % 4096
            tokens.append((0, bytes([place & 255, place >> 4 & 0xf0 | n - 3])))
        else:
            n = 1
            tokens.append((1, data[i:i + 1]))
        i += n
    out = b""
    for k in range(0, len(tokens), 8):
        out += bytes([sum(t[0] << j for j, t in enumerate(tokens[k:k + 8]))]) + b"".join(t[1] for t in tokens[k:k + 8])
    return out


def canonical(length):
    code, codes = 0, {}
    for n in range(1, 17):
        for s, v in enumerate(length):
            if v == n:
                codes[s] = (code, n)
                code += 1
        code <<= 1
    return codes


def lzh_table(out, way, length):
    """Lengths in one of the four ways: the same for all, by steps of two kinds, each for itself."""
    if way == 0:
        return
    if way == 3:
        for v in length:
            out.put(v, 4)
        return
    last = length[0]
    out.put(last, 4)
    for v in length[1:]:
        if way == 1:
            if v == last:
                out.put(0, 1)
            elif v == last + 1:
                out.put(2, 2)
            else:
                out.put(3, 2).put(v, 4)
        elif abs(v - last) <= 1:
            out.put(v - last + 1, 2)
        else:
            out.put(3, 2).put(v, 4)
        last = v


def lzh(data, ways=(0, 0, 0, 0, 0), copy=None):
    """Runs of literals, with a copy of copy[1] bytes from copy[0] back where there is one."""
    sizes = (16, 16, 32, 64, 256)
    tables = []
    for way, n in zip(ways, sizes):
        bits = n.bit_length() - 1
        length = [bits] * n
        if way:  # two codes shorter by one, and four longer
            length[0] = bits - 1
            length[1] = length[2] = bits + 1
        tables.append(length)
    codes = [canonical(t) for t in tables]
    out = Bits()
    for way in (*ways, 0):
        out.put(way, 4)
    for way, length in zip(ways, tables):
        lzh_table(out, way, length)
    i, in_run = 0, False

    def literals(text, in_run):
        while text:
            run = text[:32]
            out.put(*codes[1 if in_run else 0][0]).put(*codes[2][len(run) - 1])
            for b in run:
                out.put(*codes[4][b])
            in_run = len(run) != 32
            text = text[32:]
        return in_run
    if copy is None:
        literals(data, False)
        return out.done()
    back, n, i = copy
    in_run = literals(data[:i], False)
    if data[i:i + n] != data[i - back:i - back + n]:
        raise ValueError("nothing to copy")
    out.put(*codes[1 if in_run else 0][n - 2]).put(*codes[3][back >> 6]).put(back & 63, 6)
    literals(data[i + n:], False)
    return out.done()


def mszip(*blocks):
    out, before = b"", b""
    for b in blocks:
        z = zlib.compressobj(9, zlib.DEFLATED, -15, 8, zlib.Z_DEFAULT_STRATEGY, before[-32768:]) if before else \
            zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = z.compress(b) + z.flush()
        out += struct.pack("<H", len(packed) + 2) + b"CK" + packed
        before += b
    return out + b"\0\0"


def kwajs():
    twice = TEXT[27:] + TEXT[27:]
    long = bytes(range(256)) * 160
    return {
        "kwaj-stored": kwaj(0, PAYLOAD, 1, struct.pack("<I", len(PAYLOAD))),
        "kwaj-lzss": kwaj(2, lzss(TEXT * 4)),
        "kwaj-lzss-size": kwaj(2, lzss(TEXT * 4), 1 | 2 | 4 | 8 | 16, struct.pack("<IHH", len(TEXT) * 4 - 3, 7, 3) + b"abcread\0txt\0"),
        "kwaj-lzss-cut": kwaj(2, lzss(TEXT * 4), 1, struct.pack("<I", len(TEXT) * 4 + 30)),
        "kwaj-lzh": kwaj(3, lzh(PAYLOAD), 1 | 8, struct.pack("<I", len(PAYLOAD)) + b"a\0"),
        "kwaj-lzh-copy": kwaj(3, lzh(twice, (1, 2, 3, 1, 2), (26, 17, 26))),
        "kwaj-lzh-runs": kwaj(3, lzh(PAYLOAD, (2, 3, 1, 2, 1))),
        "kwaj-lzh-codes": kwaj(3, b"\x33\x33\x30" + b"\x11" * 40),
        "kwaj-lzh-way": kwaj(3, b"\x00\x00\x50" + b"\x11" * 40),
        "kwaj-lzh-cut": kwaj(3, b"\x33\x33"),
        "kwaj-mszip": kwaj(4, mszip(PAYLOAD)),
        "kwaj-mszip-two": kwaj(4, mszip(long[:32768], long[32768:]), 1, struct.pack("<I", len(long))),
        "kwaj-mszip-mark": kwaj(4, mszip(PAYLOAD).replace(b"CK", b"KC")),
        "kwaj-mszip-bad": kwaj(4, struct.pack("<H", 8) + b"CK\xff\xff\xff\xff\xff\xff"),
        "kwaj-mszip-cut": kwaj(4, mszip(PAYLOAD)[:20]),
        "kwaj-name": kwaj(0, PAYLOAD, 8, b"longer than nine"),
        "kwaj-method": kwaj(5, PAYLOAD),
    }


# ---- lzop, ARJ

def by(command, name, files):
    with tempfile.TemporaryDirectory() as d:
        for n, data in files.items():
            with open(os.path.join(d, n), "wb") as f:
                f.write(data)
            os.utime(os.path.join(d, n), (1000000000, 1000000000))
        subprocess.run(command, cwd=d, check=True, stdout=subprocess.DEVNULL, env=dict(os.environ, TZ="UTC"))
        with open(os.path.join(d, name), "rb") as f:
            return f.read()


def mixed():
    """Runs of every length, copies from near and far, what does not pack."""
    noise, x = bytearray(), 1
    for _ in range(700):
        x = x * 1103515245 + 12345 & 0x7fffffff
        noise.append(x >> 16 & 255)
    noise = bytes(noise)
    return noise + noise[:40] + b"z" * 600 + TEXT * 3 + noise[300:400] + bytes(20000) + noise[:64] + TEXT + bytes(30000) + noise[:300]


def lzops():
    files = {"a.exe": PAYLOAD, "b": mixed()}
    out = {f"lzop-{n}": by(["lzop", f"-{n}", "-o", "x", "b"], "x", files) for n in (1, 3, 7, 9)}
    out["lzop-stored"] = by(["lzop", "-o", "x", "a.exe"], "x", files)
    out["lzop-two"] = by(["sh", "-c", "lzop -c a.exe b > x"], "x", files)
    out["lzop-crc"] = by(["lzop", "--crc32", "-o", "x", "b"], "x", files)
    out["lzop-no-sums"] = by(["lzop", "-F", "-o", "x", "b"], "x", files)
    crc = bytearray(out["lzop-crc"])
    crc[-40] ^= 0x55
    out["lzop-sum"] = bytes(crc)
    whole = out["lzop-1"]
    out["lzop-cut"] = whole[:len(whole) // 2]
    out["lzop-more"] = out["lzop-stored"] + b"more"
    out["lzop-header"] = whole[:20]
    block = bytearray(whole[:60])
    at = whole.index(struct.pack(">I", len(files["b"])))
    block = bytearray(whole)
    struct.pack_into(">I", block, at + 4, 1 << 30)
    out["lzop-block"] = bytes(block)
    other = bytearray(whole)
    other[15] = 128  # method
    out["lzop-method"] = bytes(other)
    wrong = bytearray(whole)
    wrong[at + 16:at + 20] = b"\x40\xff\x40\xff"
    out["lzop-bad"] = bytes(wrong)
    return out


def arjs():
    files = {"a.txt": TEXT * 9}
    out = {f"arj-garbled-{m}": by(["arj", "a", "-y", f"-m{m}", "-ginfected", "x.arj", "a.txt"], "x.arj", files) for m in (0, 1, 4)}
    out["arj-garbled-other"] = by(["arj", "a", "-y", "-gnever said", "x.arj", "a.txt"], "x.arj", files)
    other = bytearray(out["arj-garbled-0"])
    other[4 + 28] = 4
    out["arj-cipher"] = bytes(other)
    short = bytearray(by(["arj", "a", "-y", "-m0", "x.arj", "a.txt"], "x.arj", files))
    at = short.index(b"\x60\xea", 4)  # the file's header
    struct.pack_into("<BBI", short, at + 4 + 5, 0, 0, 0)  # stored, and no text
    struct.pack_into("<I", short, at + 4 + 16, 4096)
    out["arj-short"] = bytes(short)
    return out


def half_names():
    """7z with names of which a character is the first half of a pair, and nothing follows."""
    whole = by(["7zz", "a", "-mhc=off", "-mx=0", "x.7z", "abcd"], "x.7z", {"abcd": PAYLOAD})
    name = "abcd".encode("utf-16-le")
    out = {}
    for what, other in (("half", b"\x00\xd8" + name[2:]), ("end", name[:6] + b"\x00\xd8"), ("pair", name[:4] + b"\x3d\xd8\x00\xde")):
        at, size = struct.unpack_from("<QQ", whole, 12)
        head = whole[32 + at:32 + at + size].replace(name, other)
        start = struct.pack("<QQI", at, size, zlib.crc32(head))
        out[f"7z-name-{what}"] = whole[:8] + struct.pack("<I", zlib.crc32(start)) + start + whole[32:32 + at] + head
    return out


def lzo_by_hand(size, packed):
    """A file of lzop without checksums, whose one block is this."""
    head = struct.pack(">HHHBBIIIIB", 0x1040, 0x20a0, 0x0940, 1, 5, 0, 0o100644, 0, 0, 0)
    return b"\x89LZO\0\r\n\x1a\n" + head + bytes(4) + struct.pack(">II", size, len(packed)) + packed + bytes(4)


def odd_lzos():
    end = b"\x11\0\0"
    return {
        "lzop-before": lzo_by_hand(99, b"\x12A\x40\xff" + end),
        "lzop-full": lzo_by_hand(20, b"\x16ABCDE\x20\x7f\0\0" + end),
        "lzop-few": lzo_by_hand(30, b"\x13AB\x00\x01\0\0" + end),
        "lzop-long": lzo_by_hand(800, b"\x16ABCDE\x20\0\0\x07\x04\0" + b"\x10\0\0\x09\0\0" + end),
        "lzop-zeros": lzo_by_hand(90, b"\x16ABCDE\x20" + bytes(80)),
        "lzop-no-rest": lzo_by_hand(90, b"\x16ABCDE\x43\0"),
    }


def squashes():
    with tempfile.TemporaryDirectory() as d:
        os.mkdir(os.path.join(d, "in"))
        for name, data in (("a.exe", PAYLOAD), ("b", mixed())):
            with open(os.path.join(d, "in", name), "wb") as f:
                f.write(data)
        subprocess.run(["mksquashfs", "in", "x", "-comp", "lzo", "-quiet", "-no-progress", "-all-root", "-nopad", "-b", "16384",
                        "-mkfs-time", "0", "-all-time", "0", "-no-xattrs"], cwd=d, check=True)
        with open(os.path.join(d, "x"), "rb") as f:
            return {"lzo-blocks": f.read()}


def packs():
    plain = pack(TEXT * 3)
    return {"pack": plain, "pack-one": pack(b"z" * 40), "pack-twice": plain + pack(PAYLOAD),
            "pack-cut": plain[:60], "pack-size": pack(TEXT, 20), "pack-short": pack(TEXT, 200),
            "pack-table": plain[:7] + b"\xff" + plain[8:], "pack-large": pack(TEXT * 100), "pack-bits": plain[:6] + b"\x18" + bytes(24)}


def main():
    seeds = {f"szdd/{n}": v for n, v in kwajs().items()}
    seeds.update({f"stream/{n}": v for n, v in (*packs().items(), *lzops().items(), *odd_lzos().items())})
    seeds.update({f"archive/{n}": v for n, v in (*arjs().items(), *half_names().items())})
    seeds.update({f"squashfs/{n}": v for n, v in squashes().items()})
    for name, data in seeds.items():
        path = os.path.join(sys.argv[1], name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
