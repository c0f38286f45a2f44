"""serve_failing.py DIRECTORY N: serves a directory in its own place by FUSE, to be read, as it is, but that the N-th read of a file's
bytes fails (EIO): whoever reads, a worker behind its walls too.  Says "failed" then."""
import os, struct, sys
from fuse import *

where, left = os.path.abspath(sys.argv[1]), int(sys.argv[2])
os.chdir(where)  # what will lie beneath
mount = Mount(where, ",allow_other")
DIRECT_IO = 1
paths = {1: b"."}
numbers = {b".": 1}
def number(p):
    if p not in numbers:
        numbers[p] = len(numbers) + 1
        paths[numbers[p]] = p
    return numbers[p]
def attr(n):
    s = os.lstat(paths[n])
    return struct.pack("<QQQQQQIIIIIIIIII", n, s.st_size, s.st_blocks, int(s.st_atime), int(s.st_mtime), int(s.st_ctime),
                       *(t % 10**9 for t in (s.st_atime_ns, s.st_mtime_ns, s.st_ctime_ns)), s.st_mode, s.st_nlink, s.st_uid, s.st_gid,
                       0, 4096, 0)
for op, unique, node, body in mount.requests():
    if op == LOOKUP:
        p = paths[node] + b"/" + body.rstrip(b"\0")
        if os.path.lexists(p):
            mount.entry(unique, number(p), attr(number(p)))
        else:
            mount.answer(unique, b"", ENOENT)
    elif op == GETATTR:
        mount.answer(unique, struct.pack("<QII", 60, 0, 0) + attr(node))
    elif op in (OPEN, OPENDIR):
        mount.answer(unique, struct.pack("<QII", 0, DIRECT_IO if op == OPEN else 0, 0))
    elif op == READ:
        at, size = struct.unpack_from("<QQI", body)[1:]
        left -= 1
        if left == 0:
            print("failed", flush=True)
            mount.answer(unique, b"", EIO)
        else:
            with open(paths[node], "rb") as f:
                mount.answer(unique, os.pread(f.fileno(), size, at))
    elif op == READDIR:
        at, size = struct.unpack_from("<QQI", body)[1:]
        names = [(number(paths[node] + b"/" + n), n, 0) for n in sorted(os.listdir(paths[node]))]
        mount.answer(unique, listing(names, at, size))
    else:
        mount.any_other(op, unique)
