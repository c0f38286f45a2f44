#!/usr/bin/env python3
"""Usage: make_variants.py CORPUS   Writes seeds by which the fuzz corpora reach more of what they are for, from those that
the other generators wrote: what another target's seeds exercise too, damaged ones, and long ones.
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
from make_archives import archive, bits, program  # noqa: E402
from make_documents import PAYLOAD, attribute, ole2, pdf, stream, vba_compress  # noqa: E402

ZEROS = bytes(9 << 20)  # more than a fuzz target's budget has


def text(n, seed=1):
    """Words, so that codes of many lengths are used."""
    r = random.Random(seed)
    words = [bytes(r.randrange(97, 123) for _ in range(r.randrange(2, 9))) for _ in range(300)]
    return b" ".join(r.choice(words) for _ in range(n))


def lzw(data, clear_at=0, max_bits=16):
    """As compress(1) writes it, with an empty table again after so many codes."""
    out, groups, width, n = bytearray(b"\x1f\x9d" + bytes([0x80 | max_bits])), [], 9, 0

    def flush():
        v = sum(c << (width * i) for i, c in enumerate(groups))
        out.extend(v.to_bytes(width, "little") if len(groups) == 8 else v.to_bytes(-(-len(groups) * width // 8), "little"))
        groups.clear()

    def put(code):
        groups.append(code)
        if len(groups) == 8:
            flush()

    def widen(to):
        nonlocal width
        while groups and len(groups) < 8:
            groups.append(0)
        if groups:
            flush()
        width = to
    table, free, w = {bytes([i]): i for i in range(256)}, 257, b""
    for c in data:
        wc = w + bytes([c])
        if wc in table:
            w = wc
            continue
        put(table[w])
        n += 1
        if free < 1 << max_bits:
            table[wc] = free
            free += 1
            if free > 1 << width and width < max_bits:
                widen(width + 1)
        w = bytes([c])
        if clear_at and n == clear_at:
            put(table[w])
            put(256)
            widen(9)
            table, free, w = {bytes([i]): i for i in range(256)}, 257, b""
    if w:
        put(table[w])
    if groups:
        flush()
    return bytes(out)


def by(command, name, **files):
    """What a program makes of files in an empty directory; nothing where it is not installed."""
    if not shutil.which(command[0]):
        return None
    with tempfile.TemporaryDirectory() as work:
        for n, data in files.items():
            with open(os.path.join(work, n.replace("_", ".")), "wb") as f:
                f.write(data)
            os.utime(os.path.join(work, n.replace("_", ".")), (1000000000, 1000000000))
        subprocess.run(command, cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        with open(os.path.join(work, name), "rb") as f:
            return f.read()


def flip(data, *places):
    b = bytearray(data)
    for p in places:
        b[p % len(b)] ^= 0xff
    return bytes(b)


def streams():
    words = text(900)
    out = {"gzip-stops": gzip.compress(ZEROS, mtime=0), "bzip2-stops": bz2.compress(ZEROS), "xz-stops": lzma.compress(ZEROS),
           "gzip-damaged": flip(gzip.compress(words, mtime=0), 60), "gzip-cut": gzip.compress(words, mtime=0)[:90],
           "bzip2-damaged": flip(bz2.compress(words), 60), "xz-damaged": flip(lzma.compress(words), 60),
           "lzma-window": b"\x5d" + struct.pack("<IQ", 1 << 30, 99) + bytes(60),
           "compress-long": lzw(words), "compress-clears": lzw(words, 700), "compress-12": lzw(text(3000), max_bits=12),
           "compress-runs": lzw(b"a" * 700), "compress-damaged": flip(lzw(words), 40, 41), "compress-bits": b"\x1f\x9d\x99abc"}
    for name, command in (("zstd", ["zstd", "-qc"]), ("lz4", ["lz4", "-qc"])):
        if shutil.which(command[0]):
            whole = subprocess.run(command, input=words, stdout=subprocess.PIPE, check=True).stdout
            out[f"{name}-damaged"], out[f"{name}-cut"] = flip(whole, 30, 31, 32, 33, 34), whole[:50]
            out[f"{name}-stops"] = subprocess.run(command, input=ZEROS, stdout=subprocess.PIPE, check=True).stdout
    if shutil.which("zstd"):
        out["zstd-window"] = subprocess.run(["zstd", "-qc", "--ultra", "--long=30", "--zstd=wlog=30"], input=words, check=True,
                                            stdout=subprocess.PIPE).stdout
    packed = zlib.compress(words)
    raw = lzma.compress(words, lzma.FORMAT_ALONE)
    member = b"\x09\x14\x05\x00" + raw[:5] + raw[13:]
    out["zip-deflate"] = archive([(b"a", 8, packed[2:-4], words, {})])
    out["zip-deflate-wrong"] = archive([(b"a", 8, packed[2:-4], words, {"sizes": (len(packed) - 6, len(words) + 9)})])
    out["zip-lzma"] = archive([(b"a", 14, member, words, {"flags": 2}), (b"b", 14, member, words, {}),
                               (b"c", 14, b"\x09\x14\x05\x00\xff" + member[5:], words, {}),
                               (b"d", 14, member[:5] + b"\xff\xff\xff\x7f" + member[9:], words, {})])
    out["pdf-flate"] = pdf([(1, b"<< /Type /Catalog >>"), (2, stream(packed, "/Filter /FlateDecode")),
                            (3, stream(zlib.compress(bytes(30000)), "/Filter /FlateDecode")),
                            (4, stream(flip(packed, 30), "/Filter /FlateDecode"))])
    return out


def zips():
    words = text(2500)
    out = {"deflate64-words": by(["7zz", "a", "-tzip", "-mm=Deflate64", "x.zip", "a.txt"], "x.zip", a_txt=words)}
    if out["deflate64-words"]:
        for at in (60, 90, 300, 2000):
            out[f"deflate64-damaged-{at}"] = flip(out["deflate64-words"], at)
        out["deflate64-cut"] = out["deflate64-words"][:400]
    # shrink: codes of strings, one that is just being made, a wider code, an emptied table, a command that there is not
    fields = [(97, 9), (98, 9), (257, 9), (259, 9), (99, 9), (256, 9), (1, 9), (258, 10), (256, 10), (2, 10), (97, 10), (98, 10),
              (260, 10), (256, 10), (9, 10)]
    out["shrink-codes"] = archive([(b"a", 1, bits(fields), b"x" * 60, {})])
    # reduce: a byte that two may follow, the mark itself, a copy of more than the longest
    head = [f for c in range(255, -1, -1) for f in ([(2, 6), (90, 8), (77, 8)] if c == 77 else [(0, 6)])]
    body = [(77, 8), (0, 1), (0, 1), (77, 8), (1, 1), (65, 8), (144, 8), (0, 8), (66, 8), (67, 8), (144, 8), (31, 8), (2, 8), (1, 8)]
    out["reduce-followers"] = archive([(b"a", 4, bits(head + body), b"x" * 45, {})])
    for name in ("shrink", "reduce", "implode", "deflate64"):
        with open(os.path.join(sys.argv[1], "zip", name), "rb") as f:
            whole = f.read()
        for at in (36, 40, 44, 60):
            out[f"{name}-flipped-{at}"] = flip(whole, at)
        out[f"{name}-short"] = whole[:36 + (len(whole) - 36) // 4]
    return out


def tar(build):
    b = io.BytesIO()
    with tarfile.open(fileobj=b, mode="w", format=tarfile.USTAR_FORMAT) as t:
        build(t)
    return b.getvalue()


def old_header(name, size):
    """Without a mark: only the sum tells that it is one."""
    h = bytearray(512)
    h[:len(name)] = name
    for at, value in ((100, b"0000644"), (108, b"0000000"), (116, b"0000000"), (124, b"%011o" % size), (136, b"%011o" % 1)):
        h[at:at + len(value)] = value
    h[148:156] = b" " * 8
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h)


def cab():
    data = struct.pack("<IHH", 0, len(PAYLOAD), len(PAYLOAD)) + PAYLOAD
    file = struct.pack("<IIHHHH", len(PAYLOAD), 0, 0, 0x2b2b, 0x2b2b, 0x20) + b"a.exe\0"
    folder = struct.pack("<IHH", 36 + 8 + len(file), 1, 0)
    size = 36 + len(folder) + len(file) + len(data)
    return struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, size, 0, 44, 0, 3, 1, 1, 1, 0, 0, 0) + folder + file + data


def crc16(data):
    v = 0
    for c in data:
        v ^= c
        for _ in range(8):
            v = v >> 1 ^ (0xa001 if v & 1 else 0)
    return v


def lha(crc=crc16(PAYLOAD), way=b"-lh0-"):
    h = struct.pack("<5sIIIBBB", way, len(PAYLOAD), len(PAYLOAD), 0, 0x20, 0, 5) + b"a.exe" + struct.pack("<H", crc)
    return bytes([len(h), sum(h) & 255]) + h + PAYLOAD + b"\0"


def iso():
    """By genisoimage, cut behind the only file."""
    whole = by(["genisoimage", "-quiet", "-J", "-r", "-o", "x.iso", "-graft-points", "a.exe=a.exe"], "x.iso", a_exe=PAYLOAD)
    return whole[:-150 * 2048] if whole else None


def archives():
    def link(t):
        i = tarfile.TarInfo("l")
        i.type, i.linkname = tarfile.SYMTYPE, "a"
        t.addfile(i)
        i = tarfile.TarInfo("a")
        i.size = 900
        t.addfile(i, io.BytesIO(bytes(900)))
    with_link = tar(link)
    out = {"tar-link": with_link, "tar-cut": with_link[:1200], "tar-old": old_header(b"a", 5) + b"hello".ljust(512, b"\0") + bytes(1024),
           "cab": cab(), "cab-cut": cab()[:70], "lha": lha(), "lha-cut": lha()[:40], "lha-sum": lha(0), "lha-way": lha(way=b"-lh1-"),
           "lha-way-cut": lha(way=b"-lh1-")[:60], "iso": iso(),
           "7z-names": by(["sh", "-c", "mv a.exe \"$(printf 'Gr\\303\\274\\342\\202\\254\\360\\237\\230\\200')\" && 7zz a x.7z ./Gr*"], "x.7z",
                          a_exe=PAYLOAD)}
    for name in ("7z", "7z-directory", "7z-directory-other", "7z-other", "rar5", "rar5-other", "rar3", "rar3-other", "7z-stored"):
        with open(os.path.join(sys.argv[1], "encrypted", name), "rb") as f:
            out[f"encrypted-{name}"] = f.read()
    for at in (34, 60, 90, 120, 150):
        for name in ("arj-1", "arj-4"):
            with open(os.path.join(sys.argv[1], "archive", name), "rb") as f:
                out[f"{name}-flipped-{at}"] = flip(f.read(), at)
    with open(os.path.join(sys.argv[1], "archive", "7z"), "rb") as f:
        whole = f.read()
    out["7z-data"] = flip(whole, 40, 41, 42)
    sparse = by(["sh", "-c", "truncate -s 70000 a.bin && printf x >> a.bin && truncate -s 140000 a.bin && tar --format=gnu -S -cf x.tar a.bin"],
                "x.tar", a_bin=b"x")
    out["tar-sparse"] = sparse[:2560] if sparse else None
    return out


def documents():
    source = b'Attribute VB_Name = "Module1"\r\n' + text(1500)
    packed = vba_compress(source[:600])
    raw_chunk = b"\x01" + struct.pack("<H", 0x3fff) + (b"\0Attribut\0e" + bytes(4096))[:4096]
    out = {}
    for name in ("macros", "scattered"):
        with open(os.path.join(sys.argv[1], "ole2", name), "rb") as f:
            out[f"ovba/{name}"] = f.read()
    at = packed.index(b"Attribut")
    out["ovba/flipped"] = flip(packed, at + 20, at + 29, at + 38)
    out["ovba/cut"] = packed[:len(packed) // 2]
    out["ovba/back"] = b"\x01" + struct.pack("<H", 0xb000 | 14) + b"\0Attribut\xffe\xff\xff\xff\xff\xff"
    out["ovba/raw-chunk"] = raw_chunk
    plain = bytearray(ole2({"Big": b"0123456789abcdef" * 300, "Small": b"s" * 99, "S": {"T": b"t" * 200}}))
    out["ole2/header-cut"] = bytes(plain[:300])
    for name, at, value in (("shift", 30, b"\x30\0"), ("many-fats", 44, b"\xff\xff\0\0"), ("directory", 48, b"\x02\0\0\0"),
                            ("mini-fat", 60, b"\0\0\0\0\x09"), ("no-directory", 48, b"\xff\xff\xff\xff"),
                            ("difat", 68, b"\3\0\0\0"), ("root-size", 0, b"")):
        b = bytearray(plain)
        b[at:at + len(value)] = value
        if name == "difat":
            b[44] = 0x7f
        if name == "root-size":
            d = 512 * (1 + struct.unpack_from("<I", b, 48)[0])
            struct.pack_into("<Q", b, d + 120, 1 << 20)
        out[f"ole2/{name}"] = bytes(b)
    out["ole2/short"] = bytes(plain[:1100])
    out["ole2/native"] = ole2({"\1Ole10Native": struct.pack("<I", 9) + b"no package"})
    link = struct.pack("<II", 0x501, 1) + (struct.pack("<I", 2) + b"a\0") + bytes(8) + bytes(4)
    embedded = struct.pack("<II", 0x501, 2) + (struct.pack("<I", 8) + b"Package\0") + bytes(8) + struct.pack("<I", 999) + b"native"
    out["ole2/rtf"] = b"{\\rtf1{\\object{\\objdata " + link.hex().encode() + b"}}{\\object{\\objdata " + embedded.hex().encode() + b"}}}"
    inner = b"7 0 (" + b"long " * 14000 + b")"
    long_stream = stream(zlib.compress(inner), "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")
    out["pdf/object-stream-long"] = pdf([(1, b"<< /Type /Catalog /X 7 0 R >>"), (2, long_stream)])
    guid = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
    section = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3")
    out["onenote/false"] = section + b"\xe7\xe7" + guid[:9] + bytes(20) + guid + struct.pack("<QIQ", 3, 0, 0) + b"abc" + guid + bytes(20)
    out["uu/yenc"] = b"=ybegin line=128 size=9 name=a.exe\r\n=ypart begin=1 end=9\r\n" + bytes((c + 42) & 255 for c in b"MZ hello ") + \
        b"\r\n=yend size=9\r\n=ybegin line=128 size=2 name=b\r\n" + b"ab\r\n=ybegin line=9 size=1 name=c\r\nx"
    out["uu/next"] = b"begin 644 a\n#0V%T\nbegin 644 b\n#0V%T\n`\nend\nbegin 6x4 c\nbegin 644nothing\nend\n"
    long = b"".join(b"\0" + text(1200)[i:i + 8] for i in range(0, 4800, 8))
    rtf = struct.pack("<III", len(long) + 12, 4800, 0x75465a4c) + bytes(4) + long
    wrong = struct.pack("<III", 30, 4800, 0x11111111) + bytes(4) + b"x" * 18
    body = struct.pack("<I", 2)
    for packed_rtf in (rtf, wrong):
        body += struct.pack("<HHII", 0x102, 0x1009, 1, len(packed_rtf)) + packed_rtf + bytes(-len(packed_rtf) % 4)
    out["tnef/rtf"] = struct.pack("<IH", 0x223e9f78, 1) + attribute(1, 0x69003, body)
    head = struct.pack("<I16sI", 0x4c, bytes.fromhex("0114020000000000c000000000000046"), 0x7f) + bytes(0x4c - 24)
    strings = b"".join(struct.pack("<H", 3) + b"abc" for _ in range(5))
    out["shortcut/narrow"] = head + struct.pack("<H", 4) + b"list" + struct.pack("<I", 8) + b"info" + strings + struct.pack("<I", 0)
    out["shortcut/cut"] = head + struct.pack("<H", 4) + b"list" + struct.pack("<I", 800)
    return out


def squashes():
    out = {}
    with open(os.path.join(sys.argv[1], "squashfs", "gzip"), "rb") as f:
        whole = f.read()
    inodes, directories, fragments = struct.unpack_from("<QQQ", whole, 64)
    for name, at in (("inodes", inodes + 4), ("directories", directories + 4), ("fragments", fragments), ("data", 100), ("block", 13),
                     ("root", 35), ("fragment-list", fragments - 6), ("inode-size", inodes), ("inode-far", inodes + 30)):
        out[name] = flip(whole, at)
    return out


# (target, seed, place, bits that are turned; a negative place is where it is cut)
CHANGED = [
    ("sis", "stored", -239, 0), ("sis", "cut", -317, 0), ("sis", "sisx", -1, 0), ("lnk", "narrow", 6, 16), ("lnk", "wide", -409, 0),
    ("lnk", "wide", -1, 0), ("dex", "v035", 115, 2), ("dex", "v035", -74, 0), ("dex", "v035", 3, 128), ("dex", "v035", -364, 0),
    ("dex", "v035", -452, 0), ("dotnet", "sample.exe", -3872, 0), ("dotnet", "sample.exe", -2914, 0), ("dotnet", "sample.exe", 1361, 1),
]


def changed(corpus):
    for target, seed, at, bits in CHANGED:
        with open(os.path.join(corpus, target, seed), "rb") as f:
            data = bytearray(f.read())
        if at < 0:
            data = data[:at]
        else:
            data[at] ^= bits
        yield f"{target}/{seed.split('.')[0]}-{'cut' if at < 0 else 'changed'}-{abs(at)}", bytes(data)


def rich():
    """The header that Microsoft's linker leaves, with three tools, before that of a program."""
    key, tools = 0x12345678, ((0x00937809, 5), (0x00837809, 2), (0x00937809, 1))
    words = [0x536e6144, 0, 0, 0] + [v for tool in tools for v in tool]
    head = b"MZ" + bytes(58) + struct.pack("<I", 64 + 4 * len(words) + 8)
    return head + b"".join(struct.pack("<I", w ^ key) for w in words) + b"Rich" + struct.pack("<I", key) + program()[64:]


def main(corpus):
    seeds = {f"stream/{k}": v for k, v in streams().items()}
    seeds.update({f"zip/{k}": v for k, v in zips().items()})
    seeds.update({f"archive/{k}": v for k, v in archives().items()})
    seeds.update(documents())
    seeds.update({f"squashfs/{k}": v for k, v in squashes().items()})
    seeds.update(changed(corpus))
    seeds["pe/rich"] = rich()
    for name in ("agile-sha1", "agile-sha256", "agile-sha384", "agile-md5", "standard", "excel-40"):
        with open(os.path.join(corpus, "office", name), "rb") as f:
            seeds[f"encrypted/office-{name}"] = f.read()
    for name, data in seeds.items():
        if data is not None:
            os.makedirs(os.path.join(corpus, os.path.dirname(name)), exist_ok=True)
            with open(os.path.join(corpus, name), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
