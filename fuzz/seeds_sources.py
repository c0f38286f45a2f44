#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: seeds_sources.py CORPUS   Writes seeds of archives of rules in CORPUS/sources, the same bytes each time."""
import gzip
import io
import os
import sys
import tarfile
import zipfile

RULE = b"rule a { condition: true }\n"
INCLUDES = b"../b.yar\n./c//d.inc\n../../out.yar\n/etc/passwd\n..\n\n" + b"x" * 600 + b"\n"


def packed_zip(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files:
            z.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def packed_tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as t:
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            t.addfile(member, io.BytesIO(data))
    return out.getvalue()


def main(corpus):
    files = [("set/a.yar", RULE), ("set/b/c.yara", INCLUDES), ("set/part.inc", RULE), ("read.me", b"no rule\n")]
    one = gzip.compress(RULE, mtime=0)
    seeds = {"zip": packed_zip(files), "tar-gz": gzip.compress(packed_tar(files), mtime=0), "one-gz": one,
             "nested": packed_zip([("t.tar.gz", gzip.compress(packed_tar(files), mtime=0)), ("n/o.yar.gz", one)]),
             "none": packed_zip([("read.me", b"no rule\n")]), "cut": packed_zip(files)[:90]}
    for _ in range(9):
        one = gzip.compress(one, mtime=0)
    seeds["deep"] = one
    os.makedirs(os.path.join(corpus, "sources"), exist_ok=True)
    for name, data in seeds.items():
        with open(os.path.join(corpus, "sources", name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
