#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of the table in docs/performance.md, measured now.

Usage: bench/bench.py PELLUCID LITERALS RULES   LITERALS is the program of literals.c.

The environment may say ROUNDS (3), BENCH_MB of large files (1024), BENCH_FILES of small ones (50000), and BENCH_ONLY:
the first word of the rows wanted (files, matcher, cage, cores, start, memory, strings, worst).
"""
import os
import platform
import subprocess
import sys
import tempfile

import cage
import corpus
import cores
import matcher
import memory
import peers
import start
import worst
from measure import Bench


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        model = next((line.split(":")[1].strip() for line in f if line.startswith("model name")), platform.machine())
    yara = subprocess.run(["yara", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    print("%s, %d cores, load %.1f; Linux %s; yara %s"
          % (model, os.cpu_count(), os.getloadavg()[0], platform.release(), yara))


def main():
    pellucid, literals, rules = sys.argv[1:4]
    rounds, megabytes, n_files = (int(os.environ.get(name, default)) for name, default in
                                  (("ROUNDS", 3), ("BENCH_MB", 1024), ("BENCH_FILES", 50000)))
    only = os.environ.get("BENCH_ONLY", "")
    machine()
    with tempfile.TemporaryDirectory() as folder:
        b = Bench(pellucid, rules, folder, rounds)
        elf, pe = corpus.elf(folder, megabytes << 20), corpus.pe(folder, megabytes << 20)
        part, small = corpus.elf(folder, megabytes << 18), corpus.small(folder, n_files)
        rows = [
            ("build", lambda: peers.build(b)),
            ("files", lambda: peers.scan(b, elf, 15, 30)),
            ("files", lambda: peers.scan(b, small, 15, 40)),
            ("files", lambda: peers.scan(b, pe, 10, 20)),
            ("matcher", lambda: matcher.row(b, literals, part, 1.5, 3)),
            ("matcher", lambda: matcher.row(b, literals, small, 1.5, 3)),
            ("cage", lambda: cage.row(b, elf, 5, 2, False)),
            ("cage", lambda: cage.row(b, small, 20, 10, False)),
            ("cage", lambda: cage.row(b, elf, 5, 2, True)),
            ("cage", lambda: cage.row(b, small, 20, 10, True)),
            ("cores", lambda: cores.row(b, elf, 1.8, 1.95)),
            ("cores", lambda: cores.row(b, small, 1.8, 1.95)),
            ("start", lambda: start.rows(b, 4, 10, 2)),
            ("memory", lambda: memory.rows(b, megabytes << 18, 1, 0.5)),
            ("strings", lambda: peers.strings(b, part)),
            ("worst", lambda: worst.row(b, megabytes << 16)),
        ]
        for name, row in rows:
            if only in ("", name) or name == "build":
                row()
        print("\nmust: %d of %d met; aim: %d of %d met" % (*b.met["must"], *b.met["aim"]))


main()
