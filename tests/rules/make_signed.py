#!/usr/bin/env python3
"""Usage: make_signed.py CORPUS   Writes the seeds of fuzz_cvd_sign to CORPUS/cvd_sign, which tests read too.

A seed is a time (le64), a container (le32 size, bytes), certificates that are trusted (the same), and the text of a .sign file.
The keys are made by openssl for the purpose and thrown away.
"""
import base64
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../engine"))
from make_signatures import child, read, signed_data, write  # noqa: E402

NOW = 1800000000  # 15 January 2027
CONTAINER = b"ClamAV-VDB: not much of a container\n"


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True, capture_output=True).stdout


class Maker:
    def __init__(self, folder):
        self.folder = folder
        self.certificate("root", None, "keyCertSign", "CA:true")
        self.certificate("middle", "root", "keyCertSign", "CA:true")
        self.certificate("one", "root", "digitalSignature", "CA:false")
        self.certificate("two", "middle", "digitalSignature", "CA:false")
        self.certificate("other", None, "keyCertSign", "CA:true")
        self.certificate("stranger", "other", "digitalSignature", "CA:false")

    def path(self, name):
        return os.path.join(self.folder, name)

    def pem(self, name):
        with open(self.path(name + ".crt"), "rb") as f:
            return f.read()

    def certificate(self, name, above, usage, basic):
        key, out, ext, csr = (self.path(name + end) for end in (".key", ".crt", ".ext", ".csr"))
        with open(ext, "w") as f:
            f.write(f"keyUsage=critical,{usage}\nbasicConstraints=critical,{basic}\n")
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        openssl("req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", csr)
        by = ["-CA", self.path(above + ".crt"), "-CAkey", self.path(above + ".key")] if above else ["-signkey", key]
        openssl("x509", "-req", "-in", csr, *by, "-set_serial", "7", "-days", "3650", "-extfile", ext, "-out", out)

    def line(self, name, *more, data=CONTAINER, bounds="220:"):
        der = openssl("smime", "-sign", "-binary", "-outform", "DER", "-signer", self.path(name + ".crt"), "-inkey",
                      self.path(name + ".key"), *more, data=data)
        return b"%s:pkcs7-pem:%s\n" % (bounds.encode(), base64.b64encode(der))


def main(corpus):
    folder = os.path.join(corpus, "cvd_sign")
    os.makedirs(folder, exist_ok=True)
    head = b"#clamsign-1.0\n"

    def put(name, sign, certs, now=NOW, container=CONTAINER):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(struct.pack("<qI", now, len(container)) + container + struct.pack("<I", len(certs)) + certs + sign)

    with tempfile.TemporaryDirectory() as work:
        m = Maker(work)
        one, root = m.line("one"), m.pem("root")
        two = m.line("two", "-certfile", m.path("middle.crt"))
        put("one", head + b"# a comment\n\n" + one, root)
        put("two", head + two + b"\n" + one, b"words around it\n" + root)
        put("middle-trusted", head + m.line("two"), root + m.pem("middle"))
        put("middle-missing", head + m.line("two"), root)
        put("stranger", head + m.line("stranger"), root)
        put("stranger-first", head + m.line("stranger") + one, root)
        put("false", head + m.line("one", data=b"another"), root)
        put("false-behind", head + one + m.line("one", data=b"another"), root)
        put("no-certificates", head + one, b"")
        put("early", head + one, root, now=1000000000)
        put("sha1", head + m.line("one", "-md", "sha1"), root)
        put("other-level", head + m.line("one", bounds="232:") + m.line("one", bounds="1:219"), root)
        put("in-itself", head + m.line("one", "-nodetach"), root)
        for name, n in (("no-digest", 0), ("two-digests", 2)):
            der, _ = read(base64.b64decode(one.split(b":")[3]))
            algorithms = child(signed_data(der), 0x31)
            algorithms[1] = algorithms[1] * n
            put(name, head + b"220::pkcs7-pem:" + base64.b64encode(write(der)) + b"\n", root)
        put("kind", head + one.replace(b"pkcs7", b"pkcs8"), root)
        put("version", b"#clamsign-2.0\n" + one, root)
        put("base64", head + one[:200] + b"\n", root)
        put("many", head + b"220::pkcs7-pem:AAAA\n" * 20, root)
        put("same-name", head + one, root + root + m.pem("other"))
        m.certificate("root", None, "keyCertSign", "CA:true")
        put("two-of-a-name", head + one, root + m.pem("root"))
        put("certificate-cut", head + one, root[:300])


main(sys.argv[1])
