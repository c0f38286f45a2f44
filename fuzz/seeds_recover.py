# Usage: seeds_recover.py CORPUS RECOVER_FIXTURE   Writes the corpora of fuzz_key_file, fuzz_ransom_note, fuzz_family,
# fuzz_seeded and fuzz_vmdk beneath CORPUS: small files, always the same.
import base64, os, struct, subprocess, sys

top, tool = sys.argv[1:3]


def put(target, name, data):
    os.makedirs(os.path.join(top, target), exist_ok=True)
    with open(os.path.join(top, target, name), "wb") as f:
        f.write(data)


def fixture(*words):
    return subprocess.run([tool, *map(str, words)], check=True, capture_output=True).stdout


# ---- keys
for family, seed in (("babuk-nas", 11), ("wannacry", 13), ("conti", 2100), ("teslacrypt-2", 14), ("akira-1-key", 3500)):
    put("key_file", family, fixture("key", family, seed))
scalar = bytes(range(32))
put("key_file", "hex", scalar.hex().encode() + b"\n")
put("key_file", "hex-colons", scalar.hex(":").encode())
put("key_file", "base64", base64.b64encode(scalar))
put("key_file", "pem", b"-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(bytes.fromhex("302e020100300506032b656e04220420") + scalar)
    + b"\n-----END PRIVATE KEY-----\n")
put("key_file", "pem-cut", b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEI\n-----END")
put("key_file", "blob-cut", b"\7\2\0\0\0\xa4\0\0RSA2" + struct.pack("<II", 1024, 65537) + bytes(range(256)))
put("key_file", "number", b"0x12d687")
put("key_file", "petya-green", b"a5PhwcoxzctW7vUN5B5oPLTf64cnTe4ZWJyx5tKGHhHJQvSFMfPNAHiZcazmSdz6ZWo4uaYKtmC3rQj6g67wCmrZDu918bA1")
put("key_file", "petya-red", b"e4Q8ffSQY1yvicQi2FERwAoYQLfRPJ9b9pukbkSQ3Pk21KJr9DXZbfqXZDFKnnKZRPJ5MXvNAC9eajUsqRCNu43hQ2")

# ---- notes
text = "YOUR FILES are\r\nencrypted!\nPay us: a@b.example (or not). \u00e4"
put("ransom_note", "plain", text.encode())
put("ransom_note", "html", b"<html><body><p>Your files<br>are <b>encrypted</b>. Pay   us</body>")
put("ransom_note", "utf16", text.encode("utf-16"))
put("ransom_note", "utf16-without-mark", text.replace("\u00e4", "").encode("utf-16-le"))
put("ransom_note", "tag-open", b"your files are encrypted <a href='never closed ")
put("ransom_note", "marker", bytes.fromhex("00112233") + b"your files are encrypted, pay us now")

# ---- families, each with a file that may be its work
family = """family  x
title   "X"
state   read
undo    yes
how     "h"
source  "s"
checked 2026-01-01 "c"
note-name 40 "note.txt"
note-text 40 "your files"
"""
signs = {
    "names": 'extension 20 ".akira"\nrename 40 "*.akira"\n',
    "marker": 'marker 75 "m" required bytes -4 00112233\nextension 5 ".akira"\n',
    "structure": 'structure 45 "s" required u8 0 = 0x59 ; size > 8\nrename 20 "*.akira"\n',
    "both": 'marker 60 "m" bytes 0 596f7572\nstructure 45 "s" required u8 -1 = 7\nextension 10 ".akira"\n',
}
for name, lines in signs.items():
    for kind, file in (("note", b"Your files are encrypted \0\x11\x22\x33"), ("long", b"Your files " + bytes(37 << 10) + b"\0\x11\x22\x33")):
        put("family", name + "-" + kind, (family + lines).encode() + b"\0" + file)
refused = ("title", 'title "Y"', '"and more"', "note-name 40", 'marker 75 "m"', 'note-name 40 "n" bytes 0 00', 'marker 75 "m" bytes 0 0g',
           "checked yesterday", "engine", "engine x y", "state", "family a/b", "undo perhaps", "undo tool", "word " * 40, 'title "',
           "colour red", "tool 1", 'extension x ".a"')
for i, line in enumerate(refused):
    put("family", "refused-%02d" % i, (family + line + "\n").encode())
for i, text in enumerate(('family x\n', 'family x\ntitle "X"\nhow "h"\n', 'family x\ntitle "X"\nsource "s"\nextension 5 ".a"\n',
                          'family x\ntitle "X"\nsource "s"\nnote-name 5 "a"\n', family + "engine cbc\n", family[:-2])):
    put("family", "lacking-%d" % i, text.encode())
put("family", "engine", (family + signs["names"] + 'proof "p"\nengine cbc key=00112233 padding=none\n').encode() + b"\0a file")
put("family", "none", (family + 'extension 5 ".other"\n').encode() + b"\0nothing")
listed = (family + signs["names"]).encode()
put("family", "list", b"\0f\0" + struct.pack("<I", len(listed)) + listed)
put("family", "list-twice", b"\0f\0" + struct.pack("<I", len(listed)) + listed + b"f\0" + struct.pack("<I", len(listed)) + listed)
put("family", "list-cut", b"\0f\0" + struct.pack("<I", len(listed) + 1) + listed)

# ---- files of a generator
for family, kind, size, seed, mtime in (
        ("prometheus", "png", 300, 615750, 0), ("thanatos", "png", 300, 615750, 0), ("solidbit", "png", 300, 615750, 0),
        ("onyx-2", "png", 300, 615750, 0), ("onyx-2", "png", 300, 615751, 0), ("onyx-2", "png", 300, 615753, 0),
        ("dma-locker", "png", 900, 1456999998, 1457000000), ("dma-locker", "png", 901, 1456999997, 1457000000),
        ("princess-1", "png", 300, 1456999998, 1457000000), ("linux-encoder-1", "text", 200, 1446999990, 1447000000)):
    put("seeded", "%s-%d" % (family, seed), struct.pack("<QI", (seed - 1) * 2, mtime) + fixture(kind, size, family, seed))
put("seeded", "short", struct.pack("<QI", 2, 0) + b"!DMALOCK")

# ---- parts of disks
def part(name, head, sectors):
    return name.encode() + b"\0" + struct.pack("<I", sectors) + head.ljust(64, b"\0")


sparse = b"KDMV" + struct.pack("<IIQ", 1, 3, 4192256)
se = struct.pack("<QQQ", 0xCAFEBABE, 0x200000001, 2048)
delta = b"COWD" + struct.pack("<III", 1, 3, 2048)
put("vmdk", "flat", part("web-flat.vmdk", b"", 2048))
put("vmdk", "split", b"".join(part("db-f%03d.vmdk" % i, b"", 64 * i) for i in (1, 2, 3)))
put("vmdk", "split-sparse", part("old-s001.vmdk", sparse, 9) + part("old-s002.vmdk", sparse, 9) + part("old-s004.vmdk", sparse, 9))
put("vmdk", "snapshots", part("web-flat.vmdk", b"", 8) + part("web-000001-sesparse.vmdk", se, 9) + part("web-000002-delta.vmdk", delta, 9))
put("vmdk", "encrypted", part("a-sesparse.vmdk", b"x" * 64, 9) + part("b-s001.vmdk", b"", 0) + part("c-flat.vmdk", b"", 0))
put("vmdk", "unreadable", part("a-f001.vmdk", b"", 4) + part("a-f002.vmdk", b"", 2 ** 32 - 1))
put("vmdk", "names", part('a"b-flat.vmdk', b"", 4) + part("a\nb-flat.vmdk", b"", 4) + part("n" * 244 + "-flat.vmdk", b"", 4))
put("vmdk", "most-sectors", part("a-sesparse.vmdk", struct.pack("<QQQ", 0xCAFEBABE, 0x200000001, 2 ** 63), 9))
