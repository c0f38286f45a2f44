#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: archivetree.py DIRECTORY [MEGABYTES]   Makes a tree of archives and documents out of this machine's files.

A ninth of the bytes for each kind: deb, tar.xz, zip, 7z, iso, nested archives, PDF, OOXML, mail.  One more of each kind,
found-*, holds a small program that the signature of signature() is of; the others do not, since clamscan looks no farther
into what holds it."""
import email.message
import hashlib
import io
import os
import random
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib

ROOTS = ["/usr/bin", "/usr/share/doc", "/usr/include", "/usr/lib/x86_64-linux-gnu", "/usr/share", "/usr/lib"]
PIECE = 12 << 20  # bytes that go into one archive, at most
PROGRAM = b"\x7fELF" + b"made to be found by its digest; does nothing " * 40


def signature():
    """A line of an .hsb file."""
    return "%s:%d:Made.To.Be.Found\n" % (hashlib.sha256(PROGRAM).hexdigest(), len(PROGRAM))


class Pool:
    """The machine's files, in order of their names and by turns from each root, over and over."""

    def __init__(self):
        self.walks = [self.walk(root) for root in ROOTS]

    @staticmethod
    def walk(root):
        while True:
            for place, folders, names in os.walk(root):
                folders.sort()
                for name in sorted(names):
                    path = os.path.join(place, name)
                    if not os.path.islink(path) and os.path.isfile(path) and 0 < os.path.getsize(path) < PIECE // 4:
                        yield path

    def take(self, size):
        """(name, bytes) of about `size` bytes in all."""
        out, total, i = [], 0, 0
        while total < size:
            path = next(self.walks[i % len(self.walks)])
            i += 1
            try:
                with open(path, "rb") as f:
                    data = f.read()
            except OSError:
                continue
            out.append(("%04d-%s" % (len(out), os.path.basename(path)), data))
            total += len(data)
        return out


def run(*command, cwd=None):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=cwd)


def spread(files, folder):
    os.makedirs(folder)
    for name, data in files:
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)
    return folder


def make_deb(files, path, work):
    top = work + "/deb"
    spread(files, top + "/usr/share/made")
    os.mkdir(top + "/DEBIAN")
    with open(top + "/DEBIAN/control", "w", encoding="ascii") as f:
        f.write("Package: made\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: made\n")
    run("dpkg-deb", "-Zxz", "-z1", "--build", top, path + ".deb")


def tar(files, out, mode):
    with tarfile.open(fileobj=out, mode=mode) as t:
        for name, data in files:
            info = tarfile.TarInfo("made/" + name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))


def make_tar(files, path, work):
    with open(work + "/t.tar", "wb") as f:
        tar(files, f, "w")
    run("xz", "-1", "-T0", work + "/t.tar")
    shutil.move(work + "/t.tar.xz", path + ".tar.xz")


def zipped(files, out):
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as z:
        for name, data in files:
            z.writestr(name, data)


def make_zip(files, path, _work):
    zipped(files, path + ".zip")


def make_7z(files, path, work):
    run("7zz", "a", "-mx=1", path + ".7z", ".", cwd=spread(files, work + "/7z"))


def make_iso(files, path, work):
    run("genisoimage", "-quiet", "-r", "-J", "-o", path + ".iso", spread(files, work + "/iso"))


def make_nested(files, path, work):
    """zip in tar.gz in 7z"""
    inner = []
    for i in range(0, len(files), 40):
        out = io.BytesIO()
        zipped(files[i:i + 40], out)
        inner.append(("inner%d.zip" % i, out.getvalue()))
    os.mkdir(work + "/nest")
    with open(work + "/nest/middle.tar.gz", "wb") as f:
        tar(inner, f, "w:gz")
    run("7zz", "a", "-mx=1", path + ".7z", ".", cwd=work + "/nest")


def make_pdf(files, path, _work):
    """Files are embedded, compressed, with some pages of text each."""
    out, places = bytearray(b"%PDF-1.5\n"), []

    def add(dictionary, stream=None):
        places.append(len(out))
        out.extend(b"%d 0 obj\n<<%s" % (len(places), dictionary))
        if stream is None:
            out.extend(b">>\nendobj\n")
            return len(places)
        packed = zlib.compress(stream, 3)
        out.extend(b"/Filter/FlateDecode/Length %d>>\nstream\n" % len(packed) + packed + b"\nendstream\nendobj\n")
        return len(places)

    names, pages = [], []
    for name, data in files:
        i = add(b"/Type/EmbeddedFile", data)
        spec = add(b"/Type/Filespec/F(%s)/EF<</F %d 0 R>>" % (name.encode("ascii", "replace"), i))
        names.append(b"(%s) %d 0 R" % (name.encode("ascii", "replace"), spec))
        text = b"".join(b"BT /F1 9 Tf 30 %d Td (%s) Tj ET\n" % (800 - k, data[k:k + 60].hex().encode()) for k in range(0, 780, 12))
        pages.append(add(b"/Type/Page/MediaBox[0 0 600 840]/Contents %d 0 R" % add(b"", text)))
    tree = add(b"/Type/Pages/Count %d/Kids[%s]" % (len(pages), b" ".join(b"%d 0 R" % p for p in pages)))
    root = add(b"/Type/Catalog/Pages %d 0 R/Names<</EmbeddedFiles<</Names[%s]>>>>" % (tree, b" ".join(names)))
    at = len(out)
    out.extend(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    out.extend(b"".join(b"%010d 00000 n \n" % p for p in places))
    out.extend(b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, root, at))
    with open(path + ".pdf", "wb") as f:
        f.write(out)


def make_ooxml(files, path, _work):
    rng = random.Random(len(files))
    words = [b"the", b"of", b"commission", b"parliament", b"software", b"review", b"evidence", b"report", b"network"]
    parts = [("[Content_Types].xml", b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
              b'<Default Extension="xml" ContentType="application/xml"/></Types>'),
             ("_rels/.rels", b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
              b'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
              b'Target="word/document.xml"/></Relationships>')]
    text = b"".join(b"<w:p><w:r><w:t>%s</w:t></w:r></w:p>" % b" ".join(rng.choices(words, k=40)) for _ in range(4000))
    parts.append(("word/document.xml", b'<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/'
                  b'wordprocessingml/2006/main"><w:body>' + text + b"</w:body></w:document>"))
    zipped(parts + [("word/embeddings/" + name, data) for name, data in files], path + ".docx")


def make_mail(files, path, _work):
    """Ten messages and more to a box; two parts of three are zip archives."""
    with open(path + ".mbox", "wb") as f:
        for i in range(0, len(files), 12):
            m = email.message.EmailMessage()
            m["From"], m["To"], m["Subject"] = "a@example.org", "b@example.org", "message %d" % i
            m.set_content("see what is attached\n" * 20)
            for k, (name, data) in enumerate(files[i:i + 12]):
                if k % 3 != 0 and len(files) > 1:
                    out = io.BytesIO()
                    zipped([(name, data)], out)
                    name, data = name + ".zip", out.getvalue()
                m.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
            f.write(b"From a@example.org Thu Jan  1 00:00:00 2026\n" + m.as_bytes() + b"\n")


KINDS = [("deb", make_deb), ("tar", make_tar), ("zip", make_zip), ("7z", make_7z), ("iso", make_iso),
         ("nested", make_nested), ("pdf", make_pdf), ("ooxml", make_ooxml), ("mail", make_mail)]


def make(top, megabytes):
    os.makedirs(top)
    pool = Pool()
    share = (megabytes << 20) // len(KINDS)
    for kind, maker in KINDS:
        made, n = 0, 0
        while made < share:
            path = "%s/%s%02d" % (top, kind, n)
            maker_in(maker, pool.take(min(PIECE, share)), path, top + ".work")
            made += sum(os.path.getsize(os.path.join(top, f)) for f in os.listdir(top) if f.startswith("%s%02d." % (kind, n)))
            n += 1
        maker_in(maker, [("found.bin", PROGRAM)], "%s/found-%s" % (top, kind), top + ".work")


def maker_in(maker, files, path, work):
    os.mkdir(work)
    try:
        maker(files, path, work)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 500)
