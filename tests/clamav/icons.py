# SPDX-License-Identifier: Apache-2.0
"""PE images with icons, and signatures with IconGroup1 and IconGroup2 over an .idb of what clamscan measures of them.

files() gives name -> bytes; signatures() gives (database, line, name), as in cases.py."""
import os
import re
import struct
import subprocess
import tempfile

import pictures
import versions


def tree(entries, rva):
    """Resources: entries of (type, name, bytes), one language each."""
    types = sorted({t for t, _, _ in entries})
    out, size = {}, 16 + 8 * len(types)
    for t in types:
        names = [(n, b) for k, n, b in entries if k == t]
        out[t] = (size, names)
        size += 16 + 8 * len(names)
    languages, entries_at, blobs = size, size + 24 * len(entries), []
    data_at = entries_at + 16 * len(entries)
    head = struct.pack("<IIHHHH", 0, 0, 0, 0, 0, len(types))
    head += b"".join(struct.pack("<II", t, 0x80000000 | out[t][0]) for t in types)
    leaves, tables, k = b"", b"", 0
    for t in types:
        head += struct.pack("<IIHHHH", 0, 0, 0, 0, 0, len(out[t][1]))
        for name, data in out[t][1]:
            head += struct.pack("<II", name, 0x80000000 | languages + 24 * k)
            leaves += struct.pack("<IIHHHH", 0, 0, 0, 0, 0, 1) + struct.pack("<II", 0x409, entries_at + 16 * k)
            tables += struct.pack("<IIII", rva + data_at, len(data), 0, 0)
            blobs.append(data + bytes(-len(data) % 8))
            data_at += len(blobs[-1])
            k += 1
    return head + leaves + tables + b"".join(blobs)


def bitmap(w, h, depth, seed, masked=False, gray=False, opaque=True):
    at = pictures.scene(w, h, seed)
    palette, rows = b"", b""
    most = (1 << min(depth, 8)) - 1
    if depth <= 8:
        palette = b"".join(struct.pack("<I", (i * 255 // most) * 0x10101 if gray else (i * 9973 * 1021) & 0xffffff)
                           for i in range(most + 1))
    for y in reversed(range(h)):
        row, bits = b"", []
        for x in range(w):
            r, g, b = at(x, y)
            if gray:
                r = g = b = (r + g + b) // 3
            if depth == 32:
                row += bytes((b, g, r, (0xff if (x + y) % 5 else 0x60) if opaque else 0))
            elif depth == 24:
                row += bytes((b, g, r))
            elif depth == 16:
                row += struct.pack("<H", r >> 3 << 10 | g >> 3 << 5 | b >> 3)
            else:
                bits.append((r + g + b) // 3 * most // 255)
        rows += (pictures.pack(bits, depth) if bits else row)
        rows += bytes(-len(rows) % 4)
    n = (w + 31) // 32 * 4
    mask = b"".join(bytes([0xF0 if masked and y % 3 == 0 else 0] * n) for y in range(h))
    return struct.pack("<IIIHHIIIIII", 40, w, h * 2, 1, depth, 0, 0, 0, 0, 0, 0) + palette + rows + mask


def program(bitmaps, first=1):
    group = struct.pack("<HHH", 0, 1, len(bitmaps))
    for i, b in enumerate(bitmaps):
        group += struct.pack("<BBBBHHIH", 32, 32, 0, 0, 1, 32, len(b), first + i)
    entries = [(3, first + i, b) for i, b in enumerate(bitmaps)] + [(14, 1, group)]
    return versions.pe_of(tree(entries, 0x2000))


def files():
    out = {}
    for depth in (1, 4, 8, 16, 24, 32):
        for side in (16, 24, 32):
            out["i%d-%d.exe" % (depth, side)] = program([bitmap(side, side, depth, depth * 100 + side)])
    for i, (w, h) in enumerate(((48, 48), (64, 64), (256, 256), (72, 72), (40, 40), (20, 18), (30, 36), (100, 80))):
        out["size%d.exe" % i] = program([bitmap(w, h, 24, 500 + i)])
    out["mask.exe"] = program([bitmap(32, 32, 24, 7, masked=True)])
    out["clear.exe"] = program([bitmap(32, 32, 32, 8, masked=True, opaque=False)])
    out["gray.exe"] = program([bitmap(32, 32, 24, 9, gray=True)])
    out["gray8.exe"] = program([bitmap(16, 16, 8, 10, gray=True)])
    out["flat.exe"] = program([bitmap(32, 32, 24, 11).replace(b"", b"")[:40] + bytes([0x40]) * (32 * 96 + 128)])
    out["two.exe"] = program([bitmap(16, 16, 24, 2416), bitmap(32, 32, 24, 2432)])
    out["near.exe"] = program([bytes(min(255, b + 6) if i > 40 else b for i, b in enumerate(bitmap(32, 32, 24, 2432)))])
    out["narrow.exe"] = program([bitmap(64, 20, 24, 12)])
    out["cut.exe"] = program([bitmap(32, 32, 24, 13)[:900]])
    return out


def measured(table):
    """(file, digits) of what clamscan says of the icons of these files."""
    with tempfile.TemporaryDirectory() as top:
        with open(top + "/a.idb", "w") as f:
            f.write("One:G:H:20" + "0" * 122 + "\n")
        with open(top + "/a.ldb", "w") as f:
            f.write("Ask;Engine:53-255,IconGroup1:G,Target:1;0;504500004c01\n")
        for name, data in table.items():
            path = os.path.join(top, name)
            with open(path, "wb") as f:
                f.write(data)
            r = subprocess.run(["clamscan", "--debug", "-d", top + "/a.idb", "-d", top + "/a.ldb", "--no-summary", path],
                               capture_output=True, text=True, check=False)
            for digits in re.findall(r"IDB SIGNATURE: ICON_NAME:GROUP1:GROUP2:([0-9a-f]+)", r.stderr):
                yield name, digits


def signatures():
    mark = "504500004c01"
    seen = {}
    for name, digits in measured(files()):
        side = int(digits[:2], 16)
        if len(digits) == 124 and side in (16, 24, 32):
            seen.setdefault(name.replace(".", "-"), digits)
    for i, (name, digits) in enumerate(seen.items()):
        yield "idb", "Icon-%s:G%s:H%d:%s" % (name, name, i % 3, digits), None
        yield "ldb", "IconL-%s;Engine:53-255,IconGroup1:G%s,Target:1;0;%s" % (name, name, mark), "IconL-" + name
    for i in range(3):
        yield "ldb", "IconM-%d;Engine:53-255,IconGroup2:H%d,Target:1;0;%s" % (i, i, mark), "IconM-%d" % i
    yield "ldb", "IconM-3;Engine:53-255,IconGroup1:*,IconGroup2:H1,Target:1;0;" + mark, "IconM-3"
    yield "ldb", "IconM-4;Engine:53-255,IconGroup1:*,Target:1;0=0;" + mark, "IconM-4"
    yield "ldb", "IconM-5;Engine:53-255,IconGroup1:*,IconGroup2:*,Target:1;0;" + mark, "IconM-5"


def differs(_name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return None
