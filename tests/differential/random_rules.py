#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random conditions and strings, asked of Debian's yara and of us over small random objects.

Usage: random_rules.py [ROUNDS [FIRST]]     (4, 1)

Each round makes, from its number, some ninety rules with conditions of every form and two hundred with one string, and
some objects that their strings are likely to be in.  Rules that yarac refuses are left out; what it takes must build.
The answers must be the same, strings with their places and lengths included.  What yara finds depends on its choice of
atoms for regular expressions and for hexadecimal strings with two gaps of several lengths: there, every place that it
finds must be found (src/match/pattern.h).  Objects that yara fails on are left out and counted.

Environment: PELLUCID (pellucid).  Output is TAP, with a line for each difference.
"""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import random_parts  # noqa: E402

PELLUCID = os.environ.get("PELLUCID", "pellucid")
DEFINE = ["-d", "text=abc"]


def write(path, text):
    with open(path, "w", encoding="latin-1") as f:
        f.write(text)


def accepted(rules, head, folder):
    """The rules that yarac takes, compiled to folder/rules.yac: one line each, so that errors name them."""
    while rules:
        write(os.path.join(folder, "rules.yar"), head + "".join(r + "\n" for r in rules))
        p = subprocess.run(["yarac", "-w"] + DEFINE + ["rules.yar", "rules.yac"], cwd=folder, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False, encoding="latin-1")
        if p.returncode == 0:
            break
        bad = {int(n) - 2 for n in re.findall(r"rules\.yar\((\d+)\): error", p.stdout)}
        names = re.findall(r'error: rule "(\w+)"', p.stdout)
        rest = [r for i, r in enumerate(rules) if i not in bad and not any("rule %s " % n in r for n in names)]
        if len(rest) == len(rules):
            raise RuntimeError("yarac: " + p.stdout)
        rules = rest
    return rules


def answers(command, folder):
    """{(rule, object): {line of a string}}, the objects that could not be scanned, and whether it ended well."""
    p = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    found, now = {}, None
    for line in p.stdout.decode("latin-1").split("\n"):
        if line.startswith("0x"):
            now.add(line)
        elif line:
            now = found.setdefault(tuple(line.split(" ")), set())
    failed = set(re.findall(r"error scanning (\S+):", p.stderr.decode("latin-1")))
    return found, failed, p.returncode >= 0


def places(lines):
    return {line.split(":")[0] for line in lines}


def wrong(rule, a, b):
    """What differs between yara's lines and ours, None for no match; empty where nothing does."""
    if "strings: $r" in rule or ("strings: $h" in rule and rule.count("-") > 1):
        missing = places(a or ()) - places(b or ())
        return "yara alone at %s" % " ".join(sorted(missing)) if missing else ""
    return "" if a == b else "yara %s, ours %s" % (shown(a, b), shown(b, a))


def shown(a, b):
    return "nothing" if a is None else "a match, alone with " + str(sorted(a - (b or set()))[:3])


class Round:
    def __init__(self, number, folder):
        self.folder, self.rng = folder, random.Random(number)
        self.bad = self.matches = self.strings = self.left_out = self.rules = 0

    def ask(self, rules, head, objects):
        for i, data in enumerate(objects):
            with open(os.path.join(self.folder, "o%d" % i), "wb") as f:
                f.write(data)
        write(os.path.join(self.folder, "list"), "".join("o%d\n" % i for i in range(len(objects))))
        rules = accepted(rules, head, self.folder)
        self.rules += len(rules)
        p = subprocess.run([PELLUCID, "rules", "build", "--strict"] + DEFINE + ["-o", "rules.pel", "rules.yar"],
                           cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if p.returncode != 0:
            self.bad += 1
            print("# what yarac takes is refused: %s" % p.stderr.decode("latin-1").replace("\n", "\n# "))
            return
        options = ["-w", "-s", "-L", "--scan-list"]
        theirs, failed, well = answers(["yara", "-p", "1"] + DEFINE + options + ["-C", "rules.yac", "list"],
                                       self.folder)
        ours, our_failed, our_well = answers([PELLUCID, "yara"] + options + ["rules.pel", "list"], self.folder)
        if our_failed or not our_well:
            self.bad += 1
            print("# we fail on %s" % (" ".join(our_failed) or "all"))
        self.left_out += len(failed) if well else len(objects)
        if well:
            self.compare({re.search(r"rule (\w+)", r)[1]: r for r in rules}, objects, theirs, ours, failed)

    def compare(self, rules, objects, theirs, ours, failed):
        for key in sorted(set(theirs) | set(ours)):
            if key[1] in failed:
                continue
            a, b = theirs.get(key), ours.get(key)
            self.matches += a is not None
            self.strings += len(a or ())
            said = wrong(rules[key[0]], a, b)
            if said:
                self.bad += 1
                print("# %s\n#   over %r\n#   %s" % (rules[key[0]], objects[int(key[1][1:])][:300], said))


def one_round(number):
    with tempfile.TemporaryDirectory(prefix="random") as folder:
        r = Round(number, folder)
        r.ask(random_parts.conditions(r.rng, 120), random_parts.HEAD, [random_parts.document(r.rng) for _ in range(24)])
        r.ask(random_parts.strings(r.rng, 200), "\n", [random_parts.noise(r.rng) for _ in range(12)])
        print("%sok %d - round %d: %d rules, %d matches, %d of strings; %d differ; yara failed on %d objects" % (
            "not " if r.bad else "", number, number, r.rules, r.matches, r.strings, r.bad, r.left_out), flush=True)
        return r.bad


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    if not shutil.which("yara") or not shutil.which("yarac"):
        print("1..0 # SKIP no yara")
        return 0
    bad = sum(one_round(first + i) for i in range(rounds))
    print("%d..%d" % (first, first + rounds - 1))
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
