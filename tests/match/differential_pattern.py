#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random patterns on random bytes: pattern_tool against yara, starts and lengths.

usage: differential_pattern.py PATTERN_TOOL [SEED [ROUNDS]]

Prints TAP.  Skipped where yara is not installed.  A start that yara alone reports is a failure; one that
we alone report is one too, unless it is a regular expression's and Python's re agrees with us (yara
overlooks some).  A different length is a failure unless the pattern is ambiguous: has alternatives, or
repeats something of varying length, where yara's answer depends on the atoms that it has chosen.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

NOCASE, WIDE, ASCII, FULLWORD, XOR, BASE64, BASE64WIDE, DOTALL = (1 << i for i in range(8))
TEXT, HEX, REGEX, TEST = range(4)
PATTERNS, FILES = 120, 8


class Pattern:
    def __init__(self, kind, text, flags=0, xor=(0, 255), alphabet=b"", loose=False):
        self.kind, self.text, self.flags, self.xor = kind, text, flags, xor
        self.alphabet, self.loose = alphabet, loose

    def with_flags(self, flags):
        return Pattern(self.kind, self.text, flags, self.xor, self.alphabet, self.loose)

    def modifiers(self):
        out = []
        for bit, word in ((NOCASE, "nocase"), (WIDE, "wide"), (ASCII, "ascii"), (FULLWORD, "fullword")):
            if self.flags & bit and (bit != NOCASE or self.kind == TEXT):
                out.append(word)
        if self.flags & XOR:
            out.append("xor(%d-%d)" % self.xor)
        for bit, word in ((BASE64, "base64"), (BASE64WIDE, "base64wide")):
            if self.flags & bit:
                out.append(word + ('("%s")' % self.alphabet.decode() if self.alphabet else ""))
        return " ".join(out)

    def yara(self):
        if self.kind == TEXT:
            s = '"' + "".join("\\x%02x" % c for c in self.text) + '"'
        elif self.kind == HEX:
            s = "{ " + self.text.decode() + " }"
        else:
            s = "/" + self.text.decode("latin1") + "/" + ("i" if self.flags & NOCASE else "") + (
                "s" if self.flags & DOTALL else "")
        return s + " " + self.modifiers()

    def tool(self):
        flags = self.flags
        if not flags & (WIDE | ASCII):
            flags |= ASCII
        return "%d %d %d %d %s %s" % (self.kind, flags, self.xor[0], self.xor[1],
                                      self.text.hex() or "-", self.alphabet.hex() or "-")


# ---- patterns

def choice(r, *ways):
    return r.choice(ways)


def text_pattern(r):
    n = choice(r, 1, 2, 3, 4, 5, 8, 33, 40)
    s = bytes(r.choice(b"abAB. 0") for _ in range(n))
    kind = r.randrange(5)
    flags = r.choice((0, ASCII, WIDE, WIDE | ASCII))
    if kind == 0:
        return Pattern(TEXT, s, flags | r.choice((0, NOCASE)) | r.choice((0, FULLWORD)))
    if kind == 1:
        low = r.randrange(0, 4)
        return Pattern(TEXT, s, flags | XOR | r.choice((0, FULLWORD)), (low, r.choice((low, 3, 32, 255))))
    if kind == 2:
        shuffled = list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        r.shuffle(shuffled)
        s = s[:r.choice((3, 4, 5, 6))]
        return Pattern(TEXT, s if len(s) > 2 else b"abc", flags | r.choice((BASE64, BASE64WIDE, BASE64 | BASE64WIDE)),
                       alphabet=r.choice((b"", bytes(shuffled))))
    return Pattern(TEXT, s, flags | r.choice((0, NOCASE, FULLWORD)))


def hex_byte(r):
    b = r.choice(("61", "62", "41", "00", "2E"))
    way = r.randrange(12)
    if way == 0:
        return "??"
    if way == 1:
        return "6?"
    if way == 2:
        return "?1"
    if way == 3 and r.negation:
        return "~" + r.choice((b, "6?", "?2"))
    return b


def hex_sequence(r, depth):
    out = [hex_byte(r)]
    for _ in range(r.randrange(1, 7)):
        way = r.randrange(12)
        if way == 0 and depth < 2:
            out.append("( " + " | ".join(hex_sequence(r, depth + 1) for _ in range(r.randrange(2, 4))) + " )")
        elif way == 1:
            low = r.randrange(0, 4)
            jump = r.choice(("[%d]" % max(low, 1), "[%d-%d]" % (low, low + r.randrange(0, 6)), "[%d-%d]" % (low, low + 3)))
            if depth == 0:
                jump = r.choice((jump, jump, "[%d-]" % low, "[-]", "[%d-300]" % low))
            out += [jump, hex_byte(r)]
        else:
            out.append(hex_byte(r))
    return " ".join(out)


def hex_pattern(r):
    s = hex_sequence(r, 0)
    return Pattern(HEX, s.encode(), loose="|" in s)


def regex_atom(r, depth, lazy):
    way = r.randrange(20)
    if way < 10:
        return r.choice(("a", "b", "A", "B", "\\.", "0", "ab", "aab"))
    if way < 12:
        return r.choice((".", "[ab]", "[^a]", "[a-b0]", "\\w", "\\s", "\\d", "\\W", "\\S", "\\D", "[\\w.]", "[^\\s]"))
    if way < 13:
        return r.choice(("\\b", "\\B"))
    if way < 16 and depth < 3:
        return "(" + regex(r, depth + 1, lazy) + ")"
    return r.choice(("a", "b", "abb", "b0", "\\x61", "\\q", "_"))


def regex(r, depth, lazy):
    out = []
    for _ in range(r.randrange(1, 6 if depth == 0 else 4)):
        one = regex_atom(r, depth, lazy)
        if r.randrange(5) == 0 and one not in ("\\b", "\\B"):
            q = r.choice(("*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}", "{,2}"))
            out.append(one + q + ("?" if lazy else ""))
        else:
            out.append(one)
    s = "".join(out)
    if r.randrange(6) == 0:
        s += "|" + regex(r, 3, lazy)
    return s


def regex_pattern(r):
    s = regex(r, 0, r.randrange(2) == 0)
    if r.randrange(12) == 0:
        s = "^" + s
    if r.randrange(12) == 0:
        s += "$"
    flags = r.choice((0, 0, 0, NOCASE)) | r.choice((0, 0, 0, DOTALL)) | r.choice((0, 0, 0, 0, WIDE, WIDE | ASCII)) | r.choice((0, 0, 0, FULLWORD))
    return Pattern(REGEX, s.encode(), flags, loose="|" in s or bool(re.search(r"\)[*+?{]", s)))


def test_pattern(r):
    """For the operator `matches`."""
    p = regex_pattern(r)
    return Pattern(TEST, p.text, p.flags & (NOCASE | DOTALL))


def data(r):
    way = r.randrange(5)
    n = r.randrange(0, 70)
    if way == 4: # long enough for an automaton
        return b"".join(r.choice((b"ab", b"ba", b"0", b".", b"aab", b"bbb", b"\n", b" ")) for _ in range(600))
    if way == 0:
        return bytes(r.choice(b"abAB.\n0_ ") for _ in range(n))
    if way == 1:
        return bytes(r.choice(b"ab") for _ in range(n))
    if way == 2:
        return b"".join(bytes((r.choice(b"abA. 0"), r.choice((0, 0, 0, 0, 0, 97)))) for _ in range(n // 2 + 1))
    return bytes(r.choice(b"ab0") ^ r.choice((0, 0, 0, 1, 32)) for _ in range(n)) * r.choice((1, 8))


# ---- the two programs

def knows_negation():
    """`~` in hexadecimal strings came with yara 4.3."""
    rule = "rule r { strings: $a = { 61 ~62 63 } condition: $a }"
    with tempfile.NamedTemporaryFile("w", suffix=".yar") as f:
        f.write(rule)
        f.flush()
        return subprocess.run(["yara", f.name, f.name], capture_output=True, check=False).returncode == 0


def ask_yara(patterns, folder, names):
    """For each pattern None (refused, or given up while scanning) or a set of (file, start, length); and the
    files on which it took too long."""
    left = {}
    for i, p in enumerate(patterns):
        # regular expressions that are both: yara tries the wide form only where the plain one fails
        both = p.kind == REGEX and p.flags & WIDE and p.flags & ASCII
        left[2 * i] = p.with_flags(p.flags & ~WIDE) if both else p
        if both:
            left[2 * i + 1] = p.with_flags(p.flags & ~ASCII)
    refused, gave_up, lost = set(), set(), set()
    path = os.path.join(folder, "rules.yar")
    out = {}
    f = 0
    while f < len(names):
        lines = sorted(left)
        if f == 0:
            with open(path, "wb") as rules:
                for i in lines:
                    rules.write(("rule r%d { strings: $a = %s condition: $a }\n" % (i, left[i].yara())).encode("latin1"))
        done = subprocess.run(["yara", "-w", "-a", "3", "-s", "-L", path, names[f]], capture_output=True, check=False)
        bad = {lines[int(m.group(1)) - 1] for m in re.finditer(rb"error: .*\((\d+)\): ", done.stderr)}
        slow = {int(m.group(1)) for m in re.finditer(rb'in rule "r(\d+)" caused error', done.stderr)}
        refused |= {i // 2 for i in bad}
        gave_up |= {i // 2 for i in slow}
        if bad or slow:
            for i in bad | slow:
                del left[i]
            f, out = 0, {}
            continue
        if b"timed out" in done.stderr:
            lost.add(f)
            f += 1
            continue
        rule = None
        for line in done.stdout.splitlines():
            m = re.match(rb"r(\d+) .*/\d+$", line)
            if m:
                rule = int(m.group(1))
                continue
            m = re.match(rb"0x([0-9a-f]+):(\d+):\$a: ", line)
            if m:
                out.setdefault(rule, set()).add((f, int(m.group(1), 16), int(m.group(2))))
        f += 1
    answers = []
    for i in range(len(patterns)):
        plain, wide = out.get(2 * i, set()), out.get(2 * i + 1, set())
        both = plain | {m for m in wide if m[:2] not in starts(plain)}
        answers.append(None if i in refused else "gave up" if i in gave_up else both)
    return answers, lost


def ask_yara_to_test(patterns, folder, contents):
    """For each pattern None (refused) or a set of (file, 0, 1)."""
    path = os.path.join(folder, "rules.yar")
    left = set(range(len(patterns)))
    while True:
        lines = [(i, f) for i in sorted(left) for f in range(len(contents))]
        with open(path, "wb") as rules:
            for i, f in lines:
                text = "".join("\\x%02x" % c for c in contents[f])
                rules.write(('rule r%d_%d { condition: "%s" matches %s }\n' % (i, f, text, patterns[i].yara())).encode("latin1"))
        done = subprocess.run(["yara", "-w", path, os.devnull], capture_output=True, check=False)
        bad = {lines[int(m.group(1)) - 1][0] for m in re.finditer(rb"error: .*\((\d+)\): ", done.stderr)}
        if not bad:
            break
        left -= bad
    out = [set() if i in left else None for i in range(len(patterns))]
    for m in re.finditer(rb"^r(\d+)_(\d+) ", done.stdout, re.M):
        out[int(m.group(1))].add((int(m.group(2)), 0, 1))
    return out, set()


def ask_tool(tool, patterns, names):
    text = "".join(p.tool() + "\n" for p in patterns)
    done = subprocess.run([tool, *names], input=text.encode(), capture_output=True, check=True)
    out = []
    for line in done.stdout.decode().splitlines():
        if line.startswith("error"):
            out.append(None)
        elif "DISAGREES" in line or "FAILS" in line:
            out.append(line)
        else:
            found = (tuple(int(x) for x in re.split("[/:]", m)) for m in line.split())
            out.append({(f, at, min(n, 512)) for f, at, n in found})  # what yara prints at most
    return out


def starts(found):
    return {(f, at) for f, at, _ in found}


def python_pattern(p):
    return p.text.replace(b"\\q", b"q").replace(b"{,", b"{0,").replace(b"$", b"\\Z")


def can_start(p, text, at):
    """Python's opinion: does a match that is not empty start there?"""
    flags = (re.IGNORECASE if p.flags & NOCASE else 0) | (re.DOTALL if p.flags & DOTALL else 0)
    pattern = python_pattern(p)
    for end in range(at + 1, len(text) + 1):
        if re.compile(b"(?:" + pattern + b")(?=(?s:.{%d})\\Z)" % (len(text) - end), flags).match(text, at):
            return True
    return False


def compare(p, mine, theirs, files):
    """What is wrong, or None."""
    if isinstance(mine, str):
        return mine
    if mine is None or theirs is None:
        return None if mine is theirs or theirs == "gave up" else "refused by one alone"
    if theirs == "gave up" or mine == theirs:
        return None
    missing, more = starts(theirs) - starts(mine), starts(mine) - starts(theirs)
    # a lazy repetition of one atom: yara tries each of its places, and one may be a whole word
    lazy_word = p.kind == REGEX and p.flags & FULLWORD and re.search(rb"[*+?}]\?", p.text)
    if missing and not lazy_word:
        return "missing %s" % sorted(missing)[:4]
    # yara overlooks matches whose optional parts it has taken for atoms
    for f, at in more:
        wide = p.flags & WIDE and re.search(rb"[*?]|\{0?,|\{0", p.text)
        if p.kind != REGEX or not (wide or (not p.flags & WIDE and can_start(p, files[f], at))):
            return "too many: %s" % sorted(more)[:4]
    if p.loose or more or missing:
        return None
    return "lengths: %s, yara %s" % (sorted(mine - theirs)[:4], sorted(theirs - mine)[:4])


def main():
    tool = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    kinds = (("text", text_pattern), ("hex", hex_pattern), ("regex", regex_pattern), ("matches", test_pattern))
    if shutil.which("yara") is None:
        print("1..0 # SKIP yara is not installed")
        return 0
    negation = knows_negation()
    print("1..%d" % (rounds * len(kinds)))
    failed = number = loose = 0
    for k in range(rounds):
        for name, make in kinds:
            r = random.Random("%d %d %s" % (seed, k, name))
            r.negation = negation
            number += 1
            with tempfile.TemporaryDirectory() as folder:
                files = os.path.join(folder, "files")
                os.mkdir(files)
                contents = [data(r) for _ in range(FILES)]
                names = [os.path.join(files, str(i)) for i in range(FILES)]
                for path, text in zip(names, contents):
                    with open(path, "wb") as f:
                        f.write(text)
                patterns = [make(r) for _ in range(PATTERNS)]
                theirs, lost = (ask_yara_to_test(patterns, folder, contents) if make is test_pattern
                                else ask_yara(patterns, folder, names))
                mine = [{m for m in one if m[0] not in lost} if isinstance(one, set) else one
                        for one in ask_tool(tool, patterns, names)]
                wrong = 0
                for p, a, b in zip(patterns, mine, theirs):
                    what = compare(p, a, b, contents)
                    loose += what is None and a != b and isinstance(b, set) and starts(a) == starts(b)
                    if what is not None:
                        wrong += 1
                        if wrong <= 10:
                            print("# %s: %s" % (p.yara(), what))
                            if isinstance(a, set) and isinstance(b, set):
                                at = sorted(a ^ b)[0][0]
                                print("#   file %d: %r" % (at, contents[at][:200]))
                failed += wrong != 0
                print("%s %d - %s strings agree with yara, seed %d, %d of %d wrong" % (
                    "not ok" if wrong else "ok", number, name, seed + k, wrong, PATTERNS))
    print("# %d patterns differ in the length of ambiguous matches" % loose)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
