#!/usr/bin/env python3
"""Usage: make_trusted.py CORPUS   Writes to CORPUS/pe_sign seeds of signatures that hold over the image that fuzz_pe_sign puts
before them (make_pe.h), by certificates for code, and of what ClamAV's .crb entries have to be careful about.

Needs osslsigncode, openssl and a C compiler.  The keys are made for the purpose and thrown away."""
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from make_signatures import COUNTERSIGNATURE, Maker, attribute, child, oid, read, signed_data, signer_info, with_attributes, write  # noqa: E402

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
DUMP = r"""
#include "base/buf.h"
#include "tests/format/make_pe.h"
#include <stdio.h>
int main(void)
{
	struct make_pe m;
	make_pe(&m, true);
	return fwrite(m.p, 1, MAKE_PE_SIZE, stdout) == MAKE_PE_SIZE ? 0 : 1;
}
"""


class Signer(Maker):
    def __init__(self, directory):
        super().__init__(directory)
        self.put("dump.c", DUMP.encode())
        subprocess.run(["cc", "-D_GNU_SOURCE", "-w", "-I" + ROOT, "-I" + ROOT + "/src", "-o", "dump", "dump.c"], cwd=directory, check=True)
        self.put("image", subprocess.run(["./dump"], cwd=directory, check=True, capture_output=True).stdout)

    def certificate(self, name, above, use, authority=False, key="rsa:1024"):
        kind = ["-newkey", key] if key != "ec" else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        self.run("req", *kind, "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
        self.put("ext", ("basicConstraints=critical,CA:%s\nkeyUsage=critical,%s\n%s" % (
            "TRUE" if authority else "FALSE", "keyCertSign" if authority else "digitalSignature",
            "extendedKeyUsage=%s\n" % use if use else "")).encode())
        by = ["-CA", above + ".pem", "-CAkey", above + ".key"] if above else ["-signkey", name + ".key"]
        self.run("x509", "-req", "-in", name + ".csr", *by, "-set_serial", str(0x7F + sum(name.encode())), "-days", "30000", "-extfile", "ext",
                 "-out", name + ".pem")

    def signed(self, *chain):
        """The signature of the image by the first of these."""
        self.put("chain.pem", b"".join(self.get(c + ".pem") for c in chain))
        subprocess.run(["osslsigncode", "sign", "-certs", "chain.pem", "-key", chain[0] + ".key", "-h", "sha256", "-in", "image",
                        "-out", "out"], cwd=self.at, check=True, capture_output=True)
        out = self.get("out")
        os.remove(os.path.join(self.at, "out"))
        at = len(self.get("image"))
        size, = struct.unpack_from("<I", out, at)
        return read(out[at + 8:at + size])[0]

    def countered(self, signature, by, digest):
        """With a countersignature over the digest by that certificate, which it brings along."""
        self.put("in", digest)
        self.run("cms", "-sign", "-binary", "-signer", by + ".pem", "-inkey", by + ".key", "-md", "sha256", "-in", "in", "-outform", "DER",
                 "-out", "counter")
        counter, _ = read(self.get("counter"))
        return read(with_attributes(signature, [attribute(COUNTERSIGNATURE, signer_info(counter))], child(signed_data(counter), 0xa0)[1]))[0]


def main(corpus):
    seeds = {}
    with tempfile.TemporaryDirectory() as d:
        m = Signer(d)
        m.certificate("root", None, "codeSigning,timeStamping", True)
        m.certificate("code", "root", "codeSigning")
        m.certificate("time", "root", "timeStamping")
        m.certificate("mail", "root", "emailProtection")
        m.certificate("none", "root", None)
        m.certificate("curve", "root", "codeSigning", key="ec")
        good = seeds["holds"] = m.signed("code", "root")
        seeds["holds-alone"] = m.signed("code")
        seeds["holds-mail"] = m.signed("mail", "root")
        seeds["holds-no-use"] = m.signed("none", "root")
        seeds["holds-curve"] = m.signed("curve", "root")
        digest = child(signer_info(good), 4)[1]
        seeds["holds-countered"] = m.countered(good, "time", digest)
        seeds["holds-countered-mail"] = m.countered(good, "mail", digest)
        seeds["holds-badly-countered"] = m.countered(good, "time", b"something else")
        key, _ = read(write(good))
        odd = child(signed_data(key), 0xa0)[1][0][1][0][1]
        algorithm = next(c for c in odd if c[0] == 0x30 and len(c[1]) == 2 and c[1][1][0] == 3)
        algorithm[1][0][1][0] = oid("1.2.3.4")  # a key that nobody can read
        seeds["unknown-key"] = key
    seeds["no-signature"] = [0x30, [oid("1.2.840.113549.1.7.1"), [0xa0, [[4, b"text"]]]]]
    for name, data in seeds.items():
        with open(os.path.join(corpus, "pe_sign", name + ".der"), "wb") as f:
            f.write(write(data))
    with open(os.path.join(corpus, "pe_sign", "empty.der"), "wb") as f:
        f.write(b"")


if __name__ == "__main__":
    main(sys.argv[1])
