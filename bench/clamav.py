#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: clamav.py PELLUCID [HASHES BODIES LOGICALS]   Pellucid and clamscan with a database of ClamAV's shape.

Programs of this machine, the database of clamdb.py (8 million hashes, 300 thousand bodies, 70 thousand logical
signatures, of a fixed seed).  CPU seconds, children included; what loading costs is measured with an empty file
and taken off both.  Prints one line for each row of the table in docs/performance.md."""
import glob
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import clamdb

FILES = int(os.environ.get("CLAM_FILES", "12"))  # programs, of about a megabyte; clamscan takes seconds for each


def run(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    r = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if r.returncode not in (0, 1):
        raise SystemExit("%s: %d: %s" % (command[0], r.returncode, r.stderr[-500:]))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.monotonic() - start, after.ru_maxrss


def programs(top):
    """Copies, so that both read the same files from the page cache."""
    os.mkdir(top)
    found = [f for f in glob.glob("/usr/bin/*") if not os.path.islink(f) and
             400000 < os.path.getsize(f) < 2000000 and open(f, "rb").read(4) == b"\x7fELF"]
    n = 0
    for f in sorted(found)[:FILES]:
        shutil.copy(f, top)
        n += os.path.getsize(f)
    return n


def main():
    pellucid, sizes = sys.argv[1], sys.argv[2:5]
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/tmp")) as top:
        sys.argv = ["clamdb.py", top + "/db"] + sizes
        clamdb.main()
        n = programs(top + "/files")
        open(top + "/small", "w").write("a small file\n")
        cpu, wall, _ = run([pellucid, "rules", "build", "-o", top + "/db.pel", top + "/db"])
        print("build: %.1f s CPU, %.1f s, %d MB" % (cpu, wall, os.path.getsize(top + "/db.pel") // 1000000))
        ours = [run([pellucid, "scan", "-q", "-r", top + "/db.pel", top + "/small"]) for _ in range(5)]
        start = min(x[1] for x in ours)
        idle = min(x[0] for x in ours)
        work = min(run([pellucid, "scan", "-q", "-r", top + "/db.pel", top + "/files"])[0] for _ in range(5))
        load, load_wall, rss = run(["clamscan", "--no-summary", "-i", "-d", top + "/db", top + "/small"])
        theirs = run(["clamscan", "--no-summary", "-i", "-d", top + "/db", top + "/files"])[0]
        a, b = n / 1e6 / max(work - idle, 1e-3), n / 1e6 / max(theirs - load, 1e-3)
        print("programs, %.1f MB: pellucid %.1f MB/s CPU, clamscan %.2f MB/s: %.0f times (must 40, aim 100)" %
              (n / 1e6, a, b, a / b))
        print("start to first verdict: pellucid %.1f ms, clamscan %.1f s and %d MB (must 50 ms, aim 10 ms)" %
              (start * 1000, load_wall, rss // 1000))


if __name__ == "__main__":
    main()
