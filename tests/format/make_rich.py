#!/usr/bin/env python3
"""Usage: make_rich.py CORPUS   Writes variants of CORPUS/pe/rich: a byte behind it that is one of its tools' numbers (the fuzz
target asks for that number), a key that is none, and a header without entries."""
import os
import sys


def main():
    corpus = os.path.join(sys.argv[1], "pe")
    with open(os.path.join(corpus, "rich"), "rb") as f:
        whole = f.read()
    at = whole.index(b"Rich")
    key = whole[at + 4:at + 8]
    lost, short = bytearray(whole), bytearray(whole)
    lost[at + 4] ^= 0xff
    short[at - 8:at - 4] = bytes(a ^ b for a, b in zip(b"DanS", key))
    for name, data in (("rich-tool", whole + b"\x93"), ("rich-lost", bytes(lost)), ("rich-short", bytes(short))):
        with open(os.path.join(corpus, name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
