# SPDX-License-Identifier: Apache-2.0
"""PE images with version information by chance, and bodies at VI cut out of it and spoilt now and then.

files() gives name -> bytes; signatures() gives (database, line, name), as in cases.py."""
import random
import struct

import versions

SEED = 21
N_FILES = 24
N_SIGNATURES = 160
NAMES = ("CompanyName", "FileDescription", "Comments", "ProductName", "InternalName", "LegalCopyright", "OriginalFilename", "X", "Odd")
WORDS = ("Evil", "Corp", "Tools", "a", "Setup", "of", "2.0.1", "inner.exe", "nothing", "(c)")


class Maker:
    def __init__(self):
        self.r = random.Random(SEED)
        self.tables = {"v%02d.exe" % i: self.make() for i in range(N_FILES)}

    def make(self):
        r = self.r
        out = []
        for _ in range(r.choice((1, 1, 1, 2, 3))):
            names = r.sample(NAMES, r.randrange(1, len(NAMES)))
            # a string of 16 bytes or fewer ends the table for clamscan (versions.py)
            out.append([(n, " ".join(r.choice(WORDS) for _ in range(r.randrange(len(n) < 4, 5)))) for n in names])
        for table in out:
            # clamscan passes over a last string whose length is no multiple of four (versions.py)
            while len(versions.string(*table[-1])) % 4 != 0:
                table[-1] = (table[-1][0], table[-1][1] + "x")
        return out

    def images(self):
        for i, (name, tables) in enumerate(self.tables.items()):
            blobs = [versions.version([t]) for t in tables] if i % 3 == 0 else [versions.version(tables)]
            yield name, versions.pe(blobs, i % 4 == 1)

    def body(self):
        r = self.r
        table = r.choice(r.choice(sorted(self.tables.values())))
        name, value = r.choice(table)
        k = r.random()
        if k < 0.15:
            return versions.wide(name).hex()
        if k < 0.3 and value:
            return versions.wide(value).hex()
        hexed = versions.key(name, value)
        if k < 0.45:
            hexed = hexed[:len(hexed) - 4 * r.randrange(0, 4)] # the beginning of the value
        elif k < 0.55:
            hexed = versions.key(name, r.choice(WORDS))
        elif k < 0.65:
            hexed = hexed[4:]
        elif k < 0.8:
            at = r.randrange(1, len(hexed) // 4) * 4
            hexed = hexed[:at] + r.choice(("????", "??00", "(6100|%s)" % hexed[at:at + 4], "%02x00" % r.randrange(0x61, 0x7b))) + hexed[at + 4:]
        return hexed if len(hexed) >= 8 else hexed + "0000"

    def signature(self, i):
        r = self.r
        if r.random() < 0.5:
            return "ndb", "Chance-V%d:1:VI:%s" % (i, self.body())
        n = r.randrange(1, 4)
        expression = str(0) if n == 1 else r.choice(("&", "|")).join(str(k) for k in range(n))
        if r.random() < 0.2:
            expression = "(%s)%s" % (expression, r.choice(("=0", ">0", "=1"))) if n > 1 else "0" + r.choice(("=0", ">0", "=1"))
        return "ldb", "Chance-V%d;Engine:53-255,Target:1;%s;%s" % (i, expression, ";".join("VI:" + self.body() for _ in range(n)))


def files():
    out = dict(Maker().images())
    # what stands elsewhere in the file is no version information
    out["beside.exe"] = versions.pe([versions.version([[("X", "yxx")]])]) + versions.wide("CompanyName\0\0Evil Corp")
    out["none.exe"] = versions.pe([struct.pack("<HHH", 6, 0, 0)])
    return out


def signatures():
    m = Maker()
    list(m.images())
    for i in range(N_SIGNATURES):
        kind, line = m.signature(i)
        yield kind, line, "Chance-V%d" % i


def differs(_name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return None
