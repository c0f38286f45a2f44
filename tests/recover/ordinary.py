# Usage: ordinary.py DIRECTORY N   Makes N ordinary files of each of six kinds there (zip, docx, jpeg, mp4, xz, pdf), of
# many sizes: what `recover assess` must not take for encrypted.  Always the same ones.
import io, lzma, os, random, struct, sys, zipfile, zlib

directory, n = sys.argv[1], int(sys.argv[2])
words = open(os.path.join(os.environ.get("ROOT", "."), "docs/tour.md")).read().split()


def text(r, size):
    return " ".join(r.choices(words, k=size // 6 + 1)).encode()[:size]


def noise(r, size):
    return r.randbytes(size)


def jpeg(r, size):
    # what stands in a scan: 0xff is followed by zero, and short codes make low and high bytes frequent
    number = lambda: int.from_bytes(r.randbytes(size), "little")
    scan = (number() & (number() | int.from_bytes(b"\xf7" * size, "little"))).to_bytes(size, "little").replace(b"\xff", b"")
    segment = lambda mark, body: struct.pack(">BBH", 0xFF, mark, len(body) + 2) + body
    return (b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xDB, bytes(65))
            + segment(0xC0, b"\x08\1\0\1\0\1\1\x11\0") + segment(0xC4, bytes(29)) + segment(0xDA, b"\1\1\0\0\x3f\0")
            + scan + b"\xff\xd9")


def archive(r, size, names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name in names:
            how = zipfile.ZIP_STORED if name.endswith((".jpg", ".xz")) else zipfile.ZIP_DEFLATED
            part = size // len(names)
            body = jpeg(r, part) if name.endswith(".jpg") else lzma.compress(text(r, part), preset=1) if name.endswith(".xz") else text(r, part * 3)
            z.writestr(name, body, how)
    return out.getvalue()


def mp4(r, size):
    box = lambda name, body: struct.pack(">I4s", len(body) + 8, name) + body
    return box(b"ftyp", b"isom\0\0\2\0isomiso2") + box(b"moov", box(b"mvhd", bytes(100))) + box(b"mdat", noise(r, size))


def pdf(r, size):
    out, at = b"%PDF-1.4\n", []
    for i in range(1, 6):
        stream = zlib.compress(text(r, size))
        at.append(len(out))
        out += b"%d 0 obj\n<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream\nendobj\n" % (i, len(stream), stream)
    table = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % a for a in at)
    return out + b"trailer\n<</Size 6>>\nstartxref\n%d\n%%%%EOF\n" % table


makers = {
    "zip": lambda r, size: archive(r, size, ["a.txt", "b.jpg", "c.xz"]),
    "docx": lambda r, size: archive(r, size, ["[Content_Types].xml", "word/document.xml", "word/media/image1.jpg"]),
    "jpg": jpeg, "mp4": mp4, "pdf": pdf,
    "xz": lambda r, size: lzma.compress(text(r, size * 4), preset=r.choice((0, 1, 6))),
}
for kind, make in makers.items():
    for i in range(n):
        r = random.Random(f"{kind} {i}")
        with open(os.path.join(directory, f"{i:04}.{kind}"), "xb") as f:
            f.write(make(r, r.choice((900, 5000, 30000, 70000, 200000))))
