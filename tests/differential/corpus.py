# SPDX-License-Identifier: Apache-2.0
"""A choice among this machine's own files: programs and libraries, documents, PE files.

choose(ROOTS, SIZE) gives (FILES, BYTES) and the same choice as long as the files are the same: the order is that of a
digest of the path, so that a small sample comes from everywhere too.  A quarter is documents, up to a quarter PE files,
and the rest ELF.
"""
import hashlib
import os
import stat

ROOTS = ["/usr/bin", "/usr/sbin", "/usr/lib", "/usr/libexec", "/usr/share", "/usr/include", "/usr/local", "/opt"]
PE_NAMES = (b".exe", b".dll", b".efi", b".signed", b".sys", b".ocx", b".cpl", b".drv", b".scr", b".mui")


def regular_files(roots):
    """Every file that can be read, [(path, size)]; what holds a line break or is empty is left out."""
    out, seen = [], set()
    for root in roots:
        for folder, folders, names in os.walk(os.fsencode(root)):
            folders.sort()
            for name in names:
                path = os.path.join(folder, name)
                try:
                    st = os.lstat(path)
                except OSError:
                    continue
                if not stat.S_ISREG(st.st_mode) or st.st_size == 0 or (st.st_dev, st.st_ino) in seen:
                    continue
                if b"\n" not in path and b"\r" not in path and os.access(path, os.R_OK):
                    seen.add((st.st_dev, st.st_ino))
                    out.append((path, st.st_size))
    return out


def kind_of(path):
    if path.lower().endswith(PE_NAMES):
        want, kind = b"MZ", "pe"
    else:
        want, kind = b"\x7fELF", "elf"
    with open(path, "rb") as f:
        return kind if f.read(len(want)) == want else "document"


def choose(roots, size):
    files = regular_files(roots)
    files.sort(key=lambda f: hashlib.sha1(f[0]).digest())
    files.sort(key=lambda f: not f[0].lower().endswith(PE_NAMES))  # there are few, and they come first
    budget = {"pe": size // 4, "document": size // 4, "elf": size}
    chosen, total, rest = [], 0, []
    for path, n in files:
        if total >= size:
            break
        if n > size // 8:
            continue
        kind = kind_of(path)
        if budget[kind] < n:
            rest.append((path, n))
            continue
        budget[kind] -= n
        chosen.append(path)
        total += n
    for path, n in rest:  # where one kind did not suffice
        if total < size and n <= size // 8:
            chosen.append(path)
            total += n
    return chosen, total
