"""serve_files.py DIRECTORY WORD: serves a directory of three files by FUSE, of which "b" never answers WORD: an open, a read, a close
(flush), a look (lookup, getattr), or, being a directory then, a list of its names (readdir).  With "all" no file of "d", which there is
then besides, answers an open.  Says "ready" when it is there; ends with 77 where this machine does not let it."""
import ctypes, os, struct, sys
where, word = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
try:
    fd = os.open("/dev/fuse", os.O_RDWR)
except OSError:
    sys.exit(77)
data = f"fd={fd},rootmode=40000,user_id=0,group_id=0".encode()
if libc.mount(b"test", where.encode(), b"fuse.test", 0, data) != 0:
    sys.exit(77)
print("ready", flush=True)
FILES = {1: {2: b"a", 3: b"b", 4: b"c"}}
DIRECTORIES = {1}
TEXT = b"hay needle hay\n"
LOOKUP, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR = 1, 3, 14, 15, 17, 18, 25, 26, 27, 28, 29
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
def answer(unique, body, error=0):
    os.write(fd, struct.pack("<IiQ", 16 + len(body), -error, unique) + body)
while True:
    try:
        m = os.read(fd, 1 << 20)
    except OSError:
        break
    n, op, unique, node = struct.unpack_from("<IIQQ", m)
    body = m[40:]
    if hangs(op, node, body):
        continue
    if op == INIT:
        answer(unique, struct.pack("<IIIIHHIIHHI", 7, 31, 65536, 1 << 18, 16, 12, 65536, 1, 0, 0, 0) + bytes(28))
    elif op == LOOKUP:
        found = [k for k, v in FILES[node].items() if v == body.rstrip(b"\0")]
        if found:
            answer(unique, struct.pack("<QQQQII", found[0], 0, 60, VALID, 0, 0) + attr(found[0]))
        else:
            answer(unique, b"", 2)
    elif op == GETATTR:
        answer(unique, struct.pack("<QII", 60, 0, 0) + attr(node))
    elif op in (OPEN, OPENDIR):
        answer(unique, struct.pack("<QII", 0, 0, 0))
    elif op == READ:
        at, size = struct.unpack_from("<QQI", body)[1:]
        answer(unique, TEXT[at:at + size])
    elif op == READDIR:
        at = struct.unpack_from("<QQ", body)[1]
        out = b""
        for i, (k, v) in enumerate(sorted(FILES[node].items())):
            if i >= at:
                out += struct.pack("<QQII", k, i + 1, len(v), 4 if k in DIRECTORIES else 8) + v.ljust(8, b"\0")
        answer(unique, out)
    elif op == STATFS:
        answer(unique, struct.pack("<QQQQQIIII", 0, 0, 0, 3, 0, 4096, 255, 4096, 0) + bytes(24))
    elif op in (FLUSH, RELEASE, RELEASEDIR):
        answer(unique, b"")
    elif op not in (2, 36, 42):
        answer(unique, b"", 38)
