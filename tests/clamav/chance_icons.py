# SPDX-License-Identifier: Apache-2.0
"""PE images with icons by chance, and an .idb of what clamscan measures of them, spoilt by a little and by more.

files() gives name -> bytes; signatures() gives (database, line, name), as in cases.py."""
import random

import chance
import icons

SEED = 41
N_FILES = 24
MARK = "504500004c01"
# digits of averages and of places in the middle of three, and of the colours as they are in all
PLACES = [2 + 7 * i + d for i in range(6) for d in (1, 2, 4, 6)] + [44 + 6 * i + d for i in range(12) for d in (0, 1, 3, 5)] + \
    list(range(117, 124, 2))


def bitmaps():
    r = random.Random(SEED)
    for i in range(N_FILES):
        n = r.choice((1, 1, 1, 2, 3))
        yield "c%02d.exe" % i, [icons.bitmap(side, side, r.choice((4, 8, 16, 24, 24, 32)), r.randrange(10000), r.random() < 0.3,
                                             r.random() < 0.2)
                                for side in (r.choice((16, 24, 32, 32, 48, 64)) for _ in range(n))]


def files():
    return {name: icons.program(all_of) for name, all_of in bitmaps()}


def spoil(r, digits):
    """Some of the numbers, by a little or by more; the size stays."""
    out = list(digits)
    for _ in range(r.choice((1, 2, 6, 20, 60))):
        at = r.choice(PLACES)
        out[at] = "%x" % (int(out[at], 16) ^ r.choice((1, 1, 2, 8)))
    return "".join(out)


def signatures():
    all_of = list(lines())
    good = chance.readable("idb", [line for kind, line, _ in all_of if kind == "idb"])
    bad = {line.split(":")[1] for kind, line, _ in all_of if kind == "idb" and line not in good}
    for kind, line, name in all_of:
        if line in good or kind == "ldb" and not any("IconGroup1:%s," % b in line for b in bad):
            yield kind, line, name


def lines():
    r = random.Random(SEED + 1)
    n = 0
    for name, digits in icons.measured(files()):
        if len(digits) != 124 or int(digits[:2], 16) not in (16, 24, 32):
            continue
        for kind in ("", r.choice(("", "spoilt")), "spoilt"):
            n += 1
            yield "idb", "Icon-%d:C%d:D%d:%s" % (n, n, n % 4, spoil(r, digits) if kind else digits), None
            yield "ldb", "IconC-%d;Engine:53-255,IconGroup1:C%d,Target:1;0;%s" % (n, n, MARK), "IconC-%d" % n
            if r.random() < 0.3: # of both groups
                yield ("ldb", "IconCC-%d;Engine:53-255,IconGroup1:C%d,IconGroup2:D%d,Target:1;0;%s" % (n, n, n % 4, MARK),
                       "IconCC-%d" % n)
    for i in range(4):
        yield "ldb", "IconCD-%d;Engine:53-255,IconGroup2:D%d,Target:1;0;%s" % (i, i, MARK), "IconCD-%d" % i
        yield "ldb", "IconCN-%d;Engine:53-255,IconGroup2:D%d,Target:1;0=0;%s" % (i, i, "deadbeef"), "IconCN-%d" % i


def differs(_name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return None
