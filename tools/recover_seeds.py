#!/usr/bin/env python3
"""Usage: recover_seeds.py FIXTURE DIRECTORY   Writes the seeds of fuzz_attack for the families of which a key or a pair is
brought: how much of it that is (two bytes), then that, then the file as the family leaves it. FIXTURE is the build's
tests/recover_fixture."""
import subprocess
import sys

# name: family, kind and size of the original, seed, what is brought
SEEDS = {
    "alphacrypt": ("alphacrypt", "text", 40, 9, "key"),
    "babuk-esxi": ("babuk-esxi", "text", 100, 11, "key"),
    "chaos": ("chaos", "text", 50, 3, "key"),
    "conti-a-part": ("conti", "zip", 700, 2020, "key"),
    "conti-whole": ("conti", "text", 60, 2100, "key"),
    "akira-by-key": ("akira-1-key", "text", 100, 2500, "key"),
    "lockcrypt-pair": ("lockcrypt", "text", 300, 3, "original"),
    "seven-first": ("7ev3n", "text", 80, 0, None),
    "seven-second": ("7ev3n", "text", 120, 3, "key"),
    "seven-pair": ("7ev3n", "text", 120, 3, "original"),
    "teslacrypt-0": ("teslacrypt-0", "text", 40, 9, "key"),
    "akira-2": ("akira-2", "text", 300, 42, "key"),
    "synolocker": ("synolocker", "text", 64, 3, "key"),
    "petya-head": ("petya", "ntfs", 1, 3, None),  # to its own sectors' end
}
LARGEST = 57 * 512


def main(fixture, directory):
    def run(*words):
        return subprocess.run([fixture, *map(str, words)], check=True, capture_output=True).stdout

    for name, (family, kind, size, seed, brought) in SEEDS.items():
        other = run("key", family, seed) if brought == "key" else run(kind, size) if brought else b""
        data = other + run(kind, size, family, seed)[:LARGEST]
        with open(f"{directory}/{name}", "wb") as f:
            f.write(len(other).to_bytes(2, "big") + data)


main(*sys.argv[1:])
