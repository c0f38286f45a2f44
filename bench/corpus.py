# SPDX-License-Identifier: Apache-2.0
"""Which files are scanned: the machine's own, the same ones each time (in order of their names, from the first)."""
import os

PROGRAMS = ["/usr/bin", "/usr/sbin", "/usr/lib", "/usr/local", "/opt"]
SMALL = 65536  # bytes


class Corpus:
    def __init__(self, name, paths, size, folder):
        self.name = name
        self.paths = paths
        self.size = size  # bytes in all
        self.listing = os.path.join(folder, "%s-%d.list" % (name, len(paths)))
        with open(self.listing, "w", encoding="utf-8", errors="surrogateescape") as f:
            f.writelines(path + "\n" for path in paths)

    def __str__(self):
        return "%d %s files, %.1f MB" % (len(self.paths), self.name, self.size / 1e6)

    def warm(self):
        """Into the page cache."""
        for path in self.paths:
            with open(path, "rb") as f:
                while f.read(1 << 20):
                    pass
        return self


def choose(name, roots, want, folder, max_bytes, max_files=10**6):
    """Regular files that `want(first bytes, size)` takes, until there are enough."""
    paths, total = [], 0
    for root in roots:
        for place, folders, names in os.walk(root):
            folders.sort()
            for file in sorted(names):
                path = os.path.join(place, file)
                if "\n" in path or os.path.islink(path) or not os.path.isfile(path):
                    continue
                try:
                    size = os.path.getsize(path)
                    with open(path, "rb") as f:
                        head = f.read(4)
                except OSError:
                    continue
                if not want(head, size):
                    continue
                paths.append(path)
                total += size
                if total >= max_bytes or len(paths) >= max_files:
                    return Corpus(name, paths, total, folder)
    return Corpus(name, paths, total, folder)


def elf(folder, max_bytes):
    return choose("ELF", PROGRAMS, lambda head, size: head == b"\x7fELF" and size > 4096, folder, max_bytes)


def pe(folder, max_bytes):
    return choose("PE", ["/usr"], lambda head, size: head[:2] == b"MZ" and size > 4096, folder, max_bytes)


def small(folder, max_files):
    roots = ["/usr/include", "/usr/share", "/usr/lib"]
    return choose("small", roots, lambda head, size: 0 < size < SMALL, folder, 1 << 40, max_files)
