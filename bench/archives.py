#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: archives.py PELLUCID   Pellucid and clamscan with one hash signature: what it costs to look into things.

Over the tree of archivetree.py (ARCHIVE_MB of archives and documents, 500), over ELF programs and over small files of
this machine.  CPU seconds of the program and its children; what clamscan needs to start is not counted, nor is ours.
Both must find the program that one archive of each kind holds; a kind that one of them does not look into is named."""
import os
import sys
import tempfile

import archivetree
import corpus
from clamav import Clam, run, verdict

TREE_MB = int(os.environ.get("ARCHIVE_MB", "500"))
PROGRAMS_MB = min(200, int(os.environ.get("BENCH_MB", "200")))
N_SMALL = min(10000, int(os.environ.get("BENCH_FILES", "10000")))


def listing(top, name, paths):
    return corpus.Corpus(name, paths, sum(map(os.path.getsize, paths)), top)


def found(out, mark):
    """Kinds of archives in which the program was found."""
    return {line.split("found-")[1].split(".")[0] for line in out.splitlines() if "found-" in line and mark(line)}


class OneHash(Clam):
    def __init__(self, pellucid, top):
        super().__init__(pellucid, top)
        self.base = top + "/one.hsb"
        with open(self.base, "w", encoding="ascii") as f:
            f.write(archivetree.signature())

    def both(self, files, rounds=1):
        """(CPU seconds of ours, of clamscan's, what each wrote) for each round, net of starting, by turns."""
        files.warm()
        mine = [self.pellucid, "scan", "-j", "1", "-r", self.base, "--files-from", files.listing]
        theirs = ["clamscan", "--no-summary", "-i", "-d", self.base, "-f", files.listing]
        idle = self.best(self.scan(self.base, self.small))
        self.load(self.base)
        seen = []
        for _ in range(rounds):
            ours, scanned = run(mine, (0, 1, 3)), run(theirs)
            seen.append((max(ours[0] - idle, 1e-3), scanned[0] - self.loading, ours[2], scanned[2]))
        return seen

    def row(self, files, must, aim, rounds):
        seen = self.both(files, rounds)
        ours, theirs, ratio = (sorted(x) for x in zip(*((a, b, b / a) for a, b, _, _ in seen)))
        middle, mb = rounds // 2, files.size / 1e6
        print("%s: pellucid %.2f s (%.0f MB/s), clamscan %.2f s (%.1f MB/s): %.1f times (%.1f to %.1f in %d rounds; "
              "must %d, aim %d: %s, %s)"
              % (files, ours[middle], mb / ours[middle], theirs[middle], mb / theirs[middle], ratio[middle], ratio[0], ratio[-1],
                 rounds, must, aim, verdict(ratio[middle] >= must), verdict(ratio[middle] >= aim)), flush=True)
        return seen[-1][2:]


def tree(one, top):
    archivetree.make(top + "/tree", TREE_MB)
    paths = sorted(os.path.join(top, "tree", f) for f in os.listdir(top + "/tree"))
    a, b = one.row(listing(top, "archive and document", paths), 3, 6, 1)
    ours = found(a, lambda line: line.startswith("malicious"))
    theirs = found(b, lambda line: line.endswith(" FOUND"))
    print("found by pellucid in %s; by clamscan not in %s" % (" ".join(sorted(ours)), " ".join(sorted(ours - theirs)) or "none"))
    if len(ours) != len(archivetree.KINDS):
        sys.exit("archives: not found in every kind")
    for kind, _ in archivetree.KINDS:
        some = [p for p in paths if os.path.basename(p).startswith(kind)]
        [(mine, others, _, _)] = one.both(listing(top, kind, some))
        print("   %s: pellucid %.2f s, clamscan %.2f s, %.1f times" % (listing(top, kind, some), mine, others, others / mine))


def main():
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/tmp")) as top:
        one = OneHash(sys.argv[1], top)
        print("load %.1f" % os.getloadavg()[0])
        one.row(corpus.elf(top, PROGRAMS_MB << 20), 10, 20, 3)
        one.row(corpus.small(top, N_SMALL), 10, 20, 9)
        tree(one, top)


if __name__ == "__main__":
    main()
