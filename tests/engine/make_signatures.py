#!/usr/bin/env python3
"""Usage: make_signatures.py CORPUS   Writes seeds of countersigned signatures to CORPUS/pe_sign.

The signatures that lie there already get countersignatures, by keys that openssl makes for the purpose and throws away:
in PKCS #9's way, good and bad, and as time stamps, in PKCS #7 and in CMS.
"""
import os
import subprocess
import sys
import tempfile

COUNTERSIGNATURE, STAMP = "1.2.840.113549.1.9.6", "1.3.6.1.4.1.311.3.3.1"
TST_INFO = "1.2.840.113549.1.9.16.1.4"


# ---- DER: (tag, bytes) or, where it is constructed, (tag, list)

def read(data, at=0):
    tag, n, at = data[at], data[at + 1], at + 2
    if n & 0x80:
        k = n & 0x7f
        n, at = int.from_bytes(data[at:at + k], "big"), at + k
    body, end = data[at:at + n], at + n
    if not tag & 0x20:
        return [tag, body], end
    children, i = [], 0
    while i < len(body):
        child, i = read(body, i)
        children.append(child)
    return [tag, children], end


def write(node):
    tag, body = node
    if isinstance(body, list):
        body = b"".join(write(c) for c in body)
    n = len(body)
    size = bytes([n]) if n < 128 else (lambda b: bytes([0x80 | len(b)]) + b)(n.to_bytes((n.bit_length() + 7) // 8, "big"))
    return bytes([tag]) + size + body


def oid(text):
    first, second, *rest = (int(v) for v in text.split("."))
    out = bytes([40 * first + second])
    for v in rest:
        part = bytes([v & 127])
        while v > 127:
            v >>= 7
            part = bytes([v & 127 | 128]) + part
        out += part
    return [6, out]


def child(node, tag, last=False):
    found = [c for c in node[1] if c[0] == tag]
    return found[-1 if last else 0]


def signed_data(der):
    return child(child(der, 0xa0), 0x30)


def signer_info(der):
    return child(child(signed_data(der), 0x31, last=True), 0x30)


def attribute(kind, *values):
    return [0x30, [oid(kind), [0x31, list(values)]]]


def with_attributes(der, attributes, certificates=()):
    copy, _ = read(write(der))
    child(signed_data(copy), 0xa0)[1].extend(certificates)
    info = signer_info(copy)
    info[1] = [c for c in info[1] if c[0] != 0xa1] + [[0xa1, list(attributes)]]
    return write(copy)


# ---- openssl

class Maker:
    def __init__(self, directory):
        self.at = directory
        self.run("req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", "key", "-out", "cert", "-days", "30000", "-subj",
                 "/CN=stamps", "-addext", "extendedKeyUsage=critical,timeStamping", "-addext", "keyUsage=digitalSignature")

    def run(self, *command):
        subprocess.run(["openssl", *command], cwd=self.at, check=True, capture_output=True)

    def put(self, name, data):
        with open(os.path.join(self.at, name), "wb") as f:
            f.write(data)

    def get(self, name):
        with open(os.path.join(self.at, name), "rb") as f:
            return f.read()

    def sign(self, data, *options):
        self.put("in", data)
        self.run("cms", "-sign", "-binary", "-signer", "cert", "-inkey", "key", "-in", "in", "-outform", "DER", "-out", "out", *options)
        return read(self.get("out"))[0]

    def info(self, data):
        """What a time stamp is about, with the digest of `data` in it."""
        self.put("data", data)
        self.put("serial", b"01\n")
        self.put("conf", b"[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=cert\nsigner_key=key\nsigner_digest=sha256\n"
                 b"default_policy=1.2.3.4\ndigests=sha256\ncerts=cert\nordering=yes\n")
        self.run("ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query")
        self.run("ts", "-reply", "-config", "conf", "-section", "t", "-queryfile", "query", "-token_out", "-out", "token")
        token = read(self.get("token"))[0]
        content = child(child(signed_data(token), 0x30), 0xa0)[1][0]
        return token, content[1] if isinstance(content[1], bytes) else write(content[1][0])


def main():
    corpus = os.path.join(sys.argv[1], "pe_sign")
    with open(os.path.join(corpus, "sha1.der"), "rb") as f:
        base = read(f.read())[0]
    digest = child(signer_info(base), 4)[1]
    seeds = {}
    with tempfile.TemporaryDirectory() as d:
        m = Maker(d)
        counter = m.sign(digest, "-md", "sha256")
        cert = child(signed_data(counter), 0xa0)[1][0]
        good = signer_info(counter)
        seeds["counter"] = with_attributes(base, [attribute(COUNTERSIGNATURE, good)], [cert])
        seeds["counter-stranger"] = with_attributes(base, [attribute(COUNTERSIGNATURE, good)])
        wrong = signer_info(m.sign(b"of something else", "-md", "sha1"))
        bare = signer_info(m.sign(digest, "-md", "sha256", "-noattr"))
        seeds["counter-wrong"] = with_attributes(base, [attribute(COUNTERSIGNATURE, wrong, bare, [0x30, []])], [cert])
        seeds["counter-none"] = with_attributes(base, [attribute(COUNTERSIGNATURE, [4, b"text"])], [cert])
        token, info = m.info(digest)
        seeds["stamp"] = with_attributes(base, [attribute(STAMP, token)])
        by_key = m.sign(info, "-md", "sha256", "-keyid", "-nodetach", "-econtent_type", TST_INFO)
        seeds["stamp-cms"] = with_attributes(base, [attribute(STAMP, by_key)])
        other = m.sign(info, "-md", "sha256", "-keyid", "-nodetach")
        seeds["stamp-cms-data"] = with_attributes(base, [attribute(STAMP, other, [0x30, [oid("1.2.840.113549.1.7.1")]])])
        changed = write(by_key).replace(digest_of(info), bytes(len(digest_of(info))))
        seeds["stamp-cms-changed"] = with_attributes(base, [attribute(STAMP, read(changed)[0])])
        seeds["stamp-none"] = with_attributes(base, [attribute(STAMP, [0x30, [[4, b"neither"]]])])
    for name, data in seeds.items():
        with open(os.path.join(corpus, name + ".der"), "wb") as f:
            f.write(data)


def digest_of(info):
    """The octets of a time stamp's imprint."""
    return child(child(read(info)[0], 0x30), 4)[1]


if __name__ == "__main__":
    main()
