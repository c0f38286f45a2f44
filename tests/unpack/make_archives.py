#!/usr/bin/env python3
"""Usage: make_archives.py CORPUS   Writes the seeds of the archive readers: CORPUS/zip, stream, archive.

zip is laid by hand from APPNOTE.TXT, since what no zip program writes has to be there; the others come from
python3 and from Debian's programs (7zz, arj, cpio, ar, genisoimage, lz4, zstd), which are asked where they are there.
"""
import bz2
import gzip
import io
import lzma
import os
import random
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zlib

sys.path.insert(0, os.path.dirname(__file__))
from make_documents import PAYLOAD  # noqa: E402


# ---- zip

def deflate(data, level=9):
    z = zlib.compressobj(level, zlib.DEFLATED, -15)
    return z.compress(data) + z.flush()


def local(name, method, packed, data, flags=0, crc=None, sizes=None, extra=b""):
    crc = zlib.crc32(data) if crc is None else crc
    n, m = (len(packed), len(data)) if sizes is None else sizes
    return struct.pack("<IHHHHHIIIHH", 0x04034b50, 20, flags, method, 0, 33, crc, n, m, len(name), len(extra)) + \
        name + extra + packed


def central(name, method, packed, data, at, flags=0, crc=None, sizes=None, extra=b""):
    crc = zlib.crc32(data) if crc is None else crc
    n, m = (len(packed), len(data)) if sizes is None else sizes
    return struct.pack("<IHHHHHHIIIHHHHHII", 0x02014b50, 20, 20, flags, method, 0, 33, crc, n, m, len(name), len(extra),
                       0, 0, 0, 0, at) + name + extra


def ending(n, size, at, comment=b""):
    return struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, min(n, 65535), min(n, 65535), size, at, len(comment)) + comment


def archive(members, before=b"", comment=b""):
    """members: (name, method, packed, data, {of both headers})."""
    out, directory = b"", b""
    for name, method, packed, data, more in members:
        at = len(out)
        out += local(name, method, packed, data, **more)
        directory += central(name, method, packed, data, at, **more)
    return before + out + directory + ending(len(members), len(directory), len(out), comment)


def bits(fields):
    """(value, width) fields, the lowest bit of each first."""
    v, n = 0, 0
    for value, width in fields:
        v |= value << n
        n += width
    return v.to_bytes((n + 7) // 8, "little")


def shrink(data):
    """Literals, a code that stands for two bytes again and again, then a partial clearing."""
    fields = [(c, 9) for c in data] + [(256, 9), (2, 9)] + [(c, 9) for c in data]
    return bits(fields), data + data


def reduce(data):
    """No followers, so that each byte stands for itself, and one copy of the first eight bytes."""
    back = len(data)
    return bits([(0, 6)] * 256 + [(c, 8) for c in data] + [(144, 8), (5, 8), (back - 1, 8)]), data + data[:8]


def implode(data):
    """Codes of six bits for lengths and distances, which in the code's own order are all turned over."""
    def code(v):
        return (int(format(63 - v, "06b")[::-1], 2), 6)
    tree = [(3, 8)] + [(0xf5, 8)] * 4
    back = len(data) - 1
    copy = [(0, 1), (back & 63, 6), code(back >> 6), code(6)]
    return bits(tree + tree + [f for c in data for f in ((1, 1), (c, 8))] + copy), data + data[:8]


def deflate64(data):
    """Stored, then in fixed codes a copy by the length that Deflate64 alone has: 3 and sixteen bits."""
    fixed_285 = int(format(0b11000101, "08b")[::-1], 2)
    copy = [(fixed_285, 8), (47, 16), (0, 5)]  # distance 1: fifty times the last byte
    return b"\0" + struct.pack("<HH", len(data), len(data) ^ 0xffff) + data + bits([(1, 1), (1, 2)] + copy + [(0, 7)]), \
        data + data[-1:] * 50


def old_cipher(data, password, crc, n_check=1):
    """n_check: how many bytes of the CRC-32 stand before the data; PKZIP 1 had two."""
    keys = [0x12345678, 0x23456789, 0x34567890]
    table = []
    for i in range(256):
        c = i
        for _ in range(8):
            c = c >> 1 ^ (0xedb88320 if c & 1 else 0)
        table.append(c)

    def turn(c):
        keys[0] = keys[0] >> 8 ^ table[(keys[0] ^ c) & 255]
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xffffffff
        keys[2] = keys[2] >> 8 ^ table[(keys[2] ^ keys[1] >> 24) & 255]
    for c in password:
        turn(c)
    out = bytearray()
    for c in bytes(12 - n_check) + struct.pack("<I", crc)[4 - n_check:] + data:
        v = (keys[2] | 2) & 0xffff
        out.append(c ^ (v * (v ^ 1) >> 8 & 255))
        turn(c)
    return bytes(out)


def lzma_member(data):
    raw = lzma.compress(data, lzma.FORMAT_ALONE)
    return b"\x09\x14\x05\x00" + raw[:5] + raw[13:]


def zips():
    p, d = PAYLOAD, deflate(PAYLOAD)
    good = (b"a.exe", 8, d, p, {})
    out = {"stored": archive([(b"a.exe", 0, p, p, {})]), "deflate": archive([good])}
    for name, method, (packed, data) in (("shrink", 1, shrink(p)), ("reduce", 4, reduce(p)), ("implode", 6, implode(p)),
                                         ("deflate64", 9, deflate64(p)), ("bzip2", 12, (bz2.compress(p), p)),
                                         ("lzma", 14, (lzma_member(p), p)), ("xz", 95, (lzma.compress(p), p))):
        flags = {"flags": 2} if name == "lzma" else {}
        out[name] = archive([(b"a.exe", method, packed, data, flags)])
    out["unknown-method"] = archive([(b"a.exe", 97, p, p, {})])
    crc = zlib.crc32(p)
    out["encrypted"] = archive([(b"a.exe", 8, old_cipher(d, b"infected", crc), p, {"flags": 1})])
    out["other-password"] = archive([(b"a.exe", 8, old_cipher(d, b"another", crc), p, {"flags": 1})])
    out["strong"] = archive([(b"a.exe", 8, bytes(40), p, {"flags": 0x41})])
    # two truths
    body = local(b"a.exe", 8, d, p)
    lie = central(b"a.txt", 0, d, d, 0, crc=zlib.crc32(d))
    out["lying-directory"] = body + lie + ending(1, len(lie), len(body))
    lie = central(b"a.exe", 8, d, p, 0, flags=1)
    out["said-encrypted"] = body + lie + ending(1, len(lie), len(body))
    hidden = local(b"hidden.exe", 8, d, p)
    shown = central(b"a.exe", 0, b"hay", b"hay", len(hidden))
    both = hidden + local(b"a.exe", 0, b"hay", b"hay")
    out["hidden"] = both + shown + ending(1, len(shown), len(both))
    out["no-directory"] = body
    out["cut"] = body[:-9]
    later = local(b"a.exe", 8, d, p, flags=8, crc=0, sizes=(0, 0)) + struct.pack("<IIII", 0x08074b50, crc, len(d), len(p))
    out["streamed"] = later + local(b"b.exe", 0, p, p, flags=8, crc=0, sizes=(0, 0)) + \
        struct.pack("<IIII", 0x08074b50, crc, len(p), len(p))
    out["behind-a-program"] = archive([good], before=b"MZ" + bytes(500))
    out["commented"] = archive([good], comment=b"PK\5\6 is no end" * 9)
    out["no-header"] = central(b"a.exe", 8, d, p, 900) + ending(1, 46 + 5, 0)
    out["wrong-checksum"] = archive([(b"a.exe", 8, d, p, {"crc": 1})])
    out["wrong-size"] = archive([(b"a.exe", 8, d, p, {"sizes": (len(d), len(p) + 1)})])
    out["same-names"] = archive([good, good, (b"2:b", 0, b"x", b"x", {}), (b"", 0, b"y", b"y", {})])
    wide = struct.pack("<HHQQ", 1, 16, len(p), len(d))
    wide_at = struct.pack("<HHQQQ", 1, 24, len(p), len(d), 0)
    most = {"sizes": (0xffffffff, 0xffffffff)}
    first = local(b"a.exe", 8, d, p, extra=wide, **most)
    last = central(b"a.exe", 8, d, p, 0xffffffff, extra=wide_at, **most)
    end64 = struct.pack("<IQHHIIQQQQ", 0x06064b50, 44, 45, 45, 0, 0, 1, 1, len(last), len(first))
    locator = struct.pack("<IIQI", 0x07064b50, 0, len(first) + len(last), 1)
    out["zip64"] = first + last + end64 + locator + ending(0xffff, 0xffffffff, 0xffffffff)
    once = central(b"a.exe", 8, d, p, 0)
    out["one-body-twice"] = body + once + once + ending(2, 2 * len(once), len(body))
    one = central(b"a.exe", 0, b"hay", b"hay", 0)
    front = local(b"a.exe", 0, b"hay", b"hay") + one
    ends = ending(1, len(one), len(front) - len(one), local(b"c.exe", 8, d, p))
    out["hidden-behind"] = front + local(b"b.exe", 8, d, p) + ends
    inner = archive([good])
    out["zip-in-zip"] = archive([(b"b.zip", 0, inner, inner, {})])
    return out


# ---- streams

def compress_lzw(data):
    """The literals alone; codes of nine bits until the table asks for ten."""
    return b"\x1f\x9d\x90" + bits([(c, 9) for c in data])


def streams():
    p = PAYLOAD
    out = {"gzip": gzip.compress(p, mtime=0), "bzip2": bz2.compress(p), "xz": lzma.compress(p),
           "lzma": lzma.compress(p, lzma.FORMAT_ALONE), "compress": compress_lzw(p)}
    filters = [{"id": lzma.FILTER_LZMA1, "lc": 0, "lp": 0, "pb": 0, "dict_size": 1 << 16}]
    out["lzma-other"] = lzma.compress(p, lzma.FORMAT_ALONE, filters=filters)
    out["gzip-twice"] = out["gzip"] + out["gzip"]
    out["gzip-and-more"] = out["gzip"] + b"more"
    out["gzip-and-zeros"] = out["gzip"] + bytes(512)
    out["xz-twice"] = out["xz"] + out["xz"]
    out["xz-cut"] = out["xz"][:-20]
    for name, program in (("zstd", ["zstd", "-c"]), ("lz4", ["lz4", "-c"])):
        if shutil.which(program[0]):
            out[name] = subprocess.run(program, input=p, stdout=subprocess.PIPE, check=True).stdout
            skipped = struct.pack("<II", 0x184d2a50, 4) + b"more"
            out[f"{name}-skipped"] = skipped + struct.pack("<II", 0x184d2a5f, 0) + out[name] + skipped + out[name] + \
                struct.pack("<II", 0x184d2a53, 0)
    return out


# ---- archives

def tar(form):
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode="w", format=form) as t:
        info = tarfile.TarInfo("dir/a.exe")
        info.size = len(PAYLOAD)
        t.addfile(info, io.BytesIO(PAYLOAD))
    return b.getvalue()[:2560]


def by_program(command, name):
    """What a program makes of a.exe in an empty directory; nothing where it is not installed."""
    if not shutil.which(command[0]):
        return None
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "a.exe")
        with open(path, "wb") as f:
            f.write(PAYLOAD)
        os.utime(path, (1000000000, 1000000000))
        subprocess.run(command, cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        with open(os.path.join(work, name), "rb") as f:
            return f.read()


def dos(overlay):
    """Two pages, the second of which has 88 bytes."""
    return (b"MZ" + struct.pack("<HHHH", 88, 2, 0, 4)).ljust(600, b"\0") + overlay


def lha(data):
    crc = 0
    for b in data:
        crc ^= b
        for _ in range(8):
            crc = crc >> 1 ^ (0xa001 if crc & 1 else 0)
    head = b"-lh0-" + struct.pack("<III", len(data), len(data), 0) + b"\x20\0\5a.exe" + struct.pack("<H", crc)
    return bytes([len(head), sum(head) & 255]) + head + data + b"\0"


def certificate(image):
    """The image, signed: what stands behind all else, and where the headers say that it is."""
    table = struct.pack("<IHH", 24, 0x200, 2) + b"PKCS #7 is here."
    out = bytearray(image + bytes(-len(image) % 8))
    at = out.index(b"PE\0\0") + 24 + 96 + 8 * 4
    out[at:at + 8] = struct.pack("<II", len(out), len(table))
    return bytes(out) + table


def program(resources=b"", overlay=b""):
    """A PE image of one section, which holds resources, and what stands behind it."""
    section = b""
    if resources:
        def table(number, to):
            return struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, number, to)
        section = table(10, 1 << 31 | 24) + table(101, 1 << 31 | 48) + table(1033, 72) + \
            struct.pack("<IIII", 0x1000 + 88, len(resources), 0, 0) + resources
    section = section.ljust(512, b"\0")
    directories = [(0, 0)] * 16
    if resources:
        directories[2] = (0x1000, len(section))
    optional = struct.pack("<H90xI", 0x10b, 16) + b"".join(struct.pack("<II", *d) for d in directories)
    image = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HHIIIHH", 0x14c, 1, 0, 0, 0, len(optional), 2)
    image += optional + b".rsrc\0\0\0" + struct.pack("<IIII16x", len(section), 0x1000, len(section), 512)
    return image.ljust(512, b"\0") + section + overlay


def rpm():
    header = b"\x8e\xad\xe8\x01" + bytes(4) + struct.pack(">II", 0, 0)
    return b"\xed\xab\xee\xdb".ljust(96, b"\0") + header + header + gzip.compress(PAYLOAD, mtime=0)


def pbzx():
    """A piece that is compressed, and one that is as it is."""
    packed = lzma.compress(PAYLOAD[:20])
    return b"pbzx" + struct.pack(">QQQ", 1 << 24, 20, len(packed)) + packed + \
        struct.pack(">QQ", len(PAYLOAD) - 20, len(PAYLOAD) - 20) + PAYLOAD[20:]


def deb_old():
    control = gzip.compress(b"Package: a\n", mtime=0)
    return b"0.939000\n%d\n" % len(control) + control + gzip.compress(PAYLOAD, mtime=0)


def lzip():
    raw = lzma.compress(PAYLOAD, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 4096, "lc": 3, "lp": 0, "pb": 2}])
    return b"LZIP\x01\x0c" + raw + struct.pack("<IQQ", zlib.crc32(PAYLOAD), len(PAYLOAD), 6 + len(raw) + 20)


def arj(method):
    random.seed(1)
    words = ["alpha", "beta", "gamma", "delta", "no program", "begins"]
    text = " ".join(random.choice(words) + str(random.randrange(90)) for _ in range(160))
    return by_program(["sh", "-c", f'printf %s "$0" > a.txt && arj a -m{method} -y x.arj a.txt', text], "x.arj")


def archives():
    seven = by_program(["7zz", "a", "x.7z", "a.exe"], "x.7z") or b""
    out = {"program-7z": program(overlay=b";!@Install@!UTF-8!" + seven), "rpm": rpm(), "lzip": lzip(), "pbzx": pbzx(), "pbzx-cut": pbzx()[:-9], "deb-old": deb_old(),
           "program-gzip": certificate(program(overlay=gzip.compress(PAYLOAD, mtime=0))), "program-lha": program(overlay=lha(PAYLOAD)),
           "program-dos": dos(lha(PAYLOAD)), "program-inno": program(resources=b"rDlPtS\xcd\xe6\xd7\x7b\x0b\x2a" + bytes(32)),
           "program-inno-old": program(overlay=b"zlb\x1a" + bytes(99)),
           "program-resource": program(resources=program()), "unread": b"MSWIM\0\0\0" + bytes(200),"tar-ustar": tar(tarfile.USTAR_FORMAT), "tar-gnu": tar(tarfile.GNU_FORMAT), "tar-pax": tar(tarfile.PAX_FORMAT),
           "7z": by_program(["7zz", "a", "x.7z", "a.exe"], "x.7z"),
           "7z-encrypted": by_program(["7zz", "a", "-psecret", "x.7z", "a.exe"], "x.7z"),
           "arj": by_program(["arj", "a", "-y", "x.arj", "a.exe"], "x.arj"),
           "ar": by_program(["ar", "rcD", "x.a", "a.exe"], "x.a"),
           "cpio": by_program(["sh", "-c", "echo a.exe | cpio -o -H newc > x.cpio"], "x.cpio"),
           "lha": by_program(["jlha", "c", "x.lzh", "a.exe"], "x.lzh")}
    out.update({f"arj-{method}": arj(method) for method in (1, 2, 3, 4)})
    return {k: v for k, v in out.items() if v is not None}


def main():
    for room, files in (("zip", zips()), ("stream", streams()), ("archive", archives())):
        os.makedirs(os.path.join(sys.argv[1], room), exist_ok=True)
        for name, data in files.items():
            with open(os.path.join(sys.argv[1], room, name), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main()
