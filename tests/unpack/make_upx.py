#!/usr/bin/env python3
"""Usage: make_upx.py UPX DIRECTORY   Makes small programs for 32-bit Windows, 64-bit Windows and Linux on several machines,
and has UPX pack them in each of its ways: DIRECTORY/NAME-METHOD, and prints the digests of what should come out again.
So were those in fuzz/corpus/packed made, by UPX 4.2.4, and those in fuzz/corpus/upx, by the UPX that their names tell."""
import hashlib
import os
import random
import struct
import subprocess
import sys

LINES = 200
METHODS = ["nrv2b", "nrv2d", "nrv2e", "lzma"]


def pe32():
    """Ends at once: ExitProcess(0).  test_packed.c makes the lines of its code too."""
    code = b"\x6a\x00\xff\x15" + struct.pack("<I", 0x409040) + b"\xc3"
    for i in range(LINES):
        code += b"needle in a packed program\xe8" + struct.pack("<I", i * 37 % 2048)
    return pe(code, 4)


def x86_lines(begin):
    """Code with calls and jumps, near enough to real ones that UPX finds a filter worth it."""
    r, code = random.Random(7), begin
    for i in range(LINES):
        code += b"needle in a packed program %d " % (i % 7)
        for opcode in (b"\xe8", b"\xe9", b"\x0f\x84"):
            target = r.choice([16, 320, 1024, 2048]) - len(code) - len(opcode) - 4
            code += opcode + struct.pack("<i", target)
    return code


def word_lines(order, branch, mask, bits):
    """The same for machines whose instructions are words: `branch` with a distance of `bits` bits in words."""
    r, code = random.Random(7), b""
    for i in range(LINES):
        code += b"needle in a packed program %6d " % (i % 7)
        code = code.ljust((len(code) + 3) // 4 * 4, b" ")
        for _ in range(3):
            away = (r.choice([16, 320, 1024, 2048]) - len(code)) // 4 & (1 << bits) - 1
            code += struct.pack(order + "I", branch | away << mask)
    return code


def pe(code, word):
    """A PE of 32 or 64 bits (`word`: bytes of an address) with one import, which UPX wants."""
    wide = word == 8
    size = (len(code) + 511) // 512 * 512
    code = code.ljust(size, b"\0")
    imports = bytearray(512)
    struct.pack_into("<5I", imports, 0, 0x9030, 0, 0, 0x9050, 0x9040)
    struct.pack_into("<Q" if wide else "<I", imports, 0x30, 0x9060)
    struct.pack_into("<Q" if wide else "<I", imports, 0x40, 0x9060)
    imports[0x50:0x5c] = b"KERNEL32.DLL"
    imports[0x62:0x6d] = b"ExitProcess"
    optional = bytearray(240 if wide else 224)
    struct.pack_into("<HH", optional, 0, 0x20B if wide else 0x10B, 6)
    fields = {4: size, 8: 512, 16: 0x1000, 20: 0x1000, 32: 0x1000, 36: 512, 40: 4, 48: 4, 56: 0xA000, 60: 0x400, 68: 3}
    if wide:
        fields.update({24: 0x400000, 40: 5, 48: 5, 72: 0x100000, 80: 0x1000, 88: 0x100000, 96: 0x1000, 108: 16, 120: 0x9000,
                       124: 40})
    else:
        fields.update({24: 0x9000, 28: 0x400000, 72: 0x100000, 76: 0x1000, 80: 0x100000, 84: 0x1000, 92: 16, 104: 0x9000,
                       108: 40})
    for at, value in fields.items():
        struct.pack_into("<I", optional, at, value)

    def section(name, memory, at, raw, raw_at, flags):
        return struct.pack("<8sIIII12xI", name, memory, at, raw, raw_at, flags)

    head = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x8664 if wide else 0x14C, 2, 0, 0, 0, len(optional), 0x23 if wide else 0x10F) + optional
    head += section(b".text", 0x8000, 0x1000, size, 0x400, 0x60000020)
    head += section(b".idata", 512, 0x9000, 512, 0x400 + size, 0xC0000040)
    return head.ljust(0x400, b"\0") + code + imports


def elf(machine, wide, order, code, base, flags=0):
    """Two parts that are loaded, a gap between them, and a tail that is not."""
    head_size = 64 + 2 * 56 if wide else 52 + 2 * 32
    text = code.ljust((len(code) + 255) // 256 * 256, b"\0")
    data_at = (head_size + len(text) + 0xfff) // 0x1000 * 0x1000
    data = b"data of a packed program " * 40
    body = (bytes(head_size) + text).ljust(data_at - 64, b"\0") + b"between the parts".ljust(64, b".") + data
    tail = b"".join(b"what no part has: %d\n" % i for i in range(60))
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2, 1, 0]) + bytes(8)
    word, size = ("Q", 64) if wide else ("I", 52)
    head = ident + struct.pack(order + "HHI3%sIHHHHHH" % word, 2, machine, 1, base + head_size, size, 0, flags, size,
                               56 if wide else 32, 2, 0, 0, 0)
    for flag, at, n in ((5, 0, head_size + len(text)), (6, data_at, len(data))):
        if wide:
            head += struct.pack(order + "IIQQQQQQ", 1, flag, at, base + at, base + at, n, n, 0x1000)
        else:
            head += struct.pack(order + "IIIIIIII", 1, at, base + at, base + at, n, n, flag, 0x1000)
    return head + body[head_size:] + tail


def programs():
    return {
        "pe32": pe32(),
        "pe64": pe(x86_lines(b"\x33\xc9\xff\x25\x38\x80\0\0"), 8),
        "elf-amd64": elf(62, True, "<", x86_lines(b"\x31\xff\xb8\x3c\0\0\0\x0f\x05"), 0x400000),
        "elf-i386": elf(3, False, "<", x86_lines(b"\x31\xdb\x8d\x43\x01\xcd\x80"), 0x8048000),
        "elf-arm": elf(40, False, "<", word_lines("<", 0xeb000000, 0, 24), 0x10000, 0x5000200),
        "elf-armeb": elf(40, False, ">", word_lines(">", 0xeb000000, 0, 24), 0x10000, 0x5000000),
        "elf-arm64": elf(183, True, "<", word_lines("<", 0x94000000, 0, 26), 0x400000),
        "elf-ppc": elf(20, False, ">", word_lines(">", 0x48000001, 2, 24), 0x10000000),
        "elf-mips": elf(8, False, ">", word_lines(">", 0x0c000000, 0, 26), 0x400000, 0x1007),
    }


def pack(upx, plain, to, *options):
    """False: this UPX does not pack it."""
    run = subprocess.run([upx, "-qq", "--force", "-f", *options, "-o", to, plain], capture_output=True)
    return run.returncode == 0


def main():
    upx, directory = sys.argv[1:]
    for name, program in programs().items():
        plain = os.path.join(directory, "plain.exe")
        with open(plain, "wb") as f:
            f.write(program)
        os.chmod(plain, 0o755)
        for method in METHODS:
            if not pack(upx, plain, os.path.join(directory, name + "-" + method), "--" + method):
                print("not packed: %s %s" % (name, method), file=sys.stderr)
        print("%s %d %s" % (name, len(program), hashlib.sha256(program).hexdigest()))
        os.remove(plain)


if __name__ == "__main__":
    main()
