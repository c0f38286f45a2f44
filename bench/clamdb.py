#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: clamdb.py DIRECTORY [HASHES BODIES LOGICALS]   Writes a database of the shape of ClamAV's.

A fixed seed; nothing in it is anyone's signature.  Bodies are pieces of this machine's C library in
which some bytes were changed, so that they are as common as code is, and of random bytes."""
import glob
import os
import random
import sys

FULL = (8000000, 300000, 70000)  # digests, bodies, logical signatures
FAMILIES = ["Win.Trojan", "Win.Malware", "Win.Downloader", "Unix.Trojan", "Doc.Dropper", "Html.Phish",
            "Win.Ransomware", "Osx.Adware", "Win.Packed", "Win.Virus"]


def name(rng, i):
    return "%s.Made%03d-%d" % (FAMILIES[i // 5000 % len(FAMILIES)], i // 700 % 1000, i)


def piece(rng, code, low=16, high=80):
    n = rng.randrange(low, high)
    if rng.random() < 0.4:
        return bytearray(rng.getrandbits(8) for _ in range(n))
    at = rng.randrange(len(code) - n)
    b = bytearray(code[at:at + n])
    for _ in range(4 + n // 8):
        b[rng.randrange(n)] = rng.getrandbits(8)
    return b


def body(rng, code):
    h = piece(rng, code).hex()
    k = rng.random()
    if k < 0.10:
        h = h[:16] + "??" + h[18:]
    elif k < 0.15:
        h = h + "{%d-%d}" % (rng.randrange(4), rng.randrange(5, 40)) + piece(rng, code).hex()
    elif k < 0.20:
        h = h + "*" + piece(rng, code).hex()
    elif k < 0.23:
        h = h[:20] + "(%s|%s)" % (h[20:22], piece(rng, code, 1, 2).hex()) + h[22:]
    return h


def write(top, n_hashes, n_bodies, n_logicals):
    rng = random.Random(20260101)
    code = open(sorted(glob.glob("/usr/lib/*/libc.so.6"))[0], "rb").read()[:1500000]
    code = code[200000:]
    os.makedirs(top, exist_ok=True)
    with open(top + "/made.hdb", "w") as md5, open(top + "/made.hsb", "w") as sha, \
            open(top + "/made.mdb", "w") as sections:
        for i in range(n_hashes):
            size = int(2 ** rng.uniform(9, 22))
            k = i % 20
            if k < 10:
                md5.write("%032x:%d:%s\n" % (rng.getrandbits(128), size, name(rng, i)))
            elif k < 17:
                sections.write("%d:%032x:%s\n" % (size & ~511 or 512, rng.getrandbits(128), name(rng, i)))
            else:
                sha.write("%064x:%d:%s\n" % (rng.getrandbits(256), size, name(rng, i)))
    with open(top + "/made.ndb", "w") as f:
        for i in range(n_bodies):
            target = rng.choice((0, 0, 1, 1, 1, 1, 3, 6))
            offset = "*"
            if target == 1 and rng.random() < 0.3:
                offset = rng.choice(("EP+0", "EP+0,64", "SL+0", "S0+16", "EOF-64"))
            f.write("%s:%d:%s:%s\n" % (name(rng, i), target, offset, body(rng, code)))
    with open(top + "/made.ldb", "w") as f:
        for i in range(n_logicals):
            n = rng.randrange(1, 6)
            e = {1: "0", 2: "0&1", 3: "0&(1|2)", 4: "(0|1|2|3)>2,2", 5: "0&1&2&(3|4)"}[n]
            f.write("%s;Engine:51-255,Target:%d;%s;%s\n" % (
                name(rng, i), rng.choice((0, 1, 1, 1, 6)), e,
                ";".join(body(rng, code) for _ in range(n))))


def main():
    sizes = [int(x) for x in sys.argv[2:5]]
    write(sys.argv[1], *(sizes if len(sizes) == 3 else FULL))


if __name__ == "__main__":
    main()
