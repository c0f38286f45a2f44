# SPDX-License-Identifier: Apache-2.0
"""The matcher alone against Vectorscan: literals.c on the same files, and its figures as a row."""
import os
import subprocess
import sys

from measure import run


def row(b, literals, corpus, must, aim):
    what = "matcher against Vectorscan, %s files" % corpus.name
    if not corpus.paths or not os.access(literals, os.X_OK):
        b.skipped(what, "no such files" if not corpus.paths else "built without libvectorscan-dev")
        return
    rules = b.path("sources.list")
    with open(rules, "w", encoding="utf-8") as f:
        f.writelines(path + "\n" for path in b.sources())
    out = run([literals, rules, corpus.listing, str(b.rounds)], out=subprocess.PIPE)[2].decode().split("\n")
    fact = dict(line.split() for line in out if line and not line.startswith("run"))
    runs = [[float(x) for x in line.split()[1:]] for line in out if line.startswith("run")]
    for _, _, found, by_them in runs:
        if found != by_them:
            sys.exit("bench: %.0f occurrences, %.0f by Vectorscan" % (found, by_them))
    b.row(what, [ours / theirs for ours, theirs, _, _ in runs], must, aim)
    b.note("%s literals, %s; %.2f GB/s against %.2f; %.0f occurrences, by Vectorscan too"
           % (fact["literals"], corpus, max(r[0] for r in runs) / 1e9, max(r[1] for r in runs) / 1e9, runs[0][2]))
