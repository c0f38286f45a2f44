# Usage: seeds_attack.py CORPUS RECOVER_FIXTURE   Writes those seeds of fuzz_attack beneath CORPUS that bring more than a key of the
# family's own: notes, a list of clocks, a search, names, disks and a keystream.  Always the same.
import base64, os, struct, subprocess, sys

top, tool = os.path.join(sys.argv[1], "attack"), sys.argv[2]
SPARSE, STREAM = 1, 2
LOCKCRYPT, PETYA, AKIRA, IENCRYPT, HIVE, ALPHA_0, ALPHA = 15, 17, 18, 20, 21, 22, 23


def fixture(*words):
    return subprocess.run([tool, *map(str, words)], check=True, capture_output=True).stdout


def put(name, engine, file, key=b"", flags=0, clocks=(0, 0), sample="a.txt"):
    data = (b"\xff\xff" + bytes([engine, flags]) + struct.pack("<QQ", *clocks) + bytes([len(sample)]) + sample.encode() +
            struct.pack("<I", len(key)) + key + file)
    with open(os.path.join(top, name), "wb") as f:
        f.write(data)


def pieces(disk):
    out = struct.pack("<I", len(disk))
    for at in range(0, len(disk), 512):
        if disk[at:at + 512].strip(b"\0"):
            out += struct.pack("<IH", at, len(disk[at:at + 512])) + disk[at:at + 512]
    return out


# ---- notes of iEncrypt, several after the key
rsa = fixture("key", "iencrypt", 0)
notes = b"".join(fixture("text", n, "iencrypt-note", s) for s, n in ((2, 400), (3, 31), (4, 16)))
put("iencrypt", IENCRYPT, fixture("text", 400, "iencrypt", 2), rsa + notes)
put("iencrypt-short", IENCRYPT, fixture("text", 31, "iencrypt", 3), rsa + notes)
put("iencrypt-blocks", IENCRYPT, fixture("text", 416, "iencrypt", 2), rsa + fixture("text", 416, "iencrypt-note", 2))
put("iencrypt-other", IENCRYPT, fixture("text", 90, "iencrypt", 5), rsa + notes)
put("iencrypt-png", IENCRYPT, fixture("png", 300, "iencrypt", 2), rsa + fixture("png", 300, "iencrypt-note", 2), sample="a.png")
put("iencrypt-spoiled", IENCRYPT, fixture("text", 400, "iencrypt", 2), rsa + notes.replace(b"KEY:", b"KEY:A"))
put("iencrypt-no-note", IENCRYPT, fixture("text", 400, "iencrypt", 2), rsa)

# ---- Akira's clocks, in a list and in a window; without ChaCha's; in parts
for name, seed, kind, size, listed, sample in (("list", 42, "zip", 5000, 40, "a.docx"), ("whole", 41, "zip", 3000, 40, "f41.txt"),
                                               ("lost", 52, "text", 500, 43, "a.log"), ("parts", 40, "zip", 5000, 40, "a.vmdk"),
                                               ("by-name", 41, "zip", 5000, 40, "f50.txt"), ("no-line", 52, "zip", 5000, 40, "a.docx")):
    put("akira-" + name, AKIRA, fixture(kind, size, "akira-2", seed), fixture("key", "akira-2", listed), sample=sample)
put("akira-no-list", AKIRA, bytes(600), b"found_at,file_path\n1,2,3\n")
put("akira-short", AKIRA, bytes(500), fixture("key", "akira-2", 40))
put("akira-window", AKIRA, fixture("png", 300, "akira-2", 502), clocks=(300000048000, 300000054000), sample="a.png")
put("akira-in-vain", AKIRA, fixture("png", 300, "akira-2", 502), clocks=(300000028000, 300000029000), sample="a.png")

# ---- disks of Petya: the sectors that hold something
for seed in (0, 4, 7, 8):
    put("petya-%d" % seed, PETYA, pieces(fixture("ntfs", 0, "petya", seed)), flags=SPARSE, sample="disk.img")
disk = bytearray(fixture("ntfs", 0, "petya", 4))
green = b"a5PhwcoxzctW7vUN5B5oPLTf64cnTe4ZWJyx5tKGHhHJQvSFMfPNAHiZcazmSdz6ZWo4uaYKtmC3rQj6g67wCmrZDu918bA1"
disk[54 * 512 + 0xa9:54 * 512 + 0xa9 + len(green)] = green
put("petya-green", PETYA, pieces(bytes(disk)), flags=SPARSE, sample="disk.img")
put("petya-password", PETYA, pieces(bytes(disk)), b"rU95BhkeU4Eua2q3", flags=SPARSE, sample="disk.img")

# ---- LockCrypt: its whole key; the name is masked by it
whole = fixture("key", "lockcrypt", 3)
put("lockcrypt-key", LOCKCRYPT, pieces(fixture("text", 300, "lockcrypt", 3)), whole, flags=SPARSE)
put("lockcrypt-name", LOCKCRYPT, pieces(fixture("text", 300, "lockcrypt", 3)), whole, flags=SPARSE, sample="AAAA-BBBB==")
put("lockcrypt-no-name", LOCKCRYPT, pieces(fixture("text", 300, "lockcrypt", 3)), whole, flags=SPARSE, sample="AA*A")

# ---- Alphacrypt: its recovery key, brought
for engine in (ALPHA_0, ALPHA):
    for seed in (3, 4):
        for family in ("alphacrypt", "teslacrypt-0"):
            put("%s-%d-%d" % (family, engine, seed), engine, fixture("text", 300, family, seed), fixture("key", family, seed))
taken = bytearray(fixture("key", "alphacrypt", 3))
taken[0x177:0x177 + 32] = bytes(32)
for at in (0x1b1, 0x1db):
    put("alpha-taken-%x" % at, ALPHA, fixture("text", 300, "alphacrypt", 3), bytes(taken[:at]) + bytes(32) + bytes(taken[at + 32:]))
put("alpha-other", ALPHA, fixture("text", 300, "alphacrypt", 3), fixture("key", "alphacrypt", 4))
put("alpha-factors", ALPHA, fixture("text", 300, "alphacrypt", 3), b"2\n3\n5\n7\n11\n")
put("alpha-short", ALPHA, bytes(20), fixture("key", "alphacrypt", 3))

# ---- Hive: a keystream of a number, as fuzz_attack makes it
HALF, ALL, PLACE = 0xa00000, 0xcfff00, 4000


def stream(i, number):
    return (i % HALF + number) * 0x9e3779b97f4a7c15 % (1 << 64) >> 56


def hive(number, original, kind, suffix, numbers, place=PLACE):
    def mask(v, at):
        return bytes(v >> 8 * i & 255 ^ stream(at + i, number) for i in range(4))
    coded = b"keyst1" + bytes([kind]) + bytes(3) + mask(numbers[0], place) + mask(numbers[1], numbers[0] % (HALF - 4))
    body, done, gap = bytearray(original), 0, 0
    for i in range(len(body)):
        body[i] ^= stream(numbers[0] % HALF + done % 0x2fff00, number) ^ stream(numbers[1] % HALF + done % 0x2ffd00, number)
        done += 1
    return bytes(body), suffix + "." + base64.urlsafe_b64encode(coded).decode()


png = fixture("png", 400)
for name, kind in (("hive", 0xff), ("hive-whole", 0xfb)):
    body, coded = hive(1, png, kind, "a.png", (12345678, 23456789))
    put(name, HIVE, body, struct.pack("<I", 1), flags=STREAM, sample=coded)
put("hive-other-name", HIVE, body, struct.pack("<I", 1), flags=STREAM, sample="a.png.AAAA*")
put("hive-short-name", HIVE, body, struct.pack("<I", 1), flags=STREAM, sample="a.png.AAAA")
put("hive-no-stream", HIVE, body, b"a key", sample=coded)
put("hive-text", HIVE, body, struct.pack("<I", 1), flags=STREAM, sample=coded.replace("a.png", "a.xyz"))
large = b"\x89PNG\r\n\x1a\n" + bytes(100)
part, coded = hive(1, large, 0xff, "a.png", (12345678, 23456789))
put("hive-cut", HIVE, part, struct.pack("<I", 1), flags=STREAM, sample=coded)
