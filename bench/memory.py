# SPDX-License-Identifier: Apache-2.0
"""
Resident memory during a scan: the highest sum over a program's processes, looked at every few milliseconds.

A page counts once, however many of the processes map it (the kernel's PSS).  What is of files (programs, libraries, a
database that is mapped) lies in the system's cache, which shares it with every other process that maps the file; the
rest is anonymous, and nobody else's.
"""
import os
import time

import corpus
from start import ended, spawn

BIGGEST = 8 << 20  # bytes: a larger object would be most of what is resident, with either program
EVERY_S = 0.003
PARTS = ("Pss", "Pss_Anon")


def family(pid):
    """The process and all that it started."""
    found = [pid]
    for p in found:
        try:
            with open("/proc/%d/task/%d/children" % (p, p), encoding="ascii") as f:
                found += [int(c) for c in f.read().split()]
        except OSError:
            pass
    return found


def resident(pid):
    """kB of one process by PARTS; None where it is gone."""
    try:
        with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as f:
            lines = [line.split() for line in f]
    except OSError:
        return None
    kb = {words[0][:-1]: int(words[1]) for words in lines if words[0][:-1] in PARTS}
    return kb if len(kb) == len(PARTS) else None


def peak(command, good=(0, 1)):
    """The highest sum in MB, and what was anonymous of it; `good` are the command's statuses."""
    pid, best = spawn(command), (0, 0)
    while True:
        gone, status = os.waitpid(pid, os.WNOHANG)
        if gone != 0:
            break
        seen = [kb for kb in map(resident, family(pid)) if kb is not None]
        best = max(best, tuple(sum(kb[part] for kb in seen) / 1000 for part in PARTS))
        time.sleep(EVERY_S)
    ended(command, status, good)
    return best


def rows(b, max_bytes, must, aim):
    what = "resident during a scan, of yara's"
    if os.geteuid() != 0:
        b.skipped(what, "the kernel lets root alone look at a worker")
        return
    files = corpus.choose("ELF", corpus.PROGRAMS, lambda head, size: head == b"\x7fELF" and size <= BIGGEST, b.folder,
                          max_bytes)
    dropin = [b.pellucid, "yara", "-w", "--scan-list", b.ours, files.listing]
    for name, ours in (("scan", b.scan(files.listing)), ("drop-in", dropin)):
        pairs = [(peak(b.yara(files.listing)), peak(ours)) for _ in range(b.rounds)]
        b.row("%s, %s" % (what, name), [mine[0] / theirs[0] for theirs, mine in pairs], must, aim, most=True)
        theirs, mine = (max(p[i] for p in pairs) for i in (0, 1))
        b.note("%s; yara %.1f MB (%.1f anonymous), pellucid %.1f MB (%.1f anonymous, the rest of files)"
               % (files, *theirs, *mine))
