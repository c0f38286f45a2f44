#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small files of the formats that modules read, whole and damaged, made from nothing.

    make_samples.py FORMAT DIRECTORY [DAMAGED]

FORMAT is elf, macho, dex or lnk.  DAMAGED copies of each file have a few bytes changed or are cut short;
the changes are the same in every run.
"""
import os
import random
import struct
import sys
import zlib


# ---- ELF

def elf(wide, big, kind=3, dynamic=True, symbols=True):
    """An ELF file with a dynamic segment, two symbol tables, and an entry point within .text."""
    e = ">" if big else "<"
    word = e + ("Q" if wide else "I")
    head, sh, ph, sym = (64, 64, 56, 24) if wide else (52, 40, 32, 16)
    names = [b"", b".text", b".dynsym", b".dynstr", b".symtab", b".strtab", b".shstrtab", b".dynamic"]
    shstr = b"\0" + b"\0".join(names[1:]) + b"\0"
    syms = [b"", b"Puts", b"malloc", b"my_function", b"str_left_out", b"_hidden", b"other_function"]
    strtab = b"\0" + b"\0".join(syms[1:]) + b"\0"
    table = b""
    for i, name in enumerate(syms):
        at = strtab.index(b"\0" + name + b"\0") + 1 if name else 0
        info, other, section = 0x12 if i > 2 else 0x10, 2 if i == 5 else 0, 1 if i > 2 else 0
        if wide:
            table += struct.pack(e + "IBBHQQ", at, info if i else 0, other, section, 0x1000 + i, 8 * i)
        else:
            table += struct.pack(e + "IIIBBH", at, 0x1000 + i, 8 * i, info if i else 0, other, section)
    dyn = b"".join(struct.pack(word, x) for x in (1, 5, 14, 9, 0x6ffffffb, 1, 0, 0))
    text = b"\x90" * 64
    body, at = b"", head + (2 * ph if dynamic else ph)
    place = {}
    for name, data in ((b".text", text), (b".dynsym", table), (b".dynstr", strtab), (b".symtab", table),
                       (b".strtab", strtab), (b".shstrtab", shstr), (b".dynamic", dyn)):
        place[name] = (at + len(body), len(data))
        body += data + b"\0" * (-len(data) % 8)
    sh_at = at + len(body)
    types = {b"": 0, b".text": 1, b".dynsym": 11, b".dynstr": 3, b".symtab": 2, b".strtab": 3,
             b".shstrtab": 3, b".dynamic": 6}
    sections = b""
    for name in names:
        off, size = place.get(name, (0, 0))
        link = {b".dynsym": 3, b".symtab": 5}.get(name, 0) if symbols else 0
        at_name = shstr.index(b"\0" + name + b"\0") + 1 if name else 0
        sections += struct.pack(e + "II", at_name, types[name])
        sections += b"".join(struct.pack(word, x) for x in (6 if name == b".text" else 0,
                                                            0x1000 if name == b".text" else 0, off, size))
        sections += struct.pack(e + "II", link, 0)
        sections += b"".join(struct.pack(word, x) for x in (8, sym if types[name] in (2, 11) else 0))
    segments = b""
    for t, name in ((1, b".text"), (2, b".dynamic"))[:2 if dynamic else 1]:
        off, size = place[name]
        if wide:
            segments += struct.pack(e + "IIQQQQQQ", t, 5, off, 0x1000, 0x1000, size, size, 8)
        else:
            segments += struct.pack(e + "IIIIIIII", t, off, 0x1000, 0x1000, size, size, 5, 8)
    header = b"\x7fELF" + bytes((2 if wide else 1, 2 if big else 1, 1, 3)) + b"\0" * 8
    header += struct.pack(e + "HHI", kind, 62 if wide else 3, 1)
    header += b"".join(struct.pack(word, x) for x in (0x1010, head, sh_at))
    header += struct.pack(e + "IHHHHHH", 0, head, ph, 2 if dynamic else 1, sh, len(names), 6)
    return header + segments + body + sections


def elf_files():
    for wide in (False, True):
        for big in (False, True):
            base = "elf%d%s" % (64 if wide else 32, "be" if big else "le")
            yield base, elf(wide, big)
            yield base + "-exec", elf(wide, big, kind=2)
            yield base + "-static", elf(wide, big, dynamic=False, symbols=False)


# ---- Mach-O

CPUS = {"m68k": (0x6, 0x44), "m88k": (0xd, 0x7c), "sparc": (0xe, 4), "ppc": (0x12, 0), "x86": (0x7, 40),
        "arm": (0xc, 60), "x86_64": (0x1000007, 128), "arm64": (0x100000c, 256), "ppc64": (0x1000012, 0)}


def macho(cpu="x86_64", big=False, thread=False, more=True):
    e = ">" if big else "<"
    cputype, pc = CPUS[cpu]
    wide = cputype >= 0x1000000
    word = "Q" if wide else "I"

    def text(command, fixed, string):
        data = fixed + string + b"\0"
        data += b"\0" * (-(8 + len(data)) % 8)
        return struct.pack(e + "II", command, 8 + len(data)) + data

    def segment(name, sections, at):
        body = b""
        for i, s in enumerate(sections):
            body += s.ljust(16, b"\0")[:16] + name.ljust(16, b"\0")
            body += struct.pack(e + word * 2, 0x1000 + 16 * i, 16) + struct.pack(e + "7I", at, 2, 0, 0, 0x80000400, 1, 2)
            body += struct.pack(e + "I", 3) if wide else b""
        head = name.ljust(16, b"\0") + struct.pack(e + word * 4, 0x1000, 0x2000, at, 0x800)
        head += struct.pack(e + "4I", 7, 5, len(sections), 0)
        return struct.pack(e + "II", 0x19 if wide else 1, 8 + len(head) + len(body)) + head + body

    commands = [segment(b"__PAGEZERO", [], 0), segment(b"__TEXT", [b"__text", b"__a_very_long_name"], 0x100)]
    if thread:
        state = bytearray(320)
        struct.pack_into(e + word, state, pc, 0x1040)
        commands.append(struct.pack(e + "4I", 5, 16 + len(state), 1, 1) + bytes(state))
    else:
        commands.append(struct.pack(e + "IIQQ", 0x80000028, 24, 0x140, 0x8000))
    strings = b"\0_main\0_Puts\0 \0"
    trie = b"\0\1_\0\5" + b"\0\2main\0\x13puts\0\x17" + b"\2\0\0\0" + b"\2\0\0\0"
    binds = b"\x11\x40_printf\0\x51\x72\x00\x90\x00" + b"\x40_malloc\0\x90"
    plist = b"<plist><dict><key>com.apple.security.app-sandbox</key><true/><array><string>a</string></array></dict></plist>"
    blob = struct.pack(">II", 0xfade7171, 8 + len(plist)) + plist
    signature = struct.pack(">IIIII", 0xfade0cc0, 20 + len(blob), 1, 5, 20) + blob
    if more:
        commands += [text(0xc, struct.pack(e + "4I", 24, 2, 0x10203, 0x10000), b"/usr/lib/libSystem.B.dylib"),
                     text(0xe, struct.pack(e + "I", 12), b"/usr/lib/dyld"),
                     text(0x8000001c, struct.pack(e + "I", 12), b"@loader_path/.."),
                     struct.pack(e + "II", 0x1b, 24) + bytes(range(16)),
                     struct.pack(e + "IIQ", 0x2a, 16, 1 << 40 | 2 << 30 | 3 << 20 | 4 << 10 | 5),
                     struct.pack(e + "IIIIIIII", 0x32, 32, 1, 0xb0000, 0xb0300, 1, 3, 0x2010000),
                     struct.pack(e + "IIII", 0x24, 16, 0xa0c00, 0xa0e00),
                     struct.pack(e + "III", 0x2d, 20, 1) + b"-lfoo\0\0\0",
                     struct.pack(e + "6I", 2, 24, 0x400, 2, 0x500, len(strings)),
                     struct.pack(e + "II18I", 0xb, 80, *range(18)),
                     struct.pack(e + "12I", 0x80000022, 48, 0, 0, 0x600, len(binds), 0, 0, 0, 0, 0x640, len(trie)),
                     struct.pack(e + "4I", 0x1d, 16, 0x680, len(signature))]
    data = b"".join(commands)
    magic = 0xfeedfacf if wide else 0xfeedface
    header = struct.pack(e + "7I", magic, cputype, 3, 2, len(commands), len(data), 0x85)
    header += struct.pack(e + "I", 0) if wide else b""
    out = bytearray((header + data).ljust(0x800, b"\0"))
    for at, what in ((0x500, strings), (0x600, binds), (0x640, trie), (0x680, signature)):
        if more and len(header) + len(data) <= 0x500:
            out[at:at + len(what)] = what
    return bytes(out)


def fat(files, wide=False):
    at, places, body = 0x100, [], b""
    for f in files:
        places.append(at + len(body))
        body += f
    head = struct.pack(">II", 0xcafebabf if wide else 0xcafebabe, len(files))
    for f, place in zip(files, places):
        cpu, sub = struct.unpack(("<" if f[0] in (0xce, 0xcf) else ">") + "II", f[4:12])
        head += struct.pack(">IIQQII" if wide else ">IIIII", cpu, sub, place, len(f), 12, *((9,) if wide else ()))
    return head.ljust(at, b"\0") + body


def macho_files():
    for cpu in CPUS:
        for big in (False, True):
            yield "%s%s-thread" % (cpu, "-be" if big else ""), macho(cpu, big, True, False)
    for cpu in ("x86", "x86_64", "ppc"):
        yield cpu, macho(cpu, cpu == "ppc")
    yield "fat", fat([macho("x86"), macho("x86_64"), macho("arm64", thread=True)])
    yield "fat64", fat([macho("x86_64"), macho("ppc", True)], True)
    yield "fat-swapped", b"\xbe\xba\xfe\xca" + struct.pack(">I", 1) + macho()[:200]
    yield "class", b"\xca\xfe\xba\xbe\0\0\0\x34" + b"\0\x10\7\0\2" * 40


# ---- DEX

def uleb(n):
    out = b""
    while n > 127:
        out += bytes((n & 127 | 128,))
        n >>= 7
    return out + bytes((n,))


def dex(version=b"035"):
    names = [b"<init>", b"I", b"LMain;", b"Ljava/lang/Object;", b"Main.java", b"V", b"VI", b"count", b"run", b"sum",
             b"x" * 130]
    types = [1, 2, 3, 5]                              # I, LMain;, Object, V
    protos = [(5, 3, 0), (6, 3, 0)]                   # V(), V(I)
    fields = [(1, 0, 7), (1, 0, 9)]                   # count, sum
    methods = [(1, 0, 0), (1, 1, 8), (2, 0, 0)]
    head = 112
    at = {"string": head}
    at["type"] = at["string"] + 4 * len(names)
    at["proto"] = at["type"] + 4 * len(types)
    at["field"] = at["proto"] + 12 * len(protos)
    at["method"] = at["field"] + 8 * len(fields)
    at["class"] = at["method"] + 8 * len(methods)
    at["data"] = at["class"] + 32
    data, places = b"", []
    for n in names:
        places.append(at["data"] + len(data))
        data += uleb(len(n)) + n + b"\0"
    data += b"\0" * (-(at["data"] + len(data)) % 4)
    code = at["data"] + len(data)
    data += struct.pack("<HHHHII", 2, 1, 1, 0, 0, 3) + b"\x70\x10\x02\x00\x00\x00" + b"\0\0"
    members = at["data"] + len(data)
    data += uleb(1) + uleb(1) + uleb(1) + uleb(1)
    data += uleb(0) + uleb(9) + uleb(1) + uleb(2)     # static count; instance sum
    data += uleb(0) + uleb(0x10001) + uleb(code) + uleb(1) + uleb(1) + uleb(code)
    data += b"\0" * (-(at["data"] + len(data)) % 4 + 16)
    map_at = at["data"] + len(data)
    data += struct.pack("<I", 2) + struct.pack("<HHII", 0, 0, 1, 0) + struct.pack("<HHII", 0x1000, 0, 1, map_at)
    tables = b"".join(struct.pack("<I", p) for p in places) + b"".join(struct.pack("<I", t) for t in types)
    tables += b"".join(struct.pack("<III", *p) for p in protos) + b"".join(struct.pack("<HHI", *f) for f in fields)
    tables += b"".join(struct.pack("<HHI", *m) for m in methods)
    tables += struct.pack("<8I", 1, 1, 2, 0, 4, 0, members, 0)
    rest = struct.pack("<III", head + len(tables) + len(data), head, 0x12345678) + struct.pack("<III", 0, 0, map_at)
    for n, what in ((names, "string"), (types, "type"), (protos, "proto"), (fields, "field"), (methods, "method"),
                    ([0], "class"), (data, "data")):
        rest += struct.pack("<II", len(n), at[what])
    whole = b"\x11" * 20 + rest + tables + data
    return b"dex\n" + version + b"\0" + struct.pack("<I", zlib.adler32(whole)) + whole


def dex_files():
    for v in (b"035", b"039", b"040"):
        yield "v" + v.decode(), dex(v)


# ---- shortcuts

def lnk(unicode=True, overlay=b""):
    flags = 0x7f | (0x80 if unicode else 0)
    time = (1600000000 + 11644473600) * 10000000
    head = struct.pack("<I", 0x4c) + bytes.fromhex("0114020000000000c000000000000046")
    head += struct.pack("<IIQQQIIIHHII", flags, 0x20, time, time, 0, 1234, 5, 7, 0, 0, 0, 0)
    items = [b"\x1f\x50" + bytes(range(16)), b"\x2fC:\\".ljust(23, b"\0"), b"\x20\0" + bytes(range(16, 32)),
             b"\x31\0\0\0\0\0\0\0\0\0\x10\0" + b"Users\0", b"\x36\0\0\0\0\0\0\0\0\0\x10\0" + "näme".encode("utf-16-le") + b"\0\0",
             b"\x41\0\x01\\\\host\\share\0", b"\0" * 10 + b"c:\\evil.cpl\0", b"\x99unknown"]
    ids = b"".join(struct.pack("<H", 2 + len(i)) + i for i in items) + b"\0\0"
    volume = struct.pack("<IIII", 0x14, 3, 0xdeadbeef, 0x10) + b"VOL\0"
    base, suffix = b"C:\\Users\\x\0", b"suffix\0"
    info_head = 0x1c
    info = struct.pack("<IIIII", info_head, 3, info_head, info_head + len(volume), 0)
    info += struct.pack("<I", info_head + len(volume) + len(base)) + volume + base + suffix
    info = struct.pack("<I", 4 + len(info)) + info

    def string(s):
        data = s.encode("utf-16-le") if unicode else s.encode("latin-1")
        return struct.pack("<H", len(s)) + data

    body = struct.pack("<H", len(ids)) + ids + info
    body += string("description") + string("..\\x.exe") + string("C:\\work") + string("-enc AAAA") + string("icon.ico")
    tracker = struct.pack("<III", 0x60, 0xa0000003, 0x58) + struct.pack("<I", 0) + b"machine".ljust(16, b"\0") + bytes(range(64))
    return head + body + tracker + struct.pack("<I", 0) + overlay


def lnk_files():
    yield "wide", lnk()
    yield "narrow", lnk(False, b"overlay")


def damaged(data, rng):
    out = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(out))
        out[at] = rng.choice((0, 1, 0x7f, 0x80, 0xff, rng.randrange(256), out[at] ^ 1 << rng.randrange(8)))
    if rng.randrange(4) == 0:
        out = out[:rng.randrange(len(out))]
    return bytes(out[:4]) if len(out) < 4 else bytes(data[:4]) + bytes(out[4:])


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    makers = {"elf": elf_files, "macho": macho_files, "dex": dex_files, "lnk": lnk_files}
    os.makedirs(sys.argv[2], exist_ok=True)
    rng = random.Random(sys.argv[1])
    for name, data in makers[sys.argv[1]]():
        copies = [data] + [damaged(data, rng) for _ in range(int(sys.argv[3]) if len(sys.argv) > 3 else 0)]
        for i, copy in enumerate(copies):
            with open(os.path.join(sys.argv[2], name + ("-%d" % i if i else "")), "wb") as file:
                file.write(copy)


main()
