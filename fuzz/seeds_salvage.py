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
            f.write("file %d\n" % n * 300)
    for kind, options in (("ext4", ["-t", "ext4", "-O", "^has_journal"]), ("ext2", ["-t", "ext2"])):
        with open(d + "/e", "wb") as f:
            f.truncate(96 << 10)
        subprocess.run(["mke2fs", "-q", "-F", "-b", "1024", "-N", "24", "-U", "12345678-1234-1234-1234-123456789abc", "-d", d + "/f"]
                       + options + [d + "/e"], check=True)
        put(6, kind, open(d + "/e", "rb").read())
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
head = struct.pack("<4sIIQQQQIQQQB", b"KDMV", 1, 3, 16, 8, 0, 0, 512, 2, 3, 0, 0).ljust(512, b"\0")
put(7, "vmdk", head + bytes(512) + struct.pack("<I", 4).ljust(512, b"\0") * 2 + struct.pack("<II", 8, 0).ljust(2048, b"\0") + b"grain".ljust(4096, b"\0"))
