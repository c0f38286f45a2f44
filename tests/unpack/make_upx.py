#!/usr/bin/env python3
"""Usage: make_upx.py UPX DIRECTORY   Makes a program for 32-bit Windows, which ends at once, and has UPX pack it in
each of its ways: DIRECTORY/upx-METHOD.  So were those in fuzz/corpus/packed made, by UPX 4.2.4."""
import os
import struct
import subprocess
import sys

LINES = 200


def program():
    code = b"\x6a\x00\xff\x15" + struct.pack("<I", 0x409040) + b"\xc3"  # ExitProcess(0)
    for i in range(LINES):  # as test_packed.c makes it
        code += b"needle in a packed program\xe8" + struct.pack("<I", i * 37 % 2048)
    size = (len(code) + 511) // 512 * 512
    code = code.ljust(size, b"\0")
    imports = bytearray(512)
    struct.pack_into("<5I", imports, 0, 0x9030, 0, 0, 0x9050, 0x9040)
    struct.pack_into("<I", imports, 0x30, 0x9060)
    struct.pack_into("<I", imports, 0x40, 0x9060)
    imports[0x50:0x5c] = b"KERNEL32.DLL"
    imports[0x62:0x6d] = b"ExitProcess"
    optional = bytearray(224)
    struct.pack_into("<HH", optional, 0, 0x10B, 6)
    fields = {4: size, 8: 512, 16: 0x1000, 20: 0x1000, 24: 0x9000, 28: 0x400000, 32: 0x1000, 36: 512, 40: 4, 48: 4,
              56: 0xA000, 60: 0x400, 68: 3, 72: 0x100000, 76: 0x1000, 80: 0x100000, 84: 0x1000, 92: 16, 104: 0x9000,
              108: 40}
    for at, value in fields.items():
        struct.pack_into("<I", optional, at, value)

    def section(name, memory, at, raw, raw_at, flags):
        return struct.pack("<8sIIII12xI", name, memory, at, raw, raw_at, flags)

    head = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0"
    head += struct.pack("<HHIIIHH", 0x14C, 2, 0, 0, 0, 224, 0x10F) + optional
    head += section(b".text", 0x8000, 0x1000, size, 0x400, 0x60000020)
    head += section(b".idata", 512, 0x9000, 512, 0x400 + size, 0xC0000040)
    return head.ljust(0x400, b"\0") + code + imports


upx, directory = sys.argv[1:]
plain = os.path.join(directory, "plain.exe")
with open(plain, "wb") as f:
    f.write(program())
for method in ["nrv2b", "nrv2d", "nrv2e", "lzma"]:
    packed = os.path.join(directory, "upx-" + method)
    subprocess.run([upx, "-qq", "--" + method, "--force", "-f", "-o", packed, plain], check=True)
os.remove(plain)
