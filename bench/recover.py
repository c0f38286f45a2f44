#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: recover.py PELLUCID RECOVERING   How fast keys are sought, key streams made, and trees assessed.

Seeds a second and key stream a second on one and on two cores, beside a straightforward use of OpenSSL's functions and
beside the speed at which bytes that are in the page cache can be read and looked at; `recover assess` over intact files
of this machine in MB a CPU second, and how many of ordinary compressed files it takes for damaged."""
import json
import os
import subprocess
import sys
import tempfile

import corpus
from measure import Bench, run

PIECE_MB = int(os.environ.get("BENCH_MB", "1024")) // 4 or 1
SEEDS = 2000 * PIECE_MB
ORDINARY = max(2, int(os.environ.get("BENCH_FILES", "5000")) // 6)


def rate(tool, what, amount, threads, *more):
    """Of one core a CPU second; of two a second of the clock, which says nothing on a busy machine."""
    cpu, _, out = run([tool, what, str(amount), str(threads)] + list(more), (0,), subprocess.PIPE)
    return threads * amount / (cpu if threads == 1 else float(out))


def work(bench, tool, folder):
    file = os.path.join(folder, "cached")
    with open(file, "wb") as f:
        for _ in range(min(PIECE_MB, 64)):
            f.write(os.urandom(1 << 20))
    for threads in (1, 2):
        ours, theirs, stream, chacha, cached = ([] for _ in range(5))
        for _ in range(bench.rounds):
            ours.append(rate(tool, "seeds-ours", SEEDS, threads))
            theirs.append(rate(tool, "seeds-openssl", SEEDS, threads))
            stream.append(rate(tool, "stream-ours", PIECE_MB, threads))
            chacha.append(rate(tool, "stream-openssl", PIECE_MB, threads))
            cached.append(rate(tool, "cache", PIECE_MB, threads, file))
        cores = "%d core%s" % (threads, "s" if threads > 1 else "")
        bench.row("seeds a second with OpenSSL's, " + cores, [a / b for a, b in zip(ours, theirs)], 1, 2)
        bench.note("%.2f million a second, OpenSSL's functions %.2f" % (max(ours) / 1e6, max(theirs) / 1e6))
        bench.row("key stream with OpenSSL's ChaCha20, " + cores, [a / b for a, b in zip(stream, chacha)], 0.1, 0.5)
        bench.note("Salsa20 %.0f MB/s, OpenSSL's ChaCha20 %.0f, the page cache read and summed %.0f" % (max(stream), max(chacha), max(cached)))


def assess(bench, files):
    """CPU seconds of the program, the gathering of signs and the walks included."""
    spent = []
    for _ in range(bench.rounds):
        spent.append(run([bench.pellucid, "recover", "assess", "--json"] + files.paths, (0, 1, 3))[0])
    return spent


def alarms(bench, folder):
    """Ordinary files that are compressed: how many are taken for encrypted."""
    tree = os.path.join(folder, "ordinary")
    os.mkdir(tree)
    made = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tests", "recover", "ordinary.py")
    subprocess.run([sys.executable, made, tree, str(ORDINARY)], check=True,
                   env=dict(os.environ, ROOT=os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    _, _, out = run([bench.pellucid, "recover", "assess", "--json", tree], (0, 1, 3), subprocess.PIPE)
    rows = [json.loads(line) for line in out.splitlines()]
    damage = [r["damage"] for r in rows if "path" in r]
    wrong = sum("encrypted" in d for d in damage)
    bench.row("false alarms in 100 ordinary files", [100 * wrong / len(damage)], 0.1, 0, "", most=True)
    bench.note("%d zip, docx, jpeg, mp4, xz and pdf files: %d taken for encrypted, %d unknown"
               % (len(damage), wrong, damage.count("unknown")))


def main():
    pellucid, tool = sys.argv[1:3]
    rounds, megabytes = int(os.environ.get("ROUNDS", "3")), int(os.environ.get("BENCH_MB", "1024"))
    with tempfile.TemporaryDirectory() as folder:
        b = Bench(pellucid, "/", folder, rounds)
        elf, small = corpus.elf(folder, megabytes << 19), corpus.small(folder, int(os.environ.get("BENCH_FILES", "20000")))
        work(b, tool, folder)
        elf.warm()
        b.row("assess, ELF files, one core", [elf.size / s / 1e9 for s in assess(b, elf)], 1, 2, " GB/s")
        small.warm()
        b.note("%s; %s: %.0f us a file" % (elf, small, min(assess(b, small)) / len(small.paths) * 1e6))
        alarms(b, folder)


main()
