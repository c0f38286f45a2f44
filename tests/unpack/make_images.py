#!/usr/bin/env python3
"""Usage: make_images.py CORPUS   Writes the seeds of the readers of images: CORPUS/squashfs, xar, dmg.

squashfs comes from Debian's mksquashfs; xar and UDIF are laid by hand, for nothing in Debian writes them.
"""
import base64
import bz2
import lzma
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.dirname(__file__))
from make_documents import PAYLOAD  # noqa: E402

TEXT = b"a text that is said twice: a text that is said twice\n"


def squashfs(*options):
    with tempfile.TemporaryDirectory() as d:
        os.makedirs(os.path.join(d, "in/dir/deep"))
        for name, data in (("a.exe", PAYLOAD), ("dir/big", TEXT * 200 + bytes(9000) + b"e" * 3000),
                           ("dir/deep/b.txt", TEXT), ("empty", b"")):
            with open(os.path.join(d, "in", name), "wb") as f:
                f.write(data)
        os.symlink("a.exe", os.path.join(d, "in/link"))
        subprocess.run(["mksquashfs", "in", "o", "-quiet", "-no-progress", "-nopad", "-all-root", "-mkfs-time", "0",
                        "-all-time", "0", "-no-xattrs", "-b", "4096", *options], cwd=d, check=True,
                       stdout=subprocess.DEVNULL)
        with open(os.path.join(d, "o"), "rb") as f:
            return f.read()


def xar(files, cut=0, how=lambda xml: xml):
    """how: what becomes of the table of contents."""
    heap, xml = b"", "<?xml version='1.0'?><xar><toc><checksum style='sha1'><offset>0</offset></checksum>"
    for i, (name, style, packed, data) in enumerate(files):
        one = f"<data><length>{len(packed)}</length><offset>{len(heap)}</offset><size>{len(data)}</size>" \
              f"<encoding style=\"application/{style}\"/></data><name>{name}</name>"
        heap += packed
        xml += f"<file id=\"{i}\">{one}</file>"
    xml += "<file id=\"d\"><name>dir</name><type>directory</type></file></toc></xar>"
    xml = how(xml)
    toc = zlib.compress(xml.encode())
    out = struct.pack(">4sHHQQI", b"xar!", 28, 1, len(toc), len(xml), 1) + toc + heap
    return out[:len(out) - cut]


def sector(data):
    return data + bytes(-len(data) % 512)


def adc(data):
    """Literals, and of what repeats its last two bytes a copy of each kind."""
    out = b""
    for i in range(0, len(data), 100):
        part = data[i:i + 100]
        out += bytes([0x80 | len(part) - 1]) + part
    out += bytes([0x40 | 60, 0, 0]) + bytes([15 << 2, 0])  # 64 and 18 times the last byte
    return out


def dmg(runs, cut_list=False, order=None, skip=0, data_tag=b"data", before=b""):
    """runs: (kind, packed, bytes that come out); order: of the table; skip: sectors that a run leaves out."""
    data, table, at = b"", [], 0
    for kind, packed, n in runs:
        table.append(struct.pack(">IIQQQQ", kind, 0, at, n // 512, len(data), len(packed)))
        data += packed
        at += n // 512 + skip
    table = b"".join(table if order is None else [table[i] for i in order])
    table += struct.pack(">IIQQQQ", 0xffffffff, 0, at, 0, 0, 0)
    mish = struct.pack(">4sIQQQII", b"mish", 1, 0, at, 0, 0, 0).ljust(200, b"\0") + \
        struct.pack(">I", len(runs) + 1) + table
    xml = b"<plist><dict><key>blkx</key><array><dict><key>Data</key>" + before + b"<" + data_tag + b">\n" + base64.encodebytes(mish) + \
        (b"</data>" if data_tag == b"data" else b"</data >") + b"</dict></array></dict></plist>"
    koly = bytearray(512)
    struct.pack_into(">4sIIIQQQ", koly, 0, b"koly", 4, 512, 1, 0, 0, len(data))
    struct.pack_into(">QQ", koly, 216, len(data), len(xml) + (9999 if cut_list else 0))
    return data + xml + bytes(koly)


def main(corpus):
    seeds = {
        "xar/all": xar([("a.exe", "octet-stream", PAYLOAD, PAYLOAD), ("z", "x-gzip", zlib.compress(PAYLOAD), PAYLOAD),
                        ("b", "x-bzip2", bz2.compress(PAYLOAD), PAYLOAD), ("x", "x-xz", lzma.compress(PAYLOAD), PAYLOAD),
                        ("l", "x-lzma", lzma.compress(PAYLOAD, lzma.FORMAT_ALONE), PAYLOAD)]),
        "xar/unknown": xar([("a.exe", "x-other", PAYLOAD, PAYLOAD)]),
        "xar/cut": xar([("a.exe", "octet-stream", PAYLOAD, PAYLOAD)], 9),
        "xar/blanks": xar([("a.exe", "x-gzip", zlib.compress(PAYLOAD), PAYLOAD)], how=lambda x: x.replace("<data>", "<data id='>'>").replace(
            "</data>", "</x:data ><!-- </file> -->").replace("</file>", "</file\n>").replace("<length>", "<length > ")),
        "xar/no-length": xar([("a.exe", "octet-stream", PAYLOAD, PAYLOAD)], how=lambda x: x.replace("length", "width")),
        "xar/twice": xar([("a.exe", "octet-stream", PAYLOAD, PAYLOAD)], how=lambda x: x.replace("<size>", "<length>0</length><size>")),
        "xar/wrong-size": xar([("a.exe", "octet-stream", PAYLOAD, PAYLOAD + b"more")]),
        "xar/wide": xar([("a.exe", "octet-stream", PAYLOAD, PAYLOAD)], how=lambda x: x.replace("", "\0")),
        "dmg/shuffled": dmg([(1, sector(PAYLOAD), 512), (0x80000005, zlib.compress(sector(TEXT)), 512), (0, b"", 512)], order=[2, 1, 0],
                            data_tag=b"data id='1'", before=b"<!-- <data> -->"),
        "dmg/holes": dmg([(1, sector(PAYLOAD), 512), (1, sector(TEXT), 512)], skip=3),
        "dmg/overlap": dmg([(1, sector(PAYLOAD), 512), (1, sector(TEXT), 512)], skip=-1),
        "dmg/short": dmg([(0x80000005, zlib.compress(PAYLOAD), 512), (1, sector(TEXT) + sector(TEXT), 512)]),
        "dmg/encrypted": b"encrcdsa" + struct.pack(">I", 2) + bytes(500),
        "dmg/encrypted-1": bytes(range(256)) + bytes(500) + b"cdsaencr",
        "dmg/kinds": dmg([(1, sector(PAYLOAD), 512), (0, b"", 512), (0x80000005, zlib.compress(sector(PAYLOAD)), 512),
                          (0x7ffffffe, b"", 0), (0x80000006, bz2.compress(sector(TEXT)), 512),
                          (0x80000008, lzma.compress(sector(TEXT)), 512),
                          (0x80000004, adc((b"0123456789" * 43)), 512)]),
        "dmg/unknown": dmg([(0x80000099, b"", 512), (1, sector(PAYLOAD), 512)]),
        "dmg/no-list": dmg([(1, sector(PAYLOAD), 512)], True),
    }
    if shutil.which("mksquashfs"):
        for name in ("gzip", "xz", "lzma", "lz4", "zstd", "lzo"):
            seeds[f"squashfs/{name}"] = squashfs("-comp", name)
        seeds["squashfs/stored"] = squashfs("-noI", "-noD", "-noF")
        seeds["squashfs/no-fragments"] = squashfs("-no-fragments")
        seeds["squashfs/cut"] = seeds["squashfs/gzip"][:700]
    for name, data in seeds.items():
        os.makedirs(os.path.join(corpus, os.path.dirname(name)), exist_ok=True)
        with open(os.path.join(corpus, name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
