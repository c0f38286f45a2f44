# SPDX-License-Identifier: Apache-2.0
"""Pictures, and signatures with the hashes of what they show, which clamscan tells when it is asked for it.

files() gives name -> bytes; signatures() gives (database, line, name), as in cases.py."""
import math
import os
import random
import re
import shutil
import struct
import subprocess
import tempfile
import zlib


def scene(w, h, seed):
    """Colours as a function of the place: a few soft spots on a slope."""
    rng = random.Random(seed)
    spots = [(rng.random() * w, rng.random() * h, rng.random() * w / 2 + 2, [rng.randrange(-200, 200) for _ in range(3)])
             for _ in range(6)]

    def at(x, y):
        out = [255.0 * x / w, 255.0 * y / h, 128.0]
        for sx, sy, r, c in spots:
            k = math.exp(-((x - sx) ** 2 + (y - sy) ** 2) / (r * r))
            out = [o + k * v for o, v in zip(out, c)]
        return tuple(min(255, max(0, int(v))) for v in out)
    return at


def pack(samples, depth):
    if depth == 16:
        return b"".join(struct.pack(">H", s * 256 + s % 7) for s in samples)
    if depth == 8:
        return bytes(samples)
    out, bits, n = bytearray(), 0, 0
    for s in samples:
        bits, n = bits << depth | s, n + depth
        if n == 8:
            out.append(bits)
            bits, n = 0, 0
    if n:
        out.append(bits << (8 - n) & 255)
    return bytes(out)


def filtered(rows, by, rng):
    """Each row by a filter of its own."""
    out, old = b"", bytes(len(rows[0]) if rows else 0)
    for row in rows:
        old = old if len(old) == len(row) else bytes(len(row))
        kind = rng.randrange(5)
        left = bytes(by) + row[:-by] if len(row) > by else bytes(len(row))
        corner = bytes(by) + old[:-by] if len(row) > by else bytes(len(row))

        def guess(i):
            a, b, c = left[i], old[i], corner[i]
            if kind == 4:
                p = a + b - c
                return min(((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c)))[2]
            return (0, a, b, (a + b) // 2)[kind]
        out += bytes([kind]) + bytes((row[i] - guess(i)) & 255 for i in range(len(row)))
        old = row
    return out


def png(w, h, color, depth, interlaced=False, seed=1):
    at, rng = scene(w, h, seed), random.Random(seed)
    most = (1 << min(depth, 8)) - 1
    palette = [(i * 255 // most, 255 - i * 255 // most, i * 7 % 256) for i in range(most + 1)]

    def samples(x, y):
        r, g, b = at(x, y)
        grey = (r + g + b) // 3
        return {0: (grey * most // 255,), 2: (r, g, b), 3: (grey * most // 255,), 4: (grey, r), 6: (r, g, b, g)}[color]
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    steps = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    data = b""
    for x0, y0, dx, dy in steps if interlaced else ((0, 0, 1, 1),):
        rows = [pack([s for x in range(x0, w, dx) for s in samples(x, y)], depth) for y in range(y0, h, dy)]
        rows = [r for r in rows if r]
        data += filtered(rows, max(1, channels * depth // 8), rng)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    body = zlib.compress(data)
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, color, 0, 0, interlaced))
    if color == 3:
        out += chunk(b"PLTE", b"".join(bytes(c) for c in palette))
    return out + chunk(b"IDAT", body[:50]) + chunk(b"IDAT", body[50:]) + chunk(b"IEND", b"")


def gif(w, h, interlaced=False, frame=None, seed=1):
    """With codes of nine bits that are cleared before they grow."""
    at = scene(w, h, seed)
    fx, fy, fw, fh = frame or (0, 0, w, h)
    palette = b"".join(bytes((i, 255 - i, i * 5 % 256)) for i in range(256))
    rows = list(range(fh))
    if interlaced:
        rows = [y for a, b in ((0, 8), (4, 8), (2, 4), (1, 2)) for y in range(a, fh, b)]
    bits, n, out = 0, 0, bytearray()
    for i, p in enumerate([sum(at(fx + x, fy + y)) // 3 for y in rows for x in range(fw)] + [257]):
        for code in ([256] if i % 200 == 0 else []) + [p]:
            bits, n = bits | code << n, n + 9
            while n >= 8:
                out.append(bits & 255)
                bits, n = bits >> 8, n - 8
    out.append(bits & 255)
    blocks = b"".join(bytes([len(out[i:i + 255])]) + out[i:i + 255] for i in range(0, len(out), 255)) + b"\0"
    return (b"GIF89a" + struct.pack("<HHBBB", w, h, 0xF7, 0, 0) + palette + b"!\xf9\x04\0\0\0\0\0" +
            b"," + struct.pack("<HHHHB", fx, fy, fw, fh, 0x40 if interlaced else 0) + b"\x08" + blocks + b";")


def jpeg(w, h, seed, *options):
    at = scene(w, h, seed)
    ppm = b"P6 %d %d 255\n" % (w, h) + b"".join(bytes(at(x, y)) for y in range(h) for x in range(w))
    return subprocess.run(["cjpeg", *options], input=ppm, capture_output=True, check=True).stdout


def files():
    out = {}
    for color, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)), (6, (8, 16))):
        for depth in depths:
            for interlaced in (False, True):
                out["%d-%d-%d.png" % (color, depth, interlaced)] = png(61, 47, color, depth, interlaced, color * 100 + depth)
    for i, (w, h) in enumerate(((1, 40), (7, 5), (32, 32), (200, 33), (33, 150))):
        out["size%d.png" % i] = png(w, h, 2, 8, False, 50 + i)
    out["plain.gif"], out["rows.gif"] = gif(60, 50, False, None, 3), gif(61, 53, True, None, 4)
    out["frame.gif"] = gif(60, 50, False, (10, 5, 40, 40), 5)
    if shutil.which("cjpeg") is not None:
        for i, options in enumerate(((), ("-progressive",), ("-grayscale",), ("-quality", "30"), ("-sample", "1x1"), ("-arithmetic",))):
            out["p%d.jpg" % i] = jpeg(90, 70, 60 + i, *options)
    out["cut.png"] = out["2-8-0.png"][:400]
    return out


def hashes():
    with tempfile.TemporaryDirectory() as top:
        with open(top + "/none.ndb", "w") as f:
            f.write("None:0:*:0102030405060708090a0b0c\n")
        os.mkdir(top + "/f")
        for name, data in files().items():
            with open(os.path.join(top, "f", name), "wb") as f:
                f.write(data)
            r = subprocess.run(["clamscan", "--debug", "-d", top + "/none.ndb", "--no-summary", os.path.join(top, "f", name)],
                               capture_output=True, text=True, check=False)
            found = re.search(r"Image hash: ([0-9a-f]{16})", r.stderr)
            if found is not None:
                yield name, found.group(1)


def signatures():
    for name, digest in hashes():
        name = name.replace(".", "-")
        yield "ldb", "Picture-%s;Engine:150-255,Target:0;0;fuzzy_img#%s" % (name, digest), "Picture-" + name
    yield "ldb", "PictureN-1;Engine:150-255,Target:5;0&1;fuzzy_img#0123456789abcdef#0;89504e47", "PictureN-1"
    yield "ldb", "PictureN-2;Engine:150-255,Target:5;0=0&1;fuzzy_img#0123456789abcdef;89504e47", "PictureN-2"


def differs(_name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return None
