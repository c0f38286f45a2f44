#!/usr/bin/env python3
"""Usage: upx.py   Programs that the compiler made and a UPX of this machine packs: what Pellucid unpacks is what `upx -d`
makes of them.  Of UPXES='PROGRAM PROGRAM...', else upx-ucl or upx where one is installed (Debian 12 has none; backports and
13 do); the seeds in fuzz/corpus/upx are looked at by test_upx.c on every machine.  TAP on stdout."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

import make_upx

PELLUCID = os.environ["PELLUCID"]
SOURCE = r"""
#include <stdio.h>
static const char *const words[] = { "needle", "in", "a", "packed", "program" };
int of(int n) { return n < 2 ? n : of(n - 1) + of(n - 2); }
int main(int n, char **v) { for (int i = 0; i < 5; i++) printf("%s %d %s\n", words[i], of(i + n), v[0]); return 0; }
"""
tests = []


def test(name, ok, why=""):
    tests.append(ok)
    print("%s %d - %s%s" % ("ok" if ok else "not ok", len(tests), name, "" if ok else "\n# " + str(why)))


def members(path):
    """The digests of what lies in it, and why not all could be looked into."""
    run = subprocess.run([PELLUCID, "scan", "-q", "--json", "--hash", "-r", "never.yar", path], capture_output=True, text=True)
    objects = [json.loads(line) for line in run.stdout.splitlines()]
    return [o["sha256"] for o in objects if "way" in o], [i["reason"] for o in objects for i in o["incomplete"]]


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def compiled():
    with open("p.c", "w") as f:
        f.write(SOURCE)
    for name, options in {"static": ["-static"], "pie": ["-fPIE", "-pie"], "static-pie": ["-static-pie"],
                          "debug": ["-g", "-no-pie"], "i386": ["-m32", "-static"]}.items():
        if subprocess.run(["cc", "-O1", *options, "-o", name, "p.c"], capture_output=True).returncode == 0:
            yield name
    for name, program in make_upx.programs().items():
        if name.startswith("elf"):
            with open(name, "wb") as f:
                f.write(program)
            os.chmod(name, 0o755)
            yield name


def compare(upx, plain, method):
    """None: this UPX does not pack it, or cannot undo that itself."""
    for path in ("packed", "undone"):
        if os.path.exists(path):
            os.remove(path)
    if not make_upx.pack(upx, plain, "packed", method):
        return None
    if subprocess.run([upx, "-qq", "-d", "-o", "undone", "packed"], capture_output=True).returncode != 0:
        return None
    found, gaps = members("packed")
    return sha256("undone") in found and not gaps, "%s, %d members, %s" % (plain, len(found), gaps)


def main():
    names = os.environ.get("UPXES", "").split() or [shutil.which("upx-ucl") or shutil.which("upx")]
    if names == [None]:
        print("1..0 # SKIP no UPX is installed")
        return 0
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        with open("never.yar", "w") as f:
            f.write("rule never { condition: false }")
        programs = list(compiled())
        for upx in names:
            for method in ["--" + m for m in make_upx.METHODS] + ["--best", "--no-filter"]:
                each = [compare(upx, plain, method) for plain in programs]
                told = [e for e in each if e is not None]
                test("%s %s: %d of %d programs as upx -d has them" % (os.path.basename(upx), method, len(told), len(each)),
                     len(told) >= 5 and all(ok for ok, _ in told), "; ".join(why for ok, why in told if not ok))
    print("1..%d" % len(tests))
    return 0 if all(tests) else 1


if __name__ == "__main__":
    sys.exit(main())
