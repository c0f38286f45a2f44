# SPDX-License-Identifier: Apache-2.0
"""Containers in containers by chance, and signatures by chance that ask for target types, Container, Intermediates, sizes and
parts of programs, of what lies in them; about half are found.

files() gives name -> bytes; signatures() gives (database, line, name), as in cases.py."""
import gzip
import random

import cases
import nested

SEED = 11
N_FILES = 40
N_SIGNATURES = 300
LEAVES = ("pe", "elf", "java", "gif", "swf", "data")
TARGET = {"pe": 1, "elf": 6, "java": 12, "gif": 5, "swf": 11, "data": 0}
WRAPS = {"ZIP": lambda n, b: nested.zipped([(n, b)]), "POSIX_TAR": lambda n, b: nested.tarred([(n, b)]),
         "GZ": lambda n, b: gzip.compress(b, mtime=0)}


class Maker:
    """What one seed makes: each file has one leaf of a kind with a mark of its own, in a chain of containers."""

    def __init__(self):
        self.r = random.Random(SEED)
        self.chains = {}
        self.files = {}
        for i in range(N_FILES):
            kind = self.r.choice(LEAVES)
            mark = b"MARK%03dEND" % i
            chain = tuple(self.r.choice(sorted(WRAPS)) for _ in range(self.r.choice((0, 1, 1, 2, 2, 3, 4))))
            data = self.leaf(kind, mark)
            size = len(data)
            for k, wrap in enumerate(reversed(chain)):
                data = WRAPS[wrap]("n%d" % k, data)
            self.files["c%02d" % i] = data
            self.chains["c%02d" % i] = (kind, mark, chain, size)

    def leaf(self, kind, mark):
        noise = bytes(self.r.randrange(0xA0, 0x100) for _ in range(self.r.randrange(20, 90)))
        if kind == "pe":
            b = bytearray(cases.pe(self.r.randrange(1, 5), 0, self.r.random() < 0.5))
            b[0x440:0x440 + len(mark)] = mark
            return bytes(b)
        if kind == "elf":
            b = bytearray(cases.elf())
            b[0x150:0x150 + len(mark)] = mark
            return bytes(b)
        head = {"java": b"\xca\xfe\xba\xbe\0\0\0\x34", "gif": b"GIF89a", "swf": b"FWS\x05\x90\0\0\0", "data": b"\xf1\xf2\xf3"}[kind]
        return head + noise + mark + noise

    def spoil(self, chain):
        """Another chain."""
        r, out = self.r, list(chain)
        k = r.random()
        if out and k < 0.35:
            out[r.randrange(len(out))] = r.choice(sorted(WRAPS) + ["7Z", "MSOLE2"])
        elif out and k < 0.6:
            del out[r.randrange(len(out))]
        elif k < 0.8:
            out.insert(r.randrange(len(out) + 1), r.choice(sorted(WRAPS)))
        else:
            r.shuffle(out)
        return out

    def logical(self):
        r = self.r
        name = r.choice(sorted(self.chains))
        kind, mark, chain, size = self.chains[name]
        target = TARGET[kind] if r.random() < 0.5 else r.choice((0, 0, 0, 1, 5, 6))
        asked = []
        spoilt = r.random() < 0.4
        if chain and r.random() < 0.5:
            container = r.choice(sorted(WRAPS)) if spoilt and r.random() < 0.5 else chain[-1]
            asked.append("Container:CL_TYPE_" + container)
        if r.random() < 0.6:
            # the chain, or its end
            some = list(chain[r.randrange(len(chain)):]) if chain and r.random() < 0.4 else list(chain)
            if spoilt:
                some = self.spoil(some)
            if some and r.random() < 0.2:
                some[0] = "ANY" # in the first place: elsewhere clamscan reads it in a way of its own (nested.py)
            if some:
                asked.append("Intermediates:" + ">".join("CL_TYPE_" + t for t in some))
        if r.random() < 0.3:
            low = max(0, size + r.choice((-3, 0, 0, 1)))
            asked.append("FileSize:%d-%d" % (low, low + r.choice((0, 5, 200))))
        if target == 1 and r.random() < 0.3:
            low = r.randrange(1, 5)
            asked.append("NumberOfSections:%d-%d" % (low, low + r.randrange(3)))
        r.shuffle(asked)
        sub = mark.hex() if r.random() < 0.7 else mark[:4].hex() + "??" + mark[5:].hex()
        return "Engine:81-255,Target:%d%s;0;%s" % (target, "".join("," + a for a in asked), sub)


def files():
    return Maker().files


def signatures():
    m = Maker()
    for i in range(N_SIGNATURES):
        yield "ldb", "Nest-%d;%s" % (i, m.logical()), "Nest-%d" % i


def differs(_name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return None
