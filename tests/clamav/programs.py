# SPDX-License-Identifier: Apache-2.0
"""Programs of many sections, signatures whose HandlerType makes a program or a document of what does not begin as one
(and no .ftm file beside them), and a container that is seldom.

files() gives name -> bytes; signatures() gives (database, line, name), as in cases.py.  All go into one directory."""
import struct
import zlib

GROUP = "programs"
MARK = b"an object with MARKMARK in it, " * 3
ELF, MACHO = b"ELFMARK", b"MACMARK"
HANDLED = [(1, "MSEXE"), (2, "MSOLE2"), (6, "ELF"), (10, "PDF")]


def elf(n, n_programs=1):
    head = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, 0x400000, 64, 64 + 56 * n_programs, 0, 64, 56, n_programs, 64, n, 0)
    programs = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, 0x1000, 0x1000, 0x1000) * n_programs
    sections = b"".join(struct.pack("<IIQQQQIIQQ", 0, 1, 6, 0x1000 * i, 64, 16, 0, 0, 1, 0) for i in range(n))
    return head + programs + sections + ELF + bytes(64)


def macho(*segments):
    commands = b""
    for n in segments:
        commands += struct.pack("<II16sQQQQIIII", 0x19, 72 + 80 * n, b"__TEXT", 0, 0x100000, 0, 0x100000, 7, 7, n, 0)
        commands += b"".join(struct.pack("<16s16sQQIIIIIIII", b"s%d" % i, b"__TEXT", 0x1000 * i, 16, 64, *[0] * 7)
                             for i in range(n))
    return struct.pack("<8I", 0xfeedfacf, 0x1000007, 3, 2, len(segments), len(commands), 0, 0) + commands + MACHO


def xar(data):
    packed = zlib.compress(data)
    toc = (b"<xar><toc><file id='1'><data><length>%d</length><offset>0</offset><size>%d</size>"
           b"<encoding style='application/x-gzip'/></data><name>a.bin</name></file></toc></xar>" % (len(packed), len(data)))
    z = zlib.compress(toc)
    return struct.pack(">4sHHQQI", b"xar!", 28, 1, len(z), len(toc), 1) + z + packed


SECTIONS = [3, 128, 129, 200, 255, 256, 257]


def files():
    out = {"elf%d" % n: elf(n) for n in SECTIONS}
    out.update({"elf.programs%d" % n: elf(4, n) for n in (128, 129)})
    out.update({"macho%d" % n: macho(n) for n in SECTIONS})
    out.update({"macho.two": macho(100, 110), "macho.many": macho(150, 150), "one.xar": xar(MARK), "plain": MARK})
    for i, (_, t) in enumerate(HANDLED):
        out["says.%s" % t] = b"Q%02d this is to be read as another kind of thing" % i
    return out


def signatures():
    for n in SECTIONS + [4, 210, 300]:
        for target, mark, name in ((6, ELF, "Elf"), (9, MACHO, "Mac")):
            yield ("ldb", "%s-%d;Engine:51-255,Target:%d,NumberOfSections:%d-%d;0;%s" % (name, n, target, n, n, mark.hex()),
                   "%s-%d" % (name, n))
    yield "ldb", "Elf-entry;Engine:51-255,Target:6;0;EP+0:7f454c46", "Elf-entry"
    for t in ("XAR", "DMG", "ZIP"):
        yield "ldb", "In-%s;Engine:81-255,Target:0,Container:CL_TYPE_%s;0;%s" % (t, t, b"MARKMARK".hex()), "In-%s" % t
    for i, (target, t) in enumerate(HANDLED):
        yield ("ldb", "Says-%s;Engine:51-255,Target:0,HandlerType:CL_TYPE_%s;0;0:%s" % (t, t, (b"Q%02d" % i).hex()),
               "Says-%s" % t)
        yield "ndb", "Kind-%d:%d:*:%s" % (target, target, b"another kind".hex()), "Kind-%d" % target


MANY = "a Mach-O image of over 256 sections, of which none can be had by a number, has none here"


def differs(name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return MANY if name == "Mac-300" else None
