#!/usr/bin/env python3
"""Usage: make_encrypted.py CORPUS   Writes the seeds of what is encrypted: CORPUS/office, CORPUS/encrypted, and some
of CORPUS/zip.

Laid by hand, with few rounds of the passwords' digests so that tests are quick: [MS-OFFCRYPTO] for Office, 7zFormat.txt
for 7z, the description of RAR 5.0 and what readers of RAR 3 know for RAR.  AES is openssl's.  Programs of others are
asked whether they open them by oracle_encrypted.py.
"""
import base64
import hashlib
import hmac
import lzma
import os
import struct
import subprocess
import sys
import zlib

sys.path.insert(0, os.path.dirname(__file__))
from make_archives import archive, central, deflate, ending, local  # noqa: E402
from make_documents import END, FREE, PAYLOAD, biff, directory_entry, ole2, workbook  # noqa: E402

PASSWORD = "infected"
VELVET = "VelvetSweatshop"


def aes(mode, key, iv, data):
    """Encrypts whole blocks."""
    command = ["openssl", "enc", f"-aes-{len(key) * 8}-{mode}", "-nopad", "-K", key.hex()]
    return subprocess.run(command + (["-iv", iv.hex()] if mode == "cbc" else []), input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def padded(data, fill=b"\0"):
    return data + fill * (-len(data) % 16)


def rc4(key, data):
    s, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + s[i] + key[i % len(key)]) & 255
        s[i], s[j] = s[j], s[i]
    i = j = 0
    for c in data:
        i = (i + 1) & 255
        j = (j + s[i]) & 255
        s[i], s[j] = s[j], s[i]
        out.append(c ^ s[(s[i] + s[j]) & 255])
    return bytes(out)


def salt_of(name, n=16):
    return hashlib.sha512(name.encode()).digest()[:n]


# ---- Office

def package():
    return archive([(b"word/document.xml", 8, deflate(b"<w/>"), b"<w/>", {}), (b"a.exe", 8, deflate(PAYLOAD), PAYLOAD, {})])


def agile(password, spin=500, digest="SHA512", bits=256, chaining="ChainingModeCBC"):
    h = {"SHA512": hashlib.sha512, "SHA384": hashlib.sha384, "SHA256": hashlib.sha256, "SHA1": hashlib.sha1,
         "MD5": hashlib.md5}[digest]
    salt, data_salt, key = salt_of("agile"), salt_of("data"), salt_of("key", bits // 8)
    spun = h(salt + password.encode("utf-16-le")).digest()
    for i in range(spin):
        spun = h(struct.pack("<I", i) + spun).digest()

    def value(block, plain):
        k = h(spun + bytes.fromhex(block)).digest().ljust(bits // 8, b"\x36")[:bits // 8]
        return base64.b64encode(aes("cbc", k, salt, padded(plain))).decode()
    verifier = salt_of("verifier")
    common = f'saltSize="16" blockSize="16" keyBits="{bits}" hashSize="{h().digest_size}" cipherAlgorithm="AES" ' \
        f'cipherChaining="{chaining}" hashAlgorithm="{digest}"'
    xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><encryption ' \
        'xmlns="http://schemas.microsoft.com/office/2006/encryption" ' \
        'xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password">' \
        f'<keyData {common} saltValue="{base64.b64encode(data_salt).decode()}"/>' \
        '<dataIntegrity encryptedHmacKey="AA==" encryptedHmacValue="AA=="/>' \
        '<keyEncryptors><keyEncryptor uri="http://schemas.microsoft.com/office/2006/keyEncryptor/password">' \
        f'<p:encryptedKey spinCount="{spin}" {common} saltValue="{base64.b64encode(salt).decode()}" ' \
        f'encryptedVerifierHashInput="{value("fea7d2763b4b9e79", verifier)}" ' \
        f'encryptedVerifierHashValue="{value("d7aa0f6d3061344e", h(verifier).digest())}" ' \
        f'encryptedKeyValue="{value("146e0be7abacd0d6", key)}"/></keyEncryptor></keyEncryptors></encryption>'
    plain = package()
    out = struct.pack("<Q", len(plain))
    for i in range(0, len(plain), 4096):
        iv = h(data_salt + struct.pack("<I", i // 4096)).digest()[:16]
        out += aes("cbc", key, iv, padded(plain[i:i + 4096]))
    return ole2({"EncryptionInfo": struct.pack("<HHI", 4, 4, 0x40) + xml.encode(), "EncryptedPackage": out})


def header(cipher, bits, salt, verifier, verifier_hash, size):
    csp = "Microsoft Enhanced Cryptographic Provider v1.0\0".encode("utf-16-le")
    inner = struct.pack("<IIIIIIII", 0x24, 0, cipher, 0x8004, bits, 1 if cipher == 0x6801 else 0x18, 0, 0) + csp
    return struct.pack("<II", 0x24, len(inner)) + inner + struct.pack("<I", 16) + salt + verifier + \
        struct.pack("<I", 20) + verifier_hash.ljust(size, b"\0")


def standard(password, bits=128):
    salt, verifier = salt_of("standard"), salt_of("v")
    spun = hashlib.sha1(salt + password.encode("utf-16-le")).digest()
    for i in range(50000):
        spun = hashlib.sha1(struct.pack("<I", i) + spun).digest()
    spun = hashlib.sha1(spun + bytes(4)).digest()
    key = b"".join(hashlib.sha1(bytes(a ^ b for a, b in zip(spun.ljust(64, b"\0"), bytes([x]) * 64))).digest()
                   for x in (0x36, 0x5c))[:bits // 8]
    info = struct.pack("<HH", 3, 2) + header({128: 0x660e, 192: 0x660f, 256: 0x6610}[bits], bits, salt,
                                             aes("ecb", key, b"", verifier),
                                             aes("ecb", key, b"", padded(hashlib.sha1(verifier).digest())), 32)
    plain = package()
    return ole2({"EncryptionInfo": info,
                 "EncryptedPackage": struct.pack("<Q", len(plain)) + aes("ecb", key, b"", padded(plain))})


class CryptoApi:
    """RC4 with SHA-1 ([MS-OFFCRYPTO] 2.3.5)."""

    def __init__(self, password, bits=128):
        self.salt, self.bits = salt_of("api"), bits
        self.h = hashlib.sha1(self.salt + password.encode("utf-16-le")).digest()
        both = self.block(0, salt_of("v") + hashlib.sha1(salt_of("v")).digest())
        self.info = struct.pack("<HH", 4, 2) + header(0x6801, bits, self.salt, both[:16], both[16:], 20)

    def block(self, number, data):
        key = hashlib.sha1(self.h + struct.pack("<I", number)).digest()[:self.bits // 8]
        return rc4(key.ljust(16, b"\0") if self.bits == 40 else key, data)

    def stream(self, data, size):
        return b"".join(self.block(i // size, data[i:i + size]) for i in range(0, len(data), size))


class Old(CryptoApi):
    """RC4 with MD5 and 40 bits (2.3.6)."""

    def __init__(self, password):
        self.salt = salt_of("old")
        h = hashlib.md5(password.encode("utf-16-le")).digest()[:5]
        self.h = hashlib.md5((h + self.salt) * 16).digest()[:5]
        both = self.block(0, salt_of("v") + hashlib.md5(salt_of("v")).digest())
        self.info = struct.pack("<HH", 1, 1) + self.salt + both

    def block(self, number, data):
        return rc4(hashlib.md5(self.h + struct.pack("<I", number)).digest(), data)


def word(cipher):
    fib = bytearray(68)
    struct.pack_into("<HH", fib, 0, 0xa5ec, 0xc1)
    struct.pack_into("<HHI", fib, 10, 0x0100 | 0x0200, 0xbf, len(cipher.info))
    text = bytes(fib) + b"the text of a document " * 40 + PAYLOAD
    table = cipher.info + b"what the text looks like " * 9
    encrypted = cipher.stream(table, 512)
    main = cipher.stream(text, 512)
    return ole2({"WordDocument": bytes(fib) + main[68:], "1Table": cipher.info + encrypted[len(cipher.info):],
                 "Data": cipher.stream(PAYLOAD, 512)})


def records(stream):
    at = 0
    while at < len(stream):
        kind, n = struct.unpack_from("<HH", stream, at)
        yield kind, at + 4, stream[at + 4:at + 4 + n]
        at += 4 + n


CLEAR = (0x809, 0x2f, 0x194, 0x195, 0xe1, 0x196, 0x138)


def excel(file_pass, data_of):
    plain = workbook()
    first = 4 + struct.unpack_from("<H", plain, 2)[0]
    sheet = biff(0x85, struct.pack("<IBB", 999, 1, 0) + b"\2\0M1")
    plain = plain[:first] + biff(0x2f, file_pass) + sheet + plain[first:]
    data, out = data_of(plain), bytearray(plain)
    for kind, at, content in records(plain):
        clear = len(content) if kind in CLEAR else 4 if kind == 0x85 else 0
        out[at + clear:at + len(content)] = data[at + clear:at + len(content)]
    return ole2({"Workbook": bytes(out)})


def excel_rc4(cipher):
    return excel(b"\1\0" + cipher.info, lambda plain: cipher.stream(plain, 1024))


def xor_array(password, key):
    pad = bytes.fromhex("bbffffbaffffb98000be0f00bf0f00")
    both = password + pad
    return bytes(((c := both[i] ^ (key >> 8 if i % 2 else key & 255)) >> 1 | c << 7) & 255 for i in range(16))


def excel_xor(password, key, verifier):
    """Key and verifier of the password by [MS-OFFCRYPTO] 2.3.7."""
    array = xor_array(password.encode(), key)

    def data_of(plain):
        out = bytearray(plain)
        for _, at, content in records(plain):
            for i, c in enumerate(content):
                c = (c << 5 | c >> 3) & 255
                out[at + i] = c ^ array[(at + len(content) + i) % 16]
        return bytes(out)
    return excel(struct.pack("<HHH", 0, key, verifier), data_of)


def slides(cipher, more=(), filler=b""):
    """more: places of further objects; filler: bytes that are none."""
    def rec(first, kind, data):
        return struct.pack("<HHI", first, kind, len(data)) + data
    inner = zlib.compress(ole2({"WordDocument": bytes(64)}))
    ole = rec(0x10, 0x1011, struct.pack("<I", 3072) + inner)
    document = rec(0xf, 1000, rec(0, 1001, b"slides"))
    session = rec(0xf, 0x2f14, cipher.info)
    places = [0, len(document), len(document) + len(ole)]
    body = cipher.block(1, document) + cipher.block(2, ole) + session + filler
    further = b"".join(struct.pack("<I", 4 | len(more[i:i + 4000]) << 20) + struct.pack("<%dI" % len(more[i:i + 4000]), *more[i:i + 4000])
                       for i in range(0, len(more), 4000))
    directory = rec(0, 0x1772, struct.pack("<I", 1 | 3 << 20) + struct.pack("<III", *places) + further)
    edit = rec(0, 0xff5, struct.pack("<IHBBIIIIHHI", 0, 0, 0, 3, 0, len(body), 1, 4, 1, 0, 3))
    user = rec(0, 0xff6, struct.pack("<III", 20, 0xf3d1c4df, len(body) + len(directory)) + bytes(12))
    return ole2({"Current User": user, "PowerPoint Document": body + directory + edit, "Pictures": b"p" * 9})


def capitals(file):
    for name in ("EncryptionInfo", "EncryptedPackage"):
        file = file.replace(name.encode("utf-16-le"), name.upper().encode("utf-16-le"))
    return file


def with_decoys(file):
    """Before the entries of both streams, two of the same names that hold nothing and that no tree reaches."""
    names = ("EncryptionInfo", "EncryptedPackage")
    directory = 512 * (1 + struct.unpack_from("<I", file, 48)[0])
    root, real = file[directory:directory + 128], file[directory + 128:directory + 384]
    lost = b"".join(directory_entry(name, 2, FREE, FREE, FREE, END, 0) for name in names)
    more = root[:76] + struct.pack("<I", 3) + root[80:] + lost + real[:72] + struct.pack("<I", 4) + real[76:]
    # the second sector of the directory is laid at the end, behind the table that tells of all
    table = bytearray(file[-512:])
    n = (len(file) - 512) // 512
    struct.pack_into("<I", table, (directory // 512 - 1) * 4, n)
    struct.pack_into("<I", table, n * 4, END)
    return file[:directory] + more[:512] + file[directory + 512:-512] + bytes(table) + more[512:].ljust(512, b"\0")


def office():
    good = agile(PASSWORD)
    return {
        "agile": good, "agile-capitals": capitals(good), "agile-decoys": with_decoys(good), "agile-sha1": agile(VELVET, digest="SHA1", bits=128),
        "agile-sha256": agile(VELVET, digest="SHA256", bits=192), "agile-sha384": agile(VELVET, digest="SHA384"),
        "agile-md5": agile(VELVET, digest="MD5"), "agile-other": agile("another", spin=5),
        "agile-cfb": agile(VELVET, chaining="ChainingModeCFB"), "agile-rounds": agile(VELVET, spin=0).replace(
            b'spinCount="0" saltSize="16" ', b'spinCount="99000000" a="12" '),
        "agile-name": agile(VELVET, chaining="ChainingModeOfFortyCharactersOfWhichFew"),
        "agile-no-key": good.replace(b"p:encryptedKey", b"p:encryptedBus"),
        "agile-cut": ole2({"EncryptionInfo": struct.pack("<HHI", 4, 4, 0x40), "EncryptedPackage": b"x" * 70}),
        "standard": standard(VELVET), "standard-256": standard(PASSWORD, 256),
        "word-api": word(CryptoApi(PASSWORD)), "word-old": word(Old(PASSWORD)), "word-other": word(Old("another")),
        "excel-api": excel_rc4(CryptoApi(VELVET)), "excel-40": excel_rc4(CryptoApi(PASSWORD, 40)),
        "excel-old": excel_rc4(Old(VELVET)), "excel-xor": excel_xor(VELVET, 0xb359, 0x9a0a),
        "excel-xor-other": excel_xor("another", 1, 1), "slides": slides(CryptoApi(PASSWORD)),
        "slides-other": slides(CryptoApi("another")),
        "unknown": ole2({"EncryptionInfo": struct.pack("<HHI", 9, 9, 0), "EncryptedPackage": b"x" * 70}),
        "unknown-cipher": ole2({"EncryptionInfo": struct.pack("<HH", 3, 2) + header(0x6602, 64, b"", b"", b"", 96),
                                "EncryptedPackage": b"x" * 70}),
        "bad-bits": ole2({"EncryptionInfo": struct.pack("<HH", 3, 2) + header(0x660e, 77, b"", b"", b"", 96),
                          "EncryptedPackage": b"x" * 70}),
        "no-edit": slides(CryptoApi(PASSWORD)).replace(struct.pack("<HH", 0, 0xff5), bytes(4)),
    }


# ---- 7z

def number(v):
    return b"\xff" + struct.pack("<Q", v) if v > 127 else bytes([v])


def key_7z(password, salt, power):
    p = password.encode("utf-16-le")
    if power == 63:
        return (salt + p).ljust(32, b"\0")[:32]
    return hashlib.sha256(b"".join(salt + p + struct.pack("<Q", i) for i in range(1 << power))).digest()


LZMA1 = [{"id": lzma.FILTER_LZMA1, "dict_size": 65536, "lc": 3, "lp": 0, "pb": 2}]
LZMA1_PROPERTIES = b"\x5d" + struct.pack("<I", 65536)


class Folder:
    """One stream: encrypted, and what is within it packed by LZMA or stored."""

    def __init__(self, data, packed, password, salt=b"", power=3, iv=b"\1\2\3\4\5\6\7\x08"):
        inner = lzma.compress(data, lzma.FORMAT_RAW, filters=LZMA1) if packed else data
        self.stream, self.crc, self.sizes = inner, zlib.crc32(data), [len(data)]
        coder = b"\x23\3\1\1" + number(5) + LZMA1_PROPERTIES if packed else b"\1\0"
        if password is None:
            self.coders = number(1) + coder
            return
        self.stream = aes("cbc", key_7z(password, salt, power), iv.ljust(16, b"\0"), padded(inner))
        first = power | (0x80 if salt else 0) | (0x40 if iv else 0)
        properties = bytes([first, (max(len(salt) - 1, 0) << 4) | max(len(iv) - 1, 0)]) + salt + iv
        crypt = b"\x24\x06\xf1\x07\x01" + number(len(properties)) + properties
        if packed:  # LZMA takes what AES gives
            self.coders = number(2) + coder + crypt + number(0) + number(1)
            self.sizes = [len(data), len(inner)]
        else:
            self.coders, self.sizes = number(1) + crypt, [len(inner)]


def streams(folders, at, sub):
    out = b"\x06" + number(at) + number(len(folders)) + b"\x09" + b"".join(number(len(f.stream)) for f in folders) + b"\0"
    out += b"\x07\x0b" + number(len(folders)) + b"\0" + b"".join(f.coders for f in folders)
    out += b"\x0c" + b"".join(number(n) for f in folders for n in f.sizes)
    digests = b"\x0a\1" + b"".join(struct.pack("<I", f.crc) for f in folders) + b"\0"
    return out + (b"\0\x08" if sub else b"") + digests


def seven(folders, names, header_password=None, packed_header=False, spoil=None, properties=b"", sub=True, modes=()):
    wide = b"\0" + b"".join(n.encode("utf-16-le") + b"\0\0" for n in names)
    head = b"\1" + properties + b"\4" + streams(folders, 0, sub) + b"\0\5" + number(len(names)) + b"\x11" + number(len(wide)) + \
        wide
    if modes:  # of Unix
        head += b"\x15" + number(2 + 4 * len(modes)) + b"\1\0" + b"".join(struct.pack("<I", mode << 16 | 0x8000) for mode in modes)
    head += b"\0\0"
    body = b"".join(f.stream for f in folders)
    if header_password or packed_header:
        f = Folder(head, True, header_password, b"salt")
        if spoil:
            f.crc ^= spoil
        head = b"\x17" + streams([f], len(body), False) + b"\0"
        body += f.stream
    start = struct.pack("<QQI", len(body), len(head), zlib.crc32(head))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + body + head


def sevens():
    p = PASSWORD
    good = Folder(PAYLOAD, True, p)
    two = [Folder(PAYLOAD, True, p, b"salt"), Folder(PAYLOAD * 2, False, p, b"salt")]
    complex_ = Folder(PAYLOAD, True, p)
    complex_.coders = complex_.coders.replace(b"\x23\3\1\1", b"\x33\3\1\1\1\1")
    outless = Folder(PAYLOAD, False, p)  # a coder of 15 inputs and 16 outputs, and AES with none
    outless.coders = number(2) + b"\x11\0\x0f\x10" + outless.coders[1:].replace(b"\x24\x06\xf1\x07\x01", b"\x34\x06\xf1\x07\x01\1\0") + \
        b"".join(number(i) + number(i) for i in range(15))
    outless.sizes = [16] * 16
    other = [Folder(PAYLOAD, False, p), Folder(PAYLOAD * 2, False, "another")]
    broken = Folder(PAYLOAD, False, None)
    broken.crc ^= 1
    many = Folder(PAYLOAD, True, p)
    many.coders = many.coders.replace(b"\x43\x07", b"\x7e\x07")
    return {
        "7z": seven([good], ["a.exe"]), "7z-stored": seven([Folder(PAYLOAD, False, p)], ["a.exe"]),
        "7z-two": seven(two + [Folder(PAYLOAD, True, None)], ["a.exe", "b.exe", "c.exe"], packed_header=True),
        "7z-directory": seven([good], ["a.exe"], p), "7z-other": seven([Folder(PAYLOAD, True, "another")], ["a.exe"]),
        "7z-directory-other": seven([good], ["a.exe"], "another"), "7z-spoilt": seven([good], ["a.exe"], p, spoil=1),
        "7z-no-out": seven([outless], ["a.exe"]),
        "7z-no-rounds": seven([Folder(PAYLOAD, True, p, b"s", 63)], ["a.exe"]), "7z-complex": seven([complex_], ["a.exe"]),
        "7z-many-rounds": seven([many], ["a.exe"]),
        "7z-properties": seven([good], ["a.exe"], properties=b"\2\x19\1x\0"), "7z-cut": seven([good], ["a.exe"])[:-30],
        "7z-no-substreams": seven([good], ["a.exe"], sub=False),
        "7z-second-other": seven(other, ["a.exe", "b.exe"]), "7z-sum": seven([broken], ["a.exe"]),
        "7z-second": seven([Folder(b"text", False, None), good], ["a.txt", "b.exe"]),
        "7z-pipe": seven([Folder(PAYLOAD, True, None), Folder(bytes(4 << 20), True, None), Folder(PAYLOAD, True, None)],
                         ["a.exe", "pipe", "b.exe"], modes=[0o100644, 0o010644, 0o100644]),
        "7z-wide": seven([good], ["\u00fc\u4e00.exe"]),
        "7z-other-within": seven([Folder(PAYLOAD, True, "another")], ["a.exe"], p),
    }


# ---- RAR 5

def vint(v):
    out = b""
    while v > 127:
        out += bytes([v & 127 | 128])
        v >>= 7
    return out + bytes([v])


def block(kind, flags, fields, extra=b"", data=None):
    inner = vint(kind) + vint(flags | (1 if extra else 0) | (2 if data is not None else 0))
    inner += (vint(len(extra)) if extra else b"") + (vint(len(data)) if data is not None else b"") + fields + extra
    sized = vint(len(inner)) + inner
    return struct.pack("<I", zlib.crc32(sized)) + sized


class Rar5:
    def __init__(self, password, salt, count=4):
        p = password.encode()
        self.salt, self.count = salt, count
        self.key = hashlib.pbkdf2_hmac("sha256", p, salt, 1 << count)
        self.hash_key = hashlib.pbkdf2_hmac("sha256", p, salt, (1 << count) + 16)
        v = hashlib.pbkdf2_hmac("sha256", p, salt, (1 << count) + 32)
        self.check = bytes(v[i] ^ v[i + 8] ^ v[i + 16] ^ v[i + 24] for i in range(8))
        self.check += hashlib.sha256(self.check).digest()[:4]

    def crc(self, crc):
        """The checksum made with the key."""
        d = hmac.new(self.hash_key, struct.pack("<I", crc), hashlib.sha256).digest()
        v = 0
        for i, c in enumerate(d):
            v ^= c << 8 * (i % 4)
        return v

    def file(self, name, data, check=True, marked=True, more=b""):
        iv = salt_of(name)
        record = vint(1) + vint(0) + vint((1 if check else 0) | (2 if marked else 0)) + bytes([self.count]) + self.salt + iv
        record += self.check if check else b""
        extra = vint(len(record)) + record + more
        crc = zlib.crc32(data)
        fields = vint(2 | 4) + vint(len(data)) + vint(0x20) + struct.pack("<II", 1000000000, self.crc(crc) if marked else crc)
        fields += vint(0) + vint(1) + vint(len(name)) + name.encode()
        packed = aes("cbc", self.key, iv, padded(data))
        return block(2, 0, fields, extra, packed), packed


RAR5 = b"Rar!\x1a\7\1\0"
MAIN5, END5 = block(1, 0, vint(0)), block(5, 0, vint(0))


def rar5(files):
    return RAR5 + MAIN5 + b"".join(h + d for h, d in files) + END5


def rar5_closed(password, check=True):
    r = Rar5(password, salt_of("headers"))
    out = RAR5 + block(4, 0, vint(0) + vint(1 if check else 0) + bytes([r.count]) + r.salt + (r.check if check else b""))
    for i, (h, d) in enumerate([(MAIN5, b""), r.file("a.exe", PAYLOAD), (END5, b"")]):
        iv = salt_of(str(i))
        out += iv + aes("cbc", r.key, iv, padded(h)) + d
    return out


def rar5_plain(name, data):
    fields = vint(4) + vint(len(data)) + vint(0x20) + struct.pack("<I", zlib.crc32(data)) + vint(0) + vint(1)
    return block(2, 0, fields + vint(len(name)) + name.encode(), b"", data), data


# ---- RAR 3

def key_rar3(password, salt):
    raw, h, iv = password.encode("utf-16-le") + salt, hashlib.sha1(), b""
    for i in range(1 << 18):
        h.update(raw + struct.pack("<I", i)[:3])
        if i % (1 << 14) == 0:
            iv += h.copy().digest()[19:]
    return struct.pack("<IIII", *struct.unpack(">IIII", h.digest()[:16])), iv


def head3(kind, flags, fields):
    inner = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(inner) & 0xffff) + inner


def file3(name, data, keys, salt, version=29, large=False):
    crypt = keys is not None
    packed = aes("cbc", *keys, padded(data)) if crypt else data
    fields = struct.pack("<IIBIIBBHI", len(packed), len(data), 3, zlib.crc32(data), 0x2b2b2b2b, version, 0x30, len(name), 0x20)
    fields += (bytes(8) if large else b"") + name.encode() + salt
    return head3(0x74, 0x8000 | (4 if crypt else 0) | (0x400 if salt else 0) | (0x100 if large else 0), fields), packed


RAR3, END3 = b"Rar!\x1a\7\0", head3(0x7b, 0x4000, b"")


def rar3(files):
    return RAR3 + head3(0x73, 0, bytes(6)) + b"".join(h + d for h, d in files) + END3


def rar3_closed(password):
    salt = salt_of("rar3", 8)
    keys = key_rar3(password, salt)
    h, d = file3("a.exe", PAYLOAD, keys, salt)
    return RAR3 + head3(0x73, 0x80, bytes(6)) + salt + aes("cbc", *keys, padded(h)) + d + salt + \
        aes("cbc", *keys, padded(END3))


def rars():
    p, r = PASSWORD, Rar5(PASSWORD, salt_of("rar5"))
    hash_ = vint(2 + 32) + vint(2) + vint(0) + bytes(32)
    other, rounds = Rar5("another", salt_of("rar5")), Rar5(PASSWORD, salt_of("rar5"))
    rounds.count = 40
    salt = salt_of("rar3", 8)
    keys = key_rar3(p, salt)
    return {
        "rar5": rar5([r.file("a.exe", PAYLOAD), r.file("b.exe", PAYLOAD, more=hash_)]),
        "rar5-no-check": rar5([r.file("a.exe", PAYLOAD, check=False, marked=False)]),
        "rar5-mixed": rar5([rar5_plain("a.txt", b"clear"), r.file("b.exe", PAYLOAD)]),
        "rar5-other": rar5([other.file("a.exe", PAYLOAD)]), "rar5-directory": rar5_closed(p),
        "rar5-directory-no-check": rar5_closed(p, False), "rar5-directory-other": rar5_closed("another"),
        "rar5-cut": rar5([r.file("a.exe", PAYLOAD)])[:-20],
        "rar5-rounds": rar5([rounds.file("a.exe", PAYLOAD)]),
        "rar3": rar3([file3("a.exe", PAYLOAD, keys, salt)]), "rar3-directory": rar3_closed(p),
        "rar3-directory-other": rar3_closed("another"),
        "rar3-mixed": rar3([file3("a.txt", b"clear", None, b""), file3("b.exe", PAYLOAD, keys, salt, large=True)]),
        "rar3-other": rar3([file3("a.exe", PAYLOAD, key_rar3("another", salt), salt)]),
        "rar3-old-cipher": rar3([file3("a.exe", PAYLOAD, keys, b"", 20)]),
        "rar3-cut": rar3([file3("a.exe", PAYLOAD, keys, salt)])[:-20],
    }


# ---- zip: WinZip's AES

def zip_aes(strength, password=PASSWORD, method=8, spoil=b""):
    size = 8 + 8 * strength
    salt = salt_of("zip", size // 2)
    keys = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, 1000, 2 * size + 2)
    packed = deflate(PAYLOAD) if method == 8 else PAYLOAD
    body = b""
    for i in range(0, len(packed), 16):
        stream = aes("ecb", keys[:size], b"", struct.pack("<QQ", i // 16 + 1, 0))
        body += bytes(a ^ b for a, b in zip(packed[i:i + 16], stream))
    tag = hmac.new(keys[size:2 * size], body, hashlib.sha1).digest()[:10]
    data = salt + keys[2 * size:] + body + (spoil or tag)
    extra = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", strength, method)
    more = {"flags": 1, "crc": 0, "sizes": (len(data), len(PAYLOAD)), "extra": extra}
    first = local(b"a.exe", 99, data, PAYLOAD, **more)
    last = central(b"a.exe", 99, data, PAYLOAD, 0, **more)
    return first + last + ending(1, len(last), len(first))


def zips():
    bad = bytearray(zip_aes(1))
    return {"aes-128": zip_aes(1), "aes-192": zip_aes(2, method=0), "aes-256": zip_aes(3), "aes-other": zip_aes(3, "another"),
            "aes-spoilt": zip_aes(1, spoil=bytes(10)), "aes-strength": bytes(bad).replace(b"AE\1", b"AE\x09")}


def main(corpus):
    for room, files in (("office", office()), ("encrypted", {**sevens(), **rars()}), ("zip", zips())):
        os.makedirs(os.path.join(corpus, room), exist_ok=True)
        for name, data in files.items():
            with open(os.path.join(corpus, room, name), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main(sys.argv[1])
