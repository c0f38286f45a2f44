#!/usr/bin/env python3
"""Usage: make_documents.py CORPUS   Writes the seeds of the document readers: CORPUS/mail, ole2, pdf, ...

Everything is laid by hand from the specifications that the readers cite, so that a fault in a reader is not met by
the same fault in a writer; where Debian has a writer of its own (qpdf, python3's email), the tests ask that too.
"""
import base64
import binascii
import hashlib
import io
import lzma
import os
import struct
import subprocess
import sys
import zipfile
import zlib

PAYLOAD = b"MZ this is no program, but it begins as one does\n"


# ---- [MS-CFB]

FREE, END, FATSECT = 0xffffffff, 0xfffffffe, 0xfffffffd


def directory_entry(name, kind, left, right, child, start, size):
    wide = name.encode("utf-16-le") + b"\0\0"
    return (wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide), kind, 1, left, right, child)
            + bytes(16 + 4 + 8 + 8) + struct.pack("<IQ", start, size))


def ole2(tree):
    """An OLE2 file.  `tree`: name -> bytes, or name -> tree.  Siblings hang to the right, one below the other."""
    entries, mini, big = [None], bytearray(), []

    def add(children):
        first = previous = FREE
        for name, content in children.items():
            at = len(entries)
            entries.append(None)
            if isinstance(content, dict):
                entry = [name, 1, FREE, FREE, add(content), 0, 0]
            elif len(content) < 4096:
                entry = [name, 2, FREE, FREE, FREE, len(mini) // 64, len(content)]
                mini.extend(content + bytes(-len(content) % 64))
            else:
                entry = [name, 2, FREE, FREE, FREE, None, len(content)]
                big.append((entry, content))
            entries[at] = entry
            if previous == FREE:
                first = at
            else:
                entries[previous][3] = at
            previous = at
        return first

    child = add(tree)
    sectors, fat = [], []

    def lay(data):
        if not data:
            return END
        start, n = len(sectors), -(-len(data) // 512)
        for i in range(n):
            sectors.append(data[i * 512:(i + 1) * 512].ljust(512, b"\0"))
            fat.append(start + i + 1 if i + 1 < n else END)
        return start

    for entry, content in big:
        entry[5] = lay(content)
    n_mini = len(mini) // 64
    mini_start = lay(bytes(mini))
    mini_fat = b"".join(struct.pack("<I", i + 1) for i in range(n_mini))
    for entry in entries[1:]:  # end each small stream's chain
        if entry[1] == 2 and 0 < entry[6] < 4096:
            last = entry[5] + (entry[6] - 1) // 64
            mini_fat = mini_fat[:last * 4] + struct.pack("<I", END) + mini_fat[last * 4 + 4:]
    mini_fat_start = lay(mini_fat.ljust(-(-len(mini_fat) // 512) * 512, b"\xff"))
    entries[0] = ["Root Entry", 5, FREE, FREE, child, mini_start, len(mini)]
    directory = b"".join(directory_entry(*entry) for entry in entries)
    directory_start = lay(directory.ljust(-(-len(directory) // 512) * 512, b"\0"))
    n_fat = 1
    while n_fat * 128 < len(sectors) + n_fat:
        n_fat += 1
    places = [len(sectors) + i for i in range(n_fat)]
    fat += [FATSECT] * n_fat
    table = b"".join(struct.pack("<I", v) for v in fat).ljust(n_fat * 512, b"\xff")
    header = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
              + struct.pack("<HHHHH", 0x3e, 3, 0xfffe, 9, 6) + bytes(6)
              + struct.pack("<IIIIIIIIII", 0, n_fat, directory_start, 0, 4096, mini_fat_start if mini_fat else END,
                            -(-len(mini_fat) // 512), END, 0, places[0]))
    header += b"".join(struct.pack("<I", p) for p in places[1:])
    return header.ljust(512, b"\xff") + b"".join(sectors) + table


# ---- [MS-OVBA] 2.4.1

def vba_compress(data):
    out = bytearray(b"\x01")
    for at in range(0, len(data), 4096):
        chunk, body, i = data[at:at + 4096], bytearray(), 0
        while i < len(chunk):
            flags, tokens = 0, bytearray()
            for bit in range(8):
                if i >= len(chunk):
                    break
                bits = max(4, (i - 1).bit_length()) if i > 0 else 4
                longest, where = 0, 0
                for back in range(1, i + 1):
                    n = 0
                    while n < (0xffff >> bits) + 3 and i + n < len(chunk) and chunk[i + n - back] == chunk[i + n]:
                        n += 1
                    if n > longest:
                        longest, where = n, back
                if longest >= 3:
                    flags |= 1 << bit
                    tokens += struct.pack("<H", (where - 1) << (16 - bits) | (longest - 3))
                    i += longest
                else:
                    tokens.append(chunk[i])
                    i += 1
            body.append(flags)
            body += tokens
        out += struct.pack("<H", 0xb000 | (len(body) - 1)) + body
    return bytes(out)


SOURCE = b"Attribute VB_Name = \"Module1\"\r\nSub AutoOpen()\r\n  MsgBox \"hello hello hello\"\r\nEnd Sub\r\n"


def record(kind, data):
    return struct.pack("<HI", kind, len(data)) + data


def vba_dir(modules):
    """The dir stream ([MS-OVBA] 2.3.4.2), of the records that matter."""
    out = record(0x01, struct.pack("<I", 1)) + record(0x02, struct.pack("<I", 0x409)) + record(0x03, b"\xe4\x04")
    out += record(0x04, b"Project") + struct.pack("<HI", 0x09, 4) + bytes(6)
    out += record(0x0f, struct.pack("<H", len(modules))) + record(0x13, b"\xff\xff")
    for name, stream, offset, *wide in modules:
        out += record(0x19, name.encode()) + record(0x47, name.encode("utf-16-le"))
        out += record(0x1a, stream.encode()) + record(0x32, (wide or [stream])[0].encode("utf-16-le"))
        out += record(0x31, struct.pack("<I", offset)) + record(0x21, b"") + record(0x2b, b"")
    return out + record(0x10, b"")


def package(name, data):
    """What the Packager puts into a stream ([MS-OLEDS] 2.3.6)."""
    inner = b"\x02\0" + name + b"\0C:\\x\\" + name + b"\0" + b"\0\0\x03\0"
    inner += struct.pack("<I", 5) + b"C:\\x\0" + struct.pack("<I", len(data)) + data
    return struct.pack("<I", len(inner)) + inner


MSI_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"


def scatter(file):
    """The second and third sector of the first big stream change places."""
    file, fat = bytearray(file), len(file) - 512
    file[1024:1536], file[1536:2048] = file[1536:2048], file[1024:1536]
    struct.pack_into("<III", file, fat, 2, 3, 1)
    return bytes(file)


def write_ole2(out):
    plain = ole2({"WordDocument": bytes(64), "ObjectPool": {"_1": {"\1Ole10Native": package(b"a.exe", PAYLOAD)}}})
    out("ole2/package", plain)
    p_code = b"p-code" * 5
    vba = {"Macros": {"VBA": {"dir": vba_compress(vba_dir([("Module1", "Module1", len(p_code))])),
                              "Module1": p_code + vba_compress(SOURCE),
                              "Hidden": b"\0" * 7 + vba_compress(SOURCE)}}}
    out("ole2/macros", ole2(vba))
    bare = SOURCE[SOURCE.index(b"Sub"):]
    first = vba_compress(SOURCE) + bytes(2)
    lists = [("Module1", "Module1", 0), ("Module1", "Module1", len(first)), ("M2", "Narrow", 0, "Wide")]
    out("ole2/modules-twice", ole2({"VBA": {"dir": vba_compress(vba_dir(lists)), "Narrow": vba_compress(bare),
                                            "Module1": first + vba_compress(bare) + bytes(2) + vba_compress(SOURCE[:70])}}))
    hwp = b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05000300, 1) + bytes(216)
    out("ole2/hwp", ole2({"FileHeader": hwp, "BinData": {"BIN0001.exe": zlib.compress(PAYLOAD)[2:-4], "BIN0002.txt": PAYLOAD}}))
    out("ole2/hwp-password", ole2({"FileHeader": hwp[:36] + struct.pack("<I", 3), "DocInfo": PAYLOAD}))
    out("ole2/big", ole2({"Big": b"0123456789abcdef" * 300}))
    encrypted = bytearray(64)
    encrypted[11] = 1
    out("ole2/encrypted", ole2({"WordDocument": bytes(encrypted), "EncryptedPackage": b"x" * 70}))
    mail = {"__attach_version1.0_#00000000": {"__substg1.0_37010102": PAYLOAD, "__substg1.0_3704001E": b"INVOIC~1.EXE",
                                              "__substg1.0_3707001F": "invoice \u20ac.exe".encode("utf-16-le")},
            "__attach_version1.0_#00000001": {"__substg1.0_37010102": PAYLOAD, "__substg1.0_3704001E": b"B.EXE"},
            "__attach_version1.0_#00000002": {"__substg1.0_37010102": PAYLOAD}}
    out("ole2/msg", ole2(mail))
    out("ole2/msg-rtf", ole2({"__substg1.0_10090102": rtf_compress()}))
    out("ole2/msg-html", ole2({"__substg1.0_10130102": b"text " * 220 + b"<a href='data:,xyz'>"}))
    cyclic = bytearray(ole2({"Big": b"0123456789abcdef" * 300}))
    fat_at = len(cyclic) - 512
    struct.pack_into("<I", cyclic, fat_at + 3 * 4, 1)  # the fourth sector leads back to the second
    out("ole2/cyclic", bytes(cyclic))
    twice = bytearray(ole2({"A": b"a", "B": b"b"}))
    directory_at = 512 * (1 + struct.unpack_from("<I", twice, 48)[0])
    struct.pack_into("<I", twice, directory_at + 2 * 128 + 68, 1)  # B's left sibling is A
    out("ole2/tree-cycle", bytes(twice))
    scattered = {"VBA": {"dir": vba_compress(vba_dir([("Module1", "Module1", 0)])) + bytes(5000),
                         "Module1": vba_compress(SOURCE)}}
    out("ole2/scattered", scatter(ole2(scattered)))
    msi = "".join(chr(0x3800 + MSI_DIGITS.index(a) + 64 * MSI_DIGITS.index(b)) for a, b in ("Fi", "le"))
    out("ole2/msi", ole2({"\u4840" + msi: b"table", chr(0x4800 + 10): b"one", "a/b\U0001f600": b"pair"}))
    out("ovba/raw", b"\1\0\0" + vba_compress(SOURCE) + struct.pack("<H", 0x3000 | 9) + b"0123456789" + b"\x05\xb0\x01\xff")
    out("ovba/source", b"\1\0\0" + vba_compress(SOURCE * 60))
    stored = struct.pack("<I", 0) + zlib.compress(plain)
    stored = struct.pack("<I", len(plain)) + stored[4:]
    atom = struct.pack("<HHI", 0x10, 0x1011, len(stored)) + stored
    out("ole2/presentation", ole2({"PowerPoint Document": struct.pack("<HHI", 0xf, 0x3e8, len(atom)) + atom}))
    short = struct.pack("<HHI", 0x10, 0x1011, len(stored) - 40) + stored[:-40]
    out("ole2/presentation-cut", ole2({"PowerPoint Document": struct.pack("<HHI", 0xf, 0x3e8, len(short)) + short}))
    wrapped = struct.pack("<HHI", 0, 0x0fc1, len(atom)) + struct.pack("<H", 0xf) + atom[2:]
    wrapped += struct.pack("<H", 0x1f) + atom[2:]
    out("ole2/presentation-hidden", ole2({"PowerPoint Document": struct.pack("<HHI", 0xf, 0x3e8, len(wrapped)) + wrapped}))
    out("ppt/object", struct.pack("<HHI", 0xf, 0x3e8, len(atom)) + atom)


# ---- mail

def lines(*text):
    return "\r\n".join(text).encode() + b"\r\n"


def uu(name, data):
    out = b"begin 644 " + name + b"\n"
    for i in range(0, len(data), 45):
        out += binascii.b2a_uu(data[i:i + 45], backtick=True)
    return out + b"`\nend\n"


def yenc(name, data):
    coded = b""
    for byte in data:
        c = (byte + 42) & 255
        coded += bytes([61, (c + 64) & 255]) if c in (0, 10, 13, 61) else bytes([c])
    return b"=ybegin line=128 size=%d name=%s\r\n" % (len(data), name) + coded + b"\r\n=yend size=%d\r\n" % len(data)


def part(head, body):
    return lines(*head, "") + body


def multipart(boundary, parts, kind="mixed", end=True):
    out = b""
    for p in parts:
        out += b"--" + boundary + b"\r\n" + p + b"\r\n"
    return out + (b"--" + boundary + b"--\r\n" if end else b"")


def mail(kind, body, *more):
    return lines("From: a@example.org", "To: b@example.org", "Subject: test", "MIME-Version: 1.0",
                 "Content-Type: " + kind, *more, "") + body


def der(tag, *parts):
    data = b"".join(parts)
    n = len(data)
    return bytes([tag, n] if n < 128 else [tag, 0x82, n >> 8, n & 255]) + data


def ber(tag, *parts):  # its length is open
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def cms(kind, *parts, element=der):
    return element(0x30, der(6, bytes.fromhex("2a864886f70d0107%02x" % kind)), element(0xa0, element(0x30, *parts)))


def write_signed(out):
    inner = lines("Content-Type: application/octet-stream; name=a.exe", "Content-Transfer-Encoding: base64", "") \
        + base64.encodebytes(PAYLOAD)
    data = der(6, bytes.fromhex("2a864886f70d010701"))
    head = der(2, b"\1"), der(0x31, der(0x30, der(6, bytes.fromhex("608648016503040201"))))
    tail = der(0xa0, b"certificates"), der(0x31)
    opaque = cms(2, *head, der(0x30, data, der(0xa0, der(4, inner))), *tail)
    out("mail/signed", mail("application/pkcs7-mime; name=smime.p7m", base64.encodebytes(opaque),
                            "Content-Transfer-Encoding: base64"))
    pieces = ber(0x24, der(4, inner[:50]), der(0x24, der(4, inner[50:51])), der(4), der(4, inner[51:]))
    out("mail/signed-pieces", cms(2, head[0], ber(0x31, der(0x30)), ber(0x30, data, ber(0xa0, pieces)), *tail, element=ber))
    nested = ber(0x24, ber(0x24, der(4, inner[:50])), der(4, inner[50:]))
    out("mail/signed-nested", cms(2, head[0], ber(0x31, der(0x30)), ber(0x30, data, ber(0xa0, nested)), *tail, element=ber))
    other = ber(0x24, der(4, inner[:50]), der(5), der(4, inner[50:]))
    out("mail/signed-other", cms(2, head[0], ber(0x31, der(0x30)), ber(0x30, data, ber(0xa0, other)), *tail, element=ber))
    out("mail/signed-cut", opaque[:opaque.index(inner) + 40])
    out("mail/signed-elsewhere", cms(2, *head, der(0x30, data), *tail))
    out("mail/enveloped", cms(3, der(2, b"\0"), der(0x31)))


def write_mail(out):
    b64 = base64.encodebytes(PAYLOAD)
    attached = part(["Content-Type: application/octet-stream", "Content-Transfer-Encoding: base64",
                     "Content-Disposition: attachment; filename=\"a.exe\""], b64)
    text = part(["Content-Type: text/plain"], b"hello")
    mixed = "multipart/mixed; boundary=\"=_x\""
    whole = mail(mixed, multipart(b"=_x", [text, attached]))
    out("mail/attachment", whole)
    inner = part(["Content-Type: multipart/alternative; boundary=\"=_xy\""], multipart(b"=_xy", [text, attached]))
    out("mail/nested", mail(mixed, multipart(b"=_x", [inner, attached])))
    out("mail/forwarded", mail("multipart/mixed; boundary=\"=_y\"", multipart(b"=_y", [
        part(["Content-Type: message/rfc822"], whole)])))
    out("mail/forwarded-base64", mail(mixed, multipart(b"=_x", [
        part(["Content-Type: message/rfc822", "Content-Transfer-Encoding: base64"], base64.encodebytes(whole))])))
    out("mail/digest", mail("multipart/digest; boundary=d", multipart(b"d", [b"\r\n" + whole])))
    out("mail/no-boundary", mail("multipart/mixed", multipart(b"=_x", [text, attached])))
    out("mail/not-closed", mail(mixed, multipart(b"=_x", [text, attached], end=False)))
    out("mail/after-close", mail(mixed, multipart(b"=_x", [text]) + multipart(b"=_x", [attached])))
    out("mail/two-encodings", mail(mixed, multipart(b"=_x", [part(
        ["Content-Type: application/octet-stream; name=a.exe", "Content-Transfer-Encoding: 7bit",
         "Content-Transfer-Encoding: base64"], b64)])))
    out("mail/encoded-multipart", mail(mixed, base64.encodebytes(multipart(b"=_x", [text, attached])),
                                       "Content-Transfer-Encoding: base64"))
    out("mail/quoted", mail("text/html", b"<p>caf=C3=A9 =3D long =\r\nline</p>\r\n",
                            "Content-Transfer-Encoding: quoted-printable"))
    out("mail/uu-in-text", mail("text/plain", b"see below\r\n" + uu(b"a.exe", PAYLOAD) + b"bye\r\n"))
    out("mail/yenc-in-text", mail("text/plain", b"see below\r\n" + yenc(b"a b.exe", PAYLOAD)))
    out("mail/names", mail(mixed, multipart(b"=_x", [
        part(["Content-Type: a/b; name*0*=utf-8'en'%e2%82%ac; name*1=\"-rates\"; name*2*=%2eexe"], b"1"),
        part(["Content-Type: a/b; name=\"=?utf-8?B?4oKs?= =?iso-8859-1?Q?_=E9.exe?=\""], b"2"),
        part(["Content-Disposition: attachment;", " filename=\"c\\\"d.exe\"", "Content-Type: a/b; name=x"], b"3"),
        part(["Content-Disposition : attachment; (a comment) filename = spaced name.exe ; size=1"], b"4")])))
    out("mail/loose-delimiter", mail(mixed, b"--=_x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                                     + b64[:20] + b"\r\n--=_xyz\r\n\r\n" + b64[20:] + b"--=_x--\r\n"))
    out("mail/padding-inside", mail("application/octet-stream", base64.b64encode(PAYLOAD[:4]) + b"\r\n"
                                    + base64.b64encode(PAYLOAD[4:]) + b"\r\n", "Content-Transfer-Encoding: BASE64"))
    out("mail/bare-cr", whole.replace(b"\r\n", b"\n").replace(b"\n", b"\r"))
    out("mail/mbox", b"".join(b"From a@example.org  Thu Jul 31 13:51:21 2008\n" + whole.replace(b"\r\n", b"\n") + b"\n"
                              for _ in range(2)))
    out("mail/partial", mail("message/partial; id=1; number=1; total=2", b"half"))


# ---- [MS-OXTNEF]

def rtf_compress():
    """A short text as [MS-OXRTFCP] packs it."""
    rtf = b"{\\rtf1 hello hello}"
    lzfu = b"".join(bytes([0]) + rtf[i:i + 8] for i in range(0, 16, 8))
    lzfu += bytes([0x06]) + rtf[16:17] + struct.pack(">HH", (207 + 7) << 4 | 2, 0)  # from the window: the text's own
    return struct.pack("<III", len(lzfu) + 12, 21, 0x75465a4c) + bytes(4) + lzfu


def attribute(level, ident, data):
    return struct.pack("<BII", level, ident, len(data)) + data + struct.pack("<H", sum(data) & 0xffff)


def write_tnef(out):
    wide = "long name.exe\0".encode("utf-16-le")
    properties = struct.pack("<I", 2) + struct.pack("<HHII", 0x1f, 0x3707, 1, len(wide)) + wide
    properties += bytes(-len(wide) % 4) + struct.pack("<HHI", 3, 0x3705, 1)
    rtf_plain = struct.pack("<III", 14, 2, 0x414c454d) + bytes(4) + b"{}"
    body = struct.pack("<I", 4) + struct.pack("<HHII", 0x102, 0x1013, 1, 6) + b"<p>x\r\n\0\0"
    for packed in (rtf_compress(), rtf_plain):
        body += struct.pack("<HHII", 0x102, 0x1009, 1, len(packed)) + packed + bytes(-len(packed) % 4)
    body += struct.pack("<HH", 3, 0x8001) + bytes(16) + struct.pack("<III", 1, 6, 0x62) + b"\0\0\0\0" + bytes(4)
    tnef = struct.pack("<IH", 0x223e9f78, 1) + attribute(1, 0x69003, body)
    tnef += attribute(2, 0x69002, bytes(14)) + attribute(2, 0x18010, b"LONGNA~1.EXE\0")
    tnef += attribute(2, 0x6800f, PAYLOAD) + attribute(2, 0x69005, properties)
    tnef += attribute(2, 0x69002, bytes(14)) + attribute(2, 0x18010, b"b.txt\0") + attribute(2, 0x6800f, b"second")
    out("tnef/two", tnef)
    packed = rtf_compress()[:-8]
    short = struct.pack("<I", 1) + struct.pack("<HHII", 0x102, 0x1009, 1, len(packed)) + packed
    out("tnef/rtf-cut", struct.pack("<IH", 0x223e9f78, 1) + attribute(1, 0x69003, short + bytes(-len(short) % 4)))
    narrow = struct.pack("<I", 3) + struct.pack("<HHII", 0x1e, 0x3707, 1, 8) + b"obj.doc\0"
    narrow += struct.pack("<HHII", 0x0d, 0x3701, 1, 16 + 4) + bytes(16) + b"IIDx" + struct.pack("<HH", 0x48, 0x1234) + bytes(16)
    bodies = struct.pack("<I", 4) + struct.pack("<HHII", 0x1e, 0x1000, 1, 4) + b"text" + struct.pack("<HH", 5, 1) + bytes(8)
    bodies += struct.pack("<HH", 3, 0x8002) + bytes(16) + struct.pack("<II", 0, 7) + bytes(4) + struct.pack("<HHII", 0x1e, 1, 1, 99)
    tnef = struct.pack("<IH", 0x223e9f78, 1) + attribute(1, 0x2800c, b"plain body") + attribute(1, 0x69003, bodies)
    tnef += attribute(1, 0x18004, b"subject") + attribute(2, 0x69005, narrow) + attribute(2, 0x6800f, b"one")
    objects = [struct.pack("<HHII", 0x102, 0x3701, 1, len(PAYLOAD)) + PAYLOAD + bytes(-len(PAYLOAD) % 4),
               struct.pack("<HHIII", 0x102, 0x3701, 2, 4, 0x656e6f) + struct.pack("<I", 4) + b"two!"]
    out("tnef/three-objects", struct.pack("<IH", 0x223e9f78, 1) + attribute(2, 0x18010, b"a.exe\0")
        + attribute(2, 0x69005, struct.pack("<I", 2) + b"".join(objects)))
    out("tnef/object", tnef + attribute(2, 0x6800f, b"another without a beginning") + b"\2\x0f\x80\6\0\xff\0\0\0cut")


# ---- PDF

def pdf(objects, trailer="", table=True):
    """A PDF of (number, bytes) with a classic table, or without one."""
    out, places = b"%PDF-1.7\n", {}
    for number, body in objects:
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    if not table:
        return out
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number in sorted(places):
        out += b"%d 1\n%010d 00000 n \n" % (number, places[number])
    return out + b"trailer\n<< /Size 99 /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (trailer.encode(), start)


def stream(data, filters="", length=None):
    size = str(len(data)) if length is None else length
    return b"<< /Length " + size.encode() + b" " + filters.encode() + b" >>\nstream\n" + data + b"\nendstream"


def lzw(data):
    """LZW that never grows its codes beyond 9 bits: a clear after each 100 bytes."""
    codes = []
    for i, byte in enumerate(data):
        if i % 100 == 0:
            codes.append(256)
        codes.append(byte)
    bits = "".join(format(c, "09b") for c in codes + [257])
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def png_up(data, width):
    rows, above, out = [data[i:i + width].ljust(width, b"\0") for i in range(0, len(data), width)], bytes(width), b""
    for row in rows:
        out += b"\2" + bytes((a - b) & 255 for a, b in zip(row, above))
        above = row
    return out


def rc4(key, data):
    box, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) & 255
        box[i], box[j] = box[j], box[i]
    i = j = 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + box[i]) & 255
        box[i], box[j] = box[j], box[i]
        out.append(byte ^ box[(box[i] + box[j]) & 255])
    return bytes(out)


PDF_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def pdf_key(filters):
    """A key for the empty password, and the encryption dictionary for it (ISO 32000-1, 7.6.3.3 and 7.6.3.4)."""
    key = hashlib.md5(PDF_PADDING + bytes(32) + b"\xff" * 4).digest()
    for _ in range(50):
        key = hashlib.md5(key).digest()
    user = hashlib.md5(PDF_PADDING).digest()
    for i in range(20):
        user = rc4(bytes(b ^ i for b in key), user)
    return key, (b"<< /Filter /Standard /V 4 /R 4 /P -1 /O <" + b"00" * 32 + b"> /U <" + user.hex().encode() + b"00" * 16
                 + b"> /CF << /C << /CFM /V2 >> >> " + filters + b" >>")


def pdf_encrypt(key, number, data):
    return rc4(hashlib.md5(key + struct.pack("<I", number)[:3] + bytes(2)).digest(), data)


def write_pdf_ways(out):
    """What viewers read in one way and other readers in another."""
    catalog, flate = (1, b"<< /Type /Catalog >>"), zlib.compress(PAYLOAD)
    objects = [(7, b"/DCTDecode"), (4, b"(first)"), catalog, (2, stream(flate, "/Filter 7 0 R")), (3, b"<< /JS 4 0 R >>"),
               (7, b"/FlateDecode"), (4, b"(named)")]
    out("pdf/decoys", pdf(objects) + b"7 0 obj null endobj\n4 0 obj (last) endobj\n")
    inner = b"2 0 obj " + stream(flate, "/Filter /FlateDecode") + b" endobj"
    out("pdf/in-stream", pdf([catalog, (5, stream(inner))]).replace(b"startxref\n", b"startxref\n9"))
    packed = b"7 0 << /JS (packed) >>"
    out("pdf/untyped", pdf([catalog, (2, stream(packed, "/N 1 /First 4"))]))
    out("pdf/comment", b"%PDF-1.4\n2 0 %" + b"c" * 300 + b"\nobj " + stream(flate, "/Filter /FlateDecode") + b" endobj")
    ends_soon = zlib.compress(b"ab")[2:-4] + b"\xff" * 60
    out("pdf/raw-rubbish", pdf([catalog, (2, stream(b"??" + ends_soon, "/Filter /FlateDecode"))]))
    out("pdf/raw-flate", pdf([catalog, (2, stream(b"??" + flate[2:] + b"\r\n", "/Filter /FlateDecode"))]))
    key, encrypt = pdf_key(b"/StmF /C /StrF /C")
    data = [(1, b"<< /Type /Catalog /X << /JS (in clear) >> >>"), (2, stream(PAYLOAD))]
    decoy = b"9 0 obj " + encrypt + b" endobj\ntrailer << /Encrypt 9 0 R >>\n"
    out("pdf/decoy-encrypt", pdf(data) + decoy)
    out("pdf/decoy-password", pdf(data) + decoy.replace(b"/P -1", b"/P -4"))
    key, encrypt = pdf_key(b"/StmF /Identity /StrF /C /EFF /C")
    data = [(1, b"<< /Type /Catalog /X << /JS 5 0 R >> >>"),
            (2, stream(pdf_encrypt(key, 2, PAYLOAD), "/Type /EmbeddedFile")), (3, stream(PAYLOAD)), (4, encrypt),
            (5, b"<" + pdf_encrypt(key, 5, b"by reference").hex().encode() + b">")]
    out("pdf/file-cipher", pdf(data, "/Encrypt 4 0 R"))


def write_pdf(out):
    catalog = (1, b"<< /Type /Catalog >>")
    coded = [("Flate", zlib.compress(PAYLOAD), "/Filter /FlateDecode"),
             ("hex", PAYLOAD.hex().encode() + b">", "/Filter /ASCIIHexDecode"),
             ("a85", base64.a85encode(PAYLOAD) + b"~>", "/Filter [/ASCII85Decode]"),
             ("rl", bytes([len(PAYLOAD) - 1]) + PAYLOAD + b"\x80", "/Filter /RL"),
             ("lzw", lzw(PAYLOAD), "/Filter /LZWDecode"),
             ("two", zlib.compress(PAYLOAD).hex().encode() + b">", "/Filter [/AHx /Fl#61teDecode]"),
             ("up", zlib.compress(png_up(PAYLOAD, 7)),
              "/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 7 >>")]
    out("pdf/filters", pdf([catalog] + [(2 + i, stream(d, f)) for i, (_, d, f) in enumerate(coded)]))
    spec = b"<< /Type /Filespec /F (x) /UF (\\141.exe) /EF << /F 3 0 R >> >>"
    out("pdf/embedded", pdf([catalog, (2, spec), (3, stream(zlib.compress(PAYLOAD), "/Filter /FlateDecode"))]))
    script = "app.alert('h\u00e9')"
    wide = b"<feff" + script.encode("utf-16-be").hex().encode() + b">"
    out("pdf/scripts", pdf([(1, b"<< /Type /Catalog /OpenAction << /S /JavaScript /JS (this.x\\(1\\)) >> >>"),
                            (2, b"<< /S /JavaScript /JS " + wide + b" >>"),
                            (3, b"<< /S /JavaScript /JS 4 0 R >>"), (4, b"(by reference)"),
                            (5, b"<< /S /JavaScript /JS 6 0 R >>"), (6, stream(b"in a stream"))]))
    packed = b"7 0 8 36 << /S /JavaScript /JS (packed) >>      << /F (y.exe) /EF << /F 3 0 R >> >>"
    first = packed.index(b"<<")
    packed = b"7 0 8 %d " % (packed.rindex(b"<< /F (y") - first) + packed[first:]
    first = packed.index(b"<<")
    out("pdf/object-stream", pdf([catalog, (2, stream(zlib.compress(packed),
        "/Type /ObjStm /N 2 /First %d /Filter /FlateDecode" % first)), (3, stream(PAYLOAD))]))
    out("pdf/no-table", b"garbage\n" + pdf([catalog, (2, stream(PAYLOAD, length="7 0 R")), (7, b"49")], table=False))
    out("pdf/wrong-length", pdf([catalog, (2, stream(PAYLOAD, length="3"))]))
    out("pdf/no-endstream", b"%PDF-1.4\n1 0 obj << /Length 5000 >> stream\n" + PAYLOAD)
    out("pdf/circle", pdf([catalog, (2, stream(PAYLOAD, "/Filter 3 0 R")), (3, b"4 0 R"), (4, b"3 0 R")]))
    prev = pdf([catalog])
    prev = prev.replace(b"/Root", b"/Prev %d /Root" % prev.index(b"xref\n"))
    out("pdf/table-circle", prev)
    hidden = b"9 0 obj << /Length 6 >> stream\nhidden\nendstream endobj"
    inside = pdf([catalog, (2, stream(b"% " + hidden))])
    at = inside.index(b"9 0 obj")
    inside = inside.replace(b"trailer", b"9 1\n%010d 00000 n \ntrailer" % at)
    out("pdf/only-by-table", inside)
    body = pdf([catalog, (2, stream(b"% " + hidden))], table=False)
    rows = b"".join(struct.pack(">BHB", 1, at, 0) for at in (body.index(b"1 0 obj"), body.index(b"9 0 obj"), 60000))
    out("pdf/table-stream", body + b"8 0 obj\n" + stream(zlib.compress(rows), "/Type /XRef /W [1 2 1] /Size 9 "
        "/Filter /FlateDecode") + b"\nendobj\nstartxref\n%d\n%%%%EOF" % len(body))
    out("pdf/unknown-filter", pdf([catalog, (2, stream(b"xyz", "/Filter /NewDecode")),
                                   (3, stream(b"\xff\xd8\xff", "/Filter /DCTDecode"))]))
    out("pdf/damaged", pdf([catalog, (2, stream(zlib.compress(PAYLOAD * 9)[:20] + b"????", "/Filter /FlateDecode"))]))


# ---- the rest: one format each

def rtf_object(class_name, native):
    """[MS-OLEDS] 2.2.5."""
    name = class_name + b"\0"
    return (struct.pack("<III", 0x501, 2, len(name)) + name + struct.pack("<III", 0, 0, len(native)) + native)


def write_rtf(out):
    digits = rtf_object(b"Package", package(b"a.exe", PAYLOAD)[4:]).hex().encode()
    out("rtf/package", b"{\\rtf1\\ansi text{\\object\\objemb{\\*\\objclass Package}{\\*\\objdata " + digits + b"}}}")
    broken = b"\r\n".join(digits[i:i + 30] for i in range(0, 120, 30)) + b"{\\*\\nothing 1234}\\par" + b"{\\x " + digits[120:200]
    out("rtf/tricks", b"{\\rt{\\object{{\\objdata\\xyz 0" + digits[1:60] + b"}{\\*\\objdata " + broken + b"}zq\\'41"
        + digits[200:] + b"}}}")
    linked = rtf_object(b"OLE2Link", PAYLOAD)
    out("rtf/linked", b"{\\rtf1{\\*\\objdata " + (linked[:4] + b"\1" + linked[5:]).hex().encode() + b"}")
    out("rtf/native", b"{\\rtf1{\\*\\objdata " + rtf_object(b"Equation.3", PAYLOAD).hex().encode() + b"}")
    out("rtf/bin", b"{\\rtf1{\\pict\\wmetafile8\\bin%d " % len(PAYLOAD) + PAYLOAD + b"}{\\*\\datastore " + PAYLOAD.hex().encode()
        + b"}}")
    out("rtf/cut", b"{\\rtf1{\\*\\objdata " + rtf_object(b"X", PAYLOAD * 2).hex().encode()[:150])


SCRIPT_TABLE = bytes.fromhex("643769507e2c225a654a4572613a5b5e79665d59755b274c42764560637623622a654d435f51337e53424f52205220637a264a21545a467138202b79266632632a572a586c767f2b477b462530522c314f296c3d6949703f3f3f27787b3f3f3f675f513f3f3f62297a41247e5a2f3b663947323341736f774d215643755f7128263942787c466e534a64485c7431486772367d6e4b68707d35495d223f6a554b503a6a69602e236a7f097128706f3565497d745c242c5d2d7727544459373f257b6d7c3d7c236c436d3438286d5e314e5b392b6e7f3057366f4c547434346b72624c254e33563056735e3a687378550957474b7732613b3524442e4d2f646b594f44453b215c2d37684153366158587a4879222e096050756b2d384e29553d3f51672f")
SCRIPT_TURNS = "1201202002021020102011200210200211020201011201021020112001120102"


def script_encode(text):
    """As Microsoft's Script Encoder does it."""
    out, turn = b"", 0
    for c in text.encode("latin-1"):
        if c >= 128:
            out += bytes([c])
            continue
        if chr(c) in "\r\n<>@":
            out += b"@" + b"#&!*$"["\r\n<>@".index(chr(c)):][:1]
        else:
            row = 0 if c == 9 else c - 31
            out += SCRIPT_TABLE[row * 3 + int(SCRIPT_TURNS[turn % 64]):][:1] if row >= 0 else bytes([c])
        turn += 1
    return b"#@~^" + base64.b64encode(struct.pack("<I", len(out))) + out + \
        base64.b64encode(struct.pack("<I", sum(text.encode("latin-1")) & 0xffffffff)) + b"^#~@"


def write_html(out):
    b64 = base64.b64encode(PAYLOAD)
    out("html/data", b"<html><a href='data:application/x-msdownload;base64," + b64[:20] + b"\n " + b64[20:] + b"'>x</a>"
        b"<img src=data:image/svg+xml,%3Csvg%3E><SCRIPT type=\"a>b\">alert(1)</ScRiPt ></html>")
    out("html/word", b"<?xml version='1.0'?><w:wordDocument><w:binData w:name='x.mso'>" + b64 + b"</w:binData></w:wordDocument>")
    out("html/wide", b"\xff\xfe" + "<html><script>wide()</script>".encode("utf-16-le"))
    refs = b"".join(b"&#%d;" % c if i % 3 == 0 else b"&#x%x;" % c if i % 3 == 1 else bytes([c]) for i, c in enumerate(b64))
    out("html/references", b"<html><a href='&#100;ata&colon;application/x-msdownload;base64&comma;" + refs + b"'>x</a> &amp;&#;&#34;</html>")
    out("html/encoded", b"<html><script language=JScript.Encode>" + script_encode("if (1 < 2) alert('a@b');\r\n\tx = \xe9;") + b"</script>")
    out("html/encoded-file", script_encode("first") + script_encode("second")[:-9])
    page = b"<script language=JScript.Encode>" + script_encode("page") + b"</script>"
    out("html/encoded-behind", b"\x89PNG\r\n\x1a\n" + bytes(4990) + b"#@~^ is no block" + bytes(70 << 10) + page)
    out("html/open", b"<!-- --><script>never closed <a href=\"data:,x")


def write_small(out):
    guid = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
    section = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3")
    out("onenote/file", section + bytes(40) + guid + struct.pack("<QIQ", len(PAYLOAD), 0, 0) + PAYLOAD + bytes(7))
    out("onenote/cut", section + guid + struct.pack("<QIQ", 500, 0, 0) + PAYLOAD)
    out("onenote/packaging", section + bytes(32) + bytes.fromhex("2fe98d63d4a6c14b9a36b3fc2511a5b7") + PAYLOAD)
    fork = bytes([5]) + b"a.exe" + b"\0APPLABCD\0\0" + struct.pack(">II", len(PAYLOAD) + 60, 3) + b"\0\0"
    fork += PAYLOAD + b"\x90" * 2 + b"-" * 58 + b"\0\0" + b"res" + b"\0\0"
    letters = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"
    runs = fork.replace(b"\x90", b"\x90\0").replace(b"-" * 58, b"-\x90\x3a")
    bits = "".join(format(b, "08b") for b in runs)
    bits += "0" * (-len(bits) % 6)
    text = "".join(letters[int(bits[i:i + 6], 2)] for i in range(0, len(bits), 6))
    text = "\r".join(":" + text[i:i + 63] if i == 0 else text[i:i + 64] for i in [0] + list(range(63, len(text), 64)))
    out("binhex/runs", b"(This file must be converted with BinHex 4.0)\r" + b"\n" + text.encode() + b":\r")
    binhex = b"(This file must be converted with BinHex 4.0)\n" + text.encode() + b":\r"
    out("binhex/two", binhex + b"and\n" + binhex + b"(This file must be converted with BinHex 4.0) is such a line")
    coded = b"".join(b"\xff" + PAYLOAD[i:i + 8] for i in range(0, len(PAYLOAD), 8)) + b"\x00\xf0\xf1"
    szdd = b"SZDD\x88\xf0\x27\x33A\0" + struct.pack("<I", len(PAYLOAD)) + coded
    out("szdd/stored", szdd)
    back = b"SZDD\x88\xf0\x27\x33A\0" + struct.pack("<I", 9) + b"\x07abc" + struct.pack("<BB", 0xf0, 0xf0) + struct.pack("<BB", 0xf0, 0xf0)
    out("szdd/back", back)
    out("szdd/kwaj", b"KWAJ\x88\xf0\x27\xd1" + struct.pack("<HHH", 1, 14, 0) + bytes(b ^ 255 for b in PAYLOAD))
    odf = io.BytesIO()
    with zipfile.ZipFile(odf, "w") as z:
        z.writestr(zipfile.ZipInfo("content.xml"), PAYLOAD)
        z.writestr(zipfile.ZipInfo("META-INF/manifest.xml"), b"<manifest:file-entry manifest:full-path='content.xml'>"
                   b"<manifest:encryption-data/></manifest:file-entry>")
    out("zip/odf-encrypted", odf.getvalue())
    binary = struct.pack("<HI", 7, 0) + PAYLOAD
    tags = b"\x08\0\0\x18\1\0" + struct.pack("<HH", 9 << 6 | 3, 0) + b"\0" + struct.pack("<HI", 87 << 6 | 63, len(binary)) + binary + b"\0\0"
    size = struct.pack("<I", 8 + len(tags))
    out("swf/plain", b"FWS\x09" + size + tags)
    out("swf/zlib", b"CWS\x09" + size + zlib.compress(tags))
    raw = lzma.compress(tags, lzma.FORMAT_ALONE)
    out("swf/lzma", b"ZWS\x0d" + size + struct.pack("<I", len(raw) - 13) + raw[:5] + raw[13:])
    packed = struct.pack("<I", len(raw) - 13) + raw[:5] + raw[13:]
    out("swf/lzma-nothing", b"ZWS\x0d" + struct.pack("<I", 8) + packed)
    out("swf/lzma-less", b"ZWS\x0d" + struct.pack("<I", 20) + packed)
    out("szdd/nothing", szdd[:10] + bytes(4) + szdd[14:])
    head = struct.pack("<I16sI", 0x4c, bytes.fromhex("0114020000000000c000000000000046"), 0xa0) + bytes(0x4c - 24)
    arguments = "-enc x".encode("utf-16-le")
    extra = struct.pack("<II", 12, 0xa0000001) + b"know" + struct.pack("<II", 14, 0x12345678) + b"secret" + struct.pack("<I", 0)
    out("shortcut/appended", head + struct.pack("<H", 6) + arguments + extra + PAYLOAD)
    out("shortcut/no-end", head + struct.pack("<H", 6) + arguments + PAYLOAD)
    macros = b"ActiveMime".ljust(30, b"\0") + struct.pack("<H", 4) + bytes(18)
    out("szdd/activemime", macros + zlib.compress(PAYLOAD))
    out("szdd/activemime-near", macros + bytes(3) + zlib.compress(PAYLOAD)[:-9])
    out("uu/two", uu(b"a.exe", PAYLOAD) + b"\nbegin-base64 644 b.exe\n" + base64.encodebytes(PAYLOAD) + b"====\n")


# ---- compiled help

def words(bits):
    """Bits as LZX has them: words of 16, the highest bit first."""
    bits += "0" * (-len(bits) % 16)
    return b"".join(struct.pack("<H", int(bits[i:i + 16], 2)) for i in range(0, len(bits), 16))


def lzx_stored(data):
    """An uncompressed block."""
    return words("0" + "011" + format(len(data), "024b")) + struct.pack("<III", 1, 1, 1) + data + bytes(len(data) % 2)


def lzx_literals(data):
    """A verbatim block of literals alone, whose codes are their own eight bits."""
    tree = "".join(format({0: 1, 9: 1}.get(i, 0), "04b") for i in range(20))  # lengths: symbol 0 "0", symbol 9 "1"
    main = tree + "1" * 256 + tree + "0" * (8 * 30)
    return words("0" + "001" + format(len(data), "024b") + main + tree + "0" * 249
                 + "".join(format(b, "08b") for b in data))


def lzx_matches(data, aligned):
    """A verbatim or aligned block with matches, in which every code is its symbol: nine bits, eight, three."""
    tree = "".join(format({8: 1, 9: 1}.get(i, 0), "04b") for i in range(20))  # lengths: symbol 8 "0", symbol 9 "1"
    head = "0" + ("010" if aligned else "001") + format(len(data), "024b") + ("011" * 8 if aligned else "")
    bits = head + tree + "0" * 256 + tree + "0" * 240 + tree + "1" * 249
    bases, extras, base = [], [], 0
    for slot in range(30):
        extras.append(0 if slot < 4 else slot // 2 - 1)
        bases.append(base)
        base += 1 << extras[-1]
    recent, at = [1, 1, 1], 0
    while at < len(data):
        best, offset = 0, 0
        for back in range(1, at + 1):
            n = 0
            while n < 257 and at + n < len(data) and data[at + n - back] == data[at + n]:
                n += 1
            if n > best:
                best, offset = n, back
        if best < 2:
            bits += format(data[at], "09b")
            at += 1
            continue
        if offset in recent:
            slot, extra = recent.index(offset), ""
            recent[slot], recent[0] = recent[0], offset
        else:
            slot = max(i for i in range(3, 30) if bases[i] <= offset + 2)
            n, value = extras[slot], offset + 2 - bases[slot]
            extra = format(value, "0%db" % n) if n else ""
            recent = [offset] + recent[:2]
        bits += format(256 + slot * 8 + min(best - 2, 7), "09b")
        bits += format(best - 9, "08b") if best >= 9 else ""
        bits += extra
        at += best
    return words(bits)


def encint(v):
    out = bytes([v & 127])
    while v > 127:
        v >>= 7
        out = bytes([128 | v & 127]) + out
    return out


def chm(packed, content, plain, more=()):
    storage = "::DataSpace/Storage/MSCompressed/"
    control = struct.pack("<I4sIIIII", 6, b"LZXC", 2, 1, 1, 0, 0)
    table = struct.pack("<IIIIQQQQ", 2, 1, 8, 40, len(content), len(packed), 0x8000, 0)
    zero = {"/plain.txt": plain, storage + "Content": packed, storage + "ControlData": control,
            storage + "Transform/{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}/InstanceData/ResetTable": table}
    entries, data = b"", b""
    for name, value in zero.items():
        entries += encint(len(name)) + name.encode() + encint(0) + encint(len(data)) + encint(len(value))
        data += value
    for name, section in more:
        entries += encint(len(name)) + name + encint(section) + encint(0) + encint(len(plain))
    entries += encint(6) + b"/a.exe" + encint(1) + encint(3) + encint(len(content) - 3)
    size = 512 if len(entries) < 480 else 2048
    chunk = (b"PMGL" + struct.pack("<IIii", size - 20 - len(entries), 0, -1, -1) + entries).ljust(size, b"\0")
    directory = b"ITSP" + struct.pack("<IIII", 1, 84, 10, size) + bytes(64) + chunk
    header = b"ITSF" + struct.pack("<IIIII", 3, 96, 1, 0, 0) + bytes(32) + bytes(16)
    header += struct.pack("<QQQ", 96, len(directory), 96 + len(directory))
    return header + directory + data


def write_chm(out):
    content = b"abc" + PAYLOAD
    out("chm/stored", chm(lzx_stored(content), content, b"plain"))
    out("chm/literals", chm(lzx_literals(content), content, b"plain"))
    long = b"abc" + bytes((i * i >> 3) & 255 for i in range(200)) + b"run" * 30 + PAYLOAD * 2 + bytes(400) + b"abcabd"
    out("chm/matches", chm(lzx_matches(long, False), long, b"plain"))
    out("chm/aligned", chm(lzx_matches(long, True), long, b"plain"))
    odd = ((b"/" + b"n" * 600, 0), (b"/section", 2), (b"/slash/", 0))
    out("chm/entries", chm(lzx_stored(content), content, b"plain", odd))
    out("chm/entry-cut", chm(lzx_stored(content), content, b"plain").replace(b"\x06/a.exe", b"\x77/a.exe"))
    out("chm/cut", chm(lzx_literals(content)[:-20], content, b"plain"))


# ---- [MS-XLS]: a workbook with a macro sheet

def biff(kind, data):
    return struct.pack("<HH", kind, len(data)) + data


def xls_formula(row, column, tokens):
    return biff(6, struct.pack("<HHH", row, column, 0) + bytes(8) + struct.pack("<HIH", 0, 0, len(tokens)) + tokens)


def xls_string(text):
    return b"\x17" + bytes([len(text), 0]) + text


def workbook(encrypted=False):
    first = b"\x3a" + struct.pack("<HHH", 0, 0, 0)
    out = biff(0x809, struct.pack("<HH", 0x600, 5) + bytes(12))
    if encrypted:
        out += biff(0x2f, bytes(6))
    out += biff(0x18, struct.pack("<HBBH", 0x20, 0, 1, len(first)) + bytes(8) + b"\0\x01" + first)
    wide = "z\u00fc".encode("utf-16-le")
    out += biff(0x18, struct.pack("<HBBH", 0, 0, 2, 3) + bytes(8) + b"\x01" + wide + b"\x1e\x07\0") + biff(0x0a, b"")
    out += biff(0x809, struct.pack("<HH", 0x600, 0x10) + bytes(12)) + xls_formula(0, 0, b"\x1e\1\0") + biff(0x0a, b"")
    out += biff(0x809, struct.pack("<HH", 0x600, 0x40) + bytes(12))
    out += xls_formula(0, 0, xls_string(b"calc") + xls_string(b".exe") + b"\x08\x42\1" + struct.pack("<H", 0x6e))
    out += xls_formula(1, 27, b"\x1e\x41\0\x41" + struct.pack("<H", 0x6f) + b"\x24" + struct.pack("<HH", 4, 0xc002)
                       + b"\x1e\2\0\x05\x15\x42\2" + struct.pack("<H", 0x8060))
    out += biff(0x207, struct.pack("<HB", 1, 0) + b"A")
    out += xls_formula(2, 0, b"\x1f" + struct.pack("<d", 2.5) + b"\x13\x23" + struct.pack("<HH", 2, 0)
                       + b"\x25" + struct.pack("<HHHH", 0, 8, 0, 1) + b"\x42\3" + struct.pack("<H", 4))
    out += xls_formula(3, 0, b"\x42\0" + struct.pack("<H", 0x36)) + xls_formula(4, 0, b"\x7f\x01")
    out += biff(0x204, struct.pack("<HHHHB", 5, 0, 0, 5, 0) + b"label")
    return out + biff(0x0a, b"")


def workbook_5():
    """As Excel 5 writes it: narrow strings, rows with flags; and the tokens that the other one has not."""
    out = biff(0x809, struct.pack("<HH", 0x500, 0x40) + bytes(4))
    out += biff(0x18, struct.pack("<HBBH", 0, 0, 2, 3) + bytes(8) + b"nm" + b"\x1e\x07\0")
    name = b"\x23" + struct.pack("<H", 1) + bytes(12)
    far = struct.pack("<H", 1) + bytes(12)
    tokens = [b"\x17\3abc" + name + b"\x08", b"\x24" + struct.pack("<HB", 0xc003, 1),
              b"\x25" + struct.pack("<HHBB", 0, 4, 0, 2), b"\x3a" + far + struct.pack("<HB", 1, 1),
              b"\x3b" + far + struct.pack("<HHBB", 0, 1, 0, 1), b"\x2a\0\0\0", b"\x2b" + bytes(6), b"\x39" + bytes(24),
              b"\x1c\7", b"\x1d\1", b"\x1d\0", b"\x16", b"\x20" + bytes(7), b"\x01" + bytes(4), b"\x1e\1\0\x12",
              b"\x1e\1\0\x14", b"\x19\1\0\0\x1e\1\0", b"\x19\4\1\0\0\0\0\0\x1e\1\0", b"\x1e\1\0\x19\x10\0\0",
              b"\x26" + bytes(6) + b"\x29\0\0\x1e\1\0", b"\x17\1f\x1e\1\0\x42\2\xff\0", b"\x1e\1\0\x41\x6f\0",
              b"\x42\0\xf0\x0f", b"\x03", b"\x42\x09\x04\0", b"\x13", b"\x23\xff\0" + bytes(12), b"\x1e\1"]
    for row, t in enumerate(tokens):
        out += xls_formula(row, 0, t)
    return out + biff(0x204, struct.pack("<HHHH", 99, 30, 0, 2) + b"hi") + biff(0x0a, b"")


def write_xlm(out):
    out("xlm/excel5", workbook_5())
    out("ole2/xls5", ole2({"Book": workbook_5()}))
    out("xlm/macros", workbook())
    out("ole2/xls", ole2({"Workbook": workbook()}))
    out("ole2/xls-encrypted", ole2({"Workbook": workbook(True)}))


def write_encrypted(directory):
    """Encrypted PDFs, which qpdf makes, without anything random where it can."""
    spec = b"<< /Type /Filespec /F (x) /UF (a.exe) /EF << /F 3 0 R >> >>"
    source = os.path.join(directory, "pdf/in-clear")
    with open(source, "wb") as f:
        f.write(pdf([(1, b"<< /Type /Catalog /X 2 0 R >>"), (2, spec), (3, stream(PAYLOAD))]))
    kinds = [("rc4", ["128"]), ("aes128", ["128", "--use-aes=y"]), ("aes256", ["256"])]
    for name, user, args in [(n, "", a) for n, a in kinds] + [("user-" + n, "infected", a) for n, a in kinds]:
        path = os.path.join(directory, "pdf", name)
        if os.path.exists(path):  # revision 6 has a random salt
            continue
        subprocess.run(["qpdf", "--warning-exit-0", "--allow-weak-crypto", "--static-id", "--static-aes-iv", "--encrypt", user,
                        "o"] + args + ["--", source, path], check=True, capture_output=True)


def main():
    def out(name, data):
        path = os.path.join(sys.argv[1], name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)
    write_mail(out)
    write_signed(out)
    write_ole2(out)
    write_tnef(out)
    write_pdf(out)
    write_pdf_ways(out)
    write_rtf(out)
    write_html(out)
    write_small(out)
    write_chm(out)
    write_xlm(out)
    write_encrypted(sys.argv[1])


if __name__ == "__main__":
    main()
