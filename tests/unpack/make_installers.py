#!/usr/bin/env python3
"""Usage: make_installers.py CORPUS   Writes the seeds of the installers' readers: CORPUS/nsis, installshield, autoit, sis.

NSIS comes from Debian's makensis, without the program in front; the others are laid by hand, for nothing in Debian
writes them.
"""
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.dirname(__file__))
from make_documents import PAYLOAD  # noqa: E402

TEXT = b"a text that is said twice: a text that is said twice\n"


def raw_deflate(data):
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    return z.compress(data) + z.flush()


# ---- NSIS

def nsis(compressor):
    with tempfile.TemporaryDirectory() as d:
        with open(os.path.join(d, "a.exe"), "wb") as f:
            f.write(PAYLOAD)
        with open(os.path.join(d, "b.txt"), "wb") as f:
            f.write(TEXT * 30 + bytes(range(256)) + b"z" * 700)
        with open(os.path.join(d, "s.nsi"), "w") as f:
            f.write(f'SetCompressor {compressor}\nOutFile o.exe\nName x\nSection\nSetOutPath $TEMP\nFile a.exe\n'
                    'File b.txt\nSectionEnd\n')
        subprocess.run(["makensis", "-V1", "-NOCD", "s.nsi"], cwd=d, check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(d, "o.exe"), "rb") as f:
            image = f.read()
        return image[image.index(b"\xef\xbe\xad\xdeNullsoftInst") - 4:]


# ---- InstallShield

def entry(name, data):
    return b"\0".join([name, b"Disk1\\" + name, b"1.0.0.0", str(len(data)).encode()]) + b"\0" + data


def hide(data):
    out = bytearray()
    for i, b in enumerate(data):
        v = (b + i % 0x47) & 255
        out.append(((v << 2 | v >> 6) & 255) ^ 0xd5)
    return bytes(out)


def cabinet(version=0x01009500, inside=False, n=None, empty=False):
    """Header and volume; one of both where it is `inside`.  n: files that are stated; empty: the first has no bytes."""
    packed = raw_deflate(PAYLOAD)
    chunk = struct.pack("<H", len(packed)) + packed
    bodies = [(4, len(PAYLOAD), chunk), (0, len(TEXT), TEXT), (6, len(PAYLOAD), hide(chunk)), (8, 0, b"")]
    if empty:
        bodies[0] = (4, len(PAYLOAD), b"")
    volume_head = 64
    names, records, data = b"", b"", b""
    names_at = 4 + 87 * len(bodies)
    for i, (flags, size, body) in enumerate(bodies):
        name = b"f%d.bin\0" % i
        records += struct.pack("<HQQQ16s16sIH12sIIBH", flags, size, len(body),
                               volume_head + len(data), b"", b"", names_at + len(names), 0, b"", 0, 0, 0, 1)
        data += body
        names += name
    table = struct.pack("<I", names_at + len(names)) + records + names + b"dir\0"
    descriptor = bytearray(0x40)
    struct.pack_into("<I", descriptor, 0xc, 0x40)
    struct.pack_into("<I", descriptor, 0x1c, 1)
    struct.pack_into("<II", descriptor, 0x28, n or len(bodies), 4)
    volume = struct.pack("<4sIIII", b"ISc(", version, 0, 0, 0).ljust(volume_head, b"\0") + data
    if inside:
        at = len(volume)
        return volume[:12] + struct.pack("<II", at, 0x40) + volume[20:] + bytes(descriptor) + table
    header = struct.pack("<4sIIII", b"ISc(", version, 0, 20, 0x40) + bytes(descriptor) + table
    return header, volume


def table_of(flags, compressed):
    """The table around an MSI package, of one file."""
    name, data = b"a.exe", zlib.compress(PAYLOAD) if compressed else PAYLOAD
    key = bytes(b ^ m for b, m in zip(name, b"\xec\xca\x79\xf8\xec"))
    out = bytearray()
    for i, b in enumerate(data):
        if flags:
            b ^= key[(i % 1024 if flags & 4 else i) % len(name)]
            b = (b << 4 | b >> 4) & 255
        out.append(b)
    record = name.ljust(260, b"\0") + struct.pack("<III8sH30s", flags, 0, len(out), b"", compressed, b"")
    return (b"InstallShield\0" + struct.pack("<H", 1)).ljust(46, b"\0") + record + bytes(out)


# ---- AutoIt

class Twister:
    def __init__(self, seed):
        self.w = [seed & 0xffffffff]
        for i in range(1, 624):
            self.w.append((i + 1812433253 * (self.w[-1] ^ self.w[-1] >> 30)) & 0xffffffff)
        self.at = 624

    def next(self):
        w = self.w
        if self.at == 624:
            for i in range(624):
                v = (w[i] & 0x80000000) | (w[(i + 1) % 624] & 0x7fffffff)
                w[i] = w[(i + 397) % 624] ^ v >> 1 ^ (0x9908b0df if v & 1 else 0)
            self.at = 0
        v = w[self.at]
        self.at += 1
        v ^= v >> 11
        v ^= v << 7 & 0x9d2c5680
        v ^= v << 15 & 0xefc60000
        return (v ^ v >> 18) >> 1 & 255


class Lagged:
    def __init__(self, seed):
        self.w, self.a, self.b = [], 0, 10
        for _ in range(17):
            seed = (1 - seed * 1403630843) & 0xffffffff
            self.w.append(seed)
        for _ in range(9):
            self.step()

    def step(self):
        def rol(v, n):
            return (v << n | v >> (32 - n)) & 0xffffffff
        v = (rol(self.w[self.a], 9) + rol(self.w[self.b], 13)) & 0xffffffff
        self.w[self.a] = v
        self.a, self.b = (self.a - 1) % 17, (self.b - 1) % 17
        return v

    def next(self):
        self.step()
        return self.step() >> 24


def crypt(generator, data):
    return bytes(b ^ generator.next() for b in data)


def lzss(data, literal):
    """Greedy, with matches of any length at most 32 KiB back."""
    bits, at = "", 0
    while at < len(data):
        best, back = 0, 0
        for b in range(1, min(at, 400) + 1):
            n = 0
            while at + n < len(data) and data[at + n] == data[at + n - b]:
                n += 1
            if n > best:
                best, back = n, b
        if best < 3:
            bits += f"{literal:b}{data[at]:08b}"
            at += 1
            continue
        bits += f"{1 - literal:b}{back:015b}"
        n = best - 3
        for width, most in ((2, 3), (3, 7), (5, 31), (8, 255)):
            v = min(n, most)
            bits += f"{v:0{width}b}"
            n -= v
            if v < most:
                break
        else:
            while True:
                v = min(n, 255)
                bits += f"{v:08b}"
                n -= v
                if v < 255:
                    break
        at += best
    bits += "0" * (-len(bits) % 8)
    return struct.pack(">I", len(data)) + bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def autoit(old, entries):
    v = (0xceb06dff, 0x29bc, 0xa25e, 0x29ac, 0xf25e, 0x45aa, 0x22af) if old else \
        (0x52ca436b, 0xadbc, 0xb33f, 0xf820, 0xf479, 0x87bc, 0x2477)
    make, width = (Twister, 1) if old else (Lagged, 2)
    password = bytes(range(16))
    out = bytes.fromhex("a3484bbe986c4aa9994c530a86d6487d") + (b"AU3!EA05" if old else b"AU3!EA06") + password

    def text(s, hidden, key):
        raw = s.encode() if width == 1 else s.encode("utf-16-le")
        return struct.pack("<I", len(s) ^ hidden) + crypt(make(len(s) + key), raw)
    for tag, path, compressed, data in entries:
        body = (b"EA05" if old else b"EA06") + lzss(data, 0 if old else 1) if compressed else data
        body = crypt(make(v[6] + (sum(password) if old else 0)), body)
        out += struct.pack("<I", v[0]) + text(tag, v[1], v[2]) + text(path, v[3], v[4])
        out += struct.pack("<BIII16s", compressed, len(body) ^ v[5], len(data) ^ v[5], 0, b"") + body
    return out


# ---- SIS

def sis(epoc6, stored=False, last=6):
    name = "!:\\a.exe".encode("utf-16-le" if epoc6 else "latin-1")
    body = PAYLOAD if stored else zlib.compress(PAYLOAD)
    head = 100 if epoc6 else 68
    records = struct.pack("<III", 3, 8, 0) + b"\0\0\0\0"  # a condition of 8 bytes
    at_name = head + 200
    at_body = at_name + len(name)
    one = struct.pack("<IIIIIII", 0, 0, 0, 0, 0, len(name), at_name) + struct.pack("<II", len(body), at_body)
    one += struct.pack("<III", len(PAYLOAD), 0, 0) if epoc6 else b""
    two = struct.pack("<IIIIIII", 1, 0, 0, 0, 0, len(name), at_name)
    two += struct.pack("<IIII", len(body), len(body), at_body, at_body)
    two += struct.pack("<IIII", len(PAYLOAD), len(PAYLOAD), 0, 0) if epoc6 else b""
    records += one + two + struct.pack("<I", last)
    h = struct.pack("<IIII", 1, 0x10003a12 if epoc6 else 0x1000006d, 0x10000419, 0)
    h += struct.pack("<HHHHHHHHIHHHHIII", 0, 2, 4, 0, 0, 0, 0, 0, 0, 8 if stored else 0, 0, 1, 0, 0, 0, head)
    return h.ljust(head, b"\0") + records.ljust(200, b"\0") + name + body


def field(kind, body):
    return struct.pack("<II", kind, len(body)) + body + b"\0" * (-len(body) % 4)


def sisx():
    z = zlib.compress(PAYLOAD)
    packed = struct.pack("<IQ", 1, len(PAYLOAD)) + z
    plain = struct.pack("<IQ", 0, len(TEXT)) + TEXT

    def array(kind, bodies):
        return field(2, struct.pack("<I", kind) + b"".join(
            struct.pack("<I", len(b)) + b + b"\0" * (-len(b) % 4) for b in bodies))
    # contents: a controller, and data of one unit of one file
    data = field(30, array(31, [array(32, [field(3, packed)])]))
    return struct.pack("<IIII", 0x10201a7a, 0, 0, 0) + field(12, field(34, b"\0\0\0\0") + field(3, plain) + data)


def deep(n):
    """A field in so many others."""
    inner = field(3, struct.pack("<IQ", 0, len(TEXT)) + TEXT)
    for _ in range(n):
        inner = field(12, inner)
    return struct.pack("<IIII", 0x10201a7a, 0, 0, 0) + inner


def main(corpus):
    seeds = {
        "autoit/ea05": autoit(True, [(">AUTOIT SCRIPT<", "", 1, TEXT + b"y" * 700), ("FILE", "C:\\a.exe", 1, PAYLOAD)]),
        "autoit/ea06": autoit(False, [(">>>AUTOIT SCRIPT<<<", "s.au3", 1, TEXT), ("FILE", "C:\\a.exe", 0, PAYLOAD)]),
        "autoit/cut": autoit(True, [("FILE", "C:\\a.exe", 1, PAYLOAD)])[:-20],
        "autoit/cut-stored": autoit(True, [("FILE", "C:\\a.exe", 0, PAYLOAD)])[:-20],
        "autoit/no-data": autoit(True, [("FILE", "C:\\a.exe", 0, PAYLOAD)])[:-len(PAYLOAD)],
        "sis/epoc5": sis(False), "sis/epoc6": sis(True), "sis/stored": sis(True, True), "sis/sisx": sisx(),
        "sis/cut": sis(True)[:-10], "sis/unknown-record": sis(False, last=7), "sis/deep": deep(11), "sis/too-deep": deep(12),
        "installshield/cabinet": cabinet(inside=True),
        "installshield/empty": cabinet(inside=True, empty=True),
        "installshield/many": cabinet(inside=True, n=100001),
        "installshield/old": cabinet(0x01005000, True),
        "installshield/volume": cabinet()[1],
        "installshield/plain": table_of(0, 0),
        "installshield/hidden": table_of(2, 0),
        "installshield/blocks": table_of(6, 1),
    }
    if shutil.which("makensis"):
        for name in ("zlib", "bzip2", "lzma"):
            seeds[f"nsis/{name}"] = nsis(name)
            seeds[f"nsis/{name}-solid"] = nsis("/SOLID " + name)
        whole = seeds["nsis/zlib"]
        script = 28 + 4 + (struct.unpack_from("<I", whole, 28)[0] & 0x7fffffff)
        seeds["nsis/short"] = whole[:24] + struct.pack("<I", script) + whole[28:]
        seeds["nsis/short-4"] = whole[:24] + struct.pack("<I", script + 4) + whole[28:script] + b"\xde\xad\xbe\xef" + whole[script:-4] + \
            bytes(5) + struct.pack("<IHH", 5000, 0x200, 2) + bytes(4992)
        seeds["nsis/cut"] = seeds["nsis/bzip2"][:-100]
    header, volume = cabinet()
    files = entry(b"data1.hdr", header) + entry(b"data1.cab", volume) + entry(b"setup.ini", TEXT)
    with open(os.path.join(corpus, "archive/program-7z"), "rb") as f:  # a program, and what lies behind it
        program = f.read(1024)
    seeds["installshield/program"] = program + files
    for name, data in seeds.items():
        os.makedirs(os.path.join(corpus, os.path.dirname(name)), exist_ok=True)
        with open(os.path.join(corpus, name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
