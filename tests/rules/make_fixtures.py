#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small files of each format that the rule modules read, built byte by byte from the specifications.

build() returns {name: bytes}, the same on every run.  As a program: make_fixtures.py DIRECTORY writes
them there.  None of the programs does anything: the code of each is one return instruction.
"""

import hashlib
import os
import struct
import sys
import zlib


def pad(data, n):
    return data + b"\0" * (-len(data) % n)


def z(text):
    return text.encode("latin-1") + b"\0"


# ---- PE ([MS-PECOFF])

def imports32(dlls, rva, wide):
    """Import descriptors, lookup and address tables, names.  dlls: [(name, [name or ordinal])]."""
    word, flag = (8, 1 << 63) if wide else (4, 1 << 31)
    head = 20 * (len(dlls) + 1)
    tables, at = [], rva + head
    for _, names in dlls:
        tables.append((at, at + word * (len(names) + 1)))
        at += 2 * word * (len(names) + 1)
    strings, descriptors, thunks = b"", b"", b""
    base = at
    for (dll, names), (lookup, address) in zip(dlls, tables):
        row = b""
        for n in names:
            if isinstance(n, int):
                value = flag | n
            else:
                value = base + len(strings)
                strings += pad(struct.pack("<H", 1) + z(n), 2)
            row += struct.pack("<Q" if wide else "<I", value)
        row += b"\0" * word
        thunks += row + row
        descriptors += struct.pack("<IIIII", lookup, 0, 0, base + len(strings), address)
        strings += pad(z(dll), 2)
    return descriptors + b"\0" * 20 + thunks + strings


def delayed32(dll, names, rva, wide, image_base):
    word, flag = (8, 1 << 63) if wide else (4, 1 << 31)
    head = 64
    lookup = rva + head
    address = lookup + word * (len(names) + 1)
    base = address + word * (len(names) + 1)
    strings, row = pad(z(dll), 2), b""
    for n in names:
        if isinstance(n, int):
            value = flag | n
        else:
            value = base + len(strings)
            strings += pad(struct.pack("<H", 1) + z(n), 2)
        row += struct.pack("<Q" if wide else "<I", value)
    row += b"\0" * word
    entry = struct.pack("<IIIIIIII", 1, base, base, address, lookup, 0, 0, 0)
    return entry + b"\0" * 32 + row + row + strings


def exports(dll, functions, rva, base=1, stamp=0x5f000000):
    """functions: [(name or None, rva or forwarder)] by ordinal."""
    names = sorted((f[0], i) for i, f in enumerate(functions) if f[0])
    n = len(functions)
    addresses = rva + 40
    pointers = addresses + 4 * n
    ordinals = pointers + 4 * len(names)
    at = ordinals + 2 * len(names)
    strings = z(dll)
    table = b""
    for _, target in functions:
        if isinstance(target, str):
            table += struct.pack("<I", at + len(strings))
            strings += z(target)
        else:
            table += struct.pack("<I", target)
    for name, _ in names:
        table += struct.pack("<I", at + len(strings))
        strings += z(name)
    for _, i in names:
        table += struct.pack("<H", i)
    return struct.pack("<IIHHIIIIIII", 0, stamp, 0, 0, at, base, n, len(names), addresses, pointers,
                       ordinals) + table + strings


def version_node(key, value, children=b"", text=None):
    body = pad(b"\0" * 6 + z16(key), 4)
    n_value = len(value) if text is None else len(text) + 1
    body += value if text is None else z16(text)
    if children:
        body = pad(body, 4) + children
    return struct.pack("<HHH", len(body), n_value, 0 if text is None else 1) + body[6:]


def z16(text):
    return text.encode("utf-16-le") + b"\0\0"


def version_info(pairs):
    strings = b""
    for key, value in pairs:
        strings = pad(strings, 4) + version_node(key, b"", text=value)
    table = version_node("040904B0", b"", strings)
    info = version_node("StringFileInfo", b"", table)
    var = version_node("VarFileInfo", b"", version_node("Translation", struct.pack("<HH", 0x409, 1200)))
    fixed = struct.pack("<13I", 0xfeef04bd, 0x10000, 0x00010002, 0x00030004, 0x00010002, 0x00030004,
                        0x3f, 0, 0x40004, 1, 0, 0, 0)
    return version_node("VS_VERSION_INFO", fixed, pad(info, 4) + var)


def resources(items, rva):
    """items: [(type, name, language, bytes)]; type and name are numbers or text."""
    types = {}
    for t, n, lang, data in items:
        types.setdefault(t, {}).setdefault(n, []).append((lang, data))

    def order(keys):
        return sorted((k for k in keys if isinstance(k, str))) + sorted(k for k in keys if isinstance(k, int))
    n_dirs, n_entries, n_data = 1, len(types), 0
    for names in types.values():
        n_dirs += 1
        n_entries += len(names)
        for langs in names.values():
            n_dirs += 1
            n_entries += len(langs)
            n_data += len(langs)
    strings_at = 16 * n_dirs + 8 * n_entries + 16 * n_data
    state = {"dir": 0, "data": 16 * n_dirs + 8 * n_entries, "strings": b"", "bodies": b"", "out": {}}
    size = strings_at + sum(2 + 2 * len(k) for k in types if isinstance(k, str)) + sum(
        2 + 2 * len(k) for names in types.values() for k in names if isinstance(k, str))
    bodies_at = size + (-size % 16)

    def key(k):
        if isinstance(k, int):
            return k
        at = strings_at + len(state["strings"])
        state["strings"] += struct.pack("<H", len(k)) + k.encode("utf-16-le")
        return 0x80000000 | at

    def directory(keys, child):
        at = state["dir"]
        state["dir"] += 16 + 8 * len(keys)
        named = sum(isinstance(k, str) for k in keys)
        head = struct.pack("<IIHHHH", 0, 0x5e000000 if at == 0 else 0, 4 if at == 0 else 0, 0, named,
                           len(keys) - named)
        for k in keys:
            name = key(k)
            head += struct.pack("<II", name, child(k))
        state["out"][at] = head
        return at

    def leaf(lang, data):
        at = state["data"]
        state["data"] += 16
        state["out"][at] = struct.pack("<IIII", rva + bodies_at + len(state["bodies"]), len(data), 0, 0)
        state["bodies"] += pad(data, 4)
        return at

    directory(order(types), lambda t: 0x80000000 | directory(
        order(types[t]), lambda n: 0x80000000 | directory(
            [lang for lang, _ in types[t][n]],
            lambda lang: leaf(lang, dict(types[t][n])[lang]))))
    out = bytearray(bodies_at)
    for at, data in state["out"].items():
        out[at:at + len(data)] = data
    out[strings_at:strings_at + len(state["strings"])] = state["strings"]
    return bytes(out) + state["bodies"]


def rich_header(entries, stub):
    """entries: [(tool, version, uses)]; stands after the DOS stub."""
    def rotate(value, n):
        n %= 32
        return ((value << n) | (value >> (32 - n))) & 0xffffffff if n else value
    key = len(stub)
    for i, b in enumerate(stub):
        if not 0x3c <= i < 0x40:
            key = (key + rotate(b, i)) & 0xffffffff
    for tool, version, uses in entries:
        key = (key + rotate(tool << 16 | version, uses)) & 0xffffffff
    words = [0x536e6144, 0, 0, 0]
    for tool, version, uses in entries:
        words += [tool << 16 | version, uses]
    return struct.pack("<%dI" % len(words), *(w ^ key for w in words)) + b"Rich" + struct.pack("<I", key)


CODE = b"\xc3" + b"\x90" * 31


def pe(wide, dll, sections, directories, overlay=b"", rich=(), stamp=0x5e0be100, checksum=True,
       image_base=None, subsystem=3, entry=0x1000, machine=None, align=0x200, symbols=(0, 0)):
    """sections: [(name, rva, bytes, flags)]; directories: {index: (rva, size)}."""
    stub = b"MZ" + struct.pack("<29H", 0x90, 3, 0, 4, 0, 0xffff, 0, 0xb8, 0, 0, 0, 0x40, 0, *([0] * 16))
    stub = stub[:0x3c] + b"\0\0\0\0" + b"This program cannot be run in DOS mode.\r\r\n$".ljust(64, b"\0")
    extra = rich_header(rich, stub[:0x3c] + struct.pack("<I", 0) + stub[0x40:]) if rich else b""
    header_at = (len(stub) + len(extra) + 7) & ~7
    image_base = image_base or (0x140000000 if wide else 0x400000)
    flags = 0x0002 | (0x0020 if wide else 0x0100) | (0x2000 if dll else 0)
    n_optional = 240 if wide else 224
    size_headers = -(-(header_at + 24 + n_optional + 40 * len(sections)) // align) * align
    image_size = max([0x1000] + [-(-(rva + len(data)) // 0x1000) * 0x1000 for _, rva, data, _ in sections])
    code = sum(len(pad(d, align)) for _, _, d, f in sections if f & 0x20)
    data_size = sum(len(pad(d, align)) for _, _, d, f in sections if f & 0x40)
    coff = struct.pack("<HHIIIHH", machine or (0x8664 if wide else 0x14c), len(sections), stamp, symbols[0],
                       symbols[1], n_optional, flags)
    head = struct.pack("<HBBIIIII", 0x20b if wide else 0x10b, 14, 20, code, data_size, 0, entry, 0x1000)
    head += struct.pack("<Q", image_base) if wide else struct.pack("<II", 0x2000, image_base)
    head += struct.pack("<IIHHHHHHIIIIHH", 0x1000, align, 6, 1, 2, 3, 5, 1, 0, image_size, size_headers, 0,
                        subsystem, 0x8160)
    head += struct.pack("<QQQQ" if wide else "<IIII", 0x100000, 0x1000, 0x200000, 0x2000)
    head += struct.pack("<II", 0, 16)
    for i in range(16):
        head += struct.pack("<II", *directories.get(i, (0, 0)))
    table, body, at = b"", b"", size_headers
    for name, rva, data, f in sections:
        raw = pad(data, align)
        table += struct.pack("<8sIIIIIIHHI", name, len(data), rva, len(raw), at, 0, 0, 0, 0, f)
        body += raw
        at += len(raw)
    out = bytearray(pad(pad(stub + extra, 8)[:header_at] + b"PE\0\0" + coff + head + table, align) + body + overlay)
    out[0x3c:0x40] = struct.pack("<I", header_at)
    if checksum:
        field = header_at + 24 + 64
        total = 0
        padded = bytes(pad(bytes(out), 2))
        for (word,) in struct.iter_unpack("<H", padded):
            total += word
            total = (total & 0xffff) + (total >> 16)
        out[field:field + 4] = struct.pack("<I", (total & 0xffff) + len(out))
    return bytes(out)


def codeview(path):
    return b"RSDS" + bytes(range(16)) + struct.pack("<I", 1) + z(path)


def pe32():
    dlls = [("KERNEL32.dll", ["CreateFileA", "ExitProcess", "VirtualAlloc"]), ("USER32.DLL", ["MessageBoxW"]),
            ("WS2_32.dll", [3, 115, 23]), ("oddlib.ocx", [7, "Odd_Call"])]
    idata = imports32(dlls, 0x2000, False)
    delayed_at = 0x2000 + len(pad(idata, 16))
    delayed = delayed32("delay.dll", ["Later", 9], delayed_at, False, 0x400000)
    debug_at = delayed_at + len(pad(delayed, 16))
    path = codeview("C:\\build\\pellucid\\fixture.pdb")
    debug = struct.pack("<IIHHIIII", 0, 0x5e0be100, 0, 0, 2, len(path), debug_at + 28,
                        0x600 + debug_at + 28 - 0x2000) + path
    rdata = pad(idata, 16) + pad(delayed, 16) + debug
    rsrc = resources([(16, 1, 0x409, version_info([("CompanyName", "Pellucid project"),
                                                  ("FileDescription", "A fixture"),
                                                  ("FileVersion", "1.2.3.4"), ("OriginalFilename", "fixture.exe")])),
                      (3, 1, 0x409, b"\x28\0\0\0icon"), (10, "PAYLOAD", 0x407, b"raw data of the resource"),
                      ("CUSTOM", 5, 0, b"abc"), (24, 1, 0x409, b"<assembly/>")], 0x4000)
    return pe(False, False, [(b".text", 0x1000, CODE * 8, 0x60000020), (b".rdata", 0x2000, rdata, 0x40000040),
                             (b".data", 0x3000, b"writable data".ljust(64, b"\0"), 0xc0000040),
                             (b".rsrc", 0x4000, rsrc, 0x40000040)],
              {1: (0x2000, len(idata)), 2: (0x4000, len(rsrc)), 6: (debug_at, 28), 13: (delayed_at, 64)},
              overlay=b"overlay: forty bytes of nothing special!",
              rich=[(0x104, 27412, 3), (0xff, 27412, 1), (1, 0, 12)], subsystem=2)


def pe64_dll():
    dlls = [("KERNEL32.dll", ["LoadLibraryW", "GetProcAddress"]), ("OLEAUT32.dll", [2, 6]),
            ("msvcrt.dll", ["malloc", "free"])]
    idata = imports32(dlls, 0x2000, True)
    export_at = 0x2000 + len(pad(idata, 16))
    edata = exports("library.dll", [("Alpha", 0x1000), ("Beta", 0x1008), (None, 0x1010), ("Delta", "NTDLL.RtlDelta"),
                                    ("alpha", 0x1018)], export_at, base=5)
    return pe(True, True, [(b".text", 0x1000, CODE * 4, 0x60000020),
                           (b".rdata", 0x2000, pad(idata, 16) + edata, 0x40000040)],
              {0: (export_at, len(edata)), 1: (0x2000, len(idata))}, subsystem=3, checksum=False, stamp=0)


def pe_entry():
    """Begins to run behind its only section."""
    return pe(False, False, [(b".text", 0x1000, CODE, 0x60000020)], {}, entry=0x1800)


def pe_double():
    """Calls itself a document."""
    rsrc = resources([(16, 1, 0x409, version_info([("OriginalFilename", "invoice.pdf.exe")]))], 0x2000)
    return pe(False, False, [(b".text", 0x1000, CODE, 0x60000020), (b".rsrc", 0x2000, rsrc, 0x40000040)],
              {2: (0x2000, len(rsrc))})


def pe_upx():
    """The section names of a packed program, none of its code."""
    return pe(False, False, [(b"UPX0", 0x1000, b"", 0xe0000080), (b"UPX1", 0x2000, CODE, 0xe0000040)],
              {}, entry=0x2000, machine=0x14c)


# ---- .NET (ECMA-335 II.24)

def dotnet():
    def heap(items):
        out, at = b"\0", {}
        for s in items:
            at[s] = len(out)
            out += z(s)
        return pad(out, 4), at
    strings, s = heap(["fixture.exe", "<Module>", "Program", "Pellucid.Fixture", "Fixture", "mscorlib",
                       "Library", "en", "Main", "Answer", "secret.txt", "Object", "System", "Native.dll", "native_call"])

    def us(text):
        raw = text.encode("utf-16-le")
        return bytes([len(raw) + 1]) + raw + b"\0"
    user = pad(b"\0" + us("hello") + us("a longer text") + us("x"), 4)
    guid = bytes(range(0x10, 0x20))
    blob = b"\0" + b"\x03\0\0\x01" + b"\x04o\0k\0" + b"\x02\x06\x0e" + b"\x08\xb7\x7a\x5c\x56\x19\x34\xe0\x89"
    b_sig, b_const, b_field, b_token = 1, 5, 10, 13
    blob = pad(blob, 4)
    rows = {
        0x00: [struct.pack("<HHHHH", 0, s["fixture.exe"], 1, 0, 0)],
        0x01: [struct.pack("<HHH", 1 << 2 | 2, s["Object"], s["System"])],
        0x02: [struct.pack("<IHHHHH", 0, s["<Module>"], 0, 0, 1, 1),
               struct.pack("<IHHHHH", 0x00100001, s["Program"], s["Pellucid.Fixture"], 1 << 2 | 1, 1, 1)],
        0x04: [struct.pack("<HHH", 0x8056, s["Answer"], b_field)],
        0x06: [struct.pack("<IHHHHH", 0x2050, 0, 0x96, s["Main"], b_sig, 1)],
        0x0b: [struct.pack("<BBHH", 0x0e, 0, 1 << 2, b_const)],
        0x1a: [struct.pack("<H", s["Native.dll"])],
        0x20: [struct.pack("<IHHHHIHHH", 0x8004, 1, 2, 3, 4, 1, 0, s["Fixture"], s["en"])],
        0x23: [struct.pack("<HHHHIHHHH", 4, 0, 0, 0, 0, b_token, s["mscorlib"], 0, 0),
               struct.pack("<HHHHIHHHH", 1, 5, 9, 2, 0, 0, s["Library"], 0, 0)],
        0x28: [struct.pack("<IIHH", 0, 1, s["secret.txt"], 0)],
    }
    valid = sum(1 << i for i in rows)
    tables = struct.pack("<IBBBBQQ", 0, 2, 0, 0, 1, valid, 0x16003301fa00)
    tables += b"".join(struct.pack("<I", len(rows[i])) for i in sorted(rows))
    tables = pad(tables + b"".join(b"".join(rows[i]) for i in sorted(rows)), 4)
    streams = [(b"#~\0\0", tables), (b"#Strings\0\0\0\0", strings), (b"#US\0", user), (b"#GUID\0\0\0", guid),
               (b"#Blob\0\0\0", blob)]
    version = b"v4.0.30319\0\0"
    head_size = 16 + len(version) + 4 + sum(8 + len(n) for n, _ in streams)
    head = struct.pack("<IHHII", 0x424a5342, 1, 1, 0, len(version)) + version + struct.pack("<HH", 0, len(streams))
    at, body = head_size, b""
    for name, data in streams:
        head += struct.pack("<II", at, len(data)) + name
        body += data
        at += len(data)
    metadata = head + body
    resource = struct.pack("<I", 11) + b"the secrets"
    # one section: CLI header at 0x2008, method body at 0x2050, metadata, resources
    text = bytearray(b"\0" * 8)
    meta_rva = 0x2060
    resource_rva = meta_rva + len(metadata)
    text += struct.pack("<IHHIIIIII", 72, 2, 5, meta_rva, len(metadata), 1, 0x06000001, resource_rva, len(resource))
    text = bytearray(bytes(text).ljust(0x50, b"\0")) + b"\x06\x2a"
    idata_rva = 0x4000
    jump = b"\xff\x25" + struct.pack("<I", 0x400000 + idata_rva + 40 + 8)  # to mscoree's _CorExeMain
    text = bytes(text).ljust(0x58, b"\0") + jump
    text = text.ljust(0x60, b"\0") + metadata + resource
    idata = imports32([("mscoree.dll", ["_CorExeMain"])], idata_rva, False)
    return pe(False, False, [(b".text", 0x2000, text, 0x60000020), (b".idata", idata_rva, idata, 0x40000040)],
              {1: (idata_rva, len(idata)), 14: (0x2008, 72)}, entry=0x2058, checksum=False)


# ---- ELF (System V gABI)

def elf(wide, big, machine, kind=2, entry=None, symbols=(), dynamic=(), stripped=False, interp=None):
    e = ">" if big else "<"
    base = 0x400000 if kind == 2 else 0
    n_ehdr, n_phdr, n_shdr = (64, 56, 64) if wide else (52, 32, 40)
    text = CODE
    strtab, names = b"\0", {}
    for name, *_ in symbols:
        if name and name not in names:
            names[name] = len(strtab)
            strtab += z(name)
    needed = {}
    for tag, value in dynamic:
        if isinstance(value, str) and value not in needed:
            needed[value] = len(strtab)
            strtab += z(value)

    def symbol(name, value, size, bind, typ, shndx, other=0):
        n = names.get(name, 0)
        if wide:
            return struct.pack(e + "IBBHQQ", n, bind << 4 | typ, other, shndx, value, size)
        return struct.pack(e + "IIIBBH", n, value, size, bind << 4 | typ, other, shndx)
    symtab = symbol(None, 0, 0, 0, 0, 0) + b"".join(symbol(*s) for s in symbols)
    dyn = b"".join(struct.pack(e + ("qQ" if wide else "iI"), tag, needed.get(v, v) if isinstance(v, str) else v)
                   for tag, v in dynamic)
    sections = [(".text", 1, 6, text, 0, 0)]
    if interp:
        sections.append((".interp", 1, 2, z(interp), 0, 0))
    if symbols:
        n_sym = 24 if wide else 16
        sections.append((".dynstr" if dynamic else ".strtab", 3, 2, strtab, 0, 0))
        sections.append((".dynsym" if dynamic else ".symtab", 11 if dynamic else 2, 2, symtab, len(sections), n_sym))
    if dynamic:
        sections.append((".dynamic", 6, 3, dyn, len(sections) - 1, 16 if wide else 8))
    shstr, name_at = b"\0", {}
    for name in [s[0] for s in sections] + [".shstrtab"]:
        name_at[name] = len(shstr)
        shstr += z(name)
    sections.append((".shstrtab", 3, 0, shstr, 0, 0))
    segments = [(1, 5)]
    if dynamic:
        segments.append((2, 6))
    if interp:
        segments.append((3, 4))
    at = n_ehdr + n_phdr * len(segments)
    body, placed = b"", []
    for s in sections:
        fill = -(at + len(body)) % 16
        body += b"\0" * fill
        placed.append(at + len(body))
        body += s[3]
    body += b"\0" * (-(at + len(body)) % 8)
    table_at = at + len(body)
    where = dict(zip([s[0] for s in sections], placed))
    sizes = {s[0]: len(s[3]) for s in sections}

    def phdr(t, flags):
        name = {2: ".dynamic", 3: ".interp"}.get(t)
        off, n = (where[name], sizes[name]) if name else (0, table_at)
        if wide:
            return struct.pack(e + "IIQQQQQQ", t, flags, off, base + off, base + off, n, n, 0x1000 if t == 1 else 8)
        return struct.pack(e + "IIIIIIII", t, off, base + off, base + off, n, n, flags, 0x1000 if t == 1 else 4)

    def shdr(name, t, flags, off, n, link, entsize):
        args = (name_at.get(name, 0), t, flags, base + off if flags & 2 else 0, off, n, link, 0, 1 if t else 0, entsize)
        return struct.pack(e + ("IIQQQQIIQQ" if wide else "IIIIIIIIII"), *args)
    headers = shdr("", 0, 0, 0, 0, 0, 0)
    for s, off in zip(sections, placed):
        headers += shdr(s[0], s[1], s[2], off, len(s[3]), s[4], s[5])
    n_sections = 0 if stripped else len(sections) + 1
    ident = b"\x7fELF" + bytes([2 if wide else 1, 2 if big else 1, 1, 0]) + b"\0" * 8
    entry = base + where[".text"] if entry is None else entry
    head = ident + struct.pack(e + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"), kind, machine, 1, entry, n_ehdr,
                               0 if stripped else table_at, 0, n_ehdr, n_phdr, len(segments),
                               0 if stripped else n_shdr, n_sections, 0 if stripped else n_sections - 1)
    out = head + b"".join(phdr(*s) for s in segments) + body
    return out if stripped else out + headers


SYMBOLS = [("local_file.c", 0, 0, 0, 4, 0xfff1), ("main", 0x401000, 16, 1, 2, 1), ("counter", 0x402000, 4, 1, 1, 1),
           ("weak_one", 0x401010, 8, 2, 2, 1)]
DYNAMIC_SYMBOLS = [("printf", 0, 0, 1, 2, 0), ("malloc", 0, 0, 1, 2, 0), ("Exported", 0x1000, 16, 1, 2, 1),
                   ("hidden_one", 0x1010, 8, 1, 2, 1, 2), ("environ", 0, 8, 1, 1, 0)]


# ---- Mach-O

def macho(wide, big, cpu, subtype, filetype=2, flags=0x85):
    e = ">" if big else "<"
    n_head = 32 if wide else 28

    def segment(name, address, size, off, n, sections=()):
        rows = b""
        for sect, a, length, where, f in sections:
            rows += struct.pack(e + ("16s16sQQIIIIIIII" if wide else "16s16sIIIIIIIII"), sect, name, a, length, where,
                                4, 0, 0, f, 0, 0, *([0] if wide else []))
        length = (72 if wide else 56) + len(rows)
        return struct.pack(e + ("II16sQQQQIIII" if wide else "II16sIIIIIIII"), 0x19 if wide else 1, length, name, address,
                           size, off, n, 7, 5, len(sections), 0) + rows
    base = 0x100000000 if wide else 0x1000
    build = []
    for off in (0, 0x200):
        commands = [segment(b"__PAGEZERO", 0, base, 0, 0),
                    segment(b"__TEXT", base, 0x1000, 0, 0x400, [(b"__text", base + 0x300, 32, 0x300, 0x80000400),
                                                               (b"__cstring", base + 0x320, 16, 0x320, 2)])]
        if wide:
            commands.append(struct.pack(e + "IIQQ", 0x80000028, 24, 0x300, 0))
        else:
            state = [0] * 40
            state[10] = base + 0x300
            commands.append(struct.pack(e + "IIII", 5, 16 + 64, 1, 16) + struct.pack(e + "16I", *(
                [0] * 10 + [base + 0x300] + [0] * 5)))
        build = commands
    body = b"".join(build)
    head = struct.pack(e + "IIIIIII", 0xfeedfacf if wide else 0xfeedface, cpu, subtype, filetype, len(build), len(body),
                       flags) + (b"\0\0\0\0" if wide else b"")
    out = (head + body).ljust(0x300, b"\0") + CODE + b"a text in macho\0"
    return out.ljust(0x400, b"\0")


def fat(files, wide=False):
    align = 0x400
    head = struct.pack(">II", 0xcafebabf if wide else 0xcafebabe, len(files))
    at, body = align, b""
    for cpu, subtype, data in files:
        if wide:
            head += struct.pack(">IIQQII", cpu, subtype, at, len(data), 10, 0)
        else:
            head += struct.pack(">IIIII", cpu, subtype, at, len(data), 10)
        data = pad(data, align)
        body += data
        at += len(data)
    return head.ljust(align, b"\0") + body


# ---- dex

def dex():
    strings = sorted(["<init>", "I", "L", "LExample;", "Ljava/lang/Object;", "V", "VI", "answer", "hello dex", "main",
                      "Fixture.java"])
    s = {t: i for i, t in enumerate(strings)}
    types = sorted(["I", "LExample;", "Ljava/lang/Object;", "V"], key=lambda t: s[t])
    t = {name: i for i, name in enumerate(types)}
    protos = [(s["V"], t["V"], 0), (s["VI"], t["V"], None)]
    fields = [(t["LExample;"], t["I"], s["answer"])]
    methods = [(t["LExample;"], 0, s["<init>"]), (t["LExample;"], 1, s["main"]),
               (t["Ljava/lang/Object;"], 0, s["<init>"])]
    at = 0x70
    string_ids = at
    at += 4 * len(strings)
    type_ids = at
    at += 4 * len(types)
    proto_ids = at
    at += 12 * len(protos)
    field_ids = at
    at += 8 * len(fields)
    method_ids = at
    at += 8 * len(methods)
    class_defs = at
    at += 32
    data_at = at
    data = b""
    params = data_at
    data += struct.pack("<IHH", 1, t["I"], 0)
    codes = []
    for _ in range(2):
        codes.append(data_at + len(data))
        data += struct.pack("<HHHHIIHH", 1, 1, 0, 0, 0, 1, 0x000e, 0)
    string_at = []
    for text in strings:
        string_at.append(data_at + len(data))
        data += bytes([len(text)]) + z(text)

    def leb(n):
        out = b""
        while n >= 0x80:
            out += bytes([n & 0x7f | 0x80])
            n >>= 7
        return out + bytes([n])
    class_data = data_at + len(data)
    data += leb(1) + leb(0) + leb(1) + leb(1)
    data += leb(0) + leb(0x19)
    data += leb(0) + leb(0x10001) + leb(codes[0])
    data += leb(1) + leb(1) + leb(codes[1])
    data = pad(data, 4)
    map_at = data_at + len(data)
    items = [(0, 1, 0), (1, len(strings), string_ids), (2, len(types), type_ids), (3, len(protos), proto_ids),
             (4, len(fields), field_ids), (5, len(methods), method_ids), (6, 1, class_defs), (0x1001, 1, params),
             (0x2001, 2, codes[0]), (0x2002, len(strings), string_at[0]), (0x2000, 1, class_data), (0x1000, 1, map_at)]
    data += struct.pack("<I", len(items)) + b"".join(struct.pack("<HHII", k, 0, n, off) for k, n, off in items)
    body = struct.pack("<%dI" % len(strings), *string_at)
    body += struct.pack("<%dI" % len(types), *(s[x] for x in types))
    body += b"".join(struct.pack("<III", a, b, params if c is None else 0) for a, b, c in protos)
    body += b"".join(struct.pack("<HHI", *f) for f in fields) + b"".join(struct.pack("<HHI", *m) for m in methods)
    body += struct.pack("<8I", t["LExample;"], 1, t["Ljava/lang/Object;"], 0, s["Fixture.java"], 0, class_data, 0)
    body += data
    size = 0x70 + len(body)
    rest = struct.pack("<20I", size, 0x70, 0x12345678, 0, 0, map_at, len(strings), string_ids, len(types), type_ids,
                       len(protos), proto_ids, len(fields), field_ids, len(methods), method_ids, 1, class_defs,
                       len(data), data_at)
    digest = hashlib.sha1(rest + body).digest()
    return b"dex\n035\0" + struct.pack("<I", zlib.adler32(digest + rest + body)) + digest + rest + body


# ---- shell link ([MS-SHLLINK])

def lnk(arguments="/c echo harmless", target="C:\\Windows\\System32\\cmd.exe", name="A fixture", icon="shell32.dll",
        show=1):
    def text(t):
        return struct.pack("<H", len(t)) + t.encode("utf-16-le")
    flags = 0x02 | 0x04 | 0x08 | 0x10 | 0x20 | 0x40 | 0x80
    head = struct.pack("<I16sIIQQQIiIHHII", 0x4c, bytes.fromhex("0114020000000000c000000000000046"), flags, 0x20,
                       132223104000000000, 132223104000000000, 132223104000000000, 289792, 3, show, 0, 0, 0, 0)
    volume = struct.pack("<IIII", 17, 3, 0x12345678, 16) + b"\0"
    path = z(target)
    info = struct.pack("<IIIIIII", 28 + len(volume) + len(path) + 1, 28, 1, 28, 28 + len(volume), 0,
                       28 + len(volume) + len(path)) + volume + path + b"\0"
    return head + info + text(name) + text("..\\cmd.exe") + text("C:\\Windows") + text(arguments) + text(icon) + b"\0" * 4


def signed(name):
    """An image that is nothing but headers, with a PKCS #7 signature (of another) as its certificate table."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fuzz/corpus/pe_sign", name + ".der"), "rb") as f:
        der = f.read()
    der += bytes(-len(der) % 8)
    image = b"MZ" + bytes(58) + struct.pack("<I", 64)
    image += b"PE\0\0" + struct.pack("<HHIIIHH", 0x14C, 0, 0, 0, 0, 224, 0x102)
    directories = [(0, 0)] * 16
    directories[4] = (512, len(der) + 8)
    image += struct.pack("<H90xI", 0x10B, 16) + b"".join(struct.pack("<II", *d) for d in directories)
    return image.ljust(512, b"\0") + struct.pack("<IHH", len(der) + 8, 0x200, 2) + der


def build():
    elf64 = elf(True, False, 62, symbols=SYMBOLS)
    so64 = elf(True, False, 62, kind=3, symbols=DYNAMIC_SYMBOLS,
               dynamic=[(1, "libc.so.6"), (14, "libfixture.so.1"), (5, 0x1000), (0, 0)])
    m64 = macho(True, False, 0x01000007, 3)
    m32 = macho(False, True, 18, 0, filetype=6)
    arm = macho(True, False, 0x0100000c, 0)
    return {
        "pe32": pe32(), "pe64_dll": pe64_dll(), "pe_upx": pe_upx(), "pe_entry": pe_entry(),
        "pe_double": pe_double(), "pe_cut": pe32()[:0x180], "dotnet": dotnet(),
        "pe_signed": signed("sha1"), "pe_stamped": signed("stamped"), "pe_nested": signed("nested"),
        "pe_name": signed("sha256_name"),
        "elf64": elf64, "elf64_so": so64, "elf64_be": elf(True, True, 21, symbols=SYMBOLS),
        "elf32": elf(False, False, 3, symbols=SYMBOLS, interp="/lib/ld-linux.so.2"),
        "elf32_be": elf(False, True, 8, symbols=SYMBOLS), "elf64_stripped": elf(True, False, 62, stripped=True),
        "elf64_core": elf(True, False, 183, kind=4, entry=0), "elf_cut": elf64[:40],
        "macho64": m64, "macho32_be": m32, "fat": fat([(0x01000007, 3, m64), (0x0100000c, 0, arm)]),
        "fat64": fat([(0x01000007, 3, m64)], True), "dex": dex(), "dex_cut": dex()[:0x60], "lnk": lnk(),
        "png": b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 1, 1, 8, 2, 0, 0, 0) + b"\0\0\0\0",
        "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0",
    }


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, data in build().items():
        with open(os.path.join(sys.argv[1], name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
