# SPDX-License-Identifier: Apache-2.0
"""What the cage costs: CPU seconds of a scan, against a program that links the engine and has no worker (uncaged.c)."""
import os

from measure import run

STATUS = (0, 1, 3)


def row(b, corpus, must, aim, inside):
    """`inside`: with what lies in the files, after which a worker is replaced; else the files alone, in both programs."""
    what = "cost of the cage, %s files%s" % (corpus.name, ", and what is in them" if inside else "")
    program = os.path.join(os.path.dirname(b.pellucid), "bench", "uncaged")
    if not os.access(program, os.X_OK) or not corpus.paths:
        b.skipped(what, "bench/uncaged is not built" if corpus.paths else "no such files")
        return
    corpus.warm()
    scan = [word for word in b.scan(corpus.listing) if not inside or word != "--no-unpack"]
    free = [program, b.ours, corpus.listing] + ([] if inside else ["--no-unpack"])
    times = [[run(command, STATUS)[0] for command in (scan, free)] for _ in range(b.rounds)]
    b.row(what, [100 * (caged / free - 1) for caged, free in times], must, aim, unit=" %", most=True)
    b.note("%s; CPU %.2f s and %.2f s" % (corpus, *(min(t[i] for t in times) for i in (0, 1))))
