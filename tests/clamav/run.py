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

PELLUCID = os.environ.get("PELLUCID", "pellucid")


def make(top):
    os.mkdir(top + "/f")
    os.mkdir(top + "/db")
    for name, data in cases.files().items():
        with open("%s/f/%s" % (top, name), "wb") as f:
            f.write(data)
    lines = collections.defaultdict(list) # by directory and ending
    names = []
    for kind, line, name in cases.signatures():
        group = "macro" if "acro" in line or "Group" in line else kind
        lines[group, kind].append(line)
        if name is not None:
            names.append((name, kind, line))
    for (group, kind), all_lines in lines.items():
        os.makedirs("%s/db/%s" % (top, group), exist_ok=True)
        with open("%s/db/%s/test.%s" % (top, group, kind), "w") as f:
            f.write("\n".join(all_lines) + "\n")
    return names


def ask_clamscan(top):
    found = set()
    # one kind at a time: with digests of several kinds in one load clamscan 1.4.6 was seen to crash
    for group in sorted(os.listdir(top + "/db")):
        r = subprocess.run(["clamscan", "-d", top + "/db/" + group, "--allmatch", "--no-summary",
                            "-i", "--scan-archive=no", top + "/f", "-r"], capture_output=True,
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
    r = subprocess.run([PELLUCID, "scan", "-r", top + "/db", "--json", top + "/f"],
                       capture_output=True, text=True)
    if r.returncode not in (0, 1):
        raise SystemExit("pellucid: %d %s" % (r.returncode, r.stderr))
    for line in r.stdout.splitlines():
        v = json.loads(line)
        for m in v["matches"]:
            found.add((os.path.basename(v["path"]), m["rule"].removesuffix(".UNOFFICIAL")))
    return found


def main():
    if shutil.which("clamscan") is None:
        print("1..0 # SKIP clamscan is not here")
        return
    with tempfile.TemporaryDirectory() as top:
        names = make(top)
        theirs, ours = ask_clamscan(top), ask_pellucid(top)
    print("1..%d" % len(names))
    for i, (name, kind, line) in enumerate(names):
        a = sorted(f for f, n in theirs if n == name)
        b = sorted(f for f, n in ours if n == name)
        why = cases.differs(name, line)
        ok = (a == b) == (why is None)
        print("%s %d - %s: %s%s" % ("ok" if ok else "not ok", i + 1, kind, line[:120].replace("#", "\\#"),
                                    " (differs: %s)" % why if why else ""))
        if not ok:
            print("# clamscan %s, pellucid %s" % (a, b))


if __name__ == "__main__":
    main()
