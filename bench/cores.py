# SPDX-License-Identifier: Apache-2.0
"""Two cores against one, with a worker for each: wall seconds; CPU seconds say what the second core costs, and two programs
that share nothing what this machine's second core gives at best."""
import os
import subprocess
import time

from measure import run

STATUS = (0, 1, 3)
ROUNDS = 15  # at least: each takes a second, and a wall clock hears of all else that the machine does


def halves(b, corpus):
    """The listing as two, of every other file."""
    paths = [b.path("half-%d.list" % i) for i in (0, 1)]
    for i, path in enumerate(paths):
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.writelines(p + "\n" for p in corpus.paths[i::2])
    return paths


def apart(b, listings, cores):
    """How much sooner two programs end, each with half the files, on a core each than one after the other on one."""
    one = sum(run(b.scan(listing), STATUS, cores=cores[:1])[1] for listing in listings)
    began = time.monotonic()
    both = [
        subprocess.Popen(
            ["taskset", "-c", str(core)] + b.scan(listing), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for listing, core in zip(listings, cores)
    ]
    for program in both:
        program.wait()
    return one / (time.monotonic() - began)


def row(b, corpus, must, aim):
    what = "two cores against one, %s files" % corpus.name
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2 or not corpus.paths:
        b.skipped(what, "this machine has one core" if corpus.paths else "no such files")
        return
    corpus.warm()
    listings = halves(b, corpus)
    times, alone = [], []
    for _ in range(max(b.rounds, ROUNDS)):
        times.append([run(b.scan(corpus.listing, n), STATUS, cores=cores[:n])[:2] for n in (1, 2)])
    for _ in range(b.rounds):
        alone.append(apart(b, listings, cores))
    b.row(what, [one[1] / two[1] for one, two in times], must, aim)
    one, two = (min(t[i][1] for t in times) for i in (0, 1))
    b.note("%s; %.2f s and %.2f s; CPU %.2f s and %.2f s"
           % (corpus, one, two, min(t[0][0] for t in times), min(t[1][0] for t in times)))
    b.note("two programs of one worker that share nothing, each on its core: %.2f (%.2f to %.2f) times as fast as in turn"
           % (sorted(alone)[len(alone) // 2], min(alone), max(alone)))
