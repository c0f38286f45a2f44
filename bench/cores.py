# SPDX-License-Identifier: Apache-2.0
"""Two cores against one, with a worker for each: wall seconds; CPU seconds say what the second core costs."""
import os

from measure import run

STATUS = (0, 1, 3)


def row(b, corpus, must, aim):
    what = "two cores against one, %s files" % corpus.name
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2 or not corpus.paths:
        b.skipped(what, "this machine has one core" if corpus.paths else "no such files")
        return
    corpus.warm()
    times = [[run(b.scan(corpus.listing, n), STATUS, cores=cores[:n])[:2] for n in (1, 2)] for _ in range(b.rounds)]
    b.row(what, [one[1] / two[1] for one, two in times], must, aim)
    one, two = (min(t[i][1] for t in times) for i in (0, 1))
    b.note("%s; %.2f s and %.2f s; CPU %.2f s and %.2f s"
           % (corpus, one, two, min(t[0][0] for t in times), min(t[1][0] for t in times)))
