# Usage: seeds_proof.py CORPUS   Writes the corpora of fuzz_proof and fuzz_fact beneath CORPUS: one small file of each kind, the
# byte that chooses its name before it, whole and with the damage that its reader looks for; and facts.
import bz2, gzip, io, lzma, os, sqlite3, struct, sys, tarfile, tempfile, zipfile, zlib

top = sys.argv[1]


def put(target, name, data):
    os.makedirs(os.path.join(top, target), exist_ok=True)
    with open(os.path.join(top, target, name), "wb") as f:
        f.write(data)


def file(name, data, kind=0):
    put("proof", name, bytes([kind]) + data)


def twice(name, data, at, kind=0):
    """Whole, and with another byte at a place that its checksum or its structure knows of."""
    file(name, data, kind)
    changed = bytearray(data)
    changed[at] ^= 0x55
    file(name + "-changed", bytes(changed), kind)


# ---- pictures, films, sound
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


png = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0\0"))
       + chunk(b"IEND", b""))
twice("png", png, 20, 3)
file("png-cut", png[:-14])
file("png-past", png[:8] + struct.pack(">I", 1 << 30) + png[12:])
jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xdb\0\4\0\1\xff\xda\0\3\0abc\xff\xd9"
twice("jpeg", jpeg, 20, 3)
file("jpeg-cut", jpeg[:-1])
twice("gif", b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;", -1)
twice("bmp", b"BM" + struct.pack("<IIIIIIHH", 58, 0, 54, 40, 1, 1, 1, 24).ljust(52, b"\0") + b"\0" * 4, 2)
mp4 = struct.pack(">I", 16) + b"ftypisom\0\0\0\0" + struct.pack(">I4sQ", 1, b"mdat", 20) + b"data" + struct.pack(">I", 0) + b"free"
twice("mp4", mp4, 17, 4)
twice("riff", b"RIFF" + struct.pack("<I", 20) + b"WAVEfmt \0\0\0\0data", 5)
twice("ogg", (b"OggS\0" + bytes(21) + b"\1\4abcd") * 3, 32)
file("mp3", b"ID3\4\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 8)
file("flac", b"fLaC\0\0\0\x22" + bytes(34))

# ---- packed
data = b"some text that is packed " * 20
packed = gzip.compress(data, mtime=0)
twice("gzip", packed, -6, 6)
twice("bzip2", bz2.compress(data), 20)
xz = lzma.compress(data)
twice("xz", xz, 6)
file("xz-foot", xz[:-4] + b"\0\0YZ")
twice("zstd", b"\x28\xb5\x2f\xfd\x20\x05\x29\0\0hello", 5)
head = struct.pack("<QQI", 0, 4, zlib.crc32(b"\1\0\0\0"))
sevenzip = b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(head)) + head + b"\1\0\0\0"
twice("7z", sevenzip, 14)
twice("7z-header", sevenzip, -1)
out = io.BytesIO()
with zipfile.ZipFile(out, "w") as z:
    z.writestr(zipfile.ZipInfo("a/b.txt"), data, zipfile.ZIP_DEFLATED)
    z.writestr(zipfile.ZipInfo("c.txt"), b"stored " * 20)
    z.writestr(zipfile.ZipInfo("d.txt"), data, zipfile.ZIP_BZIP2)
twice("zip", out.getvalue(), 60, 1)
twice("zip-directory", out.getvalue(), -30, 1)
file("zip-cut", out.getvalue()[:-30], 1)
file("zip-local", out.getvalue()[:40], 1)
tar = io.BytesIO()
with tarfile.open(fileobj=tar, mode="w", format=tarfile.GNU_FORMAT) as t:
    info = tarfile.TarInfo("a.txt")
    info.size = 30
    t.addfile(info, io.BytesIO(b"text text text text text text\n"))
twice("tar", tar.getvalue()[:2560], 3, 9)
file("tar-cut", tar.getvalue()[:512], 9)

# ---- documents, databases, programs, disks
stream = zlib.compress(b"BT (text) Tj ET " * 8)
pdf = (b"%%PDF-1.5\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream\n"
       b"endobj\n" % (len(stream), stream))
table = b"xref\n0 3\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \ntrailer\n<</Root 1 0 R/Size 3>>\nstartxref\n%d\n%%%%EOF\n"
pdf += table % (pdf.index(b"1 0 obj"), pdf.index(b"2 0 obj"), len(pdf))
twice("pdf", pdf, pdf.index(b"startxref") + 11, 2)
twice("pdf-object", pdf, 12, 2)
file("pdf-cut", pdf[:-20], 2)
ole = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(24, b"\0") + struct.pack("<HHHHH", 0x3e, 3, 0xfffe, 9, 6) + bytes(10)
                + struct.pack("<II", 1, 1) + bytes(24) + struct.pack("<I", 0))
ole = bytes(ole.ljust(1024, b"\0")) + "Root Entry".encode("utf-16-le").ljust(512, b"\0")
twice("ole2", ole, 1026)
twice("ole2-header", ole, 28)
with tempfile.TemporaryDirectory() as d:
    db = sqlite3.connect(d + "/x")
    db.executescript("PRAGMA page_size=512; PRAGMA auto_vacuum=1; CREATE TABLE t(i INTEGER PRIMARY KEY, a, b REAL);")
    for i in range(12):
        db.execute("INSERT INTO t VALUES(?,?,?)", (i, "x" * (900 if i == 3 else 20), i / 3))
    db.commit()
    whole = open(d + "/x", "rb").read()
    twice("sqlite-maps", whole, 512, 7)
    twice("sqlite-page", whole, 1024, 7)
    db.executescript("PRAGMA auto_vacuum=0; VACUUM; DELETE FROM t WHERE i=3;")
    db.commit()
    db.close()
    free = open(d + "/x", "rb").read()
    twice("sqlite-free", free, 35, 7)
    twice("sqlite-size", free, 16, 7)
for name, wide, order in (("elf64", 2, "<"), ("elf64-high", 2, ">"), ("elf32", 1, "<"), ("elf32-high", 1, ">")):
    size = 64 if wide == 2 else 52
    head = bytearray(size)
    head[:7] = b"\x7fELF" + bytes([wide, 1 if order == "<" else 2, 1])
    struct.pack_into(order + ("Q" if wide == 2 else "I"), head, 40 if wide == 2 else 32, size)
    struct.pack_into(order + "HH", head, 58 if wide == 2 else 46, 64 if wide == 2 else 40, 2)
    twice(name, bytes(head) + bytes(128), size + 3)
    twice(name + "-sections", bytes(head) + bytes(128), 43 if wide == 2 else 34)
file("elf-class", b"\x7fELF\7\1\1" + bytes(64))
file("pe", b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0\x4c\1\2\0" + bytes(32))
file("pe-none", b"MZ" + bytes(80))
file("ntfs", (b"\xeb\x52\x90NTFS    ".ljust(510, b"\0") + b"\x55\xaa"))
gpt = bytearray(2048)
gpt[446 + 4] = 0xee
struct.pack_into("<II", gpt, 446 + 8, 1, 3)
gpt[510:520] = b"\x55\xaaEFI PART"
file("gpt", bytes(gpt))
gpt[-512:-504] = b"EFI PART"
file("gpt-copy", bytes(gpt))
mbr = bytes(gpt[:512]) + bytes(1536)
twice("mbr", mbr, 446)
ext = bytearray(bytes(gpt[:512]) + bytes(1536))
struct.pack_into("<H", ext, 1024 + 0x38, 0xef53)
file("ext", bytes(ext))
wide = bytearray(4096)
wide[:4], wide[8:16] = b"!BDN", struct.pack("<HHHH", 0x534d, 23, 19, 0x0101)
file("pst", bytes(wide), 8)


def pst(version, size):  # whose header holds, and whose maps do not
    b = bytearray(size)
    b[:4], b[8:12] = b"!BDN", struct.pack("<HH", 0x4d53, version)
    struct.pack_into("<I", b, 4, zlib.crc32(bytes(b[8:479]), 0xffffffff) ^ 0xffffffff)
    return bytes(b)


file("pst-large-pages", pst(36, 600), 8)
file("pst-no-maps", pst(23, 0x4400 + 600), 8)
file("pst-old-no-maps", pst(14, 0x4400 + 600), 8)

# ---- a volume that keeps copies of itself, and a disk with one
vss = bytes.fromhex("6b87083876c1484eb7ae04046e6cc752")


def record(kind, size, **at):
    b = bytearray(size)
    b[:24] = vss + struct.pack("<II", 1, kind)
    for k, v in at.items():
        struct.pack_into("<Q", b, int(k[1:]), v)
    return bytes(b)


entry = {"_128": 2, "_176": 132000000000000000, "_256": 3, "_384": 2, "_432": 132100000000000000}
volume = bytes(0x1e00) + record(1, 512, _48=0x2000) + record(2, 0x4000, _40=0x6000, **entry) + record(2, 0x4000, _40=0x2000, **entry)
file("vss", volume)
file("vss-other-block", volume[:0x2000] + record(1, 0x4000, **entry))
file("vss-no-block", volume[:0x2000])
disk = bytearray(512) + volume[:0x6000]
disk[446:462] = struct.pack("<BBBBBBBBII", 0, 0, 0, 0, 7, 0, 0, 0, 1, 64)
file("vss-in-a-disk", bytes(disk))
file("text", b"<?xml version='1.0'?>\n<a>text</a>\n" * 4, 5)
file("text-then-not", b"text " * 20 + bytes(range(200, 256)) * 3, 5)
file("json", b'{"a": [1, 2, "x"]}\n', 5)
# windows that look random among others that do not: a generator that is always the same
x, noise = 1, bytearray()
while len(noise) < 65536:
    x = (x * 6364136223846793005 + 1442695040888963407) % (1 << 64)
    noise += struct.pack(">I", x >> 32)
file("noise-renamed", bytes(noise[:8192]), 0x81)
# lengthened by windows of which the second byte says which look random
for name, data in (("zip", out.getvalue()), ("text", b"plain text, and more of it " * 9), ("mp4", mp4), ("pdf", pdf), ("jpeg", jpeg),
                   ("gzip", packed), ("png", png), ("sqlite", free), ("age", b"age-encryption.org/v1\n-> X25519 abc\n--- def\n"),
                   ("none", bytes(range(256)) * 2), ("ole2", ole)):
    for k, (kind, windows) in enumerate(((0x40, 0x1f), (0x41, 0x0a), (0xc1, 0x15), (0xc5, 0x1f), (0x45, 0x80), (0xc5, 0x80), (0xc3, 0), (0xc1, 0x60))):
        file("long-%s-%d" % (name, k), bytes([windows]) + data, kind)
# windows that do not look random, of blocks that each do: their edges were counted twice
file("long-blocks", bytes([0x15]) + bytes(range(256)) + bytes(i * 37 & 255 for i in range(14)), 0xc1)
file("noise-head", bytes(noise[:4096]) + b"plain text " * 1000, 0x85)
put("proof", "empty", b"\0")


# ---- facts
def fact(kind, *values):
    body = b"".join(struct.pack("<BH", key, len(value)) + value for key, value in values)
    return struct.pack("<BBH", kind, 0, len(values)) + body


for i, name in enumerate(("package", "program", "process")):
    put("fact", name, fact(i, (0, b"openssl"), (1, b"3.0.11"), (5, b"")) + fact(i + 1))
put("fact", "many", b"".join(fact(k, (k % 8, b"v" * k)) for k in range(24)))
put("fact", "kind", fact(200, (0, b"x")))
put("fact", "key", fact(1, (200, b"x")))
put("fact", "cut", fact(1, (0, b"xyz"))[:-1])
put("fact", "more", struct.pack("<BBH", 1, 0, 65535))
put("fact", "none", b"")
