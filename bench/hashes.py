#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: hashes.py PELLUCID [ENTRIES]   A plain list of SHA-256 digests with names: what building takes, how many bytes an
entry has with its digest and its name, and what the start to the first verdict is with it and with ten entries.

Digests of a fixed seed, nobody's; names as feeds have them."""
import os
import random
import sys
import tempfile
import time

import clamav
from start import ended, spawn

ENTRIES, RUNS = 10000000, 21


def write(path, n):
    """Bytes of all names."""
    rng, names = random.Random(20260101), 0
    with open(path, "w", encoding="ascii") as f:
        for i in range(n):
            name = "Made.Family%03d-%d" % (i // 700 % 1000, i)
            names += len(name)
            f.write("%064x  %s\n" % (rng.getrandbits(256), name))
    return names


def start(pellucid, database, small):
    """Milliseconds: the median on the wall, the least, and the median of the processor's."""
    wall, cpu = [], []
    for _ in range(RUNS):
        began = time.perf_counter()
        command = [pellucid, "scan", "-q", "-r", database, small]
        _, status, used = os.wait4(spawn(command), 0)
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (used.ru_utime + used.ru_stime))
        ended(command, status)
    return sorted(wall)[RUNS // 2], min(wall), sorted(cpu)[RUNS // 2]


def main():
    pellucid, n = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else ENTRIES
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/tmp")) as top:
        small = top + "/small"
        with open(small, "w", encoding="ascii") as f:
            f.write("a small file\n")
        rows = {}
        for count in (10, n):
            listing = top + "/%d.sha256" % count
            names = write(listing, count)
            cpu, wall, _ = clamav.run([pellucid, "rules", "build", "-o", top + "/%d.pel" % count, listing])
            os.remove(listing)
            rows[count] = (names, cpu, wall, os.path.getsize(top + "/%d.pel" % count))
        names, cpu, wall, size = rows[n]
        print("list of %d digests: built in %.1f s CPU (%.1f s); %d MB, %.1f bytes an entry (digest 32, name %.1f as written)"
              % (n, cpu, wall, size // 1000000, (size - rows[10][3]) / n, names / n))
        for count in (10, n):
            print("start to first verdict with %d digests: %.2f ms (least %.2f), of the processor %.2f"
                  % ((count,) + start(pellucid, top + "/%d.pel" % count, small)))


if __name__ == "__main__":
    main()
