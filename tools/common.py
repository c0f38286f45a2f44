#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the table of src/match/common.c from files: the runs of four bytes that they hold most, case ignored.

Usage: tools/common.py FILE...
"""
import math
import sys
from collections import Counter

KEPT = 1536
MOST = 1 << 20  # bytes of one file
FOLD = bytes(c | (c >> 1 & 0x20) for c in range(256))


def main():
    seen, total = Counter(), 0
    for name in sys.argv[1:]:
        with open(name, "rb") as f:
            data = memoryview(f.read(MOST).translate(FOLD))
        for phase in range(4):
            n = (len(data) - phase) // 4
            if n > 0:
                seen.update(data[phase:phase + 4 * n].cast("I"))
                total += n
        if len(seen) > 4 << 20:  # the rare ones go
            seen = Counter(dict(seen.most_common(1 << 20)))
    lines = ["{ 0x%08x, %d }," % (key, round(-4 * math.log2(n / total))) for key, n in sorted(seen.most_common(KEPT))]
    for i in range(0, len(lines), 5):
        print("\t" + " ".join(lines[i:i + 5]))


main()
