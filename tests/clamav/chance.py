#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signatures by chance: bodies, offsets, logical expressions, comparisons and regular expressions, cut out of files made by
chance too and spoilt now and then, so that about half are found.

files() and signatures() are those of one seed, as in cases.py.  By itself it goes on with other seeds, and prints each
signature about which clamscan and Pellucid differ:

    PELLUCID=b/pellucid python3 tests/clamav/chance.py [SEEDS [FIRST [SIGNATURES]]]"""
import random
import re
import subprocess
import sys
import tempfile

import cases

SEED = 1
N_SIGNATURES = 400
ALPHABET = b"abcdefABCD0123 .-/\n\x00\xf0\xf1"
HEAD = b"\xca\xfe\xba\xbe\x00\x00\x00\x34"  # Java: of a type, so that nobody makes a text of it


class Maker:
    """What one seed makes."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.files = self.make_files()

    # ---- files

    def text(self, n):
        r = self.r
        words = [bytes(r.choice(ALPHABET) for _ in range(r.randrange(3, 9))) for _ in range(6)]
        out = b""
        while len(out) < n:
            out += r.choice(words) if r.random() < 0.5 else bytes(r.choice(ALPHABET) for _ in range(r.randrange(1, 12)))
        return out[:n]

    def make_files(self):
        """Of no type that clamscan would make a view of, and programs, for what is counted from their parts."""
        r, out = self.r, {}
        for i in range(14):
            out["f%02d" % i] = HEAD + self.text(r.choice((40, 90, 200, 400, 3000)))
        for i in range(6):
            b = bytearray(cases.pe(r.randrange(1, 6), 0, i % 2 == 1))
            for at in range(0x400, len(b), 0x200):
                b[at:at + 0x1F0] = self.text(0x1F0)
            out["p%02d" % i] = bytes(b) + (self.text(50) if i > 3 else b"")
        for i in range(2):
            b = bytearray(cases.elf())
            b[0x104:0x1F0] = self.text(0xEC)
            b[0x208:0x2F0] = self.text(0xE8)
            out["e%02d" % i] = bytes(b)
        return out

    # ---- bodies

    def piece(self, least=4, most=30, name=None):
        r = self.r
        while True:
            name = name or r.choice(sorted(self.files))
            b = self.files[name]
            n = min(r.randrange(least, most + 1), len(b) - 4)
            at = r.randrange(4, len(b) - n + 1)
            if name[0] == "p":
                at = r.randrange(0x400, len(b) - n + 1)
            if len(set(b[at:at + n])) > 1:
                return name, at, b[at:at + n]
            name = None

    def odd(self, b):
        """Another byte."""
        return (b + self.r.randrange(1, 256)) & 0xFF

    def token(self, b):
        """A byte, or what stands for it."""
        r, k = self.r, self.r.random()
        hexed = "%02x" % b
        if k < 0.72:
            return hexed if r.random() < 0.8 else hexed.upper()
        if k < 0.78:
            return "??"
        if k < 0.82:
            return "?" + hexed[1]
        if k < 0.86:
            return hexed[0] + "?"
        some = ["%02x" % self.odd(b) for _ in range(r.randrange(1, 4))]
        if k < 0.95:
            some.insert(r.randrange(len(some) + 1), hexed)
            return "(%s)" % "|".join(some)
        return "!(%s)" % "|".join(some)

    def several(self, piece):
        """Alternatives of several bytes."""
        r = self.r
        true = piece.hex()
        if r.random() < 0.6: # all of one length
            others = [bytes(r.choice(ALPHABET) for _ in piece).hex() for _ in range(r.randrange(1, 3))]
        else:
            others = [bytes(r.choice(ALPHABET) for _ in range(r.randrange(1, len(piece) + 3))).hex()
                      for _ in range(r.randrange(1, 3))]
            if r.random() < 0.3:
                others.append(true[:2] + "??" * (len(piece) - 1))
        others = [o for o in others if o != true]
        if not others:
            return true
        others.insert(r.randrange(len(others) + 1), true)
        return "(%s)" % "|".join(others)

    def part(self, b):
        """Hexadecimal digits for the bytes, two of which stand as they are."""
        keep = self.r.randrange(len(b) - 1)
        out, i = "", 0
        while i < len(b):
            if i == keep:
                out += b[i:i + 2].hex()
                i += 2
            elif self.r.random() < 0.06 and i + 4 < len(b) and not keep - 4 < i < keep + 2:
                n = self.r.randrange(2, 5)
                out += self.several(b[i:i + n])
                i += n
            else:
                out += self.token(b[i])
                i += 1
        return out

    def gap(self, n):
        """What stands for n bytes, and now and then for some more or fewer."""
        r, k = self.r, self.r.random()
        if k < 0.2:
            return "*"
        n = max(0, n + (r.choice((-1, 1)) if r.random() < 0.15 else 0))
        if n == 0:
            return "*" if k < 0.6 else "{-%d}" % r.randrange(1, 9)
        if k < 0.4:
            return "{%d}" % n
        if k < 0.6:
            return "{%d-%d}" % (r.randrange(0, n + 1), n + r.randrange(0, 9))
        if k < 0.8:
            return "{-%d}" % (n + r.randrange(0, 9))
        return "{%d-}" % r.randrange(0, n + 1)

    def body(self, most=30, name=None, plain=False):
        """(file, place, body)"""
        r = self.r
        name, at, b = self.piece(4, most, name)
        if r.random() < 0.12:
            i = r.randrange(len(b))
            b = b[:i] + bytes([self.odd(b[i])]) + b[i + 1:]
        if plain or r.random() < 0.25 or len(b) < 5:
            return name, at, b.hex()
        if len(b) > 12 and r.random() < 0.5:
            one = r.randrange(3, len(b) - 6)
            two = r.randrange(one, len(b) - 3)
            hexed = self.part(b[:one]) + self.gap(two - one) + self.part(b[two:])
        elif len(b) > 6 and r.random() < 0.12: # X[n-m]...
            n = r.randrange(1, len(b) - 4)
            low = r.randrange(1, n + 1)
            high = min(32, n + r.randrange(0, 4))
            hexed = "%02x[%d-%d]%s" % (b[0], low, high, self.part(b[1 + n:]))
            if high < low or len(b) - 1 - n < 3:
                hexed = b.hex()
        else:
            hexed = self.part(b)
        k = r.random()
        if k < 0.05:
            hexed = "(%s)" % r.choice("BLW") + hexed
        elif k < 0.10:
            hexed += "(%s)" % r.choice("BW")
        return name, at, hexed

    def offset(self, name, at, target):
        r, k = self.r, self.r.random()
        size = len(self.files[name])
        off = r.choice((0, 0, 0, 0, 1, -1))
        if k < 0.3:
            return "*"
        shift = r.choice((0, 0, 1, 5, 60))
        tail = ",%d" % shift if shift or r.random() < 0.2 else ""
        back = r.randrange(0, shift + 1)
        if target == 1 and k < 0.8:
            section = (at - 0x400) // 0x200
            n = at - 0x400 - section * 0x200 + off - back
            kind = r.choice(("S", "EP", "SE", "SL"))
            if kind == "S" and n >= 0 and section >= 0:
                return "S%d+%d%s" % (section, n, tail)
            if kind == "SE":
                return "SE%d%s" % (max(0, section + r.choice((0, 0, 0, -1, 1))), tail)
            if kind == "SL":
                last = 0x400 + 0x200 * (((size - 0x400) // 0x200) - 1)
                if at - last + off - back >= 0:
                    return "SL+%d%s" % (at - last + off - back, tail)
            n = at - 0x410 + off - back
            return "EP%s%d%s" % ("+" if n >= 0 else "-", abs(n), tail)
        if k < 0.65:
            return "%d%s" % (max(0, at + off - back), tail)
        return "EOF-%d%s" % (max(0, size - at + off + back), tail)

    # ---- subsignatures

    def literal(self, name):
        name, at, b = self.piece(3, 6, name)
        return b

    def sub_body(self, name, target):
        r = self.r
        if r.random() < 0.5: # what is found several times
            b = self.literal(name)
            hexed, at = b.hex(), self.files[name].find(b)
        else:
            _, at, hexed = self.body(16, name)
        if r.random() < 0.25:
            hexed = "%s:%s" % (self.offset(name, at, target), hexed)
        if r.random() < 0.15 and not set("BLW[!") & set(hexed):
            hexed += "::" + r.choice(("i", "w", "a", "f", "wa", "iw", "iwa", "fi"))
        return hexed

    def sub_number(self, i, name, subs):
        r = self.r
        of = r.randrange(i)
        way = r.choice((">>", ">>", "<<")) + str(r.randrange(0, 12))
        if way[2:] == "0":
            way = "0" if r.random() < 0.5 else way
        kind = r.choice("hdai")
        n = r.choice((1, 2, 4, 8)) if kind == "i" else r.randrange(1, 9)
        order = "" if kind == "d" and r.random() < 0.5 else r.choice("lb")
        if kind == "d" and order == "l":
            order = "b"
        form = kind + order + ("e" if r.random() < 0.25 else "") + str(n)
        value = r.choice((0, 1, 2, 3, 10, 12, 0x61, 0x62, 0x6162, 100, 300))
        text = "%s%d" % (r.choice("=<>"), value)
        if r.random() < 0.2:
            text += ",%s%s" % (r.choice("<>"), hex(r.choice((5, 0x100, 0xFFFF))))
        return "%d(%s#%s#%s)" % (of, way, form, text)

    def sub_pcre(self, i, name):
        r = self.r
        b = self.literal(name)
        out = ""
        for c in b:
            k = r.random()
            out += ("\\x%02x" % c if k < 0.5 else "[\\x%02x\\x%02x]" % (c, self.odd(c)) if k < 0.6 else "." if k < 0.65 else
                    "\\x%02x+" % c if k < 0.7 else "(?:\\x%02x|zz)" % c if k < 0.75 else "\\x%02x" % c)
        if r.random() < 0.15:
            out += r.choice(("$", "\\b", ".*", ".{0,5}", "(?!a)", "(?=b)"))
        if r.random() < 0.1:
            out = r.choice(("^", "\\b", "(?<!a)")) + out
        trigger = r.choice(("0", "0", "%d" % r.randrange(i), "0|%d" % r.randrange(i), "0&%d" % r.randrange(i)))
        flags = "".join(c for c in "gresimU" if r.random() < 0.2)
        place = self.offset(name, max(0, self.files[name].find(b)), 0) + ":" if r.random() < 0.3 else ""
        if "e" in flags and "," not in place:
            flags = flags.replace("e", "")
        return "%s%s/%s/%s" % (place, trigger, out, flags)

    def sub_macro(self):
        r = self.r
        low = r.randrange(0, 20)
        return "${%d-%d}%d$" % (low, low + r.randrange(0, 60), r.randrange(2))

    # ---- expressions

    def comparison(self):
        return self.r.choice("=<>") + str(self.r.choice((0, 0, 1, 1, 2, 3, 5)))

    def expression(self, n, depth=0):
        """Every subsignature once at least."""
        ids = list(range(n)) + [self.r.randrange(n) for _ in range(self.r.randrange(2))]
        self.r.shuffle(ids)
        return self.join(ids, depth)

    def join(self, ids, depth):
        r = self.r
        if len(ids) == 1:
            return str(ids[0]) + (self.comparison() if r.random() < 0.3 else "")
        out, i = "", 0
        while i < len(ids):
            n = r.randrange(1, len(ids) - i + 1)
            if n == len(ids) and depth > 0 or n == 1 or depth > 3:
                one, n = self.join(ids[i:i + 1], depth), 1
            else:
                one = "(%s)" % self.join(ids[i:i + n], depth + 1)
                if len(set(ids[i:i + n])) > 1 and r.random() < 0.5:
                    one += self.comparison()
                    if r.random() < 0.4:
                        one += ",%d" % r.randrange(0, 4)
            out += (r.choice("&|") if out else "") + one
            i += n
        return out

    def attributes(self, name, target):
        r, out = self.r, ""
        size = len(self.files[name])
        if r.random() < 0.2:
            low = max(0, size + r.choice((-10, 0, 0, 1)))
            out += ",FileSize:%d-%d" % (low, low + r.choice((0, 10, 500)))
        if target == 1 and r.random() < 0.3:
            low = r.randrange(1, 5)
            out += ",NumberOfSections:%d-%d" % (low, low + r.randrange(3))
        if target == 1 and r.random() < 0.2:
            low = r.choice((0x400, 0x410, 0x411))
            out += ",EntryPoint:%d-%d" % (low, low + r.randrange(20))
        return out

    def target(self, name):
        if self.r.random() < 0.5:
            return 0
        return 1 if name[0] == "p" else 6 if name[0] == "e" else 0

    def logical(self):
        r = self.r
        name = r.choice(sorted(self.files))
        target = self.target(name)
        subs = []
        for i in range(r.randrange(1, 6)):
            k = r.random()
            plain = i > 0 and all(s[0] not in "$" and "/" not in s and "#" not in s for s in subs)
            if plain and k < 0.15:
                subs.append(self.sub_number(i, name, subs))
            elif i > 0 and k < 0.3 and plain:
                subs.append(self.sub_pcre(i, name))
            else:
                subs.append(self.sub_body(name, target))
        return "Engine:100-255,Target:%d%s;%s;%s" % (target, self.attributes(name, target), self.expression(len(subs)),
                                                    ";".join(subs))

    def signature(self):
        r = self.r
        if r.random() < 0.5:
            return "ldb", self.logical()
        name, at, hexed = self.body()
        target = self.target(name)
        return "ndb", "%d:%s:%s" % (target, self.offset(name, at, target), hexed)


def maker():
    return Maker(SEED)


def files():
    return maker().files


def readable(kind, lines):
    """Those that clamscan reads: one that it does not costs it all of them, and it does not say before which those are."""
    lines = list(lines)
    with tempfile.TemporaryDirectory() as top:
        open(top + "/none", "w").close()
        while True:
            with open(top + "/a." + kind, "w") as f:
                f.write("\n".join(lines) + "\n")
            r = subprocess.run(["clamscan", "--no-summary", "-d", top + "/a." + kind, top + "/none"], capture_output=True, text=True)
            bad = re.search(r"at line (\d+)", r.stderr)
            if bad is None:
                return set(lines)
            lines.pop(int(bad[1]) - 1)


def signatures():
    # clamscan compares numbers only where some body of the same target has several parts
    m, out = maker(), [("ldb", "Parts-%d;Engine:51-255,Target:%d;0;deadbeef01*deadbeef02" % (t, t), "Parts-%d" % t)
                       for t in (0, 1, 6)]
    for i in range(N_SIGNATURES):
        kind, rest = m.signature()
        out.append((kind, "Chance-%d%s%s" % (i, ";" if kind == "ldb" else ":", rest), "Chance-%d" % i))
    good = readable("ldb", (s[1] for s in out if s[0] == "ldb")) | readable("ndb", (s[1] for s in out if s[0] == "ndb"))
    return [s for s in out if s[1] in good]


def differs(_name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return None


def main():
    import run
    global SEED, N_SIGNATURES
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    N_SIGNATURES = int(sys.argv[3]) if len(sys.argv) > 3 else N_SIGNATURES
    n = found = bad = 0
    for SEED in range(first, first + seeds):
        with tempfile.TemporaryDirectory() as top:
            for _, line, theirs, ours, why in run.compare(top + "/x", sys.modules["__main__"], "no"):
                n += 1
                found += len(theirs) > 0
                if theirs != ours and why is None:
                    bad += 1
                    print("seed %d: %s\n   clamscan %s, pellucid %s" % (SEED, line, theirs, ours), flush=True)
    print("%d signatures of %d seeds, %d found by clamscan, %d differ" % (n, seeds, found, bad))


if __name__ == "__main__":
    main()
