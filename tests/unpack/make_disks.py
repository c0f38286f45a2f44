#!/usr/bin/env python3
"""Usage: make_disks.py CORPUS   Writes the seeds of the readers of disks: CORPUS/disk.

Laid by hand, as small as each file system goes: ECMA-167 and UDF, VHD, [MS-VHDX], the table of partitions and GPT, NTFS.
FAT comes from Debian's mkfs.fat and mcopy.  Larger ones, by Debian's programs, are made by oracle_disks.py for each test.
"""
import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from make_apfs import crc32c  # noqa: E402
from make_documents import PAYLOAD  # noqa: E402

TEXT = b"a text that is said twice: a text that is said twice\n"


def pad(data, to=512):
    return data + bytes(-len(data) % to)


def put(image, at, data):
    if len(image) < at + len(data):
        image.extend(bytes(at + len(data) - len(image)))
    image[at:at + len(data)] = data


# ---- FAT

def deep():
    """Seventy directories in each other."""
    with tempfile.TemporaryDirectory() as d:
        image = os.path.join(d, "x")
        env = dict(os.environ, MTOOLS_SKIP_CHECK="1", PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")
        with open(image, "wb") as f:
            f.truncate(60 << 10)
        subprocess.run(["mkfs.fat", "-F", "12", "-s", "1", "-f", "1", "-r", "16", "-i", "12345678", "--invariant", image], check=True, env=env,
                       stdout=subprocess.DEVNULL)
        for i in range(1, 71):
            subprocess.run(["mmd", "-i", image, "::" + "/a" * i], check=True, env=env)
        with open(image, "rb") as f:
            return f.read()


# ---- UDF

def tag(kind, at, body):
    head = bytearray(struct.pack("<HHBBHHHI", kind, 3, 0, 0, 0, 0, 0, at))
    head[4] = sum(head) & 255
    return bytes(head) + body


def node(kind, size, descriptors, how, wide=False):
    """A file's entry, from behind its tag on."""
    icb = struct.pack("<IHHHBBIHH", 0, 4, 0, 1, 0, kind, 0, 0, how)
    body = icb.ljust(40, b"\0") + struct.pack("<Q", size)
    body = body.ljust((208 if wide else 168) - 16, b"\0") + struct.pack("<II", 0, len(descriptors)) + descriptors
    return body


def identifier(name, flags, block, partition=0):
    wide = any(ord(c) > 255 for c in name)
    coded = (b"\x10" + name.encode("utf-16-be")) if wide else (b"\x08" + name.encode("latin-1"))
    coded = coded if name else b""
    body = struct.pack("<HBBIIH6xH", 1, flags, len(coded), 512, block, partition, 0) + coded
    out = tag(257, 0, body)
    return out + bytes(-len(out) % 4)


def udf(metadata=False, how_file=0, break_=None):
    """Blocks of 512 bytes: partition at 300; block 0 of it the file set, 1 the first directory, and so on."""
    image = bytearray()
    for i, mark in enumerate((b"BEA01", b"NSR03", b"TEA01")):
        put(image, 32768 + 2048 * i, b"\0" + mark + b"\1")
    start = 300
    maps = struct.pack("<BBHH", 1, 6, 1, 0)
    n_maps, part = 1, 0
    if metadata:
        maps += struct.pack("<BBH", 2, 64, 0) + b"\0" + b"*UDF Metadata Partition".ljust(23, b"\0") + bytes(8) + \
            struct.pack("<HHIIIIHB5x", 1, 0, 40, 41, 0xffffffff, 8, 8, 0)
        n_maps, part = 2, 1
    if break_ == "virtual":
        maps = struct.pack("<BBH", 2, 64, 0) + b"\0" + b"*UDF Virtual Partition".ljust(23, b"\0") + bytes(8) + \
            struct.pack("<HH24x", 1, 0)
    volume = bytes(212 - 16) + struct.pack("<I", 512) + bytes(32) + struct.pack("<IIH6x", 512, 0, part) + \
        struct.pack("<II", len(maps), n_maps) + bytes(128 + 4 + 32 + 8 - 8) + b""
    volume = volume.ljust(440 - 16, b"\0") + maps
    put(image, 512 * 256, tag(2, 256, struct.pack("<IIII", 512 * 8, 260, 512 * 8, 270)))
    put(image, 512 * 260, tag(5, 260, (struct.pack("<IHH", 0, 1, 0) + bytes(188 - 24)) + struct.pack("<II", start, 60)))
    put(image, 512 * 261, tag(6, 261, volume))
    put(image, 512 * 262, tag(8, 262, b""))

    def lay(block, kind, body):
        place = block + (20 if metadata else 0)  # the metadata file begins at block 20
        put(image, 512 * (start + place), tag(kind, block, body))

    def raw(block, data):
        put(image, 512 * (start + block), data)
    lay(0, 256, bytes(400 - 16) + struct.pack("<IIH", 512, 1, part))
    names = identifier("", 10, 1, part) + identifier("a.exe", 0, 2, part) + identifier("dir", 2, 3, part) + \
        identifier("gone", 4, 9, part) + identifier("z\u20ac", 0, 5, part) + identifier("hole", 0, 6, part)
    if break_ == "cycle":
        names += identifier("again", 2, 1, part)
    lay(1, 261, node(4, len(names), names if len(names) < 330 else names[:330], 3))
    if how_file == 0:
        ad = struct.pack("<II", len(PAYLOAD), 50)
    elif how_file == 1:
        ad = struct.pack("<IIH6x", 32, 50, 0) + struct.pack("<IIH6x", 3 << 30 | 512, 52, 0)
        raw(52, tag(258, 52, struct.pack("<II", 0, 16) + struct.pack("<IIH6x", len(PAYLOAD) - 32, 53, 0)))
        raw(53, PAYLOAD[32:])
    else:
        ad = struct.pack("<IIIIH6x", 49, 49, 49, 50, 0)
    raw(50, PAYLOAD if how_file != 1 else PAYLOAD[:32])
    if metadata and how_file == 0:  # data lies in the first partition: long descriptors say so
        ad, how_file = struct.pack("<IIH6x", len(PAYLOAD), 50, 0), 1
    lay(2, 266 if metadata else 261, node(5, len(PAYLOAD), ad, how_file, metadata))
    inner = identifier("b.txt", 0, 5, part)
    raw(54, inner)
    lay(3, 261, node(4, len(inner), struct.pack("<IIH6x", len(inner), 54, 0), 1))
    lay(5, 261, node(5, len(TEXT), TEXT, 3))
    lay(6, 261, node(249, 600, struct.pack("<IIII", 1 << 30 | 512, 0, 88, 55), 0))
    raw(55, b"h" * 88)
    if metadata:
        raw(40, tag(266, 40, node(250, 512 * 12, struct.pack("<IIII", 512 * 3, 20, 512 * 9, 23), 0, True)))
    if break_ == "root":
        put(image, 512 * (start + 1), bytes(16))
    if break_ == "anchor":
        put(image, 512 * 256, bytes(16))
    if break_ == "volume":
        put(image, 512 * 261, bytes(16))
    if break_ == "place":
        struct.pack_into("<I", image, 512 * (start + 2) + 176 + 4, 59999)
    return bytes(image)[:512 * 375] if break_ != "cut" else bytes(image)[:512 * (start + 50) + 20]


# ---- NTFS

def attribute(kind, value=None, name="", runs=b"", size=0, flags=0, first=0, written=None):
    wide = name.encode("utf-16-le")
    at = 24 if value is not None else 64
    head = struct.pack("<BBHHH", value is None, len(name), at, flags, 0)
    if value is not None:
        body = head + struct.pack("<IHH", len(value), at + len(pad(wide, 8)), 0) + pad(wide, 8) + value
    else:
        body = head + struct.pack("<QQHH4xQQQ", first, 0, at + len(pad(wide, 8)), 0, pad_up(size), size,
                                  size if written is None else written) + pad(wide, 8) + runs + b"\0"
    body = pad(body, 8)
    return struct.pack("<II", kind, len(body) + 8) + body


def pad_up(n):
    return -(-n // 512) * 512


def listed(*parts):
    """The bytes of an attribute list that says which records have the parts of a file: kinds, first clusters, records."""
    return b"".join(struct.pack("<IHBBQQH6x", kind, 32, 0, 26, first, number, 0) for kind, first, number in parts)


def file_name(name, parent, space=1):
    return attribute(0x30, struct.pack("<Q", parent) + bytes(56) + struct.pack("<BB", len(name), space) + name.encode("utf-16-le"))


def record(number, attributes, flags=1, base=0, torn=False):
    body = bytearray(1024)
    data = b"".join(attributes) + struct.pack("<II", 0xffffffff, 0)
    struct.pack_into("<4sHHQHHHHIIQ", body, 0, b"FILE", 48, 3, 0, 1, 1, 56, flags, 56 + len(data), 1024, base)
    body[56:56 + len(data)] = data
    usn = struct.pack("<H", number + 1)
    ends = body[510:512] + body[1022:1024]
    body[48:54] = usn + ends
    body[510:512] = usn
    body[1022:1024] = b"xx" if torn else usn
    return bytes(body)


def run(n, offset):
    size = 1 if -128 <= offset < 128 else 2
    return bytes([size << 4 | 1, n]) + offset.to_bytes(size, "little", signed=True)


def ntfs(break_=None):
    boot = bytearray(512)
    boot[:11] = b"\xeb\x52\x90NTFS    "
    struct.pack_into("<HB", boot, 11, 512, 1)
    struct.pack_into("<QQQ", boot, 40, 150, 4, 2)
    boot[64], boot[510:] = 0xf6, b"\x55\xaa"
    files = {
        24: ([file_name("A~1.EXE", 5, 2), file_name("a long name.exe", 5), attribute(0x80, PAYLOAD),
              attribute(0x80, b"secret" * 3, "hidden")], 1),
        25: ([file_name("dir", 5)], 3),
        26: ([file_name("b.exe", 25), attribute(0x80, None, runs=run(1, 100) + run(2, 1), size=len(PAYLOAD) + 512, written=900)], 1),
        27: ([file_name("hole", 25), attribute(0x80, None, runs=b"\x01\x02" + run(1, 100), size=1100)], 1),
        28: ([file_name("packed", 5), attribute(0x80, None, runs=run(1, 100), size=99, flags=1)], 1),
        29: ([file_name("locked", 5), attribute(0x80, None, runs=run(1, 100), size=99, flags=0x4000)], 1),
        30: ([file_name("gone", 5), attribute(0x80, b"deleted")], 0),
        31: ([file_name("x", 33), attribute(0x80, b"in a circle")], 1),
        32: ([file_name("y", 33)], 3), 33: ([file_name("z", 32)], 3),
        34: ([file_name("parts", 5), attribute(0x80, None, runs=run(1, 100), size=5000)], 1),
        35: ([attribute(0x80, b"of another", "more")], 1),
        36: ([file_name("outside", 5), attribute(0x80, None, runs=run(9, 12000), size=99)], 1),
    }
    if break_ == "root":
        files[5] = ([file_name(".", 5), attribute(0x80, PAYLOAD, "hidden")], 3)
        files[37] = ([file_name("wof", 5), attribute(0x80, None, runs=b"\x01\x02", size=900, flags=0x8000),
                      attribute(0x80, None, "WofCompressedData", run(1, 100), 300)], 1)
    if break_ == "torn":
        files[37] = ([file_name("torn", 5), attribute(0x80, PAYLOAD)], 1)
    if break_ == "attribute":
        files[38] = ([file_name("cut", 5), struct.pack("<II", 0x80, 15)], 1)
    if break_ == "gone":  # and torn, and one that was never written
        files[37] = ([file_name("torn", 5), attribute(0x80, PAYLOAD)], 0)
        files[39] = ([file_name("cut", 5), struct.pack("<II", 0x80, 15)], 1)
    bases, image = {35: 24}, bytearray(512 * 150)
    image[:512] = boot
    if break_ == "parts":
        put(image, 512 * 104, listed((0x30, 0, 39), (0x80, 0, 34), (0x80, 1, 37), (0x80, 3, 38)))
        files[39] = ([file_name("parts", 5)], 1)
        files[34] = ([attribute(0x20, None, runs=run(1, 104), size=128), attribute(0x80, None, runs=run(1, 100), size=2000)], 1)
        files[37] = ([attribute(0x80, None, runs=run(2, 101), first=1)], 1)
        files[38] = ([attribute(0x80, None, runs=run(1, 100), first=3)], 1)
        files[15] = ([attribute(0x80, None, runs=run(20, 64), first=60)], 1)
        bases = {35: 24, 37: 34, 38: 34, 39: 34}
    n = 40
    runs = run(40, 4) + run(20 if break_ in ("list", "parts") else 40, 40)
    written = (39 if break_ == "gone" else n) * 1024
    table = [attribute(0x20, listed((0x80, 0, 0), (0x80, 60, 15)))] if break_ == "parts" else []
    mft = {0: record(0, table + [file_name("$MFT", 5), attribute(0x80, None, runs=runs, size=n * 1024, written=written)])}
    for number, (attributes, flags) in files.items():
        mft[number] = record(number, attributes, flags, bases.get(number, 0), number == 37 and break_ in ("torn", "gone"))
    for number, data in mft.items():
        put(image, 512 * 4 + number * 1024, data)
    put(image, 512 * 100, (PAYLOAD * 31)[:512 * 3])
    if break_ == "boot":
        struct.pack_into("<H", image, 11, 77)
    if break_ == "table":
        put(image, 512 * 4, b"BAAD")
    return bytes(image) if break_ != "cut" else bytes(image)[:512 * 101]


# ---- FAT

def fat(bits, sectors):
    """By mkfs.fat and mcopy; nothing where they are not installed."""
    if not shutil.which("mkfs.fat") or not shutil.which("mcopy"):
        return None
    with tempfile.TemporaryDirectory() as d:
        image = os.path.join(d, "i")
        with open(image, "wb") as f:
            f.truncate(sectors * 512)
        subprocess.run(["mkfs.fat", "-F", str(bits), "-a", "-i", "12345678", "-s", "1", "-r", "16" if bits != 32 else "512",
                        "--invariant", image], check=True, stdout=subprocess.DEVNULL)
        for name, data in (("a.exe", PAYLOAD), ("a long name \u20ac.txt", TEXT * 30), ("BIG", TEXT * 9), ("gone", b"x")):
            with open(os.path.join(d, name), "wb") as f:
                f.write(data)
        env = dict(os.environ, MTOOLS_SKIP_CHECK="1", LC_ALL="C.UTF-8", SOURCE_DATE_EPOCH="1000000000")
        for command in (["mmd", "-i", image, "::dir"], ["mcopy", "-i", image, f"{d}/a.exe", "::"],
                        ["mcopy", "-i", image, f"{d}/gone", "::"], ["mdel", "-i", image, "::gone"],
                        ["mcopy", "-i", image, f"{d}/a long name \u20ac.txt", f"{d}/BIG", "::dir"]):
            subprocess.run(command, check=True, env=env)
        with open(image, "rb") as f:
            return f.read()


def fat_small():
    """FAT12 by hand: one file in two clusters that do not follow each other, a chain that ends, a circle of directories."""
    boot = bytearray(512)
    boot[:3] = b"\xeb\x3c\x90"
    struct.pack_into("<HBHBHHBH", boot, 11, 512, 1, 1, 1, 16, 20, 0xf8, 1)
    boot[510:] = b"\x55\xaa"
    chain = {2: 4, 4: 0xfff, 3: 0, 5: 0xfff}
    table = bytearray(512)
    for at, to in chain.items():
        v = struct.unpack_from("<H", table, at * 3 // 2)[0]
        v |= to << 4 if at & 1 else to
        struct.pack_into("<H", table, at * 3 // 2, v)

    def entry(name, attributes, cluster, size):
        return name.ljust(11) + bytes([attributes]) + bytes(14) + struct.pack("<HI", cluster, size)
    root = entry(b"A       EXE", 0, 2, 600) + entry(b"SHORT", 0, 3, 900) + entry(b"DIR", 0x10, 5, 0) + \
        entry(b"\x05X", 0, 0, 0) + entry(b"LABEL", 8, 0, 0) + b"\x41" + bytes(10) + b"\x0f" + bytes(20)
    d = entry(b".", 0x10, 5, 0) + entry(b"AGAIN", 0x10, 5, 0)
    data = [(PAYLOAD * 11)[:512], pad(b"3"), pad((PAYLOAD * 13)[512:600]), pad(d)]
    return pad(bytes(boot) + bytes(table) + root.ljust(512, b"\0") + b"".join(data), 512 * 20)


def fat_active():
    """FAT32 whose second FAT alone is kept: by the first one the file ends after a cluster.  A byte of each cluster says which it is."""
    boot = bytearray(512)
    boot[:3] = b"\xeb\x3c\x90"
    struct.pack_into("<HBHBHHBHHHIIIHHI", boot, 11, 512, 1, 1, 2, 0, 0, 0xf8, 0, 0, 0, 0, 40, 1, 0x81, 0, 2)
    boot[510:] = b"\x55\xaa"
    ends = 0x0fffffff
    first = struct.pack("<6I", 0, 0, ends, ends, 0, 0)
    second = struct.pack("<6I", 0, 0, ends, 5, 0, ends)
    root = b"A       EXE" + b"\x20" + bytes(14) + struct.pack("<HI", 3, 600)
    return pad(bytes(boot) + pad(first) + pad(second) + pad(root) + b"3" * 512 + b"4" * 512 + b"5" * 512, 512 * 40)


# ---- partitions

def mbr(entries, n):
    image = bytearray(512 * n)
    for i, (kind, at, size) in enumerate(entries):
        struct.pack_into("<B3xB3xII", image, 446 + 16 * i, 0x80 if i == 0 else 0, kind, at, size)
    image[510:512] = b"\x55\xaa"
    return image


def partitions():
    image = mbr([(6, 1, 20), (5, 30, 40), (0x83, 80, 2), (0x82, 85, 2)], 90)
    put(image, 512, fat_small())
    put(image, 512 * 30, mbr([(1, 1, 20), (5, 25, 10)], 1))
    put(image, 512 * 31, fat_small())
    put(image, 512 * 55, mbr([(0x83, 1, 1)], 1))
    put(image, 512 * 56, b"what is it")
    put(image, 512 * 80, b"an unknown file system")
    return bytes(image)


def gpt(size=128, n=4, table=2):
    image = mbr([(0xee, 1, 99)], 100)
    put(image, 512, b"EFI PART" + struct.pack("<IIIIQQQQ16xQIII", 0x10000, 92, 0, 0, 1, 99, 34, 90, table, n, size, 0))
    for i, (first, last) in enumerate(((40, 59), (60, 61))):
        put(image, 512 * table + 128 * i, b"\1" * 16 + bytes([i]) * 16 + struct.pack("<QQ", first, last))
    put(image, 512 * 40, fat_small())
    return bytes(image)


# ---- VHD and VHDX


def footer_at(kind, size, header):
    f = bytearray(512)
    f[:8] = b"conectix"
    struct.pack_into(">IIQ", f, 8, 2, 0x10000, header)
    struct.pack_into(">QQII", f, 40, size, size, 0, kind)
    return bytes(f)


def vhd_dynamic(disk, block=4096, cut_table=False, kind=3):
    n = -(-len(disk) // block)
    table_at = 512 + 1024
    table = bytearray(b"\xff" * 512)
    header = bytearray(1024)
    struct.pack_into(">8sQQIII", header, 0, b"cxsparse", 0xffffffffffffffff, 1 << 40 if cut_table else table_at, 0x10000, n, block)
    out = bytearray(footer_at(kind, len(disk), 512) + header + table)
    for i in range(n):
        part = disk[i * block:(i + 1) * block]
        if any(part):
            struct.pack_into(">I", out, table_at + 4 * i, len(out) // 512)
            out += b"\xff" * 512 + part.ljust(block, b"\0")
    return bytes(out) + footer_at(kind, len(disk), 512)


def guid(text):
    a, b, c, d, e = text.split("-")
    return struct.pack("<IHH", int(a, 16), int(b, 16), int(c, 16)) + bytes.fromhex(d + e)


def summed(data):
    """With its CRC-32C, which stands at 4."""
    return data[:4] + struct.pack("<I", crc32c(data) ^ 0xffffffff) + data[8:]


def decoy():
    """The first header and the first table of regions are of another time: they say that there are a log and no disk."""
    image = bytearray(vhdx(bytes(4096), place=0, meta=0x50000)[:0x59000])
    regions = bytes(image[192 << 10:256 << 10])
    put(image, 256 << 10, summed(regions))
    put(image, 192 << 10, regions.replace(guid("2DC27766-F623-4200-9D64-115E9BFD4A08"), bytes(16)))
    put(image, 1 << 16, b"head" + struct.pack("<IQ", 0, 9) + bytes(32) + b"L" * 16)
    put(image, 2 << 16, summed(bytes(image[2 << 16:(2 << 16) + 4096])))
    return bytes(image)


def vhdx(disk, block=1 << 20, flags=0, log=False, regions=b"regi", place=1 << 20, meta=0x40000):
    image = bytearray(b"vhdxfile")
    for i in (1, 2):
        put(image, i << 16, b"head" + struct.pack("<IQ", 0, i) + bytes(32) + (b"L" * 16 if log else bytes(16)))
    table = meta + 0x8000
    entry = guid("2DC27766-F623-4200-9D64-115E9BFD4A08") + struct.pack("<QII", table, 4096, 1) + \
        guid("8B7CA206-4790-4B9A-B8FE-575F050F886E") + struct.pack("<QII", meta, 0x8000, 1)
    put(image, 192 << 10, regions + struct.pack("<III", 0, 2, 0) + entry)
    items = (("CAA16737-FA36-4D43-B3B6-33F0AA44E76B", struct.pack("<II", block, flags)),
             ("2FA54224-CD1B-4876-B211-5DBED83BF4B8", struct.pack("<Q", len(disk))),
             ("8141BF1D-A96F-4709-BA47-F233A8FAAB5F", struct.pack("<I", 512)))
    head, at = b"metadata" + struct.pack("<HH20x", 0, len(items)), 0x1000
    for name, data in items:
        head += guid(name) + struct.pack("<IIII", at, len(data), 0, 0)
        put(image, meta + at, data)
        at += len(data)
    put(image, meta, head)
    put(image, table, struct.pack("<QQ", place | 6, 0))
    put(image, 1 << 20, disk)
    return bytes(image)


def main(corpus):
    disk = partitions()
    seeds = {
        "udf": udf(), "udf-long": udf(how_file=1), "udf-metadata": udf(True), "udf-extended": udf(how_file=2),
        **{f"udf-{b}": udf(break_=b) for b in ("virtual", "cycle", "root", "anchor", "volume", "place", "cut")},
        "ntfs": ntfs(), **{f"ntfs-{b}": ntfs(b) for b in ("boot", "table", "cut", "root", "torn", "attribute", "gone", "list", "parts")},
        "fat12": fat(12, 120), "fat-deep": deep(), "fat-small": fat_small(), "fat-active": fat_active(), "fat-cut": fat_small()[:512 * 4],
        "partitions": disk, "gpt": gpt(), "gpt-damaged": gpt(5), "gpt-many": gpt(n=2000, table=101) + bytes(256000), "partition-cut": disk[:512 * 40],
        "vhd-fixed": fat_small() + footer_at(2, 20 * 512, 0xffffffffffffffff), "vhd-dynamic": vhd_dynamic(disk),
        "vhd-differs": vhd_dynamic(disk, kind=4), "vhd-cut": vhd_dynamic(disk, cut_table=True),
        "vhd-bad": vhd_dynamic(disk, block=100), "vhdx": vhdx(bytes(4096), place=0)[:0x49000],
        "vhdx-decoy": decoy(), "vhdx-log": vhdx(b"x" * 512, log=True)[:0x49000], "vhdx-differs": vhdx(b"x", flags=2)[:0x49000],
        "vhdx-regions": vhdx(b"x", regions=b"none")[:0x49000], "vhdx-bad": vhdx(b"x", block=7)[:0x49000],
        "ext": bytes(1080) + b"\x53\xef\1\0" + bytes(900), "fat-tables": fat_small().replace(struct.pack("<H", 20), struct.pack("<H", 2), 1),
    }
    os.makedirs(os.path.join(corpus, "disk"), exist_ok=True)
    for name, data in seeds.items():
        if data is not None:
            with open(os.path.join(corpus, "disk", name), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
