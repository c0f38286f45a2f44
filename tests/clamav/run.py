#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks Debian's clamscan and Pellucid about the same files by the same ClamAV signatures.

TAP: one case a signature: it is found in the same files.  What differs on purpose stands in
cases.differs() with its reason; a reason that no longer applies is a failure too."""
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile

import cases
import chance
import chance_icons
import chance_nested
import chance_signed
import chance_types
import chance_versions
import icons
import imports
import links
import nested
import passwords
import pictures
import programs
import signed_
import texts
import types_
import versions

PELLUCID = os.environ.get("PELLUCID", "pellucid")


def sanitized():
    """Whether the program is built with sanitizers."""
    with open(shutil.which(PELLUCID), "rb") as f:
        return b"__asan_init" in f.read()


def write_files(top, table):
    os.makedirs(top + "/f")
    for name, data in table.files().items():
        with open("%s/f/%s" % (top, name), "wb") as f:
            f.write(data)


def make(top, table):
    write_files(top, table)
    os.mkdir(top + "/db")
    lines = collections.defaultdict(list) # by directory and ending
    names = []
    for kind, line, name in table.signatures():
        group = "macro" if "acro" in line or line.startswith("Group") else "icon" if "Icon" in line else kind
        group = getattr(table, "GROUP", group) # all of it together
        lines[group, kind].append(line)
        if name is not None:
            names.append((name, kind, line))
    for (group, kind), all_lines in lines.items():
        os.makedirs("%s/db/%s" % (top, group), exist_ok=True)
        with open("%s/db/%s/test.%s" % (top, group, kind), "w") as f:
            f.write("\n".join(all_lines) + "\n")
    return names


def ask_clamscan(top, archives):
    found = set()
    # one kind at a time: with digests of several kinds in one load clamscan 1.4.6 was seen to crash
    for group in sorted(os.listdir(top + "/db")):
        r = subprocess.run(["clamscan", "-d", top + "/db/" + group, "--allmatch", "--no-summary",
                            "-i", "--scan-archive=" + archives, top + "/f/", "-r"], capture_output=True,
                           text=True)
        if r.returncode not in (0, 1):
            raise SystemExit("clamscan: %s: %d %s" % (group, r.returncode, r.stderr))
        for line in r.stdout.splitlines():
            if line.endswith(" FOUND"):
                path, name = line[:-6].rsplit(": ", 1)
                found.add((os.path.basename(path), name.removesuffix(".UNOFFICIAL")))
    return found


def ask_pellucid(top):
    found = set()
    r = subprocess.run([PELLUCID, "scan", "-r", top + "/db", "--json", top + "/f/."],
                       capture_output=True, text=True)
    if r.returncode == 2 and "there is no rule in what --rules names" in r.stderr:
        return found # all of it is for later engines: clamscan scans for nothing, and we refuse to
    if r.returncode not in (0, 1, 3):
        raise SystemExit("pellucid: %d %s" % (r.returncode, r.stderr))
    if "left out" in r.stderr:
        raise SystemExit("pellucid: %s" % r.stderr)
    for line in r.stdout.splitlines():
        v = json.loads(line)
        file = os.path.relpath(v["path"], top + "/f").split("/")[0] # whatever in it was found
        for m in v["matches"]:
            found.add((file, m["rule"].removesuffix(".UNOFFICIAL")))
    return found


def compare(top, table, archives):
    """Cases as (signature's name, kind, line, their files, ours, why they differ)."""
    names = make(top, table)
    theirs, ours = ask_clamscan(top, archives), ask_pellucid(top)
    for name, kind, line in names:
        yield (kind, line, sorted(f for f, n in theirs if n == name), sorted(f for f, n in ours if n == name),
               table.differs(name, line))


def compare_each(top, table):
    """The same for a table of databases, each by itself; under sanitizers, where a worker takes long to start, a third
    of them, unless FAULT_STRIDE asks for all (`make torture`)."""
    write_files(top, table)
    for group, lines in list(table.databases())[::-3 if sanitized() and "FAULT_STRIDE" not in os.environ else 1]:
        one = "%s/%s" % (top, group)
        os.makedirs("%s/db/%s" % (one, group))
        os.symlink(top + "/f", one + "/f")
        for kind, line, _ in lines:
            if kind is None: # what may be found is of ClamAV's own name
                continue
            with open("%s/db/%s/test.%s" % (one, group, kind), "a") as f:
                f.write(line + "\n")
        theirs, ours = ask_clamscan(one, "yes"), ask_pellucid(one)
        for kind, line, name in lines:
            if name is not None:
                yield (kind, line, sorted(f for f, n in theirs if n == name), sorted(f for f, n in ours if n == name),
                       table.differs(name, line))


def main():
    if shutil.which("clamscan") is None:
        print("1..0 # SKIP clamscan is not here")
        return
    with tempfile.TemporaryDirectory() as top:
        all_cases = list(compare(top + "/flat", cases, "no")) + list(compare(top + "/nested", nested, "yes"))
        for name, table, archives in (("imports", imports, "no"), ("versions", versions, "no"), ("pictures", pictures, "no"), ("icons", icons, "no"),
                                      ("texts", texts, "yes"), ("types", types_, "yes"), ("programs", programs, "yes"),
                                      ("chance", chance, "no"),
                                      ("chance_nested", chance_nested, "yes"), ("chance_types", chance_types, "yes"),
                                      ("chance_versions", chance_versions, "no"), ("chance_icons", chance_icons, "no")):
            all_cases += compare(os.path.join(top, name), table, archives)
        all_cases += compare_each(top + "/links", links)
        all_cases += compare_each(top + "/passwords", passwords)
        lacks = signed_.missing()
        if lacks is None:
            all_cases += compare_each(top + "/signed", signed_)
            all_cases += compare_each(top + "/chance_signed", chance_signed)
        else:
            print("# SKIP signed programs: no %s here" % lacks)
    print("1..%d" % len(all_cases))
    for i, (kind, line, a, b, why) in enumerate(all_cases):
        ok = (a == b) == (why is None)
        print("%s %d - %s: %s%s" % ("ok" if ok else "not ok", i + 1, kind, line[:120].replace("#", "\\#"),
                                    " (differs: %s)" % why if why else ""))
        if not ok:
            print("# clamscan %s, pellucid %s" % (a, b))


if __name__ == "__main__":
    main()
