#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes src/rules/audit/ordinary.txt: the runs of bytes that many ordinary files of a kind hold.

Usage: tools/ordinary.py KIND=DIR[:DIR...]... > src/rules/audit/ordinary.txt

KIND is unix or windows (programs), source (programs' text, pages) or text.  Of the files of a kind 100 are drawn, of
each the first and the last 32 KiB are read.  A run of 6 bytes or more is kept where every fourth file holds it (class
2) or every second one (class 1), unless a longer one of its class holds it; of a run of more than 20 bytes that is known
of each 20 of them.  A line is a kind's letter, the class, and the run, with %XX for what is no plain character.
"""
import os
import random
import sys

FILES, READ, LEAST, SHORT, LONG = 100, 1 << 15, 4, 6, 20
SOURCE = (".py", ".js", ".html", ".xml", ".h", ".css", ".pl", ".sh", ".json", ".php", ".c", ".ps1")
SLOTS = (1 << 25) - 1


def is_kind(kind, name, head):
    if kind == "unix":
        return head[:4] == b"\x7fELF"
    if kind == "windows":
        return head[:2] == b"MZ"
    return b"\0" not in head and (kind == "source") == (name.endswith(SOURCE) or head[:2] == b"#!")


def draw(kind, places):
    paths = []
    for place in places.split(":"):
        for directory, below, names in os.walk(place):
            below.sort()
            paths += [p for p in (os.path.join(directory, n) for n in sorted(names))
                      if os.path.isfile(p) and not os.path.islink(p) and os.path.getsize(p) >= 1024]
    random.Random(1).shuffle(paths)
    files = []
    for path in paths:
        with open(path, "rb") as f:
            data = f.read(READ)
            if os.path.getsize(path) > 2 * READ:
                f.seek(-READ, os.SEEK_END)
            data += f.read(READ)
        if is_kind(kind, path, data[:1024]):
            files.append(data)
        if len(files) == FILES:
            break
    return files


def first_runs(files, least):
    """The common runs of SHORT bytes, with the files that hold them: counted roughly first, for memory's sake."""
    slots = bytearray(SLOTS + 1)
    for d in files:
        for slot in {hash(d[i:i + SHORT]) & SLOTS for i in range(len(d) - SHORT + 1)}:
            if slots[slot] < 255:
                slots[slot] += 1
    runs = {}
    for d in files:
        for run in {d[i:i + SHORT] for i in range(len(d) - SHORT + 1)}:
            if slots[hash(run) & SLOTS] >= least:
                runs[run] = runs.get(run, 0) + 1
    return {run: n for run, n in runs.items() if n >= least}


def longer_runs(files, runs, n, least):
    """Of runs of n bytes to those of n + 1: both that are in one must be common."""
    longer = {}
    for number, d in enumerate(files):
        common = [i for i in PLACES[number] if d[i:i + n] in runs]
        PLACES[number] = common
        here = set(common)
        for run in {d[i:i + n + 1] for i in common if i + 1 in here}:
            longer[run] = longer.get(run, 0) + 1
    return {run: k for run, k in longer.items() if k >= least}


PLACES = []


def class_of(n, files):
    for c in (1, 2):
        if n << c >= files:
            return c
    raise ValueError


def common_runs(files):
    least = -(-len(files) // LEAST)
    PLACES[:] = [range(len(d)) for d in files]
    runs, kept = first_runs(files, least), []
    for n in range(SHORT, LONG + 1):
        longer = longer_runs(files, runs, n, least) if n < LONG else {}
        best = {}
        for run, k in longer.items():
            c = class_of(k, len(files))
            for part in (run[1:], run[:-1]):
                best[part] = min(best.get(part, 9), c)
        kept += [(class_of(k, len(files)), run) for run, k in runs.items()
                 if class_of(k, len(files)) < best.get(run, 9) and len(set(run)) > 2]
        runs = longer
    return kept


def merged(kept):
    """Runs of LONG bytes of a class that go on into each other in one way alone, as one."""
    out = [(c, run) for c, run in kept if len(run) < LONG]
    for c in (1, 2):
        runs = {run for k, run in kept if k == c and len(run) == LONG}
        after, before = {}, {}
        for run in runs:
            after.setdefault(run[:-1], []).append(run)
            before.setdefault(run[1:], []).append(run)
        goes_on = {run: after[run[1:]][0] for run in runs
                   if len(after.get(run[1:], ())) == 1 and len(before[run[1:]]) == 1}
        inner = set(goes_on.values())
        for first in sorted(runs - inner) + sorted(runs):
            if first not in runs:
                continue
            whole, run = first, first
            runs.discard(run)
            while run in goes_on and goes_on[run] in runs:
                run = goes_on[run]
                runs.discard(run)
                whole += run[-1:]
            out.append((c, whole))
    return out


def shown(run):
    return "".join(chr(b) if 32 < b < 127 and b != 37 else "%%%02X" % b for b in run)


def main():
    for argument in sys.argv[1:]:
        kind, places = argument.split("=", 1)
        files = draw(kind, places)
        print("%s: %d files" % (kind, len(files)), file=sys.stderr)
        for c, run in sorted(merged(common_runs(files))):
            print(kind[0] + str(c) + shown(run))


main()
