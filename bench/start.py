#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Start to the first verdict, and resident memory during a scan: Pellucid against yara, in one run.

Usage: bench/start.py PELLUCID RULES_DIRECTORY [RUNS]

Rules are compiled before.  Start is the wall time of a whole run over one file of 25 bytes, RUNS (41)
times, the programs in turn, so that whatever else the machine does falls on all.

Memory is the highest sum over a program's processes, looked at every few milliseconds during a scan of
ELF files of up to 8 MB (a larger one would be most of what is resident, with either program).  A page
counts once, however many of the processes map it.  What is of files (programs, libraries, a database
that is mapped) lies in the system's cache, which shares it with every other process that maps the
file; the rest is anonymous, and nobody else's.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

EXTERNALS = ["filename", "filepath", "extension", "filetype", "owner"]
DEFINE = [a for name in EXTERNALS for a in ("-d", name + "=")]
ELF_BYTES, BIGGEST = 300 << 20, 8 << 20
EVERY_S = 0.003
PARTS = ("Pss", "Pss_Anon")


def null():
    return os.open(os.devnull, os.O_WRONLY)


def spawn(command, out):
    """Starts a program with its outputs in `out`; the number of the process."""
    actions = [(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)]
    return os.posix_spawnp(command[0], command, os.environ, file_actions=actions)


def ended(command, status):
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):  # 1: something was found
        sys.exit("failed with %d: %s" % (code, " ".join(command)))


# ---- start

def milliseconds(command, out):
    begin = time.perf_counter()
    _, status = os.waitpid(spawn(command, out), 0)
    took = time.perf_counter() - begin
    ended(command, status)
    return took * 1000


def compare_start(programs, runs):
    out = null()
    times = {name: [] for name in programs}
    for _ in range(runs):
        for name, command in programs.items():
            times[name].append(milliseconds(command, out))
    os.close(out)
    yara = statistics.median(times["yara"])
    for name, seen in times.items():
        seen.sort()
        middle = statistics.median(seen)
        print("start to the first verdict: %-22s %7.2f ms (quartiles %.2f to %.2f, least %.2f), %.1fx"
              % (name, middle, seen[len(seen) // 4], seen[len(seen) * 3 // 4], seen[0], yara / middle))


# ---- memory

def children(pid):
    """The process and all that it started."""
    found = [pid]
    for p in found:
        try:
            with open("/proc/%d/task/%d/children" % (p, p), encoding="ascii") as f:
                found += [int(c) for c in f.read().split()]
        except OSError:
            pass
    return found


def resident(pid):
    """kB of one process by PARTS; None where it is gone, or only root may ask."""
    try:
        with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as f:
            lines = [line.split() for line in f]
    except OSError:
        return None
    kb = {words[0][:-1]: int(words[1]) for words in lines if words[0][:-1] in PARTS}
    return kb if len(kb) == len(PARTS) else None


def peak(command):
    """The highest sum of pages in kB, those of them that are anonymous, and how many processes there were."""
    out = null()
    pid, best = spawn(command, out), (0, 0, 0)
    while True:
        gone, status = os.waitpid(pid, os.WNOHANG)
        if gone != 0:
            break
        seen = [kb for kb in map(resident, children(pid)) if kb is not None]
        best = max(best, (sum(kb["Pss"] for kb in seen), sum(kb["Pss_Anon"] for kb in seen), len(seen)))
        time.sleep(EVERY_S)
    os.close(out)
    ended(command, status)
    return best


def compare_memory(pairs):
    for name, yara, ours in pairs:
        seen = [peak(yara), peak(ours)]
        for who, (total, anonymous, n) in zip(("yara", "pellucid"), seen):
            print("resident during a scan, %-10s %-8s %6.1f MB in %d process%-2s: %5.1f of files, %5.1f anonymous"
                  % (name, who, total / 1000, n, "" if n == 1 else "es", (total - anonymous) / 1000,
                     anonymous / 1000))
        print("resident during a scan, %-10s %.2f of yara's, anonymous %.2f"
              % (name, seen[1][0] / seen[0][0], seen[1][1] / seen[0][1]))


def elf_files():
    total = 0
    for root in ("/usr/bin", "/usr/sbin", "/usr/lib"):
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(folder, name)
                try:
                    if os.path.islink(path) or not os.path.isfile(path):
                        continue
                    with open(path, "rb") as f:
                        if f.read(4) != b"\x7fELF":
                            continue
                    size = os.path.getsize(path)
                except OSError:
                    continue
                if size > BIGGEST:
                    continue
                yield path
                total += size
                if total >= ELF_BYTES:
                    return


def main():
    pellucid, rules = sys.argv[1], sys.argv[2]
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 41
    sources = sorted(os.path.join(folder, n) for folder, _, names in os.walk(rules) for n in names
                     if n.endswith(".yar"))
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = os.path.join(folder, "rules.pel"), os.path.join(folder, "rules.yac")
        one, listing = os.path.join(folder, "one"), os.path.join(folder, "files")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
        subprocess.run(["yarac", "-w"] + DEFINE + sources + [theirs], **quiet)
        subprocess.run([pellucid, "rules", "build"] + DEFINE + ["-o", ours, rules], **quiet)
        with open(one, "w", encoding="ascii") as f:
            f.write("nothing to be found here\n")
        with open(listing, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.writelines(path + "\n" for path in elf_files())
        yara = ["yara", "-w"] + DEFINE
        compare_start({"yara": yara + ["-C", theirs, one],
                       "pellucid yara": [pellucid, "yara", "-w", ours, one],
                       "pellucid scan": [pellucid, "scan", "-q", "-r", ours, one],
                       "pellucid scan, starter": [pellucid, "scan", "-q", one]}, runs)
        if os.geteuid() != 0:
            print("resident during a scan: skipped; the kernel lets root alone look at a worker")
            return
        scan = [pellucid, "scan", "-q", "-r", ours, "--files-from", listing]
        listed = ["-C", theirs, "--scan-list", listing]
        compare_memory([("drop-in", yara + ["-p", "1"] + listed,
                         [pellucid, "yara", "-w", "--scan-list", ours, listing]),
                        ("one core", yara + ["-p", "1"] + listed, scan + ["-j", "1"]),
                        ("two cores", yara + ["-p", "2"] + listed, scan + ["-j", "2"])])


main()
