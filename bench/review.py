#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""
Usage: review.py PELLUCID   `review` of this machine beside what Debian has of the kind: `dpkg --verify`, which hashes what
packages own, `lynis`, which asks questions, and the questions of an inventory (osquery is not in Debian) put to the machine's own
tools.  As root, with a warm cache.

Where the machine is smaller than 850 packages, 140,000 owned files and 200 processes, what is missing is made: processes
that sleep, and a root with lists of files.  The latter also tells what a file costs in memory, by the slope between two roots.
osqueryi, and syft, which would be the nearest peer, are not in Debian: they are run where they are installed.  REVIEW_PEERS=tools leaves out the peers that take long.
"""
import os
import shutil
import subprocess
import sys
import tempfile

import memory
from measure import Bench, run

PACKAGES, FILES, PROCESSES = 850, 140_000, 200
MUST_S, MUST_MB, MUST_BYTES = 2, 60, 16
DONE = (0, 1, 3)  # statuses of a review: nothing, something, not all could be looked at
# what osquery would be asked: packages, processes, sockets, modules, devices, units, certificates, setuid files
INVENTORY = """dpkg-query -W -f '${Package} ${Version} ${Architecture} ${Status}\\n'
ps -eo pid,uid,comm,exe
ss -Hanp
lspci -n
ip -o addr; ip -o route; ip -o neigh
openssl crl2pkcs7 -nocrl -certfile /etc/ssl/certs/ca-certificates.crt | openssl pkcs7 -print_certs -noout
find / -xdev -type f -perm /6000
"""

OSQUERY = " ".join("SELECT * FROM %s;" % table for table in ("deb_packages", "processes", "listening_ports", "kernel_modules", "pci_devices", "interface_addresses",
                                                    "routes", "arp_cache", "certificates", "suid_bin", "systemd_units"))


def owned():
    return sum(1 for line in subprocess.run("cat /var/lib/dpkg/info/*.list", shell=True, capture_output=True, check=True).stdout.splitlines())


def installed():
    out = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}\n"], capture_output=True, text=True, check=True).stdout
    return out.split().count("installed")


def processes():
    return sum(name.isdigit() for name in os.listdir("/proc"))


def make_root(folder, packages, files):
    """A root whose packages own that many files, which are not there."""
    info = os.path.join(folder, "var/lib/dpkg/info")
    os.makedirs(info)
    with open(os.path.join(folder, "var/lib/dpkg/status"), "w", encoding="ascii") as status:
        for p in range(packages):
            status.write("Package: package-%d\nStatus: install ok installed\nMaintainer: Nobody <nobody@example.org>\nArchitecture: amd64\n"
                         "Version: 1.2.%d-1\nDescription: one of many\n and a second line\n\n" % (p, p))
            with open(os.path.join(info, "package-%d.list" % p), "w", encoding="ascii") as f:
                f.writelines("/usr/share/package-%d/directory-%d/a-file-with-a-name-%d\n" % (p, i % 20, i) for i in range(files // packages))


def main():
    pellucid = os.path.abspath(sys.argv[1])
    rounds = int(os.environ.get("ROUNDS", "3"))
    if os.geteuid() != 0:
        print("review: skipped: it takes root to see all")
        return
    folder = tempfile.mkdtemp()
    b = Bench(pellucid, None, folder, rounds)
    sleeping = [subprocess.Popen(["sleep", "600"]) for _ in range(max(0, PROCESSES - processes()))]
    try:
        rows(b, pellucid, folder)
    finally:
        for p in sleeping:
            p.kill()
            p.wait()
        shutil.rmtree(folder)


def rows(b, pellucid, folder):
    review = [pellucid, "review", "--json"]
    n_packages, n_files, n_processes = installed(), owned(), processes()
    b.note("%d packages, %d owned files, %d processes; the rest of %d, %d, %d is made" % (n_packages, n_files, n_processes, PACKAGES, FILES, PROCESSES))
    run(review, DONE)  # warm
    ours = [run(review, DONE) for _ in range(b.rounds)]
    b.row("review of this machine, wall", [wall for _, wall, _ in ours], MUST_S, MUST_S, " s", most=True)
    b.row("review of this machine, CPU", [cpu for cpu, _, _ in ours], MUST_S, MUST_S, " s", most=True)
    peaks = [memory.peak(review, DONE) for _ in range(b.rounds)]
    b.row("review of this machine, memory", [p[0] for p in peaks], MUST_MB, MUST_MB, " MB", most=True)
    for name, command, times in (("dpkg --verify", ["dpkg", "--verify"], b.rounds), ("the machine's own tools", ["sh", "-c", INVENTORY], b.rounds),
                                 ("lynis", ["lynis", "audit", "system", "--quick", "--no-colors", "--quiet", "--no-log"], 1),  # a minute
                                 ("osqueryi", ["osqueryi", "--json", OSQUERY], b.rounds), ("syft", ["syft", "-q", "-o", "json", "dir:/"], 1)):
        if name.split()[-1] not in os.environ.get("REVIEW_PEERS", name):
            continue
        if shutil.which(command[0]) is None:
            b.skipped("review against " + name, "it is not installed")
            continue
        pairs = [(run(command, range(256))[0], run(review, DONE)[0]) for _ in range(times)]
        b.row("review against %s, CPU" % name, [theirs / mine for theirs, mine in pairs], 1, 1)
        b.note("%s %.2f s, review %.2f s" % (name, min(t for t, _ in pairs), min(m for _, m in pairs)))
    roots = []
    for files in (FILES, 8 * FILES):
        root = os.path.join(folder, str(files))
        make_root(root, PACKAGES, files)
        roots.append([pellucid, "review", "--root", root, "--json"])
    small, large = roots
    b.row("a root of %d packages, %d files, CPU" % (PACKAGES, FILES), [run(small, DONE)[0] for _ in range(b.rounds)], MUST_S, MUST_S, " s", most=True)
    slopes = [(memory.peak(large, DONE)[0] - memory.peak(small, DONE)[0]) * 1e6 / (7 * FILES) for _ in range(max(3, b.rounds))]
    b.row("memory a file, between %d and %d" % (FILES, 8 * FILES), slopes, MUST_BYTES, MUST_BYTES, " B", most=True)
    print("met: must %d of %d" % tuple(b.met["must"]))


main()
