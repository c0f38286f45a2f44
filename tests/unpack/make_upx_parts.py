#!/usr/bin/env python3
"""Usage: make_upx_parts.py CORPUS   Writes to CORPUS/upx what UPX's own packing does not give for seeds: a library, blocks that
are stored, parts far behind the loader, and what is damaged.  Prints the digests of what should come out of the whole ones.

The structures are put together by hand, as UPX documents them (l_info, p_info, b_info): nothing is packed by UPX."""
import hashlib
import os
import struct
import sys
import zlib

BASE = 0x10000
PT_LOAD, PT_DYNAMIC = 1, 2


def elf(order, wide, parts, kind=3):
    """ELF header and program headers; parts: (type, at, size, address)."""
    word, size, one = ("Q", 64, 56) if wide else ("I", 52, 32)
    out = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1, 0]) + bytes(8)
    out += struct.pack(order + "HHI3%sIHHHHHH" % word, kind, 62 if wide else 8, 1, BASE, size, 0, 0, size, one, len(parts), 0, 0, 0)
    for of, at, n, address in parts:
        if wide:
            out += struct.pack(order + "IIQQQQQQ", of, 5, at, address, address, n, n, 0x1000)
        else:
            out += struct.pack(order + "IIIIIIII", of, at, address, address, n, n, 5, 0x1000)
    return out


def block(order, data, method=0, packed=None, size=None, filtered=0):
    packed = data if packed is None else packed
    return struct.pack(order + "IIBBBB", len(data) if size is None else size, len(packed), method, filtered, 0, 0) + packed


def info(order, file_size, loader=0):
    """l_info and p_info."""
    return (struct.pack(order + "I", 0) + b"UPX!" + struct.pack(order + "HBB", loader, 13, 22) +
            struct.pack(order + "III", 0, file_size, 0x1000))


def text(n, what):
    return (b"%s of a program that is put together by hand. " % what * (n // 40 + 1))[:n]


def library(order, wide):
    """(packed, plain): its first bytes and its data stand as they are, its code is in blocks."""
    parts = [(PT_LOAD, 0, 0x900, BASE), (PT_LOAD, 0xA00, 0x300, BASE + 0x2A00), (PT_DYNAMIC, 0xA40, 0x80, BASE + 0x2A40)]
    head = elf(order, wide, parts)
    code, data, tail = text(0x900, b"code"), text(0x300, b"data"), text(0x80, b"tail")
    plain = head + code[len(head):] + text(0x100, b"between") + data + tail
    begin = 0x200 # what the linker reads of it
    packed_head = elf(order, wide, [(PT_LOAD, 0, 0x800, BASE), (PT_LOAD, 0x1000, 0x300, BASE + 0x2A00), parts[2]])
    out = packed_head + plain[len(head):begin] + info(order, len(plain), 0x40)
    out += block(order, head)
    out += block(order, plain[begin:0x600]) + block(order, plain[0x600:0x900])
    out += bytes(-len(out) % 4) + b"LOADER  " * 8
    out += block(order, plain[0x900:0xA00]) + block(order, tail)
    return out.ljust(0x1000, b"\0") + data, plain


def program(order, wide, **change):
    """(packed, plain): two parts that are loaded; change: what of it is otherwise."""
    parts = change.get("parts", [(PT_LOAD, 0, 0x400, BASE), (PT_LOAD, 0x480, 0x100, BASE + 0x1480)])
    head = elf(order, wide, parts, 2)
    plain = (head + text(0x580, b"all"))[:0x580] + text(0x60, b"tail")
    first = change.get("first", block(order, head))
    out = elf(order, wide, [(PT_LOAD, 0, 0x800, BASE)], 2) + info(order, len(plain), 8)
    out += first
    made = len(head)
    for of, at, n, _ in parts:
        if of == PT_LOAD and at + n > made:
            out += change["code"](plain[max(made, at):at + n]) if "code" in change else block(order, plain[max(made, at):at + n])
            made = at + n
    out += bytes(-len(out) % 4) + b"LOADER  " * change.get("away", 1)
    if change.get("gaps", True):
        out += block(order, plain[0x400:0x480]) + block(order, plain[0x580:])
    return out, plain


def pe(sections):
    """The headers of a 64-bit PE; sections: (address, size, place and size in the file)."""
    out = struct.pack("<4sHHIIIHH", b"PE", 0x8664, len(sections), 0, 0, 0, 240, 0x22) + struct.pack("<H", 0x20b).ljust(240, b"\0")
    for at, size, raw_at, raw_size in sections:
        out += struct.pack("<8sIIII16s", b"", size, at, raw_size, raw_at, b"")
    return out


def windows(sections):
    """A packed program of 64-bit Windows, whose image is one page at 0x1000, with these sections when it was built."""
    head = pe(sections)
    image = text(0x200, b"code").ljust(0xf00 - len(head), b"\0") + head
    image = image.ljust(0xffc, b"\0") + struct.pack("<I", 0xf00 - len(head))
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflate.compress(image) + deflate.flush()
    header = struct.pack("<4sBBBBIIIIIBBB", b"UPX!", 13, 36, 15, 0, 0, 0, len(image), len(packed), 0, 0, 0, 0)
    header += bytes([sum(header[4:]) % 251])
    out = struct.pack("<2s58xI", b"MZ", 64) + pe([(0x1000, 0x1000, 0x200, 0), (0x2000, 0x1000, 0x200, 0x200)])
    return out.ljust(0x200 - len(header), b"\0") + header + packed


def seeds():
    """name -> (bytes, what comes out; None: not all)"""
    one = program("<", True)
    head = elf("<", True, [(PT_LOAD, 0, 0x400, BASE), (PT_LOAD, 0x480, 0x100, BASE + 0x1480)], 2)
    overlap = [(PT_LOAD, 0, 0x400, BASE), (PT_LOAD, 0x200, 0x300, BASE + 0x1480)]
    return {
        "library": library("<", True), "library-32-big": library(">", False),
        "stored": one, "stored-32-big": program(">", False),
        "far": program("<", True, away=600), # 4800 bytes behind the blocks
        "first-cut": (one[0][:200], None), "cut": (one[0][:0x300], None),
        "no-gaps": (program("<", True, gaps=False, away=1000)[0], None),
        "overlap": (program("<", True, parts=overlap)[0], None),
        "other-class": (program("<", True, first=block("<", elf("<", False, [(PT_LOAD, 0, 9, 9)] * 2)))[0], None),
        "other-order": (program("<", True, first=block("<", elf(">", True, [(PT_LOAD, 0, 9, 9)])))[0], None),
        "no-elf": (program("<", True, first=block("<", b"no header at all" * 8))[0], None),
        "no-loads": (program("<", True, first=block("<", elf("<", True, [(PT_DYNAMIC, 0, 9, 9)])))[0], None),
        "first-damaged": (program("<", True, first=block("<", head, 8, b"\0" * 40))[0], None),
        "damaged": (program("<", True, code=lambda d: block("<", d, 8, b"\xff" * 30))[0], None),
        "filter": (program("<", True, code=lambda d: block("<", d, 14, b"\0" * 30, filtered=0x77))[0], None),
        "later-block": (program("<", True, code=lambda d: block("<", d) if len(d) > 0x100 else block("<", d + bytes(9)))[0], None),
        "sizes": (program("<", True, first=block("<", head, size=9))[0], None),
        "cut-header": (one[0][:40], None),
        "pe64": (windows([(0x1000, 0x200, 0x200, 0x200)]), None),
        "pe64-before": (windows([(0x800, 0x200, 0x200, 0x200)]), None),
        "pe64-behind": (windows([(0x1000, 0x200, 0x200, 0x200), (0x2000, 0x200, 0x400, 0x200)]), None),
    }


def main(corpus):
    for name, (data, plain) in seeds().items():
        with open(os.path.join(corpus, "upx", "hand-" + name), "wb") as f:
            f.write(data)
        if plain is not None:
            print("%s %d %s" % (name, len(plain), hashlib.sha256(plain).hexdigest()))


if __name__ == "__main__":
    main(sys.argv[1])
