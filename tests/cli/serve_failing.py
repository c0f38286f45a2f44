"""serve_failing.py DIRECTORY N: serves a directory in its own place by FUSE, to be read, as it is, but that the N-th read of a file's
bytes fails (EIO): whoever reads, a worker behind its walls too.  Says "ready" when it is there, and then "failed"; ends with 77 where
this machine does not let it."""
import ctypes, os, struct, sys
where, left = sys.argv[1], int(sys.argv[2])
libc = ctypes.CDLL(None, use_errno=True)
path = os.path.abspath(where)
os.chdir(where)  # what will lie beneath
try:
    fd = os.open("/dev/fuse", os.O_RDWR)
except OSError:
    sys.exit(77)
data = f"fd={fd},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
if libc.mount(b"test", path.encode(), b"fuse.test", 1, data) != 0:
    sys.exit(77)
print("ready", flush=True)
LOOKUP, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR = 1, 3, 14, 15, 17, 18, 25, 26, 27, 28, 29
ENOENT, EIO, ENOSYS, DIRECT_IO = 2, 5, 38, 1
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
def answer(unique, body, error=0):
    os.write(fd, struct.pack("<IiQ", 16 + len(body), -error, unique) + body)
while True:
    try:
        m = os.read(fd, 1 << 20)
    except OSError:
        break
    n, op, unique, node = struct.unpack_from("<IIQQ", m)
    body = m[40:n]
    if op == INIT:
        answer(unique, struct.pack("<IIIIHHIIHHI", 7, 31, 65536, 1 << 18, 16, 12, 65536, 1, 0, 0, 0) + bytes(28))
    elif op == LOOKUP:
        p = paths[node] + b"/" + body.rstrip(b"\0")
        if os.path.lexists(p):
            answer(unique, struct.pack("<QQQQII", number(p), 0, 60, 60, 0, 0) + attr(number(p)))
        else:
            answer(unique, b"", ENOENT)
    elif op == GETATTR:
        answer(unique, struct.pack("<QII", 60, 0, 0) + attr(node))
    elif op in (OPEN, OPENDIR):
        answer(unique, struct.pack("<QII", 0, DIRECT_IO if op == OPEN else 0, 0))
    elif op == READ:
        at, size = struct.unpack_from("<QQI", body)[1:]
        left -= 1
        if left == 0:
            print("failed", flush=True)
            answer(unique, b"", EIO)
        else:
            with open(paths[node], "rb") as f:
                answer(unique, os.pread(f.fileno(), size, at))
    elif op == READDIR:
        at, size = struct.unpack_from("<QQI", body)[1:]
        out = b""
        for i, name in enumerate(sorted(os.listdir(paths[node]))):
            entry = struct.pack("<QQII", number(paths[node] + b"/" + name), i + 1, len(name), 0) + name
            entry += bytes(-len(entry) % 8)
            if i >= at and len(out) + len(entry) <= size:
                out += entry
        answer(unique, out)
    elif op == STATFS:
        answer(unique, struct.pack("<QQQQQIIII", 0, 0, 0, 3, 0, 4096, 255, 4096, 0) + bytes(24))
    elif op in (FLUSH, RELEASE, RELEASEDIR):
        answer(unique, b"")
    elif op not in (2, 36, 42):
        answer(unique, b"", ENOSYS)
