# SPDX-License-Identifier: Apache-2.0
"""Encrypted zip archives, and passwords for them (.pwdb): lines of every form, whole and spoilt, by chance.

files() gives name -> bytes; databases() gives directories with their lines, as in signed_.py: what one password opens would
hide whether another does."""
import os
import random
import subprocess
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../unpack"))
from make_archives import archive, deflate, old_cipher  # noqa: E402

SEED = 4
N_LINES = 60
MARK = b"an object with MARKMARK in it, " * 3
BODY = ("ndb", "Opened-%d:0:*:" + b"MARKMARK".hex())
# of the archives, by their names
WORDS = {"plain.zip": b"not usual", "short.zip": b"a", "long.zip": b"w" * 60, "blank.zip": b"end ", "before.zip": b" begin",
         "colon.zip": b"a:b,c", "number.zip": b"90210", "high.zip": b"\xe9\xff\x80", "hash.zip": b"#1", "zero.zip": b"\x01\x02\x03"}


def locked(password, name, method):
    crc = zlib.crc32(MARK)
    packed = deflate(MARK) if method else MARK
    return archive([(name, method, old_cipher(packed, password, crc, 2), MARK, {"flags": 1})])


def files():
    out = {name: locked(word, b"a.bin", 8 if i % 2 else 0) for i, (name, word) in enumerate(WORDS.items())}
    out["open.zip"] = archive([(b"a.bin", 8, deflate(MARK), MARK, {})])
    return out


class Maker:
    """Lines of one seed."""

    def __init__(self):
        self.r = random.Random(SEED)

    def block(self):
        r = self.r
        parts = ["Engine:%s" % r.choice(("81-255", "81-255", "1-300", "216-216", "216-255", "217-255", "1-215", "200"))]
        for _ in range(r.choice((0, 0, 1, 1, 2))):
            parts.append(r.choice(("Container:CL_TYPE_ZIP", "Container:CL_TYPE_ANY", "Target:0", "Target:1", "FileSize:1-2",
                                   "Intermediates:CL_TYPE_ZIP", "Container:CL_TYPE_ZIP")))
        return ",".join(dict.fromkeys(parts))

    def line(self, n):
        r = self.r
        word = r.choice(sorted(WORDS.values()))
        spoilt = r.random()
        if spoilt < 0.1:
            word = word.swapcase() if word.swapcase() != word else word + b"x"
        elif spoilt < 0.18:
            word += b" "
        elif spoilt < 0.22:
            word = b" " + word
        readable = all(0x20 <= c < 0x7f for c in word)
        if readable and r.random() < 0.6:
            kind, text = r.choice(("0", "0", "0", "00", "")), word.decode()
        else:
            kind, text = "1", word.hex() if r.random() < 0.7 else word.hex().upper()
        more = r.choice(("", "", "", "", ";", ";200", ";90;300"))
        return "%s;%s;%s;%s%s" % (r.choice(("Word-%d" % n, "Word-%d" % n, "")), self.block(), kind, text, more)


def is_read(line):
    """Does clamscan read it?  One that it does not costs it the whole database, and it does not say which that is."""
    with tempfile.TemporaryDirectory() as top:
        open(top + "/none", "w").close()
        with open(top + "/a.pwdb", "w") as f:
            f.write(line + "\n")
        with open(top + "/a.ndb", "w") as f:
            f.write(BODY[1] % 0 + "\n")
        return subprocess.run(["clamscan", "--no-summary", "-d", top, top + "/none"], capture_output=True).returncode == 0


def databases():
    m = Maker()
    lines = ["None;Engine:81-255,Container:CL_TYPE_RAR;0;not usual"]
    while len(lines) < N_LINES:
        line = m.line(len(lines))
        if is_read(line):
            lines.append(line)
    for n, line in enumerate(lines):
        name = "Opened-%d" % n
        yield "passwords-%d" % n, [("pwdb", line, None), (BODY[0], BODY[1] % n, name)]


RAR = "a password for RAR archives is tried on all that is encrypted, so that more is opened"


def differs(name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return RAR if name == "Opened-0" else None
