# SPDX-License-Identifier: Apache-2.0
"""PE images with version information, and signatures with the offset VI.

files() gives name -> bytes; signatures() gives (database, line, name), as in cases.py."""
import struct


def wide(s):
    return s.encode("utf-16-le")


def block(key, value=b"", children=(), text=False):
    """One structure of VS_VERSIONINFO: length, length of the value, type, key, value, children."""
    head = wide(key) + b"\0\0"
    body = head + bytes(-(6 + len(head)) % 4) + value
    for c in children:
        body += bytes(-(6 + len(body)) % 4) + c
    n_value = len(value) // 2 if text else len(value)
    return struct.pack("<HHH", 6 + len(body), n_value, text) + body


def string(key, value):
    return block(key, wide(value) + b"\0\0" if value else b"", text=True)


def version(tables):
    fixed = struct.pack("<II", 0xFEEF04BD, 0x10000) + bytes(44)
    var = block("VarFileInfo", children=[block("Translation", b"\x09\x04\xb0\x04")])
    info = [block("StringFileInfo", children=[block("040904b0", children=[string(*s) for s in t]) for t in tables]), var]
    return block("VS_VERSION_INFO", fixed, info)


def resources(blobs, rva):
    """A tree of one type (16, or what is given), one name and one language for each blob."""
    n = len(blobs)
    types, names, languages, data = 16, 16 + 8, 0, 0
    names = 16 + 8 * 1
    languages = names + 16 + 8 * n
    entries = languages + (16 + 8) * n
    data = entries + 16 * n
    out = struct.pack("<IIHHHH", 0, 0, 0, 0, 0, 1) + struct.pack("<II", types, 0x80000000 | names)
    out += struct.pack("<IIHHHH", 0, 0, 0, 0, 0, n)
    for i in range(n):
        out += struct.pack("<II", i + 1, 0x80000000 | languages + 24 * i)
    for i in range(n):
        out += struct.pack("<IIHHHH", 0, 0, 0, 0, 0, 1) + struct.pack("<II", 0x409, entries + 16 * i)
    place = data
    for b in blobs:
        out += struct.pack("<IIII", rva + place, len(b), 0, 0)
        place += len(b) + -len(b) % 8
    for b in blobs:
        out += b + bytes(-len(b) % 8)
    return out


def pe(blobs, wide_image=False):
    return pe_of(resources(blobs, 0x2000), wide_image)


def pe_of(rsrc, wide_image=False):
    """An image with these resources, which lie at 0x2000."""
    size = len(rsrc) + -len(rsrc) % 0x200
    head = b"MZ" + bytes(0x3A) + struct.pack("<I", 0x80) + bytes(0x40)
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664 if wide_image else 0x14C, 2, 0, 0, 0, 240 if wide_image else 224, 0x102)
    directories = bytes(16) + struct.pack("<II", 0x2000, len(rsrc)) + bytes(8 * 13)
    common = (0x200, size, 0, 0x1000, 0x1000)
    sizes = (0x1000, 0x200, 5, 0, 0, 0, 5, 0, 0, 0x2000 + 0x1000 * (1 + size // 0x1000), 0x400, 0, 3, 0)
    if wide_image:
        opt = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20B, 9, 0, *common, 0x400000, *sizes, 0x100000, 0x1000, 0x100000,
                          0x1000, 0, 16)
    else:
        opt = struct.pack("<HBBIIIIIIIIIHHHHHHIIIIHHIIIIII", 0x10B, 9, 0, *common, 0x2000, 0x400000, *sizes, 0x100000, 0x1000,
                          0x100000, 0x1000, 0, 16)
    table = struct.pack("<8sIIIIIIHHI", b".text", 0x1000, 0x1000, 0x200, 0x400, 0, 0, 0, 0, 0x60000020)
    table += struct.pack("<8sIIIIIIHHI", b".rsrc", size, 0x2000, size, 0x600, 0, 0, 0, 0, 0x40000040)
    image = (head + coff + opt + directories + table).ljust(0x400, b"\0") + b"\x90" * 0x200
    return image + rsrc.ljust(size, b"\0")


def files():
    one = [("CompanyName", "Evil Corp"), ("FileDescription", "Nothing at all"), ("Comments", ""), ("ProductName", "Tools")]
    two = [("CompanyName", "Other"), ("InternalName", "inner.exe")]
    cut = version([one])
    return {
        "one.exe": pe([version([one])]), "wide.exe": pe([version([one])], True), "two.exe": pe([version([one, two])]),
        "more.exe": pe([version([two]), version([one])]), "none.exe": pe([b"no version information at all"]),
        "odd.exe": pe([version([one[:1] + [("SpecialBuild", "odd!")]])]),
        "short.exe": pe([version([[("Odd", ""), ("BehindShort", "more")]])]),
        "cut.exe": pe([cut[:120]]), "text.exe": pe([version([two])]) + wide("CompanyName\0\0Evil Corp"),
    }


def key(name, value, more=b""):
    head = wide(name) + b"\0\0"
    return (head + bytes(-(6 + len(head)) % 4) + wide(value) + more).hex()


BODIES = [
    key("CompanyName", "Evil Corp"), key("CompanyName", "Evil"), key("CompanyName", "Other"), wide("CompanyName").hex(),
    wide("Evil Corp").hex(), key("FileDescription", "Nothing at all"), wide("Comments").hex(), key("InternalName", "inner.exe"),
    key("ProductName", "Tools"), wide("Translation").hex(), wide("Company").hex() + "*" + wide("Corp").hex(),
    wide("Company").hex() + "{-40}" + wide("Corp").hex(), wide("ompanyName").hex(), wide("040904b0").hex(),
    key("SpecialBuild", "odd!"), key("BehindShort", "more"),
]


def signatures():
    for i, b in enumerate(BODIES):
        yield "ndb", "Version-%d:1:VI:%s" % (i, b), "Version-%d" % i
        yield "ldb", "VersionL-%d;Engine:53-255,Target:1;0;VI:%s" % (i, b), "VersionL-%d" % i
    yield "ldb", "VersionN-1;Engine:53-255,Target:1;0=0;VI:%s" % BODIES[0], "VersionN-1"
    yield "ldb", "VersionN-2;Engine:53-255,Target:1;0&1;VI:%s;VI:%s" % (BODIES[0], BODIES[7]), "VersionN-2"
    yield "ldb", "VersionN-3;Engine:53-255,Target:1;0|1;VI:%s;VI:%s" % (BODIES[4], BODIES[8]), "VersionN-3"


PARTS = "clamscan 1.4.6 finds no body of several parts at VI"
LAST = "clamscan 1.4.6 passes over a last string whose length is no multiple of four, though no padding follows it"
SHORT = "a string of 16 bytes, of a short name and without a value, hides from clamscan 1.4.6 those behind it"


def differs(name, _line):
    """Why the answers differ on purpose; None: they do not."""
    number = name.split("-")[1] if not name.startswith("VersionN") else ""
    return PARTS if number in ("10", "11") else LAST if number == "14" else SHORT if number == "15" else None
