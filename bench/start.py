# SPDX-License-Identifier: Apache-2.0
"""Start to the first verdict: wall time of a whole run over one small file, the programs in turn."""
import os
import sys
import time

from measure import DEFINE

AT_LEAST = 21  # runs


def spawn(command):
    """Starts a program that nobody listens to; the number of the process."""
    null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    return os.posix_spawnp(command[0], command, os.environ, file_actions=null)


def ended(command, status, good=(0, 1)):  # 1: something was found
    if os.waitstatus_to_exitcode(status) not in good:
        sys.exit("bench: status %d: %s" % (os.waitstatus_to_exitcode(status), " ".join(command)))


def milliseconds(command):
    began = time.perf_counter()
    _, status = os.waitpid(spawn(command), 0)
    took = time.perf_counter() - began
    ended(command, status)
    return took * 1000


def rows(b, must, must_ms, aim_ms):
    one = b.path("one")
    with open(one, "w", encoding="ascii") as f:
        f.write("nothing to be found here\n")
    yara = ["yara", "-w"] + DEFINE + ["-C", b.theirs, one]
    ours = {"scan": [b.pellucid, "scan", "-q", "-r", b.ours, one],
            "drop-in for yara": [b.pellucid, "yara", "-w", b.ours, one]}
    starter = [b.pellucid, "scan", "-q", one]
    times = [(milliseconds(yara), {name: milliseconds(c) for name, c in ours.items()}, milliseconds(starter))
             for _ in range(max(AT_LEAST, b.rounds))]
    for name in ours:
        b.row("start against yara, %s" % name, [t[0] / t[1][name] for t in times], must, must)
        b.row("start to the first verdict, %s" % name, [t[1][name] for t in times], must_ms, aim_ms, " ms", most=True)
    theirs, built_in = (sorted(t[i] for t in times) for i in (0, 2))
    b.note("%d runs; yara %.1f ms (%.1f to %.1f), scan with the starter rules %.2f ms (%.2f to %.2f)"
           % (len(times), theirs[len(times) // 2], theirs[0], theirs[-1], built_in[len(times) // 2], built_in[0],
              built_in[-1]))
