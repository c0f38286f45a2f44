# SPDX-License-Identifier: Apache-2.0
"""How a figure is taken, and how it is printed beside what it must be."""
import os
import resource
import subprocess
import sys
import time

EXTERNALS = ["filename", "filepath", "extension", "filetype", "owner"]
DEFINE = [a for name in EXTERNALS for a in ("-d", name + "=")]


def run(command, status=(0,), out=subprocess.DEVNULL, cores=None):
    """Runs a command, on a set of cores where one is given: (CPU seconds of it and its children, wall seconds, its standard
    output)."""
    def bind():
        if cores is not None:
            os.sched_setaffinity(0, cores)

    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, check=False, preexec_fn=bind)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in status:
        sys.exit("bench: status %d: %s" % (done.returncode, " ".join(command)))
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return max(cpu, 1e-6), wall, done.stdout


class Bench:
    """What all rows need, and the rows printed so far."""

    def __init__(self, pellucid, rules, folder, rounds):
        self.pellucid = pellucid  # the program
        self.rules = rules  # a directory of YARA rules
        self.folder = folder  # for files in between; gone at the end
        self.rounds = rounds  # times that each figure is taken
        self.ours = os.path.join(folder, "rules.pel")  # both built before any clock starts
        self.theirs = os.path.join(folder, "rules.yac")
        self.met = {"must": [0, 0], "aim": [0, 0]}  # how many of how many

    def sources(self):
        return sorted(
            os.path.join(folder, n)
            for folder, _, names in os.walk(self.rules)
            for n in names
            if n.endswith((".yar", ".yara"))
        )

    def path(self, name):
        return os.path.join(self.folder, name)

    def scan(self, listing, jobs=1, database=None):
        """The command for one core, or more, on the files of a listing: what yara looks at, so not what lies in them."""
        return [self.pellucid, "scan", "-q", "--no-unpack", "-j", str(jobs), "-r", database or self.ours, "--files-from", listing]

    def yara(self, listing, database=None):
        return ["yara", "-w", "-p", "1"] + DEFINE + ["-C", database or self.theirs, "--scan-list", listing]

    def note(self, text):
        print("   " + text, flush=True)

    def row(self, what, figures, must, aim, unit="x", most=False):
        """Prints the median of the figures, its spread, and whether must and aim are met: at least, or with `most` at
        most."""
        figures = sorted(figures)
        middle = figures[len(figures) // 2]
        verdicts = []
        for name, wanted in (("must", must), ("aim", aim)):
            met = middle <= wanted if most else middle >= wanted
            self.met[name][0] += met
            self.met[name][1] += 1
            verdicts.append("%s %s%g%s: %s" % (name, "at most " if most else "", wanted, unit, "met" if met else "missed"))
        print(
            "%-44s %.2f%s (%.2f to %.2f)   %s"
            % (what, middle, unit, figures[0], figures[-1], "   ".join(verdicts)),
            flush=True,
        )

    def skipped(self, what, why):
        print("%-44s skipped: %s" % (what, why), flush=True)
