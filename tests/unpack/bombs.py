#!/usr/bin/env python3
"""Usage: bombs.py   Files made to exhaust whoever looks into them: each must end within SECONDS of processor time and
MEGABYTES in every process, incomplete with the reason that is named here, or not.  TAP on stdout; figures in comments."""
import base64
import gzip
import os
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

import make_apple
import make_archives as made
import make_disks as disk
import make_documents as documents
import make_encrypted as encrypted
import make_upx

PELLUCID = os.environ["PELLUCID"]
SECONDS, MEGABYTES = 30, 512
MIB = 1 << 20
tests = []


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def scan(path, options):
    """Runs in a process of its own, so that the figures are of it and its children alone: status, output, s, MB."""
    code = """import resource, subprocess, sys
r = subprocess.run(sys.argv[1:], capture_output=True, text=True)
u = resource.getrusage(resource.RUSAGE_CHILDREN)
print(r.stdout + r.stderr)
print(r.returncode, u.ru_utime + u.ru_stime, u.ru_maxrss // 1024)"""
    run = subprocess.run([sys.executable, "-c", code, PELLUCID, "scan", "-q", "-j1", "-r", "never.yar", *options, path],
                         capture_output=True, text=True, preexec_fn=limit)
    *out, last = run.stdout.strip().split("\n")
    status, seconds, size = last.split()
    return int(status), "\n".join(out), float(seconds), int(size)


def test(path, reason, options=()):
    """reason: None where nothing is to be missed."""
    status, out, seconds, size = scan(path, options)
    ok = status == (0 if reason is None else 3) and seconds < SECONDS and size < MEGABYTES and (reason or "") in out
    tests.append(ok)
    print("%s %d - %s: %s; # %.2f s, %d MB" % ("ok" if ok else "not ok", len(tests), path, reason or "all is seen", seconds,
                                              size), flush=True)
    if not ok:
        print("# status %d\n# %s" % (status, out[:2000].replace("\n", "\n# ")))
    os.remove(path)


def write(path, *parts):
    with open(path, "wb") as f:
        for part in parts:
            f.write(part)


# ---- nested

def nested():
    data = b"needle"
    for _ in range(40):
        data = gzip.compress(data, mtime=0)
    write("deep.gz", data)
    test("deep.gz", "limit:depth")
    data = b"needle"
    for i in range(40):
        data = made.archive([(b"%d.zip" % i, 0, data, data, {})])
    write("deep.zip", data)
    test("deep.zip", "limit:depth")
    data = b"Subject: the last\n\nneedle\n"
    for _ in range(40):
        data = b"Subject: one more\nContent-Type: message/rfc822\n\n" + data
    write("deep.eml", data)
    test("deep.eml", "limit:depth")


def quine():
    """A gzip file that holds itself (after Cox, "Zip Files All The Way Down"): pieces of 5 bytes that either give
    what follows as it is or repeat what was given before; its CRC is the solution of 32 linear equations."""
    def literal(n, last=0):
        return struct.pack("<BHH", last, n, n ^ 0xffff)

    def repeat(n):  # two matches of n / 2 bytes from n bytes back, in exactly 40 bits
        v, at = 0b010, 3  # not the last block; fixed codes, the lowest bit first
        codes = [("%07d" % int(bin(254 + n // 2 - 256)[2:]), 0, 0), ("01000", n - 17, 3)] * 2 + [("0000000", 0, 0)]
        for code, extra, bits in codes:
            for bit in code:
                v |= int(bit) << at
                at += 1
            v |= extra << at
            at += bits
        return v.to_bytes(5, "little")

    head = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"r.gz\0"
    four, again, tail = literal(20), repeat(20), repeat(18) + literal(0, 1)
    size = 2 * (15 + 5) + 4 * 10 + 2 + 2 * 18

    def whole(crc, pad):
        end = tail + struct.pack("<II", crc, size)
        first = head + four + head + four + (again + four) * 4
        return first + pad + end + end

    for n in range(1 << 16):
        pad = struct.pack("<H", n)
        zero = zlib.crc32(whole(0, pad))
        rows = [zlib.crc32(whole(1 << i, pad)) ^ zero ^ 1 << i for i in range(32)]
        basis, want, crc = {}, zero, 0
        for i, row in enumerate(rows):
            mask = 1 << i
            while row and row.bit_length() in basis:
                other, more = basis[row.bit_length()]
                row, mask = row ^ other, mask ^ more
            if row:
                basis[row.bit_length()] = (row, mask)
        while want and want.bit_length() in basis:
            other, more = basis[want.bit_length()]
            want, crc = want ^ other, crc ^ more
        if want == 0:
            return whole(crc, pad)


def quines():
    data = quine()
    if gzip.decompress(data) != data:
        sys.exit("the quine holds something else")
    write("r.gz", data)
    test("r.gz", "limit:depth")


# ---- many

def many():
    data = b"needle" + bytes(10 * MIB)
    packed = made.deflate(data)
    one = made.central(b"a", 8, packed, data, 0)
    body = made.local(b"a", 8, packed, data)
    write("overlap.zip", body + one * 1000 + made.ending(1000, 1000 * len(one), len(body)))
    test("overlap.zip", "limit:ratio")
    n, entry = 1000000, made.central(b"%07d" % 0, 0, b"", b"", 0)
    local = made.local(b"%07d" % 0, 0, b"", b"")
    with open("many.zip", "wb") as f:
        f.write(b"".join(local[:30] + b"%07d" % i for i in range(n)))
        f.write(b"".join(entry[:42] + struct.pack("<I", i * len(local)) + b"%07d" % i for i in range(n)))
        f.write(made.ending(n, n * len(entry), n * len(local)))
    test("many.zip", "limit:objects")
    write("many.eml", b"Content-Type: multipart/mixed; boundary=b\n\n", b"--b\n\nx\n" * n, b"--b--\n")
    test("many.eml", "limit:objects")
    write("many.mbox", b"From a@b Thu Jan  1 00:00:00 1970\nSubject: x\n\nx\n\n" * n)
    test("many.mbox", "limit:objects")


# ---- large

def ratios():
    zeros, n = bytes(MIB), 300
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(raw.compress(zeros) for _ in range(n)) + raw.flush()
    wrapped = zlib.compressobj(9)
    stream = b"".join(wrapped.compress(zeros) for _ in range(n)) + wrapped.flush()
    size = n * MIB
    local = made.local(b"zeros", 8, packed, b"", sizes=(len(packed), size))
    entry = made.central(b"zeros", 8, packed, b"", 0, sizes=(len(packed), size))
    write("z.zip", local, entry, made.ending(1, len(entry), len(local)))
    test("z.zip", "limit:ratio", ["--max-ratio=20"])
    write("z.pdf", b"%PDF-1.4\n1 0 obj\n<< /Filter /FlateDecode /Length ", b"%d" % len(stream), b" >>\nstream\n", stream,
          b"\nendstream\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n")
    test("z.pdf", "limit:ratio", ["--max-ratio=20"])
    write("z.swf", b"CWS\x06", struct.pack("<I", size), stream)
    test("z.swf", "limit:ratio", ["--max-ratio=20"])
    write("z.eml", b"Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n",
          base64.encodebytes(b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + packed + struct.pack("<II", 0, size)))
    test("z.eml", "limit:ratio", ["--max-ratio=20"])
    if shutil.which("7zz"):
        with open("zeros", "wb") as f:
            f.truncate(size)
        for method in ("LZMA2", "PPMd", "BZip2", "Deflate"):
            subprocess.run(["7zz", "a", "-bso0", "-mx1", "-m0=" + method, "z.7z", "zeros"], check=True)
            test("z.7z", "limit:ratio", ["--max-ratio=20"])
        with open("first", "wb") as f:
            f.write(b"first")
        subprocess.run(["7zz", "a", "-bso0", "-mx1", "-ms=on", "-mqs=off", "z.7z", "first", "zeros", "never.yar"], check=True)
        test("z.7z", "limit:ratio", ["--max-ratio=20"])  # to come to the last, all that is cut off is unpacked, and counted
        subprocess.run(["7zz", "a", "-bso0", "-mx1", "-ms=on", "-mqs=off", "z.7z", "first", "zeros", "never.yar"], check=True)
        test("z.7z", "limit:steps", ["--max-ratio=20", "--max-steps=500000000"])
        os.remove("zeros")
        os.remove("first")


def packed_program():
    """A block that says of itself that it has 2 GB, and a part that is loaded 2^60 bytes behind the other."""
    with open(sys.path[0] + "/../../fuzz/corpus/upx/elf-amd64-nrv2e-4.2.2", "rb") as f:
        packed = bytearray(f.read())
    struct.pack_into("<I", packed, 0x11f, 0x7fffffff)
    write("block", packed)
    test("block", "UPX")
    program = bytearray(make_upx.programs()["elf-amd64"])
    struct.pack_into("<Q", program, 64 + 56 + 8, 1 << 60)
    head = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = head.compress(bytes(program[:176])) + head.flush()
    code = program[176:176 + 9216]
    body = struct.pack("<IIBBBB", 176, len(head), 15, 0, 0, 0) + head + struct.pack("<IIBBBB", 9216, 9216, 0, 0, 0, 0) + code
    body += struct.pack("<IIBBBB", 1000, 1000, 0, 0, 0, 0) + bytes(1000)
    write("far", program[:176], struct.pack("<I4sHBB", 0, b"UPX!", 0, 13, 22), bytes(12), body, bytes(64))
    test("far", "limit:ratio")


def sparse():
    with open("tera", "wb") as f:
        f.truncate(1 << 40)
    subprocess.run(["tar", "--sparse", "-cf", "tera.tar", "tera"], check=True)
    # a worker has addresses for no such object; under a sanitizer, whose own memory takes terabytes, it has, and there is nothing to find
    with open(PELLUCID, "rb") as f:
        sanitized = b"__asan_init" in f.read()
    test("tera", None if sanitized else "limit:size")
    test("tera.tar", "limit:")


# ---- circles

def circles():
    write("length.pdf", b"%PDF-1.4\n1 0 obj\n<< /Length 2 0 R >>\nstream\nneedle\nendstream\nendobj\n"
          b"2 0 obj\n3 0 R\nendobj\n3 0 obj\n2 0 R\nendobj\ntrailer << /Root 1 0 R /Prev 9 >>\nstartxref\n9\n%%EOF\n")
    test("length.pdf", "damaged")
    names = b"".join(b"%d 0 obj\n<< /Kids [%d 0 R %d 0 R] /Names [(a) %d 0 R] /JS %d 0 R >>\nendobj\n"
                     % (i, (i + 1) % 50 + 1, i, i, (i + 7) % 50 + 1) for i in range(1, 51))
    write("kids.pdf", b"%PDF-1.4\n" + names + b"trailer << /Root 1 0 R >>\n%%EOF\n")
    test("kids.pdf", None)
    inner = b"5 0 6 20 << /Type /ObjStm >>"
    write("stream.pdf", b"%PDF-1.5\n5 0 obj\n<< /Type /ObjStm /N 2 /First 9 /Extends 5 0 R /Length 28 >>\nstream\n" + inner +
          b"\nendstream\nendobj\ntrailer << /Root 5 0 R >>\n%%EOF\n")
    test("stream.pdf", None)
    packed = zlib.compress(b"9 0 << /S /JavaScript /JS (needle) >> " + b"% filled up\n" * 100000)
    one = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed) + packed
    write("streams.pdf", b"%PDF-1.5\n" + b"".join(b"%d 0 obj\n" % i + one + b"\nendstream\nendobj\n" for i in range(20, 80)) + b"%%EOF\n")
    test("streams.pdf", "limit:objects")
    big = bytearray(documents.ole2({"Big": b"0123456789abcdef" * 300}))
    struct.pack_into("<I", big, len(big) - 512 + 3 * 4, 1)  # the fourth sector leads back to the second
    write("circle.doc", big)
    test("circle.doc", "damaged")


# ---- disks

def colliding(n):
    """Numbers of folders that a table of 2^18 slots, which multiplies by the golden ratio, has in few of them."""
    found = (i for i in range(16, 1 << 32) if (i * 0x9e3779b97f4a7c15 >> 32 & 0x3ffff) < 1300)
    return [next(found) for _ in range(n)]


def hfs_volume():
    """20,000 such folders, the last 60 in each other, and files in the innermost: each asks for the way to it."""
    v, numbers = make_apple.Volume(), colliding(20000)
    parent = 2
    for i, number in enumerate(numbers):
        key = struct.pack(">I", parent) + make_apple.wide("d%05d" % i)
        value = struct.pack(">HHII", 1, 0, 1, number).ljust(88, b"\0")
        v.catalog.append((parent, "d%05d" % i, make_apple.record(key, value)))
        parent = number if i >= len(numbers) - 60 else 2
    for i in range(20000):
        key = struct.pack(">I", parent) + make_apple.wide("%05d" % i)
        value = struct.pack(">HHII", 2, 2, 0, 2 + i).ljust(248, b"\0")
        v.catalog.append((parent, "%05d" % i, make_apple.record(key, value)))
    return v.done()


def fat_volume(clusters=20000):
    """Two files of 4 GiB, whose chain leads back to its beginning."""
    sectors = (2 * (clusters + 2) + 511) // 512
    boot = b"\xeb\x3c\x90MSDOS5.0" + struct.pack("<HBHBHHBHHHII", 512, 1, 1, 1, 512, 0, 0xf8, sectors, 1, 1, 0,
                                                 33 + sectors + clusters)
    boot = boot.ljust(54, b"\0") + b"FAT16   "
    chain = struct.pack("<%dH" % (clusters + 1), 0xfff8, 0xffff, *range(3, clusters + 1), 2)
    files = b"".join(name.ljust(11) + b"\x20" + bytes(14) + struct.pack("<HI", 2, 0xffffffff) for name in (b"A", b"B"))
    return (boot.ljust(510, b"\0") + b"\x55\xaa" + chain.ljust(512 * sectors, b"\0") + files.ljust(512 * 32, b"\0") +
            bytes(range(256)) * 2 * clusters)


def dmg(n=100000):
    """Each of its blocks is the same compressed MiB."""
    packed = zlib.compress(bytes(MIB))
    runs = b"".join(struct.pack(">IIQQQQ", 0x80000005, 0, i * 2048, 2048, 0, len(packed)) for i in range(n))
    runs += struct.pack(">IIQQQQ", 0xffffffff, 0, n * 2048, 0, 0, 0)
    table = b"mish" + struct.pack(">IQQQII", 1, 0, n * 2048, 0, 0, 0) + bytes(160) + struct.pack(">I", n + 1) + runs
    text = (b"<?xml version='1.0'?><plist><dict><key>resource-fork</key><dict><key>blkx</key><array><dict><key>Data</key><data>" +
            base64.b64encode(table) + b"</data></dict></array></dict></dict></plist>")
    last = b"koly" + struct.pack(">IIIQQQQQII", 4, 512, 1, 0, 0, len(packed), 0, 0, 1, 1) + bytes(152)
    return packed + text + (last + struct.pack(">QQ", len(packed), len(text))).ljust(512, b"\0")


def disks():
    write("numbers.img", hfs_volume())
    test("numbers.img", "damaged")
    write("chain.img", fat_volume())
    test("chain.img", "leads back into itself")
    write("same.dmg", dmg())
    test("same.dmg", "limit:ratio", ["--max-ratio=20"])
    write("extents.udf", udf_volume())
    test("extents.udf", "limit:steps", ["--max-steps=1000000000"])


def presentations():
    """Encrypted ones: more objects than are looked at, and objects that are each all of it."""
    cipher = encrypted.CryptoApi(encrypted.PASSWORD)
    write("many.ppt", encrypted.slides(cipher, [0xffffffff] * 70000))
    test("many.ppt", "limit:persists")
    write("whole.ppt", encrypted.slides(cipher, [0] * 20000, bytes(3 * MIB)))
    test("whole.ppt", "limit:steps", ["--max-steps=1000000000"])


def udf_volume(n=100000):
    """As many names for one file, whose list of extents goes on where it begins."""
    def extents(size, block):
        return struct.pack("<IIH6x", size, block, 0)
    image, start = bytearray(disk.udf()), 300
    names = b"".join(disk.identifier("%05d" % i, 0, 2) for i in range(n))
    disk.put(image, 512 * 260, disk.tag(5, 260, (struct.pack("<IHH", 0, 1, 0) + bytes(164)) + struct.pack("<II", start, 100 + len(names) // 512)))
    disk.put(image, 512 * (start + 1), disk.tag(261, 1, disk.node(4, len(names), extents(len(names), 60), 1)))
    disk.put(image, 512 * (start + 2), disk.tag(261, 2, disk.node(5, 1000, extents(3 << 30 | 512, 52), 1)))
    disk.put(image, 512 * (start + 52), disk.tag(258, 52, struct.pack("<II", 0, 16) + extents(3 << 30 | 512, 52)))
    disk.put(image, 512 * (start + 60), names)
    return disk.pad(bytes(image))


def attachments(n=32000, name="__substg1.0_3701000D", size=1):
    """A directory full of attachments' data, for each of which its name is looked for.  Larger ones are the directory itself."""
    sectors, n_fat, n_difat = -(-n * 128 // 512), 0, 0
    while n_fat * 128 < n_fat + n_difat + sectors:
        n_fat += 1
        n_difat = max(0, -(-(n_fat - 109) // 127))
    first = n_fat + n_difat
    entry = documents.directory_entry(name, 2, documents.FREE, documents.FREE, documents.FREE, first if size > 1 else 0, size)
    root = documents.directory_entry("Root Entry", 5, documents.FREE, documents.FREE, documents.FREE, documents.END, 0)
    directory = root + entry * (n - 1)
    directory += bytes(-len(directory) % 512)
    fat = [0xfffffffd] * n_fat + [0xfffffffc] * n_difat + list(range(first + 1, first + sectors)) + [0xfffffffe]
    fat += [0xffffffff] * (n_fat * 128 - len(fat))
    places = list(range(n_fat)) + [0xffffffff] * (109 + 127 * n_difat - n_fat)
    difat = b"".join(struct.pack("<128I", *places[109 + 127 * i:236 + 127 * i],
                                 n_fat + i + 1 if i + 1 < n_difat else 0xfffffffe) for i in range(n_difat))
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3e, 3, 0xfffe, 9, 6, 0, n_fat, first, 0, 0, 0xfffffffe, 0,
        n_fat if n_difat else 0xfffffffe, n_difat)
    return head + struct.pack("<109I", *places[:109]) + struct.pack("<%dI" % len(fat), *fat) + difat + directory


def names():
    write("attachments.ole", attachments())
    test("attachments.ole", None)
    write("dirs.ole", attachments(150000, "dir", 1 << 31))  # lists of modules, each of them all that there is of the directory
    test("dirs.ole", "limit:steps", ["--max-steps=1000000000"])


def stubs(sections, n=3 << 17, same=False):
    """A program full of starts of programs that share one header at its end, which is cut off unless it is the program's
    own."""
    def image(count):
        optional = struct.pack("<H14xI8xIII", 0x10b, 0x1000, 0x400000, 0x1000, 512) + bytes(16)
        optional = (optional + struct.pack("<II", 0x10000, 0x400)).ljust(224, b"\0")
        return b"PE\0\0" + struct.pack("<HHIIIHH", 0x14c, count, 0, 0, 0, 224, 0x102) + optional
    table = b".text\0\0\0" + struct.pack("<IIII", 4096, 4096, 64 * n, 1024) + bytes(16)
    head = (b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + image(96 if same else 1) + table).ljust(8192, b"\0")
    end = len(head) + 64 * n
    starts = b"".join(b"MZ" + bytes(58) + struct.pack("<I", end - at) for at in range(len(head), end, 64))
    return head + starts + image(sections) + bytes(40 * sections - (0 if same else 1))


def starts():
    write("stubs.exe", stubs(65535))
    test("stubs.exe", None)
    write("copies.exe", stubs(96, same=True))
    test("copies.exe", None)


def main():
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        write("never.yar", b"rule never { condition: false }")
        for part in (nested, quines, many, ratios, packed_program, sparse, circles, disks, names, presentations, starts):
            part()
    print("1..%d" % len(tests))
    return 0 if all(tests) else 1


if __name__ == "__main__":
    sys.exit(main())
