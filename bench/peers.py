# SPDX-License-Identifier: Apache-2.0
"""Pellucid and yara on the same files, one core, CPU seconds; and what more strings cost each of them."""
import hashlib
import os
import re
import subprocess

from measure import DEFINE, run

STATUS = (0, 1, 3)  # of scan: nothing found, found, incomplete
FEW = 3000  # strings of the smaller set


def scan(b, corpus, must, aim):
    what = "%s files, one core, against yara" % corpus.name
    if not corpus.paths:
        b.skipped(what, "this machine has none")
        return
    corpus.warm()
    times = [(run(b.yara(corpus.listing))[0], run(b.scan(corpus.listing), STATUS)[0]) for _ in range(b.rounds)]
    b.row(what, [theirs / ours for theirs, ours in times], must, aim)
    theirs, ours = (min(t[i] for t in times) for i in (0, 1))
    b.note("%s; yara %.2f s (%.0f MB/s), pellucid %.2f s (%.0f MB/s)"
           % (corpus, theirs, corpus.size / 1e6 / theirs, ours, corpus.size / 1e6 / ours))


def some_sources(b):
    """Files that compile alone and have FEW strings together, chosen by the digest of their names."""
    chosen, n = [], 0
    for path in sorted(b.sources(), key=lambda p: hashlib.sha256(os.path.basename(p).encode()).digest()):
        with open(path, encoding="utf-8", errors="replace") as f:
            strings = len(re.findall(r"^\s*\$\w*\s*=", f.read(), re.MULTILINE))
        if n + strings > FEW:
            continue
        alone = subprocess.run(["yarac", "-w"] + DEFINE + [path, os.devnull], capture_output=True, check=False)
        if alone.returncode == 0:
            chosen.append(path)
            n += strings
        if n >= FEW * 0.95:
            break
    return chosen, n


def strings(b, corpus):
    """The same files with all the strings and with few of them."""
    sources, n = some_sources(b)
    ours, theirs = b.path("few.pel"), b.path("few.yac")
    run(["yarac", "-w"] + DEFINE + sources + [theirs])
    run([b.pellucid, "rules", "build"] + DEFINE + ["-o", ours] + sources, (0, 3))
    corpus.warm()
    figures = {"yara": [], "pellucid": []}
    for _ in range(b.rounds):
        few, many = run(b.yara(corpus.listing, theirs))[0], run(b.yara(corpus.listing))[0]
        figures["yara"].append(many / few)
        few, many = run(b.scan(corpus.listing, 1, ours), STATUS)[0], run(b.scan(corpus.listing), STATUS)[0]
        figures["pellucid"].append(many / few)
    b.row("all strings against %d of them" % n, figures["pellucid"], 2, 1.3, most=True)
    b.note("%s; yara %.2fx (%.2f to %.2f)" % (corpus, sorted(figures["yara"])[b.rounds // 2], min(figures["yara"]),
                                           max(figures["yara"])))


def build(b):
    """Leaves both databases for the other rows."""
    times = []
    for _ in range(max(b.rounds, 1)):
        theirs = run(["yarac", "-w"] + DEFINE + b.sources() + [b.theirs])[0]
        ours = run([b.pellucid, "rules", "build"] + DEFINE + ["-o", b.ours, b.rules], (0, 3))[0]
        times.append((theirs, ours))
    b.row("building the database, against yarac", [theirs / ours for theirs, ours in times], 1, 2)
    b.note("%d files; yarac %.2f s, pellucid %.2f s" % (len(b.sources()), min(t[0] for t in times),
                                                        min(t[1] for t in times)))
