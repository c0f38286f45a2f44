#!/usr/bin/env python3
"""Usage: strangers.py [CORPUS]   Files as somebody would make them who had read nothing of this program: archives behind
each other, in scripts and in pictures, zips whose two directories disagree, addresses, mail, PDF.  What lies in each must be
found by its digest, or the file is incomplete for the reason given.  TAP on stdout.  With CORPUS, seeds are written there.
"""
import base64
import binascii
import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import quopri
import struct
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
import zipfile
import zlib

NEEDLE = b"what a stranger hid: 0123456789abcdef\n" + bytes(range(256))
OTHER = bytes(i * i % 251 for i in range(700))
B64 = base64.b64encode(NEEDLE)
HEAD = b"From: a@example.org\nMIME-Version: 1.0\n"
BINARY = b"Content-Type: application/octet-stream\nContent-Transfer-Encoding: "


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, **more).stdout


def gz(data):
    return gzip.compress(data, mtime=0)


def tar(name, data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def cpio(name, data):
    def entry(name, data):
        name = name.encode() + b"\0"
        head = b"070701" + b"".join(b"%08x" % v for v in (1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)) + name
        return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)
    return entry(name, data) + entry("TRAILER!!!", b"")


def zipped(name, data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def changed(data, at, form, value):
    out = bytearray(data)
    struct.pack_into(form, out, at, value)
    return bytes(out)


def by_7z(kind, *options):
    with open("needle", "wb") as f:
        f.write(NEEDLE)
    os.utime("needle", (1000000000, 1000000000))
    if os.path.exists("x.bin"):
        os.remove("x.bin")
    run("7zz", "a", "-t" + kind, *options, "x.bin", "needle")
    with open("x.bin", "rb") as f:
        return f.read()


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def makeself(*options):
    os.makedirs("in", exist_ok=True)
    with open("in/needle", "wb") as f:
        f.write(NEEDLE)
    run("makeself", "--nox11", *options, "in", "x.run", "label", "true")
    with open("x.run", "rb") as f:
        return f.read()


def archives():
    seven, one = by_7z("7z"), zipped("needle", NEEDLE)
    central = one.index(b"PK\1\2")
    yield "tar.tar", tar("other", OTHER) + tar("needle", NEEDLE)
    yield "tar.gz", gz(tar("other", OTHER) + tar("needle", NEEDLE))
    yield "tar-gzip.tar", tar("other", OTHER) + gz(NEEDLE)
    yield "two.cpio", cpio("other", OTHER) + cpio("needle", NEEDLE)
    yield "initrd-gzip", cpio("other", OTHER).ljust(4096, b"\0") + gz(cpio("needle", NEEDLE))
    yield "initrd-xz", cpio("other", OTHER).ljust(4096, b"\0") + lzma.compress(cpio("needle", NEEDLE))
    yield "two.zip", zipped("other", OTHER) + one
    yield "first.zip", one + zipped("other", OTHER)
    yield "prefix.zip", b"junk" * 100 + one
    yield "no-directory.zip", one[:central]
    yield "comment.zip", one[:-2] + struct.pack("<H", 5) + b"PK\5\6x"
    yield "method.zip", changed(one, central + 10, "<H", 0)
    yield "local-method.zip", changed(one, 8, "<H", 0)
    yield "size.zip", changed(one, central + 20, "<I", 3)
    yield "flag.zip", changed(one, central + 8, "<H", 1)
    yield "gzip.gz", gz(NEEDLE[:40]) + bytes(512) + gz(NEEDLE[40:])
    yield "bzip2.bz2", bz2.compress(NEEDLE[:40]) + bz2.compress(NEEDLE[40:])
    yield "xz.xz", lzma.compress(NEEDLE[:40]) + bytes(8) + lzma.compress(NEEDLE[40:])
    yield "zstd.zst", run("zstd", "-c", input=NEEDLE[:40]) + struct.pack("<II", 0x184D2A53, 5) + b"hello" + run("zstd", "-c", input=NEEDLE[40:])
    yield "lz4.lz4", run("lz4", "-c", input=NEEDLE[:40]) + run("lz4", "-c", input=NEEDLE[40:])
    yield "script-7z.sh", b"#!/bin/sh\ntail -n +3 $0 > x.7z; exit\n" + seven
    yield "script-gzip.sh", b"#!/bin/sh\nsed 1,2d $0 | tar xz; exit\n" + gz(tar("needle", NEEDLE))
    yield "makeself.run", makeself()
    yield "makeself-xz.run", makeself("--xz")
    yield "picture-7z.png", png() + seven
    yield "picture-zip.png", png() + one
    yield "picture.jpg", b"\xff\xd8\xff\xe0" + OTHER + b"\xff\xd9" + seven
    for method in ("LZMA", "LZMA2", "PPMd", "BZip2", "Deflate", "Copy"):
        yield method + ".7z", by_7z("7z", "-m0=" + method)
    for method in ("Deflate", "Deflate64", "BZip2", "LZMA"):
        yield method + ".zip", by_7z("zip", "-mm=" + method)


def texts():
    def page(address):
        return b"<html><body><img src=\"data:application/x;base64," + address + b"\"></body></html>"
    yield "data.html", page(B64)
    yield "percent.html", page(urllib.parse.quote(B64, safe="").encode())
    yield "split.html", page(b"\n" + base64.encodebytes(NEEDLE).replace(b"\n", b"\n   "))
    yield "wide.html", b"\xff\xfe" + page(B64).decode().encode("utf-16-le")
    yield "plain.html", b"<html><a href='data:application/x," + urllib.parse.quote_from_bytes(NEEDLE).encode() + b"'>x</a></html>"
    yield "style.html", b"<html><style>a{background:url( data:application/x;charset=utf-8;base64," + B64 + b")}</style></html>"
    yield "entity.html", b"<html><img src=\"&#100;ata&colon;application/x;base64," + B64 + b"\"></html>"
    yield "data.svg", b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><image href='data:application/x;base64," + B64 + b"'/></svg>"
    yield "quoted.eml", HEAD + BINARY + b"quoted-printable\n\n" + quopri.encodestring(NEEDLE)
    yield "junk.eml", HEAD + BINARY + b"base64\n\n!!" + base64.encodebytes(NEEDLE).replace(b"\n", b" \n-\n")
    inner = HEAD + BINARY + b"base64\n\n" + base64.encodebytes(NEEDLE)
    yield "message.eml", HEAD + b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(inner)
    yield "percent.eml", HEAD + b"Content-Type: text/html\n\n" + page(urllib.parse.quote(B64, safe="").encode())
    yield "zip.eml", HEAD + BINARY + b"base64\n\n" + base64.encodebytes(zipped("a.tar", tar("needle", NEEDLE)))
    uu = b"".join(binascii.b2a_uu(NEEDLE[i:i + 45]) for i in range(0, len(NEEDLE), 45))
    yield "uu.txt", b"begin 644 needle\n" + uu + b"`\nend\n"
    yield "flat.fodt", b"<?xml version='1.0'?><office:document xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0'><office:body>" \
        b"<office:binary-data>" + base64.encodebytes(NEEDLE) + b"</office:binary-data></office:body></office:document>"


def pdf(stream, entries):
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
               b"<< /Length %d %s >>\nstream\n" % (len(stream), entries) + stream + b"\nendstream"]
    return b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % (i + 1, o) for i, o in enumerate(objects)) + b"trailer\n<< /Root 1 0 R >>\n%%EOF\n"


def documents():
    flate, runs = zlib.compress(NEEDLE), b"".join(bytes([len(p) - 1]) + p for p in (NEEDLE[:128], NEEDLE[128:256], NEEDLE[256:])) + b"\x80"
    yield "ascii85.pdf", pdf(base64.a85encode(flate) + b"~>", b"/Filter [/ASCII85Decode /FlateDecode]")
    yield "short.pdf", pdf(base64.a85encode(flate) + b"~>", b"/Filter [/A85 /Fl]")
    yield "runs.pdf", pdf(runs.hex().encode() + b">", b"/Filter [/ASCIIHexDecode /RunLengthDecode]")
    yield "names.pdf", pdf(flate, b"/F#69lter /Fl#61teDecode")
    yield "late.pdf", bytes(900) + pdf(flate, b"/Filter /FlateDecode")
    with open("plain", "wb") as f:
        f.write(pdf(b"x", b""))
    with open("needle", "wb") as f:
        f.write(NEEDLE)
    run("qpdf", "--warning-exit-0", "plain", "--add-attachment", "needle", "--", "attached")
    for name, options in (("attached", ["--object-streams=generate"]), ("linear", ["--linearize"]),
                          ("rc4", ["--allow-weak-crypto", "--encrypt", "", "o", "128", "--"]), ("aes", ["--encrypt", "", "o", "256", "--"])):
        run("qpdf", "--warning-exit-0", *options, "attached", "out")
        with open("out", "rb") as f:
            yield name + ".pdf", f.read()


SEEDS = {"tar.tar": "archive/two-tar", "two.cpio": "archive/two-cpio", "script-7z.sh": "archive/script-7z", "script-gzip.sh": "archive/script-gzip",
         "picture-7z.png": "archive/picture-7z", "xz.xz": "stream/xz-padded", "gzip.gz": "stream/gzip-padded", "percent.html": "html/data-percent",
         "percent.eml": "mail/data-percent"}


def main(corpus=None):
    cases = [*archives(), *texts(), *documents()]
    if corpus is not None:
        for name, data in cases:
            if name in SEEDS:
                with open(os.path.join(corpus, SEEDS[name]), "wb") as f:
                    f.write(data)
        return True
    os.mkdir("files")
    for name, data in cases:
        with open(os.path.join("files", name), "wb") as f:
            f.write(data)
    with open("one.hsb", "w") as f:
        f.write("%s:%d:Needle\n" % (hashlib.sha256(NEEDLE).hexdigest(), len(NEEDLE)))
    out = run_scan()
    found = {o["file"].split("/")[-1] for o in out if o.get("verdict") == "malicious" and "way" in o}
    for i, (name, _) in enumerate(cases):
        print("%s %d - %s" % ("ok" if name in found else "not ok", i + 1, name))
    print("1..%d" % len(cases))
    return len(found) == len(cases)


def run_scan():
    out = subprocess.run([os.environ["PELLUCID"], "scan", "--json", "-q", "-r", "one.hsb", "files"], capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()]


if __name__ == "__main__":
    corpora = [os.path.abspath(a) for a in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        good = main(*corpora)
        os.chdir("/")
    sys.exit(not good)
