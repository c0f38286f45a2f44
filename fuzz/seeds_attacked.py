# Usage: seeds_attacked.py CORPUS   Writes the corpus of fuzz_attacked beneath CORPUS: what a worker that keeps to the rules says,
# and what one that does not would.
import os, struct, sys

top = os.path.join(sys.argv[1], "attacked")
os.makedirs(top, exist_ok=True)


def put(name, data):
    with open(os.path.join(top, name), "wb") as f:
        f.write(data)


def event(kind, data):
    return struct.pack("<BH", kind, len(data)) + data


def opened(size, name=b""):
    return event(0, struct.pack("<QH", size, len(name)) + name)


def seek(kind, generator=b"", n=16, expected=5, step=0, gap=0):
    return (bytes([kind]) + generator.ljust(16, b"\0") + bytes([n]) + bytes(64) + bytes(32) + bytes([expected]) +
            struct.pack("<qQQQQ", 1456999998, 5000, 300000048000, step, gap))


made = event(4, struct.pack("<BQQI", 0, 6, 0, 0o644))
put("original", b"\0" + opened(6, b"a.txt") + event(1, b"abc") + event(1, b"def") + made)
put("too_much", b"\0" + opened(3) + event(1, b"abc") + event(1, b"def") + made)
put("larger", b"\0" + opened(1 << 21))
put("twice", b"\0" + opened(3) + opened(3))
put("search", b"\0" + event(3, seek(0, b"thanatos") + struct.pack("<QQ", 0, 10)))
put("failed", b"\0" + opened(3) + event(4, b"\5" + struct.pack("<H", 4) + b"time"))
put("learnt", b"\1\0" + struct.pack("<IH", 128, 9) + b"a \033[2Jkey")
put("unlearnt", b"\1\2" + struct.pack("<H", 5) + b"a key")
put("seeds", b"\2" + seek(0, b"prometheus") + struct.pack("<QQQQQ", 0, 1000, 900, 4, 899))
put("beyond", b"\2" + seek(0, b"prometheus") + struct.pack("<QQQQ", 0, 1000, 900, 900))
put("clocks", b"\2" + seek(1, step=100) + struct.pack("<QQQ", 0, 2, 2) + bytes(32))
put("pairs", b"\2" + seek(2, step=100, gap=200) + struct.pack("<QQQQQ", 0, 60, 60, 5, 205))
text = b'# Disk DescriptorFile\nversion=1\nRW 128 VMFS "web-flat.vmdk"\n'
proof = struct.pack("<BBIBH", 25, 2, 60, 0, 3) + b"MBR"
put("disk", b"\3\1\0" + struct.pack("<H", 8) + b"web.vmdk" + proof + text)
put("other_disk", b"\3\1\0" + struct.pack("<H", 8) + b"../.vmdk" + proof + text)
put("no_part", b"\3\0")
put("no_disk", b"\3\2\1" + struct.pack("<H", 7) + b"damaged")
