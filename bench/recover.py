#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: recover.py PELLUCID RECOVERING   How fast keys are sought, key streams made, and trees assessed.

Seeds a second and key stream a second on one and on two cores, beside a straightforward use of OpenSSL's functions and
beside the speed at which bytes that are in the page cache can be read and looked at: first the arithmetic alone, in a
process of its own, then the same by the verbs, workers, walls, digests and proofs and all; `recover assess` over intact
files of this machine in MB a CPU second, and how many of ordinary compressed files it takes for damaged."""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

import corpus
from measure import Bench, run

PIECE_MB = int(os.environ.get("BENCH_MB", "1024")) // 4 or 1
SEEDS = 2000 * PIECE_MB
SOUGHT = 8 * SEEDS  # by the verb, so that starting it is little beside
FILE_MB = 8
CORES = sorted(os.sched_getaffinity(0))[:2]
ORDINARY = max(2, int(os.environ.get("BENCH_FILES", "5000")) // 6)


def rate(tool, what, amount, threads, *more):
    """Of one core a CPU second; of two a second of the clock, which says nothing on a busy machine."""
    cpu, _, out = run([tool, what, str(amount), str(threads)] + list(more), (0,), subprocess.PIPE, CORES[:threads])
    return threads * amount / (cpu if threads == 1 else float(out))


def work(bench, tool, folder):
    file = os.path.join(folder, "cached")
    with open(file, "wb") as f:
        for _ in range(min(PIECE_MB, 64)):
            f.write(os.urandom(1 << 20))
    if len(CORES) < 2:
        for what in ("seeds a second with OpenSSL's, 2 cores", "key stream with OpenSSL's ChaCha20, 2 cores"):
            bench.skipped(what, "this machine has one core")
    for threads in range(1, len(CORES) + 1):
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


def search(bench, tool, folder):
    """`recover try` of a file that no seed opens: all of a range is tried."""
    tree = os.path.join(folder, "sought")
    os.mkdir(tree)
    with open(os.path.join(tree, "a.png.THANATOS"), "wb") as f:
        f.write(os.urandom(4096))
    command = [bench.pellucid, "recover", "try", "--seeds", "0:%d" % SOUGHT, "--search", os.path.join(folder, "state"), tree]
    one, two, ours, clock = [], [], [], []
    for _ in range(bench.rounds):
        if os.path.exists(os.path.join(folder, "state")):
            os.unlink(os.path.join(folder, "state"))
        cpu, wall, out = run(command, (3,), subprocess.PIPE, CORES)
        if b"no seed of the range opens a file" not in out:
            sys.exit("bench: the search did not end: %s" % out)
        ours.append(SOUGHT / cpu)
        clock.append(SOUGHT / wall)
        one.append(ours[-1] / rate(tool, "seeds-openssl", SEEDS, 1))
        if len(CORES) == 2:
            two.append(clock[-1] / rate(tool, "seeds-openssl", SEEDS, 2))
    bench.row("recover try with OpenSSL's seeds, 1 core", one, 1, 1.5)
    bench.note("%.2f million seeds a CPU second, all that the verb does included" % (max(ours) / 1e6))
    if not two:
        bench.skipped("recover try with OpenSSL's seeds, 2 cores", "this machine has one core")
        return
    bench.row("recover try with OpenSSL's seeds, 2 cores", two, 1, 1.5)
    bench.note("%.2f million seeds a second of the clock" % (max(clock) / 1e6))


def picture(n):
    """A PNG of about n bytes."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    wide = 4096
    rows = b"".join(b"\0" + os.urandom(wide) for _ in range(n // wide))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", wide, n // wide, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b""))


def recovered(bench, tool, folder):
    """`recover run` of files under Salsa20 (Prometheus), the seed known: each is digested twice, opened, written, synced,
    digested, proven; beside the least that this can be, by the speed of the page cache."""
    tree, plain, into = (os.path.join(folder, n) for n in ("salsa", "plain.png", "originals"))
    os.mkdir(tree)
    with open(plain, "wb") as f:
        f.write(picture(FILE_MB << 20))
    files = max(2, PIECE_MB // FILE_MB)
    first = os.path.join(tree, "0.png.PROM[a@b.c]")
    with open(first, "wb") as f:
        subprocess.run([tool, "salsa", "7", plain], check=True, stdout=f)
    for i in range(1, files):
        shutil.copy(first, first.replace("/0.png", "/%d.png" % i))
    size, one, two, shares = files * os.path.getsize(plain), [], [], []
    for _ in range(bench.rounds):
        cpu, wall, _ = run([bench.pellucid, "recover", "run", "--into", into, "--i-have-isolated", "--seeds", "7:8", tree])
        for i in range(files):
            with open(plain, "rb") as a, open(os.path.join(into, "%d.png" % i), "rb") as b:
                if a.read() != b.read():
                    sys.exit("bench: an original is not what it was")
        shutil.rmtree(into)
        one.append(size / cpu / 1e6)
        two.append(size / wall / 1e6)
        shares.append(one[-1] / rate(tool, "cache", PIECE_MB, 1, plain))
    bench.row("recover run, Salsa20 files, one core", one, 50, 100, " MB/s")
    bench.note("%d files, %.0f MB; by the clock %.0f MB/s (%.0f to %.0f); %.2f of the page cache read and summed"
               % (files, size / 1e6, sorted(two)[len(two) // 2], min(two), max(two), max(shares)))


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
        search(b, tool, folder)
        recovered(b, tool, folder)
        elf.warm()
        b.row("assess, ELF files, one core", [elf.size / s / 1e9 for s in assess(b, elf)], 1, 2, " GB/s")
        small.warm()
        b.note("%s; %s: %.0f us a file" % (elf, small, min(assess(b, small)) / len(small.paths) * 1e6))
        alarms(b, folder)


main()
