#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pellucid against yara on the same files in one run: CPU seconds, their ratio, and its spread.

Usage: bench/scan.py PELLUCID RULES_DIRECTORY [ROUNDS]

Rules are compiled before the clock starts.  Both scan the same list of files, one core, one after the
other, ROUNDS times (3), so that whatever else the machine does falls on both.
"""
import os
import resource
import subprocess
import sys
import tempfile

EXTERNALS = ["filename", "filepath", "extension", "filetype", "owner"]
DEFINE = [a for name in EXTERNALS for a in ("-d", name + "=")]


def cpu(command, status=(0,)):
    """CPU seconds of a command and its children; its largest resident memory in MB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in status:
        sys.exit("failed with %d: %s" % (done.returncode, " ".join(command)))
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def regular(roots, want, limit_bytes, limit_files):
    total, out = 0, []
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(folder, name)
                if os.path.islink(path) or not os.path.isfile(path):
                    continue
                try:
                    size = os.path.getsize(path)
                    with open(path, "rb") as f:
                        head = f.read(4)
                except OSError:
                    continue
                if not want(head, size):
                    continue
                out.append(path)
                total += size
                if total >= limit_bytes or len(out) >= limit_files:
                    return out, total
    return out, total


def compare(what, files, size, yara, ours, rounds, folder):
    if not files:
        print("%-28s skipped: this machine has no such files" % what)
        return
    listing = os.path.join(folder, "files")
    with open(listing, "w", encoding="utf-8", errors="surrogateescape") as f:
        f.writelines(path + "\n" for path in files)
    for path in files:  # into the page cache
        with open(path, "rb") as f:
            while f.read(1 << 20):
                pass
    ratios, best = [], [1e9, 1e9]
    for _ in range(rounds):
        a = cpu(yara + [listing])
        b = cpu(ours + [listing])
        best = [min(best[0], a), min(best[1], b)]
        ratios.append(a / b)
    ratios.sort()
    print(
        "%-28s %6d files %7.1f MB  yara %7.2f s (%.0f MB/s)  pellucid %7.2f s (%.0f MB/s)  %.1fx (%.1f to %.1f)"
        % (what, len(files), size / 1e6, best[0], size / 1e6 / best[0], best[1], size / 1e6 / best[1],
           ratios[len(ratios) // 2], ratios[0], ratios[-1]),
        flush=True,
    )


def main():
    pellucid, rules = sys.argv[1], sys.argv[2]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    sources = sorted(
        os.path.join(folder, n) for folder, _, names in os.walk(rules) for n in names if n.endswith(".yar")
    )
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = os.path.join(folder, "rules.pel"), os.path.join(folder, "rules.yac")
        build = []
        for _ in range(rounds):
            a = cpu(["yarac", "-w"] + DEFINE + sources + [theirs])
            b = cpu([pellucid, "rules", "build"] + DEFINE + ["-o", ours, rules])
            build.append(a / b)
        build.sort()
        print("building the database: yarac %.2f s, pellucid %.2f s, %.2fx (%.2f to %.2f)"
              % (a, b, build[len(build) // 2], build[0], build[-1]))
        yara = ["yara", "-w", "-p", "1"] + DEFINE + ["-C", theirs, "--scan-list"]
        mine = [pellucid, "yara", "-w", "--scan-list", ours]
        elf, n = regular(["/usr/bin", "/usr/sbin", "/usr/lib", "/usr/local", "/opt"],
                         lambda head, size: head == b"\x7fELF" and size > 4096, 1 << 30, 10**6)
        compare("ELF files", elf, n, yara, mine, rounds, folder)
        small, n = regular(["/usr/include", "/usr/share", "/usr/lib"], lambda head, size: 0 < size < 65536,
                           1 << 40, 50000)
        compare("small files", small, n, yara, mine, rounds, folder)
        pe, n = regular(["/usr"], lambda head, size: head[:2] == b"MZ" and size > 4096, 1 << 30, 10**6)
        compare("PE files", pe, n, yara, mine, rounds, folder)
        one = os.path.join(folder, "one")
        with open(one, "w", encoding="ascii") as f:
            f.write("nothing to be found here\n")
        compare("start to the first verdict", [one], 25, yara, mine, 5 * rounds, folder)


main()
