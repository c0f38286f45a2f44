# SPDX-License-Identifier: Apache-2.0
"""PE images that are signed by certificates made for the purpose, and .crb files that trust or report these.

files() gives name -> bytes; signatures() gives (database, line, name), as in cases.py; each is in a directory of its own, for
what is trusted hides what others find."""
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile

import cases

CONFIG = """[req]
distinguished_name=dn
prompt=no
[dn]
CN=x
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign
[leaf]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=codeSigning
[mail]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=emailProtection
[plain]
basicConstraints=critical,CA:FALSE
"""
TOOLS = ("osslsigncode", "openssl")


def missing():
    """What a machine lacks for these cases; None: nothing."""
    return next((t for t in TOOLS if shutil.which(t) is None), None)


def run(top, *command):
    r = subprocess.run(command, cwd=top, capture_output=True, check=False)
    if r.returncode != 0:
        raise SystemExit("%s: %s" % (" ".join(command), r.stderr.decode()))
    return r.stdout


def certificate(top, name, above, extensions, serial):
    subject = "/C=XX/O=Made/CN=Made %s" % name
    run(top, "openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", subject,
        "-config", "config")
    who = ["-signkey", name + ".key"] if above is None else ["-CA", above + ".pem", "-CAkey", above + ".key"]
    run(top, "openssl", "x509", "-req", "-in", name + ".csr", *who, "-set_serial", str(serial), "-days", "3000", "-extfile", "config",
        "-extensions", extensions, "-out", name + ".pem")


def sign(top, chain, digest, image):
    with open(top + "/in.exe", "wb") as f:
        f.write(image)
    with open(top + "/chain.pem", "wb") as f:
        for c in chain:
            with open("%s/%s.pem" % (top, c), "rb") as one:
                f.write(one.read())
    run(top, "osslsigncode", "sign", "-certs", "chain.pem", "-key", chain[0] + ".key", "-h", digest, "-in", "in.exe", "-out", "out.exe")
    with open(top + "/out.exe", "rb") as f:
        out = f.read()
    os.remove(top + "/out.exe")
    return out


def element(b, at):
    """Tag, contents, and where the next one is, of DER."""
    n, head = b[at + 1], 2
    if n & 0x80:
        head = 2 + (n & 0x7F)
        n = int.from_bytes(b[at + 2:at + head], "big")
    return b[at], b[at + head:at + head + n], at + head + n


def named(top, name):
    """SHA-1 of the subject and of the serial number, and the modulus."""
    der = run(top, "openssl", "x509", "-in", name + ".pem", "-outform", "DER")
    body, parts, at = element(element(der, 0)[1], 0)[1], [], 0
    while at < len(body):
        _, contents, at = element(body, at)
        parts.append(contents)
    modulus = run(top, "openssl", "x509", "-in", name + ".pem", "-noout", "-modulus").decode().strip().split("=")[1]
    return hashlib.sha1(parts[5]).hexdigest(), hashlib.sha1(parts[1]).hexdigest(), modulus.lower()


@functools.lru_cache(maxsize=None)
def made():
    """Files, and what the certificates are called."""
    with tempfile.TemporaryDirectory() as top:
        with open(top + "/config", "w") as f:
            f.write(CONFIG)
        for name, above, extensions, serial in (("root", None, "ca", 1), ("other", None, "ca", 2), ("middle", "root", "ca", 3),
                                                ("leaf", "middle", "leaf", 0x1234567890), ("direct", "root", "leaf", 5),
                                                ("mail", "root", "mail", 6), ("plain", "root", "plain", 0xFF7766),
                                                ("below", "plain", "leaf", 8)):
            certificate(top, name, above, extensions, serial)
        image = cases.pe(salt=b"signed")
        out = {
            "unsigned.exe": image,
            "leaf.exe": sign(top, ["leaf", "middle", "root"], "sha256", image),
            "leaf1.exe": sign(top, ["leaf", "middle"], "sha1", image),
            "leaf.384.exe": sign(top, ["leaf", "middle"], "sha384", cases.pe(2, salt=b"another")),
            "alone.exe": sign(top, ["leaf"], "sha256", image),
            "direct.exe": sign(top, ["direct", "root"], "sha256", image),
            "wide.exe": sign(top, ["direct"], "sha256", cases.pe(3, 1, True, b"wide")),
            "mail.exe": sign(top, ["mail", "root"], "sha256", image),
            "plain.exe": sign(top, ["plain"], "sha256", image),
            "below.exe": sign(top, ["below", "plain", "root"], "sha256", image),
        }
        good = out["direct.exe"]
        changed = bytearray(good)
        changed[0x450] ^= 1
        signature = bytearray(good)
        signature[-100] ^= 1
        out.update({"changed.exe": bytes(changed), "longer.exe": good + b"SECTION1TEXT", "damaged.exe": bytes(signature),
                    "cut.exe": good[:-16]})
        return out, {name: named(top, name) for name in ("root", "other", "middle", "leaf", "direct", "mail", "plain", "below")}


def files():
    return made()[0]


def entry(name, trusted, of, uses="111", serial=True, end=""):
    subject, number, modulus = made()[1][of]
    return ("crb", "%s;%d;%s;%s;%s;010001;%s;0;comment%s" % (name, trusted, subject, number if serial else "", modulus,
                                                          ";".join(uses), end), name if not trusted else None)


# entries of one database each; a body that all images hold is asked for in each of them
DATABASES = [
    [("root", 1)], [("root", 1, "100")], [("root", 1, "001")], [("root", 1, "101")], [("root", 1, "011")], [("root", 1, "110")],
    [("other", 1)], [("middle", 1)], [("middle", 1, "101")], [("leaf", 1, "100")], [("leaf", 1, "010")], [("leaf", 1, "100", False)],
    [("direct", 1, "100")], [("mail", 1, "100")], [("plain", 1)], [("leaf", 0)], [("leaf", 0, "000", False)], [("middle", 0)],
    [("root", 0)], [("other", 0)], [("root", 1), ("leaf", 0)], [("leaf", 0), ("root", 1)], [("root", 1), ("root", 0)],
    [("other", 1), ("middle", 1)], [("leaf", 1, "100"), ("direct", 1, "100")], [("root", 1, "111", True, ";210;216")],
    [("root", 1, "111", True, ";215")], [("leaf", 0, "111", True, ";1;213")], [("plain", 0)], [("below", 1, "100")],
]


def signatures():
    yield "ndb", "Everywhere:1:*:" + b"SECTION1TEXT".hex(), "Everywhere"


def databases():
    """For each directory: its name, and lines as signatures() has them."""
    for i, entries in enumerate(DATABASES):
        lines = []
        for k, (of, trusted, *more) in enumerate(entries):
            lines.append(entry("Certificate-%d-%d" % (i, k), trusted, of, *more))
        lines.append(("ndb", "Everywhere-%d:1:*:%s" % (i, b"SECTION1TEXT".hex()), "Everywhere-%d" % i))
        yield "signed-%d" % i, lines


NO_AUTHORITY = ("clamscan 1.4.6 lets a certificate that is no authority's, but says nothing of what its key is for, sign others")
LEVELS = "clamscan 1.4.6 looks for the bounds of engine levels one field behind where they stand"


def differs(name, _line):
    """Why the answers differ on purpose; None: they do not."""
    if name in ("Everywhere-25", "Everywhere-26"):
        return LEVELS
    return NO_AUTHORITY if name in ["Everywhere-%d" % i for i in (0, 3, 20, 21, 22)] else None
