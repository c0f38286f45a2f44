"""serve_files.py DIRECTORY WORD: serves a directory of three files by FUSE, of which "b" never answers WORD: an open, a read, a close
(flush), a look (lookup, getattr), or, being a directory then, a list of its names (readdir).  With "all" no file of "d", which there is
then besides, answers an open."""
import struct, sys
from fuse import *

where, word = sys.argv[1:]
mount = Mount(where)
FILES = {1: {2: b"a", 3: b"b", 4: b"c"}}
DIRECTORIES = {1}
TEXT = b"hay needle hay\n"
HANG = {"open": OPEN, "read": READ, "flush": FLUSH, "lookup": LOOKUP, "getattr": GETATTR, "readdir": READDIR, "all": OPEN}[word]
if word == "readdir":
    DIRECTORIES.add(3)
if word == "all":
    FILES = {1: {2: b"a", 3: b"d", 4: b"e"}, 3: {n: b"%d" % n for n in range(10, 20)}}
    DIRECTORIES.add(3)
VALID = 0 if word == "getattr" else 60
def hangs(op, node, body):
    if op != HANG:
        return False
    return node >= 10 if word == "all" else body.rstrip(b"\0") == b"b" if op == LOOKUP else node == 3
def attr(n):
    d = n in DIRECTORIES
    return struct.pack("<QQQQQQIIIIIIIIII", n, 0 if d else len(TEXT), 1, 0, 0, 0, 0, 0, 0, 0o40755 if d else 0o100644, 2 if d else 1, 0, 0, 0, 4096, 0)
for op, unique, node, body in mount.requests():
    if hangs(op, node, body):
        continue
    if op == LOOKUP:
        found = [k for k, v in FILES[node].items() if v == body.rstrip(b"\0")]
        if found:
            mount.entry(unique, found[0], attr(found[0]), VALID)
        else:
            mount.answer(unique, b"", ENOENT)
    elif op == GETATTR:
        mount.answer(unique, struct.pack("<QII", 60, 0, 0) + attr(node))
    elif op in (OPEN, OPENDIR):
        mount.answer(unique, struct.pack("<QII", 0, 0, 0))
    elif op == READ:
        at, size = struct.unpack_from("<QQI", body)[1:]
        mount.answer(unique, TEXT[at:at + size])
    elif op == READDIR:
        at, size = struct.unpack_from("<QQI", body)[1:]
        mount.answer(unique, listing([(k, v, 4 if k in DIRECTORIES else 8) for k, v in sorted(FILES[node].items())], at, size))
    else:
        mount.any_other(op, unique)
