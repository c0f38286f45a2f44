# Usage: seeds_salvage.py DIRECTORY   Writes the corpus of fuzz_salvage: one small file of each kind, the byte that chooses it
# before it.
import io, os, sqlite3, struct, subprocess, sys, tarfile, tempfile, zipfile, zlib

top = sys.argv[1]


def put(kind, name, data):
    with open(os.path.join(top, name), "wb") as f:
        f.write(bytes([kind]) + data)


out = io.BytesIO()
with zipfile.ZipFile(out, "w") as z:
    z.writestr(zipfile.ZipInfo("a/b.txt"), b"text " * 40, zipfile.ZIP_DEFLATED)
    z.writestr(zipfile.ZipInfo("c.txt"), b"stored " * 20)
put(0, "zip", out.getvalue())
put(0, "zip-cut", out.getvalue()[:-40])
stream = zlib.compress(b"5 0 6 9 <</A 1>> <</Type/Page>>")
pdf = (b"%%PDF-1.5\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
       b"3 0 obj\n<</Type/Page/Parent 2 0 R/X(a\\)b(c))>>\nendobj\n"
       b"4 0 obj\n<</Type/ObjStm/N 2/First 8/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream\nendobj\n"
       b"trailer\n<</Root 1 0 R/ID[<00><01>]>>\nstartxref\n0\n%%%%EOF\n" % (len(stream), stream))
put(1, "pdf", pdf)
with tempfile.TemporaryDirectory() as d:
    db = sqlite3.connect(d + "/x")
    db.executescript("PRAGMA page_size=512; CREATE TABLE t(i INTEGER PRIMARY KEY, a, b REAL);")
    for i in range(12):
        db.execute("INSERT INTO t VALUES(?,?,?)", (i, "x" * (900 if i == 3 else 20), i / 3))
    db.commit()
    db.close()
    data = open(d + "/x", "rb").read()
    put(2, "sqlite", data)
    put(2, "sqlite-headless", bytes(512) + data[512:])
    os.makedirs(d + "/f/dir")
    for n in range(3):
        with open(d + "/f/dir/%d.txt" % n, "w", encoding="ascii") as f:
            f.write("file %d\n" % n * (300 if n < 2 else 4000))  # the last has a block of blocks
    for kind, options in (("ext4", ["-t", "ext4", "-O", "^has_journal"]), ("ext2", ["-t", "ext2"])):
        with open(d + "/e", "wb") as f:
            f.truncate(96 << 10)
        subprocess.run(["mke2fs", "-q", "-F", "-b", "1024", "-N", "24", "-U", "12345678-1234-1234-1234-123456789abc", "-d", d + "/f"]
                       + options + [d + "/e"], check=True)
        put(6, kind, open(d + "/e", "rb").read())
    # a file in so many pieces that its map needs blocks of its own, and one that lies in its inode
    os.makedirs(d + "/g")
    with open(d + "/g/holes.bin", "wb") as f:
        for n in range(8):
            f.seek(n * 4096)
            f.write(b"piece %d\n" % n * 100)
    with open(d + "/g/in.txt", "w", encoding="ascii") as f:
        f.write("lies in its inode\n" * 3)
    with open(d + "/e", "wb") as f:
        f.truncate(96 << 10)
    subprocess.run(["mke2fs", "-q", "-F", "-b", "1024", "-N", "24", "-I", "256", "-U", "12345678-1234-1234-1234-123456789abc", "-d", d + "/g",
                    "-t", "ext4", "-O", "^has_journal,inline_data", d + "/e"], check=True)
    whole = bytearray(open(d + "/e", "rb").read())
    put(6, "ext4-pieces", bytes(whole))
    leaf = next(at for at in range(1024 * 4, len(whole), 1024) if whole[at:at + 2] == b"\x0a\xf3")
    struct.pack_into("<H", whole, leaf + 12 + 4, struct.unpack_from("<H", whole, leaf + 12 + 4)[0] + 32768)
    put(6, "ext4-unwritten", bytes(whole))
tar = io.BytesIO()
with tarfile.open(fileobj=tar, mode="w", format=tarfile.GNU_FORMAT) as t:
    for name in ("a.txt", "long" * 40):
        info = tarfile.TarInfo(name)
        info.size = 30
        t.addfile(info, io.BytesIO(b"text text text text text text\n"))
put(3, "tar", tar.getvalue()[:4096])
put(4, "mbox", b"".join(b"From a@b Thu Jan  1 00:00:00 2026\nSubject: s%d\n\n%s\n\n" % (i, b"line of text\n" * 8) for i in range(3)))
page = b""
for i in range(4):
    item = struct.pack("<I", 8000 | 1 << 15 | 100 << 17)
    page += (struct.pack("<IIHHHHHHI", 1, i, 0, 0, 28, 8000, 8192, 8196, 0) + item).ljust(8000, b"\0") + b"t" * 192
put(5, "postgres", page)
# NTFS: a boot sector, the table of 24 records at cluster 4, one file in record 16
def record(n, attributes, flags=1):
    body = bytearray((b"FILE" + struct.pack("<HHQHHHHIIQHHI", 48, 3, 0, 1, 1, 56, flags, 0, 1024, 0, 4, 0, n) + bytes(8) + attributes
                      + b"\xff\xff\xff\xff").ljust(1024, b"\0"))
    body[48:50] = b"\x07\x00"
    for s in (1, 2):
        body[48 + 2 * s:50 + 2 * s] = body[512 * s - 2:512 * s]
        body[512 * s - 2:512 * s] = b"\x07\x00"
    return bytes(body)


def resident(kind, content):
    size = (24 + len(content) + 7) // 8 * 8
    return (struct.pack("<IIBBHHHIHH", kind, size, 0, 0, 0, 0, 0, len(content), 24, 0) + content).ljust(size, b"\0")


runs = b"\x11\x30\x08\x00"  # 48 clusters from 8 on
data = (struct.pack("<IIBBHHHQQHHIQQQ", 0x80, 72, 1, 0, 64, 0, 0, 0, 47, 64, 0, 0, 24576, 24576, 24576) + runs).ljust(72, b"\0")
name = lambda text, parent: resident(0x30, struct.pack("<Q", parent) + bytes(56) + bytes([len(text), 1]) + text.encode("utf-16-le"))
boot = (b"\xeb\x52\x90NTFS    " + struct.pack("<HB", 512, 1) + bytes(26) + struct.pack("<QQQ", 64, 8, 8) + b"\xf6").ljust(512, b"\0")
table = record(0, data) + b"".join(record(i, name("$x", 5)) for i in range(1, 16)) + record(16, name("file.txt", 5) + resident(0x80, b"content " * 9))
put(6, "ntfs", (boot + bytes(7 * 512) + table).ljust(64 << 10, b"\0"))
put(8, "ntfs-by-bytes", (boot + bytes(7 * 512) + table).ljust(64 << 10, b"\0"))  # of a name that says nothing
wide_name = lambda text: resident(0x30, struct.pack("<Q", 5) + bytes(56) + bytes([len(text.encode("utf-16-le")) // 2, 1]) + text.encode("utf-16-le"))
back = b"\x11\x02\x40\x11\x01\xf8\x00"  # two clusters from 64 on, then one from 56
parts = (struct.pack("<IIBBHHHQQHHIQQQ", 0x80, 72, 1, 0, 64, 0, 0, 0, 2, 64, 0, 0, 1536, 1400, 1400) + back).ljust(72, b"\0")
names = (record(16, wide_name("d\u00e9\u20ac.txt") + resident(0x80, b"content " * 9)) +
         record(17, wide_name("\U0001f600.bin") + parts))
put(6, "ntfs-names", (boot + bytes(7 * 512) + record(0, data) + b"".join(record(i, name("$x", 5)) for i in range(1, 16)) + names).ljust(64 << 10, b"\0"))
head = struct.pack("<4sIIQQQQIQQQB", b"KDMV", 1, 3, 16, 8, 0, 0, 512, 2, 3, 0, 0).ljust(512, b"\0")
head_of_vmdk = head
put(7, "vmdk", head + bytes(512) + struct.pack("<I", 4).ljust(512, b"\0") * 2 + struct.pack("<II", 8, 0).ljust(2048, b"\0") + b"grain".ljust(4096, b"\0"))


# FAT12 and FAT32 of 128 sectors: a file, a directory with a file, a name that is long; exFAT the same
def fat(wide):
    reserved, entries = (8, 0) if wide else (1, 16)
    first = reserved + 2 + entries // 16  # sector of cluster 2
    boot = b"\xeb\x3c\x90MSDOS5.0" + struct.pack("<HBHBHHBHHHII", 512, 1, reserved, 2, entries, 0 if wide else 128, 0xf8, 0 if wide else 1, 1, 1, 0,
                                                 128 if wide else 0)
    if wide:
        boot += struct.pack("<IHHIHH", 1, 0, 0, 2, 1, 6)
    boot = boot.ljust(510, b"\0") + b"\x55\xaa"
    short = lambda name, kind, at, size: name.ljust(11).encode() + struct.pack("<BB7xHHHHI", kind, 0x18, 0, 0, 0, at, size)
    units = "long name\0".encode("utf-16-le").ljust(26, b"\xff")
    name = b"\x41" + units[:10] + b"\x0f\0\0" + units[10:22] + b"\0\0" + units[22:26]
    root = short("VOLUME", 8, 0, 0) + short("A       TXT", 0x20, 3, 700) + short("DIR", 0x10, 5, 0)
    folder = short(".", 0x10, 5, 0) + short("..", 0x10, 0, 0) + name + short("LONGNA~1", 0x20, 6, 20)
    chain = {2: 0, 3: 4, 4: 0, 5: 0, 6: 0}
    if wide:
        table = struct.pack("<II", 0x0ffffff8, 0x0fffffff) + b"".join(struct.pack("<I", chain[k] or 0x0fffffff) for k in range(2, 7))
    else:
        bits = [0xff8, 0xfff] + [chain[k] or 0xfff for k in range(2, 7)]
        table = sum(v << 12 * i for i, v in enumerate(bits)).to_bytes(12, "little")
    body = [(root if wide else b""), b"text in two clusters " * 34, b"", folder, b"in the directory ok\n"]
    body[2] = body[1][512:]
    out = (boot.ljust(6 * 512, b"\0") + boot if wide else boot).ljust(reserved * 512, b"\0") + table.ljust(512, b"\0") * 2
    out += b"" if wide else root.ljust(512, b"\0")
    assert len(out) == first * 512
    return (out + b"".join(p[:512].ljust(512, b"\0") for p in body)).ljust(64 << 10, b"\0")


def exfat():
    def entries(name, kind, straight, at, size):
        text = name.encode("utf-16-le")
        out = bytearray(struct.pack("<BBHH", 0x85, 2, 0, kind).ljust(32, b"\0")
                        + struct.pack("<BBBBHHQIIQ", 0xc0, 1 | straight << 1, 0, len(name), 0, 0, size, 0, at, size) + (b"\xc1\0" + text).ljust(32, b"\0"))
        total = 0
        for i, b in enumerate(out):
            if i not in (2, 3):
                total = ((total << 15 | total >> 1) + b) & 0xffff
        out[2:4] = struct.pack("<H", total)
        return bytes(out)

    boot = (b"\xeb\x76\x90EXFAT   " + bytes(53) + struct.pack("<QQIIIIIIHHBBBB", 0, 128, 24, 1, 32, 90, 2, 1, 256, 0, 9, 0, 1, 0x80)).ljust(510, b"\0") + b"\x55\xaa"
    table = struct.pack("<9I", 0xfffffff8, 0xffffffff, 0xffffffff, 5, 0xffffffff, 0xffffffff, 0xffffffff, 0, 0)
    root = entries("a.txt", 0x20, 0, 3, 700) + entries("dir", 0x10, 0, 4, 512)
    body = [root, b"text " * 103, entries("b", 0x20, 1, 6, 20), b"text " * 40, b"in the directory ok\n", entries("lost", 0x20, 1, 6, 9)]
    out = (boot.ljust(12 * 512, b"\0") * 2) + table.ljust(512, b"\0")
    return (out.ljust(32 * 512, b"\0") + b"".join(p[:512].ljust(512, b"\0") for p in body)).ljust(64 << 10, b"\0")


put(6, "fat12", fat(False))
put(6, "fat32", fat(True))
put(6, "fat32-headless", bytes(512) + fat(True)[512:])
put(6, "exfat", exfat())
put(6, "exfat-headless", bytes(512) + exfat()[512:])


# Outlook's PST: a map of allocations, three blocks, a leaf of each tree; with and without its header
def pst(wide):
    n = lambda *v: b"".join(struct.pack("<Q" if wide else "<I", x) for x in v)
    crc = lambda data: zlib.crc32(data, 0xffffffff) ^ 0xffffffff
    ends = lambda data, bid: struct.pack("<I", crc(data)) + n(bid) if wide else n(bid) + struct.pack("<I", crc(data))

    def page(kind, bid, body):
        body = body.ljust(496 if wide else 500, b"\0")
        return body + struct.pack("<BBH", kind, kind, 0) + ends(body, bid)

    def leaf(kind, bid, entries):
        at, size = 488 if wide else 496, len(entries[0])
        return page(kind, bid, b"".join(entries).ljust(at, b"\0") + struct.pack("<BBBB", len(entries), at // size, size, 0))

    out, blocks = bytes(0x4400) + page(0x84, 0x4400, b"\xff" * 496), []
    for bid in 4, 8, 12:
        data = b"ab\xff" + b"text of a block " * bid
        tail = struct.pack("<HH", len(data), 0) + ends(data, bid)
        blocks.append((bid, len(out), len(data)))
        out += data.ljust(-(-(len(data) + len(tail)) // 64) * 64 - len(tail), b"\0") + tail
    out += bytes(-len(out) % 512)
    entries = [n(b, a) + struct.pack("<HH", size, 2) + (bytes(4) if wide else b"") for b, a, size in blocks]
    out += leaf(0x80, 16, entries) + leaf(0x81, 20, [n(33, 4, 0, 0)])
    head = (b"!BDN\0\0\0\0SM" + struct.pack("<HHBB", 23 if wide else 14, 19, 1, 1)).ljust(184 if wide else 168, b"\0")
    head = (head + n(len(out), 0x4400, 0, 0, 20, len(out) - 512, 16, len(out) - 1024)).ljust(512 if wide else 460, b"\0") + b"\x80\1"
    head = head.ljust(564, b"\0")
    return head[:4] + struct.pack("<I", crc(head[8:479])) + head[8:] + out[564:]


put(9, "pst", pst(True))
put(9, "pst-headless", bytes(512) + pst(True)[512:])
put(9, "pst-old", pst(False))
for name, wide in (("pst-wide", True), ("pst-narrow", False)):  # of fuzz_proof too, which calls it by the byte 8
    with open(os.path.join(top, "../proof", name), "wb") as f:
        f.write(b"\x08" + pst(wide))
put(9, "pst-old-headless", bytes(512) + pst(False)[512:-1100] + bytes(20) + pst(False)[-1080:])
# what pages and tables that are no longer there leave behind: files at the beginnings of sectors
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def sectors(*files):
    return b"\xa7" * 512 + b"".join(f + b"\xa7" * (-len(f) % 512 + 512) for f in files)


png = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0\0"))
       + chunk(b"IEND", b""))
jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xdb\0\4\0\1\xff\xda\0\3\0abc\xff\xd9"
for kind, name in ((6, "carved"), (8, "carved-nameless")):
    put(kind, name, sectors(png, jpeg, png[:-9], jpeg[:-2], jpeg[:20] + b"no mark" + jpeg[20:]))
    put(kind, name + "-pdf", sectors(png, pdf, pdf[:200]))
    put(kind, name + "-zip", sectors(png, out.getvalue()))
    put(kind, name + "-sqlite", sectors(png, data, data[:512]))
    # what begins as they do, and of which their own readers make nothing
    odd = sectors(b"%PDF-1.4\n%%EOF\n", b"%PDF-1.4\n", b"PK\3\4" + bytes(60) + b"PK\5\6" + bytes(8) + struct.pack("<IIH", 4, 60, 0),
                  b"PK\3\4" + bytes(60), b"SQLite format 3\0" + struct.pack(">H", 512) + bytes(10) + struct.pack(">I", 1),
                  b"SQLite format 3\0" + bytes(80))
    put(kind, name + "-odd", odd)
    if kind == 8:
        put(kind, name + "-far", odd + b"\xa7" * (1 << 17) + odd[:1024] + b"\xa7" * (1 << 16))


# Postgres, each page with its checksum (src/include/storage/checksum_impl.h)
def postgres_sum(page, number):
    first = [0x5b1f36e9, 0xb8525960, 0x02ab50aa, 0x1de66d2a, 0x79ff467a, 0x9bb9f8a3, 0x217e7cd2, 0x83e13d2c, 0xf8d4474f, 0xe39eb970,
             0x42c6ae16, 0x993216fa, 0x7b093b5d, 0x98daff3c, 0xf718902a, 0x0b1c9cdb, 0xe58f764b, 0x187636bc, 0x5d7b3bb1, 0xe73de7de,
             0x92bec979, 0xcca6c0b2, 0x304a0979, 0x85aa43d4, 0x783125bb, 0x6ca8eaa2, 0xe407eac6, 0x4b5cfc3e, 0x9fbf8c76, 0x15ca20be,
             0xf2ca9fd3, 0x959bd756]
    words = struct.unpack("<2048I", page[:8] + bytes(2) + page[10:]) + (0,) * 64
    for i, v in enumerate(words):
        v ^= first[i % 32]
        first[i % 32] = (v * 16777619 & 0xffffffff) ^ v >> 17
    total = 0
    for v in first:
        total ^= v
    return (total ^ number) % 65535 + 1


page = b""
for i in range(3):
    item = struct.pack("<I", 8000 | 1 << 15 | 100 << 17)
    one = (struct.pack("<IIHHHHHHI", 1, i, 0, 0, 28, 8000, 8192, 8196, 0) + item).ljust(8000, b"\0") + b"t" * 192
    page += one[:8] + struct.pack("<H", postgres_sum(one, i)) + one[10:]
put(5, "postgres-sums", page[:8192] + bytes(8192) + page[16384:])

# zip: sizes of 64 bits, sizes that stand behind the member, a member that the directory alone knows, and two of one name
class Pipe(io.BytesIO):
    def seekable(self):
        return False

    def tell(self):
        raise OSError


streamed = Pipe()
with zipfile.ZipFile(streamed, "w") as z:
    for name, text in (("a.txt", b"text " * 40), ("b.txt", b"other " * 30)):
        z.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
put(0, "zip-streamed", streamed.getvalue())
put(0, "zip-streamed-cut", streamed.getvalue()[:-120])
text, head = b"a text of 64 bits " * 4, struct.Struct("<4sHHHHHIIIHH")
wide_zip = head.pack(b"PK\3\4", 45, 0, 0, 0, 0, zlib.crc32(text), 0xffffffff, 0xffffffff, 5, 24)
wide_zip += b"w.txt" + struct.pack("<HH", 9, 0) + struct.pack("<HHQQ", 1, 16, len(text), len(text)) + text
entry = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 45, 45, 0, 0, 0, 0, zlib.crc32(text), 0xffffffff, 0xffffffff, 5, 28, 0, 0, 0, 0,
                    0xffffffff) + b"w.txt" + struct.pack("<HHQQQ", 1, 24, len(text), len(text), 0)
end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(entry), len(wide_zip), 0)
put(0, "zip-wide", wide_zip + entry + end)
put(0, "zip-directory", b"\xa7" * 30 + wide_zip[30:] + entry + end)
put(0, "zip-twice", out.getvalue()[:out.getvalue().index(b"PK\1\2")] * 2 + out.getvalue()[out.getvalue().index(b"PK\1\2"):])

# NTFS: a name that is not ASCII and whose folder is lost, with its content in clusters; FAT: tables that are lost, copies that differ
far = lambda text, parent: resident(0x30, struct.pack("<Q", parent) + bytes(56) + bytes([len(text.encode("utf-16-le")) // 2, 1])
                                    + text.encode("utf-16-le"))
spread = (struct.pack("<IIBBHHHQQHHIQQQ", 0x80, 72, 1, 0, 64, 0, 0, 0, 3, 64, 0, 0, 2048, 1900, 1900) + b"\x11\x02\x40\x11\x02\xfe\0").ljust(72, b"\0")
table = record(0, (struct.pack("<IIBBHHHQQHHIQQQ", 0x80, 72, 1, 0, 64, 0, 0, 0, 47, 64, 0, 0, 24576, 24576, 24576) + runs).ljust(72, b"\0"))
table += b"".join(record(i, far("$x", 5)) for i in range(1, 16)) + record(16, far("\u00e4\u20ac\U0001f600", 99) + spread)
table += record(17, far("both", 16) + spread) + record(18, far("hole", 5) + spread.replace(b"\x11\x02\xfe", b"\x01\x02\x00"))
table += record(19, far("packed", 5) + spread[:12] + b"\1" + spread[13:]) + record(20, far("deep", 17) + resident(0x80, b"x" * 90))
put(6, "ntfs-far", (boot + bytes(7 * 512) + table).ljust(64 << 10, b"\0"))
for wide, at in ((False, 1), (True, 8)):
    whole, size = fat(wide), 512
    kind = "fat32" if wide else "fat12"
    put(6, kind + "-tables-lost", whole[:at * 512] + b"\xa7\x31" * 512 + whole[(at + 2) * 512:])
    put(6, kind + "-table-lost", whole[:at * 512] + b"\xa7\x31" * 256 + whole[(at + 1) * 512:])
    put(6, kind + "-zeros", whole[:at * 512] + bytes(1024) + whole[(at + 2) * 512:])
vmdk = head_of_vmdk + bytes(512) + struct.pack("<I", 4).ljust(512, b"\0") * 2 + struct.pack("<II", 8, 9000).ljust(2048, b"\0")
put(7, "vmdk-nowhere", vmdk + b"grain".ljust(4096, b"\0"))
put(7, "vmdk-no-table", head_of_vmdk + bytes(512) + struct.pack("<I", 9000).ljust(512, b"\0") * 2 + b"grain".ljust(4096, b"\0"))
