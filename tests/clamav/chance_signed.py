# SPDX-License-Identifier: Apache-2.0
"""The signed programs of signed_.py, and .crb files of entries by chance: any of the certificates, trusted or reported, for some
of the uses, with or without a serial number, spoilt now and then.

databases() gives directories with their lines, as signed_.py does; what differs on purpose is what differs there."""
import random

import signed_

SEED = 51
N_DATABASES = 40
# not `plain` and `below`: clamscan lets the one sign the other, which signed_.py holds
NAMES = ("root", "other", "middle", "leaf", "direct", "mail")

missing = signed_.missing


def files():
    """All but what `below` has signed."""
    return {name: image for name, image in signed_.files().items() if name != "below.exe"}

# what one entry does not allow and another does, in either order
BOTH = [[("middle", "011"), ("root", "111")], [("root", "111"), ("middle", "011")], [("leaf", "000"), ("root", "101")],
        [("middle", "101"), ("root", "011")]]


def spoil(r, line):
    """Another digit in the subject or the key; in the serial number clamscan overlooks it where another entry has none."""
    fields = line.split(";")
    k = r.choice((2, 2, 4))
    at = r.randrange(len(fields[k]) - 1)
    fields[k] = fields[k][:at] + "%x" % (int(fields[k][at], 16) ^ 1) + fields[k][at + 1:]
    return ";".join(fields)


def databases():
    r = random.Random(SEED)
    for i, entries in enumerate(BOTH):
        lines = [signed_.entry("Both-%d-%d" % (i, k), 1, of, uses) for k, (of, uses) in enumerate(entries)]
        yield "both-signed-%d" % i, lines + [("ndb", "Everywhere-B%d:1:*:%s" % (i, b"SECTION1TEXT".hex()), "Everywhere-B%d" % i)]
    for i in range(N_DATABASES):
        lines, named = [], set()
        for k in range(r.choice((1, 2, 2, 3, 4))):
            of, trusted = r.choice(NAMES), int(r.random() < 0.7)
            if of in named:
                continue
            named.add(of)
            uses = "".join(str(int(r.random() < 0.7)) for _ in range(3))
            kind, line, name = signed_.entry("Chance-C%d-%d" % (i, k), trusted, of, uses, r.random() < 0.8)
            lines.append((kind, spoil(r, line) if r.random() < 0.15 else line, name))
        lines.append(("ndb", "Everywhere-C%d:1:*:%s" % (i, b"SECTION1TEXT".hex()), "Everywhere-C%d" % i))
        yield "chance-signed-%d" % i, lines


def differs(_name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return None
