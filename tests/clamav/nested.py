# SPDX-License-Identifier: Apache-2.0
"""Archives, and signatures about what lies in what: Container, Intermediates, and .cdb.

files() gives name -> bytes; signatures() gives (database, line, name), as in cases.py.  The answers compared are
whether a signature is found anywhere in a file."""
import gzip
import io
import tarfile
import zipfile

MARK = b"an object with MARKMARK in it, " * 3


def zipped(members, stored=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as z:
        for name, data in members:
            z.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data,
                       zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tarred(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def encrypted(archive):
    """The same archive whose members say that they are encrypted: what is in them cannot be had."""
    b = bytearray(archive)
    for head, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = b.find(head)
        while at >= 0:
            b[at + flags] |= 1
            at = b.find(head, at + 4)
    return bytes(b)


def files():
    one = zipped([("one.txt", MARK), ("two/evil.exe", b"x" * 1000), ("three.js", b"y" * 20)])
    return {
        "plain.txt": MARK,
        "one.zip": one,
        "stored.zip": zipped([("b.bin", b"z" * 300), ("a.txt", MARK)], True),
        "locked.zip": encrypted(zipped([("secret.exe", b"q" * 77), ("b.txt", b"r" * 50)], True)),
        "one.tar": tarred([("dir/one.txt", MARK), ("dir/evil.exe", b"x" * 1000)]),
        "one.gz": gzip.compress(MARK, mtime=0),
        "one.tar.gz": gzip.compress(tarred([("one.txt", MARK)]), mtime=0),
        "zip.zip": zipped([("inner.zip", one)]),
        "zip.tar.gz": gzip.compress(tarred([("inner.zip", one)]), mtime=0),
        "tar.zip": zipped([("inner.tar", tarred([("one.txt", MARK)]))]),
    }


TYPES = ["CL_TYPE_ZIP", "CL_TYPE_POSIX_TAR", "CL_TYPE_GZ", "CL_TYPE_ANY", "CL_TYPE_7Z", "CL_TYPE_MSOLE2"]
CHAINS = ["ZIP", "ZIP>ZIP", "GZ>POSIX_TAR", "GZ>POSIX_TAR>ZIP", "POSIX_TAR>ZIP", "ANY>ZIP", "ZIP>ANY", "GZ>ANY>ZIP",
          "ANY>ANY>ZIP", "ZIP>POSIX_TAR", "GZ>ZIP", "ZIP>ZIP>ZIP"]
MEMBERS = [
    "CL_TYPE_ZIP:*:*:*:*:*:*:*:*", "CL_TYPE_POSIX_TAR:*:*:*:*:*:*:*:*", "*:*:\\.exe$:*:*:*:*:*:*", "*:*:^two/:*:*:*:*:*:*",
    "CL_TYPE_ZIP:*:\\.(exe|js)$:*:20:*:*:*:*", "CL_TYPE_ZIP:*:*:*:1000:*:*:*:*", "CL_TYPE_ZIP:*:*:*:900-1100:*:*:*:*",
    "CL_TYPE_ZIP:*:*:*:1001-2000:*:*:*:*", "CL_TYPE_ZIP:*:*:*:*:1:*:*:*", "CL_TYPE_ZIP:*:*:*:*:0:*:*:*",
    "CL_TYPE_ZIP:*:secret:*:77:1:*:*:*", "CL_TYPE_ZIP:*:secret:*:77:0:*:*:*", "CL_TYPE_ZIP:*:*:300:300:*:*:*:*",
    "CL_TYPE_ZIP:*:*:300:*:*:*:*:*", "CL_TYPE_ZIP:*:*:*:*:*:2:*:*", "CL_TYPE_ZIP:*:*:*:*:*:3:*:*",
    "CL_TYPE_ZIP:*:*:*:*:*:4:*:*", "CL_TYPE_ZIP:1-400:*:*:*:*:*:*:*", "CL_TYPE_ZIP:401-9000:*:*:*:*:*:*:*",
    "CL_TYPE_POSIX_TAR:*:evil:*:1000:*:*:*:*", "CL_TYPE_7Z:*:*:*:*:*:*:*:*", "*:*:[a-z]+\\.txt$:*:*:0:*:*:*",
    "CL_TYPE_ZIP:*:EVIL:*:*:*:*:*:*",
]


def signatures():
    mark = MARK[15:23].hex()
    for i, t in enumerate(TYPES):
        yield "ldb", "In-%d;Engine:81-255,Container:%s,Target:0;0;%s" % (i, t, mark), "In-%d" % i
    for i, chain in enumerate(CHAINS):
        types = ">".join("CL_TYPE_" + t for t in chain.split(">"))
        yield "ldb", "Chain-%d;Engine:81-255,Intermediates:%s,Target:0;0;%s" % (i, types, mark), "Chain-%d" % i
    for i, m in enumerate(MEMBERS):
        yield "cdb", "Member-%d:%s" % (i, m), "Member-%d" % i


ANY_BELOW = ("clamscan 1.4.6 passes CL_TYPE_ANY over and looks for the next type on the same level; here it stands for one "
             "container of any type, as ClamAV's manual says")


def differs(name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return ANY_BELOW if name in ("Chain-6", "Chain-7") else None
