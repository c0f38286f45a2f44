"""What the tests' file systems share: a mount over /dev/fuse, and the kernel's requests one by one (linux/fuse.h), for files that are
only read."""
import ctypes, os, struct, sys

LOOKUP, FORGET, GETATTR, OPEN, READ, STATFS, RELEASE, FLUSH = 1, 2, 3, 14, 15, 17, 18, 25
INIT, OPENDIR, READDIR, RELEASEDIR, INTERRUPT, BATCH_FORGET = 26, 27, 28, 29, 36, 42
ENOENT, EIO, ENOSYS = 2, 5, 38
SOURCE = b"/proc/test"  # who mounts may call it so, that it looks like one of the kernel's own


class Mount:
    """Says "ready" when it is there; ends the program with 77 where this machine does not let it."""

    def __init__(self, where, options=""):
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            self.fd = os.open("/dev/fuse", os.O_RDWR)
        except OSError:
            sys.exit(77)
        data = f"fd={self.fd},rootmode=40000,user_id=0,group_id=0{options}".encode()
        if libc.mount(SOURCE, os.fsencode(where), b"fuse.test", 0, data) != 0:
            sys.exit(77)
        print("ready", flush=True)

    def answer(self, unique, body, error=0):
        os.write(self.fd, struct.pack("<IiQ", 16 + len(body), -error, unique) + body)

    def entry(self, unique, number, attr, valid=60):
        self.answer(unique, struct.pack("<QQQQII", number, 0, 60, valid, 0, 0) + attr)

    def requests(self):
        """(operation, number of the request, number of the node, body), but for those that have one answer, until the mount ends."""
        while True:
            try:
                m = os.read(self.fd, 1 << 20)
            except OSError:
                return
            n, op, unique, node = struct.unpack_from("<IIQQ", m)
            if op == INIT:
                self.answer(unique, struct.pack("<IIIIHHIIHHI", 7, 31, 65536, 1 << 18, 16, 12, 65536, 1, 0, 0, 0) + bytes(28))
            elif op == STATFS:
                self.answer(unique, struct.pack("<QQQQQIIII", 0, 0, 0, 3, 0, 4096, 255, 4096, 0) + bytes(24))
            elif op not in (FORGET, INTERRUPT, BATCH_FORGET):
                yield op, unique, node, m[40:n]

    def any_other(self, op, unique):
        done = op in (FLUSH, RELEASE, RELEASEDIR)
        self.answer(unique, b"", 0 if done else ENOSYS)


def listing(names, at, size):
    """Of (number, name, kind), from the place `at` on, what has room."""
    out = b""
    for i, (number, name, kind) in enumerate(names):
        entry = struct.pack("<QQII", number, i + 1, len(name), kind) + name
        entry += bytes(-len(entry) % 8)
        if i >= at and len(out) + len(entry) <= size:
            out += entry
    return out
