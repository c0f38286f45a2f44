#!/usr/bin/env python3
"""Usage: make_dotnet.py CORPUS   Writes seeds of .NET assemblies to CORPUS/dotnet: one of Mono's compiler with resources and a
culture, and copies of it in which the signature of a method is another, as no compiler in Debian writes them.
"""
import os
import subprocess
import sys
import tempfile

SOURCE = """
using System.Reflection;
[assembly: AssemblyCulture("fr")]
[assembly: AssemblyVersion("1.2.3.4")]
public abstract class Wide {
	public abstract void Foo(int[] a, int[,] b, string[][] c, int[,,] d, int[,,] e, int[] f, object[][] g);
	public int Here { get; set; }
}
"""

# signatures (ECMA-335, II.23.2.1) as long as Foo's or shorter; the rest is left as it is
BLOBS = {
    "bounds": bytes([0x20, 1, 1, 0x14, 8, 3, 2, 3, 4, 2, 0x7b, 6]),  # int[-3...-1,3...6,]
    "wide-bounds": bytes([0x20, 1, 1, 0x14, 8, 2, 2, 0x81, 0x00, 0xc0, 0, 1, 0, 2, 0xbf, 0xff, 0xdf, 0xff, 0xff, 0xfe]),
    "function": bytes([0x20, 2, 1, 0x1b, 0, 2, 8, 8, 0x0e, 8]),
    "modified": bytes([0x20, 2, 1, 0x1f, 5, 8, 0x20, 5, 0x0e]),
    "unknown": bytes([0x20, 1, 1, 0x3f]),
    "pointer-to-nothing": bytes([0x20, 1, 1, 0x1b]),
    "deep": bytes([0x20, 1, 1]) + b"\x1d" * 25,
    "number": bytes([0x20, 1, 1, 0x14, 8, 0xff]),
    "many": bytes([0x20, 0xdf, 0xff, 0xff, 0xff, 1]),
    "too-many-sizes": bytes([0x20, 1, 1, 0x14, 8, 1, 2, 3, 4, 0]),
    "type-of-nothing": bytes([0x20, 2, 1, 0x11, 0x02, 0x12, 0xc0, 0x10, 0, 1]),
}


def main():
    out = os.path.join(sys.argv[1], "dotnet")
    with tempfile.TemporaryDirectory() as d:
        for name, data in (("s.cs", SOURCE.encode()), ("one.txt", b"the first resource"), ("two.bin", bytes(range(200)))):
            with open(os.path.join(d, name), "wb") as f:
                f.write(data)
        subprocess.run(["mcs", "-target:library", "-out:wide.dll", "-resource:one.txt", "-resource:two.bin,named", "s.cs"], cwd=d, check=True,
                       capture_output=True)
        with open(os.path.join(d, "wide.dll"), "rb") as f:
            whole = f.read()
    foo = bytes([0x20, 7, 1, 0x1d, 8, 0x14, 8, 2, 0])
    at = whole.index(foo)
    if whole.count(foo) != 1:
        raise ValueError("the signature is not there once")
    seeds = {"wide.dll": whole}
    for name, blob in BLOBS.items():
        if len(blob) > whole[at - 1]:
            raise ValueError(name + " is too long")
        seeds["wide-" + name] = whole[:at] + blob + whole[at + len(blob):]
    for name, data in seeds.items():
        with open(os.path.join(out, name), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
