#!/usr/bin/env python3
"""Usage: make_rpm.py ROOT STORE   Lays out rpm's database by hand, as sqlite, ndb, or by libdb's own db_load as bdb: 300 packages and one that needs
overflow pages, each with two files; and a signature by the key 0123456789abcdef."""
import os
import sqlite3
import struct
import subprocess
import sys


def header(name, release, extra=()):
    packet = b"\x88\x1c\x04\x00\x01\x08\x00\x00\x00\x0a\x09\x10" + bytes.fromhex("0123456789abcdef") + b"\0\0"
    text = lambda s: (6, 1, s.encode() + b"\0")
    strings = lambda l: (8, len(l), b"".join(s.encode() + b"\0" for s in l))
    numbers = lambda l: (4, len(l), b"".join(struct.pack(">I", n) for n in l))
    bases = ["run", "lib", *extra]
    tags = {268: (7, len(packet), packet), 1000: text(name), 1001: text("1.0"), 1002: text(str(release)), 1003: numbers([2]),
            1011: text("V"), 1022: text("noarch"), 1044: text(name + ".src.rpm"), 1116: numbers([0, 1] + [1] * len(extra)),
            1117: strings(bases), 1118: strings([f"/usr/bin/{name}-", "/opt/"])}
    entries, data = b"", b""
    for tag, (kind, count, value) in sorted(tags.items()):
        data += b"\0" * (-len(data) % 4)
        entries += struct.pack(">IIII", tag, kind, len(data), count)
        data += value
    return struct.pack(">II", len(tags), len(data)) + entries + data


blobs = [header(f"p{i:03}", i) for i in range(300)] + [header("large", 1, [f"file-{i:06}" for i in range(5000)])]
where = os.path.join(sys.argv[1], "var/lib/rpm")
os.makedirs(where, exist_ok=True)
if sys.argv[2] == "sqlite":
    db = sqlite3.connect(os.path.join(where, "rpmdb.sqlite"))
    db.execute("CREATE TABLE IF NOT EXISTS 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    db.execute("CREATE TABLE IF NOT EXISTS 'Name' (key TEXT NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL)")
    db.executemany("INSERT INTO Packages(blob) VALUES (?)", [(b,) for b in blobs])
    db.commit()
    db.close()
elif sys.argv[2] == "bdb":
    pairs = [(0, struct.pack("<I", len(blobs)))] + list(enumerate(blobs, 1))
    text = "VERSION=3\nformat=bytevalue\ntype=hash\ndb_pagesize=4096\nHEADER=END\n"
    text += "".join(f" {struct.pack('<I', k).hex()}\n {v.hex()}\n" for k, v in pairs) + "DATA=END\n"
    subprocess.run(["db5.3_load", os.path.join(where, "Packages")], input=text.encode(), check=True)
else:
    slots, body, pages = b"", b"", 2
    for i, b in enumerate(blobs):
        at = pages * 4096 + len(body)
        blob = b"BlbS" + struct.pack("<III", i + 1, 1, len(b)) + b
        blob += b"\0" * (-(len(blob) + 12) % 16) + struct.pack("<II", 0, len(b)) + b"BlbE"
        slots += b"Slot" + struct.pack("<III", i + 1, at // 16, len(blob) // 16)
        body += blob
    head = b"RpmP" + struct.pack("<IIII", 0, 1, pages, len(blobs) + 1) + bytes(12)
    slots += (b"Slot" + bytes(12)) * ((pages * 4096 - len(head) - len(slots)) // 16)
    with open(os.path.join(where, "Packages.db"), "wb") as f:
        f.write(head + slots + body)
