#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is a rule and what is none: rules with a few words changed, asked of Debian's yarac and of us.

Usage: random_text.py [RULES [SEED]]     (250, 1)

Rules come from random_parts.py, from the tables of tests/rules and from the starter rules; in each up to three words are
left out, doubled, exchanged or replaced, most by others of their kind.  Both must take it, or both refuse it.  Where the tables say that 4.2.3 differs
on purpose, so does `on_purpose` here.  A rule that yarac dies of is left out and counted.

Environment: PELLUCID (pellucid).  Output is TAP, with lines for each difference.
"""
import glob
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import random_parts  # noqa: E402
import yara_text  # noqa: E402

PELLUCID = os.environ.get("PELLUCID", "pellucid")
HEAD = random_parts.HEAD
DEFINE = ["-d", "text=abc"]
WORD = re.compile(r'"(?:[^"\\\n]|\\.)*"|/(?:[^/\\\n]|\\.)+/[is]*|\{[0-9A-Fa-f?\[\]\-()|\s]*\}|\w+|\.\.|[<>=!]=|<<|>>'
                  r'|[#@!$]\w*\*?|\s+|.', re.S)
POOL = ("and or not all any none them of for in at : ( ) { } [ ] , .. . + - * \\ % & | ^ ~ << < > <= >= == != true false "
        "filesize entrypoint 0 1 -1 0x10 1KB 2MB 1.5 /ab+/ /a.c/is $a $b $ #a @a !a @a[1] $a* private global rule import "
        "include meta strings condition nocase wide ascii fullword xor base64 base64wide xor(1-3) defined contains "
        "icontains startswith iequals matches uint8 int32be uint16(0) i x pe pe.machine math.entropy(0,1) 50% "
        "9223372036854775807 0xFFFFFFFFFFFFFFFF 0o17 // /* */ \" ' ; = ? @ # ! \n \t").split(" ")
ALIKE = [c.split(" ") for c in (
    "any all none 1 2 0 (1) 50% (#a) -1 101%", "+ - * \\ % & | ^ << and or == < >= !=", "0 1 2 -1 0x10 1KB 1.5 #a @a !a[1] filesize i",
    "contains icontains startswith iequals matches == <", "nocase wide ascii fullword private xor xor(1-3) xor(3-1) base64 "
    "base64wide base64wide(\"x\")", "uint8 int16 uint32be int32", "$a $b $c $* $a* them ($a) ($*)", "[1] [2-] [0-300] [-] [3-1] ?? 6?",
    "not defined", "them (1..3) (1,2) (0..#a) (3..1)")]
LETTERS = "abx0195*+?{}[]()|\\/\"-^$.,#@! \nIis%"
TABLE = 'rule t { strings: $a = "ab" $b = { 61 62 } $c = /a.c/ condition: any of them or %s }'


def table_lines(path):
    """Conditions of a table, as rules; sections that differ on purpose are left out."""
    with open(path, encoding="utf-8") as f:
        sections = f.read().split("\n=== ")
    for s in sections:
        if s.startswith("conditions:") and "--- differs" not in s:
            for m in re.finditer(r"^(?:true|false|undef|error) +(.*)$", s, re.M):
                yield TABLE % m[1]


def sources(rng):
    out = random_parts.conditions(rng, 300) + random_parts.strings(rng, 300)
    for name in ("conditions", "quantifiers", "module_pe", "module_math"):
        out += table_lines(os.path.join(ROOT, "tests", "rules", name + ".test"))
    for path in sorted(glob.glob(os.path.join(ROOT, "rules", "**", "*.yar"), recursive=True)):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        out += [text[r.begin:r.end] for r in yara_text.rules_of(text)]
    return out


def changed(text, rng):
    words = WORD.findall(text)
    solid = [i for i, w in enumerate(words) if w.strip()]
    some = [i for i in solid if any(words[i] in c for c in ALIKE)] or solid
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        i, kind = rng.choice(rng.choice((some, solid))), rng.random()
        alike = [c for c in ALIKE if words[i] in c]
        if alike and kind < 0.85:
            words[i] = rng.choice(rng.choice(alike))
        elif kind < 0.2:
            words[i] = ""
        elif kind < 0.3:
            words[i] += " " + words[i]
        elif kind < 0.45:
            j = rng.choice(solid)
            words[i], words[j] = words[j], words[i]
        elif kind < 0.7:
            words[i] = rng.choice(POOL)
        elif kind < 0.8:
            words[i] += " " + rng.choice(POOL)
        else:
            at = rng.randrange(len(words[i]) + 1)
            words[i] = words[i][:at] + rng.choice(LETTERS) + words[i][at + rng.choice((0, 1)):]
    return "".join(words)


def on_purpose(text, theirs, ours):
    """Is it one of the differences that the tables hold, each with its reason?"""
    return (re.search(r"(quantifier|before `of`) must be an integer", ours)      # 4.2.3 takes texts and floats there
            or "`==` with true or false" in ours                                   # taken, with a warning
            or re.search(r"invalid field name|loop nesting limit", theirs)         # 4.5 has the field; any depth
            or "wrong type for enumeration item" in theirs                         # YARA-X takes floats and texts there
            or ">>" in text                                                        # 4.2.3 shifts constants to the left
            or ("syntax error" in theirs and re.search(r"\bof\s*\((\s*-?\d|\s*true|\s*false|\s*not)\b", text)))  # YARA-X's sets


def ask(command, text, folder):
    with open(os.path.join(folder, "rule.yar"), "w", encoding="latin-1") as f:
        f.write(HEAD + text + "\n")
    p = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return p.returncode, p.stdout.decode("latin-1")


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 250
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    if not shutil.which("yarac"):
        print("1..0 # SKIP no yarac")
        return 0
    rng = random.Random(seed)
    rules = sources(rng)
    bad = died = taken = 0
    with tempfile.TemporaryDirectory(prefix="text") as folder:
        for _ in range(count):
            text = changed(rng.choice(rules), rng)
            status, theirs = ask(["yarac", "-w"] + DEFINE + ["rule.yar", "rule.yac"], text, folder)
            died += status < 0
            taken += status == 0
            ours_status, ours = ask([PELLUCID, "rules", "check"] + DEFINE + ["rule.yar"], text, folder)
            if ours_status == 2 and "there is no rule in" in ours and not re.search(r"^\s*(private\s|global\s)*rule\s", text, re.M):
                continue # yarac makes a file of no rules
            if ours_status not in (0, 1):
                print("# status %d of %r" % (ours_status, text))
                bad += 1
            elif status >= 0 and (status == 0) != (ours_status == 0) and not on_purpose(text, theirs, ours):
                print("# %r\n#   yarac: %s\n#   ours: %s" % (text, theirs[:200].strip() or "taken",
                                                             ours[:200].strip().replace("\n", "\n#   ")))
                bad += 1
    print("%sok 1 - %d rules with changed words, of which yarac takes %d; %d differ; yarac died of %d" % (
        "not " if bad else "", count, taken, bad, died))
    print("1..1")
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
