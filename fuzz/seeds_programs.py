#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: seeds_programs.py CORPUS   Seeds for what other seeds reach too little of: the interpreter's operands, what stubs ask
of Windows, programs in programs, headers of ELF and Mach-O, a worker's answer with members, ClamAV's types and macros."""
import io
import os
import struct
import sys
import zipfile

top = sys.argv[1]
BASE, FIRST, SECOND = 0x400000, 0x1000, 0x2000


def put(target, name, data):
    os.makedirs(os.path.join(top, target), exist_ok=True)
    with open(os.path.join(top, target, name), "wb") as f:
        f.write(data)


# ---- the interpreter (fuzz_x86.c: code at 0x1000, data at 0x8000, esp, esi and edi in its middle)

put("x86", "addresses", b"".join([
    b"\x67\x8b\x44\x10", b"\x67\x8b\x80\x10\x00", b"\x67\xa1\x00\x80", b"\x67\x8b\x1e\x00\x88",  # 16 bits: [si+16], [bx+si+16], [8000], [8800]
    b"\xbb\x00\x84\x00\x00\xbd\x00\x86\x00\x00", b"\x67\x8b\x47\x04\x67\x8b\x46\x04\x67\x8b\x04",
    b"\x8b\x44\x24\x10", b"\x8b\x44\x9e\x08", b"\x31\xc9\x8b\x84\x8b\x10\x00\x00\x00", b"\x8b\x04\x25\x00\x88\x00\x00",  # SIB
    b"\x26\x8b\x06\x2e\x8b\x06\x36\x8b\x06\x3e\x8b\x06\xf0\xff\x06", b"\x50\x53\x68\x01\x02\x03\x04\x6a\xff\x59\x5a\x5b\x58\xff\x36\x8f\x07"]))
put("x86", "step", b"\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d\x90\x90")  # pushf; or dword [esp], 100h; popf: the trap flag
put("x86", "spent", b"\xeb\xfe")
put("x86", "no-code", b"\xe9\x00\x00\x00\x00")
put("x86", "cut", b"\x8b\x84\x24\x00")
put("x86", "unknown", b"\x0f\xff\x0f\x0b")


# ---- programs

def section(name, at, raw, size):
    return name.ljust(8, b"\0") + struct.pack("<IIIIIIHHI", 0x1000, at, size, raw, 0, 0, 0, 0, 0xe0000060)


def program(stub, first=b"", base=BASE, imports=0, size=0x1000, name=b".stub"):
    """Two sections that may be written to and run: what is there at first, and the stub, in which the program begins."""
    optional = struct.pack("<HBBIIIIIIIIIHHHHHHIIIIHHIIIIII", 0x10b, 0, 0, 0, 0, 0, SECOND, FIRST, 0, base, 0x1000, 0x200, 4, 0, 0, 0, 4, 0, 0, 0x4000,
                           0x400, 0, 3, 0, 0, 0, 0, 0, 0, 16)
    directory = bytearray(128)
    struct.pack_into("<I", directory, 8, imports)
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HHIIIHH", 0x14c, 2, 0, 0, 0, 224, 0x10f) + optional + bytes(directory)
    head += section(b".text", FIRST, 0x400, 0x200) + section(name, SECOND, 0x600, size)
    return head.ljust(0x400, b"\0") + first.ljust(0x200, b"\0")[:0x200] + stub.ljust(size, b"\0")


FUNCTIONS = [
    ("GetModuleHandleA", [0]), ("GetModuleHandleA", ["dll"]), ("LoadLibraryA", ["dll"]), ("LoadLibraryA", ["other"]), ("GetProcAddress", [0x400000, "name"]),
    ("GetProcAddress", [0, 0]), ("GetProcAddress", [0x7ff00000, 1]), ("VirtualAlloc", [0, 4096, 0x1000, 4]), ("VirtualAlloc", [0x401000, 4096, 0x1000, 4]),
    ("VirtualAlloc", [0x500000, 4096, 0x1000, 4]), ("VirtualAlloc", [0, 0xf0000000, 0x1000, 4]), ("VirtualProtect", [0x401000, 4096, 64, "room"]), ("VirtualFree", [0, 0, 0]),
    ("GlobalAlloc", [0, 64]), ("GlobalFree", [1]), ("LocalAlloc", [0, 64]), ("LocalFree", [1]), ("GetProcessHeap", []), ("HeapCreate", [0, 0, 0]),
    ("HeapAlloc", [1, 0, 64]), ("HeapFree", [1, 0, 1]), ("GetTickCount", []), ("IsDebuggerPresent", []), ("GetVersion", []), ("FreeLibrary", [1]),
    ("GetModuleFileNameA", [0, "room", 40]), ("GetCurrentProcess", []), ("SetUnhandledExceptionFilter", [0]), ("GetLastError", []),
    ("CreateFileA", ["room", 0, 0, 0, 3, 0, 0]), ("GetFileSize", [1, "room"]), ("ReadFile", [1, "room", 100, "read", 0]), ("CloseHandle", [1]),
]
PLACES = {"dll": SECOND + 0xe00, "other": SECOND + 0xe20, "name": SECOND + 0xe40, "room": FIRST, "read": FIRST + 0x180}


def caller():
    """Calls each through an import, then turns the first section and goes on there."""
    names = sorted({f for f, _ in FUNCTIONS}) + ["NobodyKnowsThis", 7]
    hints, places, at = b"", [], 0xa00
    for n in names:
        if isinstance(n, int):
            places.append(1 << 31 | n)
            continue
        places.append(SECOND + at + len(hints))
        hints += b"\0\0" + n.encode() + b"\0"
    table = b"".join(struct.pack("<I", p) for p in places) + bytes(4)
    library = struct.pack("<IIIII", SECOND + 0x800, 0, 0, SECOND + 0xe00, SECOND + 0x900) + bytes(20)
    code = b""
    for f, args in FUNCTIONS:
        for a in reversed(args):
            code += b"\x68" + struct.pack("<I", BASE + PLACES[a] if isinstance(a, str) else a)
        code += b"\xff\x15" + struct.pack("<I", BASE + SECOND + 0x900 + 4 * names.index(f))
    code += b"\xb9\0\x02\0\0\xbe\0\x10\x40\0\x80\x36\x5a\x46\xe2\xfa\x68\0\x10\x40\0\xc3"
    body = code.ljust(0x780, b"\x90")
    assert len(body) == 0x780
    body = body + library
    body = body.ljust(0x800, b"\0") + table
    body = body.ljust(0x900, b"\0") + table
    body = body.ljust(0xa00, b"\0") + hints
    assert len(body) <= 0xe00
    body = body.ljust(0xe00, b"\0") + b"KERNEL32.DLL\0".ljust(32, b"\0") + b"other.dll\0".ljust(32, b"\0") + b"VirtualAlloc\0"
    return program(body, bytes(b ^ 0x5a for b in b"\x31\xc0\xc3 needle"), imports=SECOND + 0x780)


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(zipfile.ZipInfo("a.exe", (2000, 1, 1, 0, 0, 0)), b"MZ needle")
    return out.getvalue()


TURN = b"\xb9\0\x02\0\0\xbe\0\x10\x40\0\x80\x36\x5a\x46\xe2\xfa\x68\0\x10\x40\0\xc3"
put("packed", "calls", caller())
put("packed", "zip-inside", program(TURN, bytes(b ^ 0x5a for b in b"\xc3" + zipped()), size=0x200))
put("packed", "named", program(b"\xd9\xee", name=b"UPX0", size=0x200))
inner = program(b"\xc3", base=0x10000000, size=0x200)
put("packed", "program-inside", program(b"\xc3".ljust(0x200, b"\0") + inner, size=0x1000))
put("packed", "many-inside", program(b"\xc3".ljust(0x200, b"\0") + b"".join(
    (b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<HHIIIHH", 0x14c, 1, 0, 0, 0, 0, 0x10f) + bytes(40)) for _ in range(70)), size=0x3000))
put("archive", "program-inside", program(b"\xc3".ljust(0x200, b"\0") + inner, size=0x1000, name=b".data"))


# ---- headers (format/exe.c)

def elf(wide, big, programs=1, sections=2, entry=0x1040):
    o = ">" if big else "<"
    a = "Q" if wide else "I"
    head = b"\x7fELF" + bytes([2 if wide else 1, 2 if big else 1, 1]) + bytes(9)
    n_head, n_program, n_section = (64, 56, 64) if wide else (52, 32, 40)
    head += struct.pack(o + "HHI" + a * 3 + "IHHHHHH", 2, 62, 1, entry, n_head, n_head + n_program * programs, 0, n_head, n_program, programs, n_section, sections, 0)
    load = struct.pack(o + "IIQQQQQQ", 1, 5, 0, 0x1000, 0x1000, 256, 256, 4096) if wide else struct.pack(o + "IIIIIIII", 1, 0, 0x1000, 0x1000, 256, 256, 5, 4096)
    one = struct.pack(o + "II" + a * 4 + "II" + a * 2, 1, 1, 6, 0x1000, 64, 64, 0, 0, 1, 0)
    return head + load * programs + one * sections + bytes(64)


def macho(wide, big, command=None, n=1):
    o = ">" if big else "<"
    a = "Q" if wide else "I"
    magic = 0xfeedfacf if wide else 0xfeedface
    sect = b"__text".ljust(16, b"\0") + b"__TEXT".ljust(16, b"\0") + struct.pack(o + a * 2 + "I" * (8 if wide else 7), 0x1000, 64, 512, *[0] * (7 if wide else 6))
    body = b"__TEXT".ljust(16, b"\0") + struct.pack(o + a * 4 + "IIII", 0x1000, 4096, 0, 4096, 7, 5, 2, 0) + sect * 2
    segment = struct.pack(o + "II", 0x19 if wide else 1, 8 + len(body)) + body
    main = struct.pack(o + "IIQQ", 0x80000028, 24, 0x10, 0)
    thread = struct.pack(o + "IIII", 5, 16 + 64, 1, 16) + struct.pack(o + "16I", *range(0x1000, 0x1010))
    commands = [segment, main, thread] if command is None else [command]
    return struct.pack(o + "IIIIIII", magic, 7, 3, 2, len(commands) * n, sum(map(len, commands)) * n, 0) + (bytes(4) if wide else b"") + b"".join(commands) * n + bytes(64)


for wide in (False, True):
    for big in (False, True):
        tail = ("64" if wide else "32") + ("big" if big else "little")
        put("icon", "elf" + tail, elf(wide, big))
        put("icon", "macho" + tail, macho(wide, big))
put("icon", "elf-class", elf(False, False).replace(b"ELF\1", b"ELF\7"))
put("icon", "elf-sections", elf(True, False, sections=3000)[:2000])
put("icon", "elf-outside", elf(True, False, entry=0x99999))
put("icon", "elf-cut", elf(True, False)[:130])
put("icon", "macho-command", macho(True, False, struct.pack("<II", 0x19, 3)))
put("icon", "macho-many", macho(False, False, n=40))
for big, magic in ((True, 0xcafebabe), (True, 0xcafebabf)):
    wide = magic & 1 == 1
    arch = struct.pack(">IIQQII", 7, 3, 0x1000, 600, 12, 0) if wide else struct.pack(">IIIII", 7, 3, 0x1000, 600, 12)
    put("icon", "fat%d" % wide, (struct.pack(">II", magic, 1) + arch).ljust(0x1000, b"\0") + macho(True, False))


# ---- a worker's answer (fuzz_record.c: the object's size, then the record of engine/record.c)

def text(s):
    return struct.pack("<H", len(s)) + s


def gap(why, detail=b"damaged: x"):
    return struct.pack("<BI", why, 0xffffffff) + text(detail)


def body(form=b"", gaps=()):
    return struct.pack("<BB32x", 0, 2 if form else 0) + (text(form) if form else b"") + struct.pack("<II", 0, len(gaps)) + b"".join(gaps)


def answer(form=b"zip", children=(), inside=None, kind=0, gaps=()):
    out = struct.pack("<Q", 100) + b"REC2" + bytes([kind]) + body(form, gaps) + struct.pack("<I", 0)
    return out + struct.pack("<QQI", len(children) if inside is None else inside, 9, len(children)) + b"".join(children)


def child(parent, name, form=b"", size=3, gaps=()):
    return struct.pack("<I", parent) + text(name) + struct.pack("<Q", size) + body(form, gaps)


put("record", "members", answer(children=[child(0, b"a.zip", b"zip"), child(1, b"b"), child(0, b"c")]))
put("record", "members-none", answer())
put("record", "members-gap", answer(children=[child(0, b"a.zip", b"zip", gaps=[gap(1)]), child(1, b"b")], gaps=[gap(1)], kind=3))
put("record", "members-parent", answer(children=[child(0, b"a"), child(1, b"b")]))
put("record", "members-later", answer(children=[child(2, b"a")]))
put("record", "members-few", answer(children=[child(0, b"a")], inside=0))
put("record", "members-name", answer(children=[child(0, b"")]))
put("record", "members-deep", answer(children=[child(i, b"z", b"zip") for i in range(80)]))
put("record", "format", answer(form=b"z" * 200))
put("record", "kind", answer(kind=2))


# ---- ClamAV's databases (fuzz_clam.c: the family, then the text) and HTML's links (fuzz_link.c)

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../tools"))
from rules_seeds import FAMILIES  # noqa: E402

put("clam", "macros", bytes([0x80 | FAMILIES["ldb"]]) + b"""M:0:$3$:61626364
M:0:$3$:65666768
A;Engine:51-255,Target:0;0&1;414243;${0-9}3$
B;Target:0;0&1;0:414243;${1-20}3$
C;Target:0;0&1;EOF-99,10:414243;${1-20}3$
D;Target:0;0&1;414243;${1-20}9$
E;Target:0;0;${1-20}3$
H;Target:0;0&1&2;414243;414243/a/;${1-20}3$
F;Target:0;(0|1)>2&2;414243;*:4445;10,20:464748
G;Target:1;0&1;EP+0,20:41424344;SL+0:4142;
""")
put("clam", "magic-errors", bytes([FAMILIES["ftm"]]) + b"""0:x:58595a47:Mine:CL_TYPE_ANY:CL_TYPE_GZ
0:0:5:Mine:CL_TYPE_ANY:CL_TYPE_GZ
0:0:58595a47:Mine:CL_TYPE_ANY
0:0:58595a47:Mine:CL_TYPE_NONE:CL_TYPE_GZ
0:0:58595a47:Mine:CL_TYPE_ANY:CL_TYPE_NONE
0:0:58595a47:Mine:CL_TYPE_ANY:CL_TYPE_GZ:999
0:0:58595a47:Mine:CL_TYPE_ANY:CL_TYPE_GZ:x
0:0:58595a47:Mine:CL_TYPE_ANY:CL_TYPE_GZ:1:9
1:*:3c6120:HTML:CL_TYPE_ANY:CL_TYPE_HTML
1:257:7573746172:TAR:CL_TYPE_ANY:CL_TYPE_POSIX_TAR
1:*:4d5a:Program:CL_TYPE_ANY:CL_TYPE_MSEXE
1:EP+0:4d5a5a:Icon:CL_TYPE_ANY:CL_TYPE_GZ
0:0:1f:short:CL_TYPE_ANY:CL_TYPE_GZ
0:0:cafebabe::CL_TYPE_ANY:CL_TYPE_MACHO_UNIBIN
""")
