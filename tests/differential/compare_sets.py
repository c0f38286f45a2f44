#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A public rule set over this machine's own files, by Debian's yara and by us: the same rules match on the same files,
and with -s the same strings at the same places with the same bytes.

Usage: compare_sets.py [MEGABYTES [SHARE]]     (60, 8)

MEGABYTES of files are scanned with the set as it is, and a quarter of them with the set *opened*: every condition is
`any of them`, so that every match of every string is listed.  Both run as well over objects made from one in SHARE of
the set's sources (made.py), on which conditions come true; and so does that share of the set *twisted*: opened, with
other modifiers (twist.py).  `pellucid scan --json`, with its workers, is held to the same rules, places
and lengths on the made objects and on a quarter of the files.

The output on the made objects, with metadata, tags and all else, is the same to the letter.

Environment: PELLUCID (pellucid); PELLUCID_RULESETS, the directory that holds signature-base (beside the repository);
PELLUCID_CORPUS, further roots of files, with colons between.  Output is TAP with a line for each difference: object,
rule, string, offset, and who alone has it.  Differences on purpose stand in the file `known` beside this one.
"""
import collections
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import corpus  # noqa: E402
import made  # noqa: E402
import twist  # noqa: E402

PELLUCID = os.environ.get("PELLUCID", "pellucid")
RULES = os.path.join(os.environ.get("PELLUCID_RULESETS", os.path.join(ROOT, "../shared/rulesets")), "signature-base")
DEFINE = [a for name in ("filename", "filepath", "extension", "filetype", "owner") for a in ("-d", name + "=")]
OURS, THEIRS = "pellucid", "yara"
WHOLE = 1000  # MB from which a known difference must occur


class Known:
    """Differences on purpose: (rule, string or -, who alone has it), each with its reason."""

    def __init__(self):
        self.reason, self.met = {}, collections.Counter()
        with open(os.path.join(HERE, "known"), encoding="utf-8") as f:
            for line in f:
                if line.strip() and line[0] != "#":
                    rule, string, who, reason = line.rstrip("\n").split("\t")
                    self.reason[rule, string, who] = reason

    def takes(self, rule, string, who):
        if (rule, string, who) not in self.reason:
            return False
        self.met[rule, string, who] += 1
        return True


class Tap:
    def __init__(self):
        self.number = self.failed = 0

    def case(self, good, name):
        self.number += 1
        self.failed += not good
        print("%sok %d - %s" % ("" if good else "not ", self.number, name), flush=True)

    def end(self):
        print("1..%d" % self.number)
        return self.failed != 0


# ---- the two engines

def answers(command, index, errors):
    """Runs an engine over a list of files and yields (number in the list, [(rule, line)]) as they come; the line is
    empty for the rule itself, `0xOFFSET:$NAME: BYTES` for a string."""
    with open(errors, "wb") as err, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err) as p:
        at, rule, found = None, b"", []
        for line in p.stdout:
            line = line[:-1]
            if line.startswith(b"0x"):
                found.append((rule, line))
                continue
            name, _, path = line.partition(b" ")
            if path not in index:
                continue  # the console module
            if index[path] != at:
                if found:
                    yield at, found
                at, found = index[path], []
            rule = name
            found.append((rule, b""))
        if found:
            yield at, found
    if p.returncode != 0:
        with open(errors, "ab") as err:
            err.write(b"ended with %d\n" % p.returncode)


def both(theirs, ours):
    """Two runs over one list side by side: (number, what yara found, what we found)."""
    nothing = (float("inf"), [])
    a, b = next(theirs, nothing), next(ours, nothing)
    while a is not nothing or b is not nothing:
        at = min(a[0], b[0])
        yield at, a[1] if a[0] == at else [], b[1] if b[0] == at else []
        a, b = (next(theirs, nothing) if a[0] == at else a), (next(ours, nothing) if b[0] == at else b)


class Set:
    """One rule set, compiled by both."""

    def __init__(self, sources, folder, name):
        self.folder = folder
        self.theirs, self.ours = (os.path.join(folder, name + "." + x) for x in ("yac", "pel"))
        subprocess.run(["yarac", "-w"] + DEFINE + sources + [self.theirs], check=True)
        subprocess.run([PELLUCID, "rules", "build"] + DEFINE + ["-o", self.ours] + sources, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def listing(self, paths):
        out = os.path.join(self.folder, "list")
        with open(out, "wb") as f:
            f.writelines(p + b"\n" for p in paths)
        return out

    def compare(self, tap, known, what, paths, made_for=False):
        index = {p: i for i, p in enumerate(paths)}
        listing = self.listing(paths)
        errors = {who: os.path.join(self.folder, who + ".err") for who in (OURS, THEIRS)}
        theirs = answers(["yara", "-w", "-s", "-p", "1"] + DEFINE + ["-C", self.theirs, "--scan-list", listing],
                         index, errors[THEIRS])
        ours = answers([PELLUCID, "yara", "-w", "-s", "--scan-list", self.ours, listing], index, errors[OURS])
        n, names, bad, on_purpose = collections.Counter(), set(), 0, 0
        for at, a, b in both(theirs, ours):
            n["files"] += 1
            n["rules"] += sum(not line for _, line in a)
            n["strings"] += sum(1 for _, line in a if line)
            names.update(rule for rule, _ in a)
            for rule, line, who in differences(a, b):
                if known.takes(rule, line.split(":")[1] if line else "-", who):
                    on_purpose += 1
                    continue
                bad += 1
                print("# %s: %s %s: only %s" % (os.fsdecode(paths[at]), rule, line, who))
        for who, path in errors.items():
            with open(path, encoding="utf-8", errors="replace") as f:
                for line in f:
                    bad += 1
                    print("# %s says: %s" % (who, line.rstrip("\n")))
        if made_for and n["rules"] == 0:
            bad += 1
            print("# no rule matches, though the objects were made for them")
        tap.case(bad == 0, "%s: %d of %d objects match, %d matches of %d rules, %d of strings; %d differ, %d on purpose"
                 % (what, n["files"], len(paths), n["rules"], len(names), n["strings"], bad, on_purpose))

    def compare_output(self, tap, what, options, paths):
        """The whole output, to the letter and in its order."""
        listing = self.listing(paths)
        theirs = ["yara", "-w", "-p", "1"] + options + DEFINE + ["-C", self.theirs, "--scan-list", listing]
        ours = [PELLUCID, "yara", "-w"] + options + ["--scan-list", self.ours, listing]
        n, bad = 0, None
        with subprocess.Popen(theirs, stdout=subprocess.PIPE) as a, subprocess.Popen(ours, stdout=subprocess.PIPE) as b:
            for x, y in itertools.zip_longest(a.stdout, b.stdout, fillvalue=b""):
                n += 1
                if x != y and bad is None:
                    bad = n, x, y
        if bad:
            print("# line %d, yara: %r, ours: %r" % bad)
        tap.case(bad is None and a.returncode == b.returncode == 0 and n > 0,
                 "%s: %d lines to the letter, %s" % (what, n, " ".join(options)))

    def compare_scan(self, tap, known, what, paths, made_for=False):
        """The verb scan, with its workers: rules, and places and lengths of strings; and all is examined."""
        index = {p: i for i, p in enumerate(paths)}
        listing = self.listing(paths)
        theirs = dict(answers(["yara", "-w", "-s", "-L", "-p", "1"] + DEFINE +
                              ["-C", self.theirs, "--scan-list", listing], index, os.devnull))
        n, bad, seen = collections.Counter(), 0, set()
        with tempfile.TemporaryFile() as err, subprocess.Popen(
                [PELLUCID, "scan", "-q", "--no-unpack", "--json", "-r", self.ours, "--files-from", listing],
                stdout=subprocess.PIPE, stderr=err) as p:
            for line in p.stdout:
                v = json.loads(line)
                at = index[os.fsencode(v["path"])]
                seen.add(at)
                want = [(rule, place(line)) for rule, line in theirs.get(at, [])]
                got = shown(v)
                n["rules"] += len(v["matches"])
                n["strings"] += len(got) - len(v["matches"])
                for rule, line, who in differences(want, got):
                    if not known.takes(rule, line.split(":")[2] if line else "-", who):
                        bad += 1
                        print("# %s: %s %s: only %s" % (v["path"], rule, line, who))
                for gap in v["incomplete"]:
                    bad += 1
                    print("# %s: not examined: %s" % (v["path"], gap))
            p.wait()
            err.seek(0)
            said = err.read().decode("utf-8", "replace")
        for at in sorted(set(index.values()) - seen):
            bad += 1
            print("# %s: no verdict" % os.fsdecode(paths[at]))
        if made_for and n["rules"] == 0:
            bad += 1
            print("# no rule matches, though the objects were made for them")
        if p.returncode not in (0, 1) or said:
            bad += 1
            print("# scan ended with %d: %s" % (p.returncode, said))
        tap.case(bad == 0, "%s: %d verdicts, %d matches of rules, %d of strings; %d differ"
                 % (what, len(seen), n["rules"], n["strings"], bad))


def place(line):
    """`0xOFFSET:LENGTH:$NAME` of a line of yara -s -L; empty for the rule itself."""
    return b":".join(line.split(b":", 3)[:3])


def shown(verdict):
    """What a verdict in JSON shows, in the same form; yara counts the bytes that it keeps, the first 512."""
    out = []
    for m in verdict["matches"]:
        rule = m["rule"].encode()
        out.append((rule, b""))
        out += [(rule, b"0x%x:%d:%s" % (s["offset"], min(s["length"], 512), s["name"].encode()))
                for s in m["strings"]]
    return out


def differences(a, b):
    """What only one of two answers holds: (rule, line, who)."""
    if a == b:
        return
    a, b = collections.Counter(a), collections.Counter(b)
    for more, less, who in ((a, b, THEIRS), (b, a, OURS)):
        for rule, line in sorted((more - less).elements()):
            yield rule.decode(), line.decode("latin-1"), who


# ---- what is compared

def written(folder, name, things):
    """Files in folder/name, [path in bytes]; things: [(name, bytes)]."""
    out = []
    os.mkdir(os.path.join(folder, name))
    for i, (label, data) in enumerate(things):
        path = os.path.join(folder, name, label)
        with open(path, "wb") as f:
            f.write(data)
        out.append(os.fsencode(path))
    return out


def text_of(path):
    with open(path, encoding="latin-1") as f:
        return f.read()


def skip(why):
    print("1..0 # SKIP " + why)
    return 0


def variant(folder, name, change, sources):
    """Sources changed, written to folder/name."""
    things = [(os.path.basename(p), change(text_of(p)).encode("latin-1")) for p in sources]
    return [os.fsdecode(p) for p in written(folder, name, things)]


def objects(folder, name, sources):
    return written(folder, name, [o for p in sources for o in made.objects_of(text_of(p))])


def compare_all(tap, known, megabytes, share, tmp):
    sources = sorted(os.path.join(folder, n) for folder, _, names in os.walk(RULES) for n in names
                     if n.endswith((".yar", ".yara")))
    some = sources[::share]
    roots = corpus.ROOTS + [r for r in os.environ.get("PELLUCID_CORPUS", "").split(":") if r]
    files, size = corpus.choose(roots, megabytes * 1000000)
    quarter = files[::4]
    whole = "%d files, %.0f MB" % (len(files), size / 1e6)
    part = "%d files, %.0f MB" % (len(quarter), sum(os.path.getsize(p) for p in quarter) / 1e6)

    plain, from_rules = Set(sources, tmp, "set"), objects(tmp, "made", some)
    plain.compare(tap, known, whole, files)
    plain.compare(tap, known, "objects made from rules", from_rules, True)
    plain.compare(tap, known, "the rules themselves", [os.fsencode(p) for p in some])
    plain.compare_output(tap, "objects made from rules", ["-e", "-g", "-m", "-s", "-L"], from_rules)
    plain.compare_output(tap, "objects made from rules", ["-c"], from_rules)
    plain.compare_scan(tap, known, "scan, objects made from rules", from_rules, True)
    plain.compare_scan(tap, known, "scan, " + part, quarter)
    opened = Set(variant(tmp, "opened", twist.opened, sources), tmp, "open")
    opened.compare(tap, known, "opened, " + part, quarter)
    opened.compare(tap, known, "opened, objects made from rules", from_rules, True)
    opened.compare_scan(tap, known, "scan, opened, objects made from rules", from_rules, True)
    other = variant(tmp, "twisted", twist.twisted, some)
    twisted = Set(other, tmp, "twist")
    twisted.compare(tap, known, "twisted, " + part, quarter)
    twisted.compare(tap, known, "twisted, objects made from rules", objects(tmp, "made_twisted", other), True)


def main():
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    share = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    if not os.path.isdir(RULES):
        return skip("no rule set at %s; set PELLUCID_RULESETS" % os.path.normpath(RULES))
    if not shutil.which("yara") or not shutil.which("yarac"):
        return skip("no yara")
    tap, known = Tap(), Known()
    with tempfile.TemporaryDirectory(prefix="differential") as tmp:
        compare_all(tap, known, megabytes, share, tmp)
    everything = megabytes >= WHOLE and share == 1
    stale = [k for k in known.reason if everything and not known.met[k]]
    for k in stale:
        print("# known, but does not occur: %s %s: only %s" % k)
    tap.case(not stale, "every known difference occurs" + ("" if everything else " # SKIP only a sample is compared"))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
