#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the tables of src/match/rarity.c from files: the class of a byte, and how rare one is after another.

Usage: tools/rarity.py FILE...
"""
import math
import sys

def class_of(byte):
    c = chr(byte)
    if "A" <= c <= "Z":
        c = c.lower()
    if "a" <= c <= "z":
        return 8 + ord(c) - 97
    if byte == 0:
        return 0
    if c == " ":
        return 1
    if c == "0":
        return 2
    if "1" <= c <= "9":
        return 3
    if byte == 0xFF:
        return 4
    for i, s in enumerate("_/.-:\"\n"):
        if c == s:
            return 34 + i
    if byte == 0x8B:
        return 41
    if byte == 0xE8:
        return 42
    if byte < 0x20:
        return 5
    if byte >= 0x7F:
        return 6
    return 7


N = 43


def main():
    of = bytes(class_of(b) for b in range(256))
    size = [0] * N
    for b in range(256):
        size[of[b]] += 1
    pair = [[1.0] * N for _ in range(N)]
    single = [1.0] * N
    for name in sys.argv[1:]:
        with open(name, "rb") as f:
            data = f.read(4 << 20).translate(of)
        for a in range(N):
            single[a] += data.count(bytes([a]))
        for a in range(N):
            for b in range(N):
                pair[a][b] += data.count(bytes([a, b])) * (2.0 if a == b else 1.0)
    # a class of many bytes shares its weight among them, unevenly: a quarter of them has it all
    out = []
    for a in range(N):
        total = sum(pair[a])
        row = []
        for b in range(N):
            share = pair[a][b] / total / max(1.0, size[b] / 4)
            row.append(min(80, max(0, round(-4 * math.log2(share)))))
        out.append(row)
    total = sum(single)
    first = [min(80, max(0, round(-4 * math.log2(single[b] / total / max(1.0, size[b] / 4))))) for b in range(N)]
    for i in range(0, 256, 16):
        print("\t" + " ".join("%2d," % c for c in of[i:i + 16]))
    print("first:", ", ".join(map(str, first)))
    for row in out:
        print("\t{ " + ", ".join(map(str, row)) + " },")


main()
