#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: clamav.py PELLUCID [HASHES BODIES LOGICALS]   Pellucid and clamscan with a database of ClamAV's shape.

The database of clamdb.py (8 million hashes, 300 thousand bodies, 70 thousand logical signatures, of a fixed seed) over
programs of this machine: few, for clamscan takes seconds for each megabyte.  CPU seconds of the program and its
children; what loading costs is measured with a small file and taken off both.  Prints one line for each row of the
table in docs/performance.md."""
import os
import resource
import subprocess
import sys
import tempfile
import time

import clamdb
import corpus
import memory
from start import ended, spawn

MEGABYTES = int(os.environ.get("CLAM_MB", "12"))  # of each kind of program
ROUNDS = 5  # ours; clamscan is run once


def run(command, status=(0, 1)):
    """CPU seconds, wall seconds and what it wrote."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    r = subprocess.run(command, capture_output=True, text=True, check=False)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if r.returncode not in status:
        raise SystemExit("%s: %d: %s" % (command[0], r.returncode, r.stderr[-500:]))
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, r.stdout


def resident(command):
    """MB at most: anonymous pages of any one process, and pages of files, each once, of all of them."""
    pid, private, shared = spawn(command), 0, 0
    while True:
        gone, status = os.waitpid(pid, os.WNOHANG)
        if gone != 0:
            break
        seen = [kb for kb in map(memory.resident, memory.family(pid)) if kb is not None]
        private = max([private] + [kb["Pss_Anon"] / 1000 for kb in seen])
        shared = max(shared, sum(kb["Pss"] - kb["Pss_Anon"] for kb in seen) / 1000)
        time.sleep(0.001)
    ended(command, status)
    return private, shared


def verdict(ok):
    return "met" if ok else "missed"


class Clam:
    def __init__(self, pellucid, top):
        self.pellucid, self.top = pellucid, top
        self.small = top + "/small"
        with open(self.small, "w", encoding="ascii") as f:
            f.write("a small file\n")

    def scan(self, database, *what):
        return [self.pellucid, "scan", "-q", "-j", "1", "-r", database] + list(what)

    def best(self, command, status=(0, 1, 3)):
        return min(run(command, status)[0] for _ in range(ROUNDS))

    def build(self, folder):
        cpu, wall, _ = run([self.pellucid, "rules", "build", "-o", folder + ".pel", folder])
        print("build: %.1f s CPU, %.1f s, %d MB" % (cpu, wall, os.path.getsize(folder + ".pel") // 1000000), flush=True)
        return folder + ".pel"

    def load(self, folder):
        """What clamscan's loading costs: CPU seconds, wall seconds, MB."""
        command, began = ["clamscan", "--no-summary", "-i", "-d", folder, self.small], time.monotonic()
        _, status, used = os.wait4(spawn(command), 0)
        ended(command, status)
        self.loading, self.loading_wall = used.ru_utime + used.ru_stime, time.monotonic() - began
        self.loading_mb = used.ru_maxrss // 1000

    def programs(self, files, folder):
        if not files.paths:
            print("%s programs: skipped, this machine has none" % files.name)
            return
        files.warm()
        idle = self.best(self.scan(folder + ".pel", self.small))
        ours = max(self.best(self.scan(folder + ".pel", "--files-from", files.listing)) - idle, 1e-3)
        theirs = run(["clamscan", "--no-summary", "-i", "-d", folder, "-f", files.listing])[0] - self.loading
        print("%s: pellucid %.3f s (%.0f MB/s), clamscan %.1f s (%.2f MB/s): %.0f times (must 40, aim 100: %s, %s)"
              % (files, ours, files.size / 1e6 / ours, theirs, files.size / 1e6 / theirs, theirs / ours,
                 verdict(theirs / ours >= 40), verdict(theirs / ours >= 100)), flush=True)

    def start(self, folder):
        command = self.scan(folder + ".pel", self.small)
        walls = sorted(run(command)[1] for _ in range(21))
        print("start to first verdict: pellucid %.1f ms (%.1f to %.1f), clamscan %.1f s and %d MB (must 50 ms, aim 10 ms: "
              "%s, %s)" % (walls[10] * 1000, walls[0] * 1000, walls[-1] * 1000, self.loading_wall, self.loading_mb,
                           verdict(walls[10] < 0.05), verdict(walls[10] < 0.01)), flush=True)

    def memory(self, files, folder):
        if os.geteuid() != 0:
            print("memory: skipped, the kernel lets root alone look at a worker")
            return
        seen = [resident(self.scan(folder + ".pel", "--files-from", f.listing)) for f in files for _ in range(ROUNDS)]
        private, shared = (max(x[i] for x in seen) for i in (0, 1))
        print("memory: %.1f MB private in a process, %.0f MB shared (must 30 and 450, aim 15 and 300: %s, %s)"
              % (private, shared, verdict(private <= 30 and shared <= 450), verdict(private <= 15 and shared <= 300)))

    def growth(self, files, bodies, logicals):
        """What ten times the logical signatures cost us a file, with the same bodies and no digests."""
        seconds = []
        for n in (logicals // 10, logicals):
            folder = "%s/logical-%d" % (self.top, n)
            clamdb.write(folder, 0, bodies, n)
            database = self.build(folder)
            seconds.append(self.best(self.scan(database, "--files-from", files.listing)) -
                           self.best(self.scan(database, self.small)))
        print("%d logical signatures against %d: pellucid %.2f times the CPU seconds"
              % (logicals, logicals // 10, seconds[1] / max(seconds[0], 1e-3)))


def main():
    sizes = [int(x) for x in sys.argv[2:5]]
    sizes = sizes if len(sizes) == 3 else clamdb.FULL
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/tmp")) as top:
        clam, folder = Clam(sys.argv[1], top), top + "/db"
        clamdb.write(folder, *sizes)
        elf = corpus.choose("ELF", ["/usr/bin"], lambda head, size: head == b"\x7fELF" and 400000 < size < 2000000, top,
                            MEGABYTES << 20)
        pe = corpus.pe(top, MEGABYTES << 20)
        print("load %.1f" % os.getloadavg()[0])
        clam.build(folder)
        clam.load(folder)
        clam.programs(elf, folder)
        clam.programs(pe, folder)
        clam.start(folder)
        clam.memory([elf, pe], folder)
        clam.growth(corpus.small(top, 2000), *sizes[1:])




if __name__ == "__main__":
    main()
