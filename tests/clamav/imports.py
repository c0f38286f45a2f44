# SPDX-License-Identifier: Apache-2.0
"""PE images that import functions, and .imp signatures of them; as cases.py.

They are asked about by themselves: with macros in the database clamscan 1.4.6 crashes on such a file."""
import hashlib
import struct

import cases


def imports(libraries, salt):
    """A PE image of one section that imports functions, by name or by ordinal; its import hash and the hash's size."""
    image = bytearray(cases.pe(1, salt=salt))
    at, rva = 0x400 + 0x40, 0x1000 + 0x40 # descriptors, in the only section
    thunks, names, text = 0x90, 0x120, []
    for i, (library, functions) in enumerate(libraries):
        struct.pack_into("<IIIII", image, at + 20 * i, 0x1000 + thunks, 0, 0, 0x1000 + names, 0x1000 + thunks)
        image[0x400 + names:0x400 + names + len(library) + 1] = library + b"\0"
        names += len(library) + 1
        for function in functions:
            if isinstance(function, int):
                value, called = 0x80000000 | function, b"ord%d" % function
            else:
                value, called = 0x1000 + names, function
                image[0x400 + names:0x400 + names + len(function) + 3] = b"\0\0" + function + b"\0"
                names += len(function) + 3
            struct.pack_into("<I", image, 0x400 + thunks, value)
            thunks += 4
            text.append(library.lower().rsplit(b".", 1)[0] + b"." + called.lower())
        struct.pack_into("<I", image, 0x400 + thunks, 0)
        thunks += 4
    image[at + 20 * len(libraries):at + 20 * len(libraries) + 20] = bytes(20)
    struct.pack_into("<II", image, 0x80 + 24 + 96 + 8, rva, 20 * (len(libraries) + 1))
    assert thunks < 0x120 and names < 0x1f0
    image += b"\0" * 600 # clamscan 1.4.6 does not read names in the last 256 bytes of a file
    return bytes(image), hashlib.md5(b",".join(text)).hexdigest(), len(b",".join(text))


IMPORTS = {
    "exact": imports([(b"KERNEL32.dll", [b"CreateFileW", b"ReadFile"]), (b"USER32.dll", [b"MessageBoxA"])], b"i1"),
    "same": imports([(b"kernel32.dll", [b"createfilew", b"readfile"]), (b"user32.dll", [b"messageboxa"])], b"i3"),
    "any": imports([(b"other.ocx", [b"One", 7, 99]), (b"Plain.DLL", [b"two"])], b"i2"),
    "level": imports([(b"ws2_32.dll", [b"WSAStartup"]), (b"driver.sys", [b"x1_y"])], b"i4"),
    "levels": imports([(b"noextension", [b"Function"])], b"i5"),
    "size": imports([(b"a.dll", [b"b"])], b"i6"),
}


def files():
    return {name: image for name, (image, _, _) in IMPORTS.items()}


def signatures():
    """One for a digest: clamscan names no other."""
    for name, form in (("exact", "{0}:{1}:{2}"), ("any", "{0}:*:{2}"), ("level", "{0}:{1}:{2}:90"),
                       ("levels", "{0}:*:{2}:90:255"), ("size", "{0}:9999:{2}")):
        _, digest, size = IMPORTS[name]
        yield "imp", form.format(digest.upper() if name == "any" else digest, size, "Imports." + name), "Imports." + name
    yield "imp", "0123456789abcdef0123456789abcdef:*:Imports.none", "Imports.none"


SIZE = "the size of an import hash follows from it, and is not compared here"


def differs(name, _line):
    """Why the answers differ on purpose; None: they do not."""
    return SIZE if name == "Imports.size" else None
