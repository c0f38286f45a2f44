#!/usr/bin/env python3
"""Usage: make_sheets.py CORPUS   Writes seeds of the parts of an xlsb in CORPUS/xlm and zip, and of TIFF's predictor and
crypt filters in CORPUS/pdf.

An xlsb is laid by hand, for nothing in Debian writes it; the encrypted PDF comes from qpdf.
"""
import os
import struct
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.dirname(__file__))
from make_archives import archive, deflate  # noqa: E402
from make_documents import PAYLOAD, pdf, stream  # noqa: E402


# ---- [MS-XLSB]

def record(kind, data=b""):
    out = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    n = len(data)
    while True:
        out += bytes([n & 127 | (128 if n > 127 else 0)])
        n >>= 7
        if not n:
            return out + data


def wide(text):
    data = text.encode("utf-16-le")
    return struct.pack("<I", len(data) // 2) + data


def word(text):
    data = text.encode("utf-16-le")
    return b"\x17" + struct.pack("<H", len(data) // 2) + data


def cell(column):
    return struct.pack("<II", column, 0)


def parsed(tokens):
    return struct.pack("<I", len(tokens)) + tokens + struct.pack("<I", 0)


def number(column, tokens):
    return record(9, cell(column) + bytes(8) + b"\0\0" + parsed(tokens))


def sheet(*rows):
    out = record(129) + record(147, bytes(23)) + record(145)
    for i, cells in rows:
        out += record(0, struct.pack("<I", i) + bytes(13)) + b"".join(cells)
    return out + record(146) + record(130)


def macros():
    calc = word("calc") + word(".exe") + b"\x08\x42\1" + struct.pack("<H", 0x6e)
    place = struct.pack("<IH", 1048575, 0x3fff)
    return sheet(
        (0, [number(0, calc), record(6, cell(1) + wide("label \u20ac"))]),
        (1, [record(8, cell(27) + wide("A") + b"\0\0" + parsed(b"\x1e\x41\0\x41" + struct.pack("<H", 0x6f))),
             record(10, cell(28) + b"\1\0\0" + parsed(b"\x1d\1")), record(11, cell(29) + b"\7\0\0" + parsed(b"\x1c\7"))]),
        (1048575, [number(16383, b"\x24" + place), number(702, b"\x25" + struct.pack("<IIHH", 0, 8, 0, 1)),
                   number(701, b"\x3a\0\0" + place), number(1, b"\x3b\1\0" + struct.pack("<IIHH", 0, 1, 0, 1))]),
        (7, [number(0, b"\x23" + struct.pack("<I", 1)), number(1, b"\x2a" + bytes(6)), number(2, b"\x2b" + bytes(12)),
             number(3, b"\x20" + bytes(14)), number(4, b"\x39" + bytes(6)), number(5, b"\x7f")]))


def book():
    first = b"\x3a\0\0" + struct.pack("<IH", 0, 0)

    def name(text, tokens):
        return record(39, struct.pack("<IBI", 0x20, 0, 0xffffffff) + wide(text) + parsed(tokens) + wide(""))
    return record(131) + record(128, bytes(60)) + name("_xlnm.Auto_Open", first) + name("v\u00e4r", b"\x1e\7\0") + \
        name("x", b"\x23" + struct.pack("<I", 2)) + record(132)


def strings(*texts):
    return record(159, struct.pack("<II", len(texts), len(texts))) + b"".join(record(19, b"\0" + wide(t)) for t in texts) + record(160)


def sheets():
    whole, shared = macros(), strings("cmd /c \u20ac", "", "x" * 2047 + "\U0001f600" + "y" * 5000)
    parts = [(b"[Content_Types].xml", b"<Types/>"), (b"xl/workbook.bin", book()), (b"xl/macrosheets/sheet1.bin", whole),
             (b"xl/sharedStrings.bin", shared)]
    return {"xlm/xlsb-strings": shared, "xlm/xlsb-strings-none": strings(), "xlm/xlsb-strings-cut": shared[:50],
            "xlm/xlsb-macros": whole, "xlm/xlsb-book": book(), "xlm/xlsb-cut": whole[:60], "xlm/xlsb-empty": sheet(),
            "zip/xlsb": archive([(n, 8, deflate(d), d, {}) for n, d in parts])}


# ---- TIFF 6.0, 14

def differences(data, bits, colors, columns):
    """Each sample less the one of the pixel before, row by row."""
    size = bits * colors * columns // 8
    out = b""
    for i in range(0, len(data), size):
        row = int.from_bytes(data[i:i + size].ljust(size, b"\0"), "big")
        n = colors * columns
        samples = [row >> bits * (n - 1 - k) & (1 << bits) - 1 for k in range(n)]
        less = [s - (samples[k - colors] if k >= colors else 0) & (1 << bits) - 1 for k, s in enumerate(samples)]
        value = 0
        for s in less:
            value = value << bits | s
        out += value.to_bytes(size, "big")
    return out


def predictors():
    streams = []
    for bits, colors, columns in ((1, 1, 56), (2, 3, 28), (4, 1, 14), (8, 1, 7), (16, 1, 14), (16, 3, 7)):
        size = bits * colors * columns // 8
        data = PAYLOAD + bytes(-len(PAYLOAD) % size)
        streams.append(stream(zlib.compress(differences(data, bits, colors, columns)), "/Filter /FlateDecode /DecodeParms << /Predictor 2 "
                              f"/Colors {colors} /BitsPerComponent {bits} /Columns {columns} >>"))
    streams.append(stream(zlib.compress(PAYLOAD), "/Filter /FlateDecode /DecodeParms << /Predictor 2 /BitsPerComponent 3 /Columns 8 >>"))
    streams.append(stream(zlib.compress(PAYLOAD), "/Filter [/FlateDecode /FlateDecode] /DecodeParms [null << /Predictor 2 /Columns 0 >>]"))
    streams.append(stream(zlib.compress(PAYLOAD), "/Filter [" + "/FlateDecode " * 40 + "]"))
    return pdf([(1, b"<< /Type /Catalog >>")] + [(2 + i, s) for i, s in enumerate(streams)])


def pngs():
    """Rows of each of PNG's filters, and one that is none."""
    def paeth(a, b, c):
        p = a + b - c
        return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
    width, rows, above = 7, b"", bytes(7)
    for i, at in enumerate(range(0, len(PAYLOAD), width)):
        row, kind = PAYLOAD[at:at + width], i % 6
        rows += bytes([kind])
        for k, v in enumerate(row):
            left, corner = (row[k - 1], above[k - 1]) if k else (0, 0)
            less = (0, left, above[k], (left + above[k]) // 2, paeth(left, above[k], corner), 0)[kind]
            rows += bytes([v - less & 255])
        above = row
    return pdf([(1, b"<< /Type /Catalog >>"),
                (2, stream(zlib.compress(rows), "/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 7 >>"))])


def growing():
    """Streams of objects that are large, and that cannot be decoded."""
    packed = b"7 0 << /S /JavaScript /JS (packed) >> " + b"% filled up\n" * 9000
    one = stream(zlib.compress(packed), "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")
    bad = stream(zlib.compress(packed), "/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /DecodeParms << /Predictor 2 /Columns 0 >>")
    return pdf([(1, b"<< /Type /Catalog >>"), (2, one), (3, bad)])


def crypt_filter():
    """Metadata that are not encrypted where all else is."""
    with tempfile.TemporaryDirectory() as d:
        source, to = os.path.join(d, "a"), os.path.join(d, "b")
        with open(source, "wb") as f:
            f.write(pdf([(1, b"<< /Type /Catalog /Metadata 2 0 R /X 3 0 R >>"), (2, stream(PAYLOAD, "/Type /Metadata /Subtype /XML")),
                         (3, stream(PAYLOAD))]))
        subprocess.run(["qpdf", "--warning-exit-0", "--allow-weak-crypto", "--static-id", "--static-aes-iv", "--encrypt", "", "o", "128",
                        "--use-aes=y", "--cleartext-metadata", "--", source, to], check=True, capture_output=True)
        with open(to, "rb") as f:
            clear = f.read()
    named = clear.replace(b"/Length 80 /Filter /FlateDecode", b"/Length 80 /Filter [/Crypt /FlateDecode] /DecodeParms [<< /Name /StdCF >> null]")
    named = named.replace(b"/Type /Metadata", b"/Type /Other /Filter /Crypt /DecodeParms << /Name /Identity >>")
    return clear, named


def main():
    seeds = sheets()
    seeds["pdf/tiff"] = predictors()
    seeds["pdf/png"] = pngs()
    seeds["pdf/object-stream-grows"] = growing()
    seeds["pdf/crypt-filter"], seeds["pdf/crypt-filter-named"] = crypt_filter()
    for name, data in seeds.items():
        path = os.path.join(sys.argv[1], name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
