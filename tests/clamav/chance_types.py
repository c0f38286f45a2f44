# SPDX-License-Identifier: Apache-2.0
"""Objects of types that chance gives them, magic numbers of .ftm files that say so, and signatures for target types and with
HandlerType, by chance.

files() gives name -> bytes; signatures() gives (database, line, name), as in cases.py.  All go into one directory."""
import gzip
import random

GROUP = "chance_types"
SEED = 31
N_MAGIC = 26
N_FILES = 60
N_SIGNATURES = 200
# to type -> target; what is read of them apart from that is nothing here
TYPES = {"GRAPHICS": 5, "SWF": 11, "JAVA": 12, "MSEXE": 1, "ELF": 6, "PDF": 10, "MSOLE2": 2, "BINARY_DATA": 0}
HANDLED = ("GRAPHICS", "TEXT_ASCII", "SWF", "JAVA")


class Maker:
    def __init__(self):
        self.r = random.Random(SEED)
        self.magic = [self.make_magic(i) for i in range(N_MAGIC)]
        self.made = {}
        self.marks = {}
        for i in range(N_FILES):
            self.make_file("t%02d" % i, b"MARK%02d" % i) # in capitals: clamscan makes a text, in lower case, of all that has no type

    def noise(self, n):
        return bytes(self.r.randrange(0xA0, 0x100) for _ in range(n))

    def make_magic(self, i):
        """(kind, offset, bytes, type, levels)"""
        r = self.r
        kind = r.choice((0, 0, 0, 1))
        text = b"\x01" + bytes(r.randrange(0x80, 0xA0) for _ in range(4)) + bytes([0x80 + i])
        offset = r.choice((0, 0, 1, 4, 20, 300)) if kind == 0 else "*"
        levels = r.choice(("", "", "", ":30", ":30:255", ":300", ":1:100", ":216:216", ":1:215", ":217", ":216"))
        return kind, offset, text, r.choice(sorted(TYPES)), levels

    def make_file(self, name, mark):
        r = self.r
        kind, offset, text, _, _ = m = r.choice(self.magic)
        at = offset if kind == 0 else r.choice((0, 7, 100, 700, 1010, 1200))
        if r.random() < 0.15:
            at += 1
        if r.random() < 0.15:
            text = text[:-1] + b"\xff"
        data = self.noise(at) + text + self.noise(r.randrange(8, 60)) + mark + self.noise(10)
        if r.random() < 0.2:
            data = gzip.compress(data, mtime=0)
        self.made[name] = data
        self.marks[name] = (mark, m)

    def lines(self):
        for i, (kind, offset, text, to, levels) in enumerate(self.magic):
            yield "%d:%s:%s:Made %d:CL_TYPE_ANY:CL_TYPE_%s%s" % (kind, offset, text.hex(), i, to, levels)

    def signature(self, i):
        r = self.r
        mark, (_, _, text, to, _) = self.marks[r.choice(sorted(self.marks))]
        target = TYPES[to] if r.random() < 0.6 else r.choice((0, 1, 2, 5, 6, 10, 11, 12))
        if r.random() < 0.5:
            return "ndb", "Chance-T%d:%d:*:%s" % (i, target, mark.hex())
        if r.random() < 0.5:
            return "ldb", "Chance-T%d;Engine:51-255,Target:%d;0&1;%s;%s" % (i, target, mark.hex(), text[:4].hex())
        return "ldb", "Chance-T%d;Engine:51-255,Target:%d;0=0&1;%s;%s" % (i, target, mark.hex(), text[:4].hex())

    def handler(self, i):
        """Each of another mark: clamscan looks at an object as of one more type alone, here as of all that are said."""
        mark, _ = self.marks["t%02d" % i]
        return "ldb", "Chance-H%d;Engine:51-255,Target:0,HandlerType:CL_TYPE_%s;0;%s" % (i, self.r.choice(HANDLED), mark.hex())


def files():
    return Maker().made


def signatures():
    m = Maker()
    for line in m.lines():
        yield "ftm", line, None
    yield "ftm", "0:0:1f8b:GZip:CL_TYPE_ANY:CL_TYPE_GZ", None # which clamscan forgets
    for i in range(N_SIGNATURES):
        kind, line = m.signature(i)
        yield kind, line, "Chance-T%d" % i
    for i in range(N_SIGNATURES // 10):
        kind, line = m.handler(i)
        yield kind, line, "Chance-H%d" % i


def differs(_name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return None
