#!/usr/bin/env python3
"""Usage: make_virtual.py CORPUS   Writes the seeds of the readers of QCOW2, VMDK and VDI in CORPUS/disk.

Laid by hand, in blocks as small as each format has them; the ones that qemu-img writes are asked for by oracle_disks.py.
"""
import os
import struct
import sys
import zlib

SECTOR = 512


def pieces(data, n):
    """Blocks of n bytes; None where there is nothing but zeros."""
    blocks = [data[i:i + n].ljust(n, b"\0") for i in range(0, len(data), n)]
    return [b if any(b) else None for b in blocks]


def raw_deflate(data):
    c = zlib.compressobj(9, zlib.DEFLATED, -12)
    return c.compress(data) + c.flush()


def qcow(data, version=3, packed=False, backing=0, crypt=0, features=0, cut=0):
    blocks = pieces(data, SECTOR)
    per = SECTOR // 8
    n_tables = -(-len(blocks) // per)
    out = bytearray(SECTOR * (2 + n_tables))
    tables = [[0] * per for _ in range(n_tables)]
    shift = 62 - (9 - 8)
    for i, block in enumerate(blocks):
        if block is None:
            tables[i // per][i % per] = i % 2 if version == 3 else 0  # zeros are told, or nothing stands there
            continue
        if packed and i % 3 != 2:
            stream = raw_deflate(block)
            at = len(out)
            out += stream
            n = (at % SECTOR + len(stream) - 1) // SECTOR
            tables[i // per][i % per] = 1 << 62 | n << shift | at
            continue
        out += bytes(-len(out) % SECTOR)
        tables[i // per][i % per] = 1 << 63 | len(out)
        out += block
    out += bytes(-len(out) % SECTOR)
    for i, table in enumerate(tables):
        struct.pack_into(f">{per}Q", out, SECTOR * (2 + i), *table)
        struct.pack_into(">Q", out, SECTOR + 8 * i, 1 << 63 | SECTOR * (2 + i))
    head = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", version, backing, 0, 9, len(data), crypt, n_tables, SECTOR, 0, 0, 0, 0)
    out[:len(head)] = head
    if version == 3:
        struct.pack_into(">QQQII", out, 72, features, 0, 0, 4, 104)
    return bytes(out[:len(out) - cut])


def vmdk(data, packed=False, parent="ffffffff", directory=None):
    grain, per = 2, 4
    blocks = pieces(data, grain * SECTOR)
    n_tables = -(-len(blocks) // per)
    text = f"# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID={parent}\ncreateType=\"monolithicSparse\"\n".encode()
    out = bytearray(SECTOR * (3 + n_tables))
    out[SECTOR:SECTOR + len(text)] = text
    for i, block in enumerate(blocks):
        if block is not None:
            struct.pack_into("<I", out, SECTOR * (3 + i // per) + i % per * 4, len(out) // SECTOR)
            if packed:
                stream = zlib.compress(block)
                block = struct.pack("<QI", i * grain, len(stream)) + stream
            out += block + bytes(-len(block) % SECTOR)
    for i in range(n_tables):
        struct.pack_into("<I", out, SECTOR * 2 + 4 * i, 3 + i)

    def head(at):
        flags = 3 | (0x30000 if packed else 0)
        return struct.pack("<4sIIQQQQIQQQ", b"KDMV", 3 if packed else 1, flags, len(data) // SECTOR, grain, 1, 1, per, 0, at, 3 + n_tables).ljust(77, b"\0") + \
            struct.pack("<H", packed).ljust(SECTOR - 77, b"\0")
    if packed:  # what counts stands at the end
        out[:SECTOR] = head((1 << 64) - 1)
        out += struct.pack("<QII", 1, 0, 3).ljust(SECTOR, b"\0") + head(2) + bytes(SECTOR)
    else:
        out[:SECTOR] = head(2 if directory is None else directory)
    return bytes(out)


def vdi(data, kind=1, block=SECTOR):
    blocks = pieces(data, block)
    table, stored = b"", b""
    for b in blocks:
        table += struct.pack("<I", 0xffffffff if b is None else len(stored) // block)
        stored += b or b""
    at = 512 + len(table) + -len(table) % SECTOR
    head = b"<<< Oracle VM VirtualBox Disk Image >>>\n".ljust(64, b"\0") + struct.pack("<IIIII", 0xbeda107f, 0x10001, 400, kind, 0)
    head = head.ljust(340, b"\0") + struct.pack("<IIIIIIIQIIII", 512, at, 0, 0, 0, SECTOR, 0, len(data), block, 0, len(blocks), len(blocks))
    return head.ljust(512, b"\0") + table.ljust(at - 512, b"\0") + stored


def main(corpus):
    folder = os.path.join(corpus, "disk")
    with open(os.path.join(folder, "fat12"), "rb") as f:
        disk = f.read()  # of make_disks.py
    packed = vmdk(disk, packed=True)
    out = {"qcow2": qcow(disk), "qcow2-packed": qcow(disk, packed=True), "qcow2-old": qcow(disk, version=2), "qcow2-backing": qcow(disk, backing=400),
           "qcow2-locked": qcow(disk, crypt=1), "qcow2-long": qcow(disk, features=16), "qcow2-apart": qcow(disk, features=4),
           "qcow2-new": qcow(disk, features=32), "qcow2-one": qcow(disk, version=1), "qcow2-cut": qcow(disk, packed=True, cut=600),
           "qcow2-bits": qcow(disk)[:20] + b"\0\0\0\5" + qcow(disk)[24:],
           "vmdk": vmdk(disk), "vmdk-packed": packed, "vmdk-differs": vmdk(disk, parent="0badcafe"), "vmdk-directory": vmdk(disk, directory=1 << 30),
           "vmdk-cut": packed[:-1536 - 1000] + packed[-1536:], "vmdk-grain": vmdk(disk)[:20] + bytes(8) + vmdk(disk)[28:],
           "vdi": vdi(disk), "vdi-differs": vdi(disk, kind=4), "vdi-cut": vdi(disk)[:560], "vdi-block": vdi(disk)[:376] + bytes(4) + vdi(disk)[380:]}
    for name, data in out.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
