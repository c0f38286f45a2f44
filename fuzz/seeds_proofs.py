#!/usr/bin/env python3
"""Seeds for fuzz_proofs: questions of each kind, of the seeds of the formats that they are about and of a log that is made here, whose
keys are of fixed bytes; and answers to each, as they are and as they cannot be."""
import base64
import hashlib
import pathlib
import struct
import subprocess
import tempfile

corpus = pathlib.Path(__file__).parent / "corpus"


def seed(name):
    return (corpus / name).read_bytes()


def part(b):
    return struct.pack("<Q", len(b)) + b


def number(n):
    return part(struct.pack("<Q", n))


items, release, proof = seed("release/items"), seed("release/first"), seed("bundle/proof")
policy = next(p for p in sorted((corpus / "quorum").iterdir())).read_bytes()
note = proof[proof.index(b"\n\n") + 2:]
chunks = b"pellucid/chunks/v1\n5 " + b"ab" * 32 + b"\n"
bundle = struct.pack(">H", len(release)) + release
state = bytes(4 * 8 + 64)
questions = {
    "head": b"\0\0" + part(policy) + part(note),
    "cosignature": b"\1\0" + part(b"w+00000000+BA==") + part(note) + part(b""),
    "entry": b"\2\1" + part(release),
    "entry-unsigned": b"\2\1" + part(release[:release.index(b"\n\n") + 1]),
    "entries": b"\3\0" + part(policy) + part(b"") + part(bundle) + number(1),
    "accept": b"\4\1" + part(policy) + part(b"") + number(0) + part(state) + number(0) + part(proof) + part(release) + part(b""),
    "chunks": b"\5\0" + part(chunks) + number(64) + part(items),
    "changes": b"\6\0" + part(b"") + part(items) + part(items),
    "items": b"\7\0" + part(items),
}
numbers = struct.pack("<QQQ", 1, 1000, 2000) + bytes(32) + struct.pack("<QQQQ", 1, 1, 0, 0)
fields = b"\0" + numbers + b"\0\1\x09rules.txt" + struct.pack("<Q", 1) + bytes(32)
answers = {
    "said-items": (1, b"a/One b/Two", b"\0" + struct.pack("<QBBQQ", 0, 5, 0, 6, 5)),
    "said-chunks": (2, b"12345678", b"\0" + struct.pack("<Q", 4) + bytes(32) + struct.pack("<Q", 4)),
    "said-changes": (3, b"a/One", b"\0\0\0" + struct.pack("<QQQQ", 1, 1, 0, 0) + struct.pack("<BQBB", 0, 0, 5, 0)),
    "said-entries": (4, b"\0\3abc\0\2de", b"\0" + struct.pack("<QQBB", 2, 3, 0, 0) + struct.pack("<QQBB", 7, 2, 1, 0) + fields),
    "said-entry": (5, b"text\n\nsign\n", b"\0" + fields + struct.pack("<QQ", 5, 5) + b"nobody\n"),
}
# ---- a log of two releases
def sha(*b):
    return hashlib.sha256(b"".join(b)).digest()


class Key:  # of 32 equal bytes; openssl signs with it
    def __init__(self, name, kind, byte):
        self.name, self.kind = name, kind
        self.file = tempfile.NamedTemporaryFile()
        self.file.write(bytes.fromhex("302e020100300506032b657004220420") + bytes([byte]) * 32)
        self.file.flush()
        public = subprocess.run(["openssl", "pkey", "-inform", "DER", "-in", self.file.name, "-pubout", "-outform", "DER"],
                                check=True, capture_output=True).stdout[-32:]
        self.id = sha(name.encode(), b"\n", bytes([kind]), public)[:4]
        self.vkey = f"{name}+{self.id.hex()}+" + base64.b64encode(bytes([kind]) + public).decode()

    def line(self, text, time=None):
        head = b"" if time is None else b"cosignature/v1\ntime %d\n" % time
        with tempfile.NamedTemporaryFile() as f:
            f.write(head + text)
            f.flush()
            signed = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", self.file.name, "-in", f.name],
                                    check=True, capture_output=True).stdout
        when = b"" if time is None else struct.pack(">Q", time)
        return b"\xe2\x80\x94 " + self.name.encode() + b" " + base64.b64encode(self.id + when + signed) + b"\n"


log, witness, maker = Key("log", 1, 1), Key("w", 4, 2), Key("maker", 1, 3)
own = f"log {log.vkey} http://127.0.0.1/\nwitness w {witness.vkey}\nquorum w\n".encode()
keys = f"threshold 1\nkey {maker.vkey}\n".encode()
NOW = 1767225601


def made(seq, prev):
    text = b"""pellucid/release/v1
channel rules
seq %d
prev %d %s
issued %d
expires %d
artifact rules.txt %d %s
count total=1 added=1 changed=0 removed=0
""" % (seq, seq - 1, base64.b64encode(prev), NOW - 9, NOW + 1000, len(artefact), hashlib.sha256(artefact).hexdigest().encode())
    return text + b"\n" + maker.line(text)


artefact = b"pellucid/items/v1\nitem a 0 2\na\n"
one = made(1, bytes(32))
leaf1 = sha(b"\0", one)
two = made(2, leaf1)
leaf2 = sha(b"\0", two)
root = sha(b"\1", leaf1, leaf2)


def head(size, at, time=NOW):
    text = b"log\n%d\n%s\n" % (size, base64.b64encode(at))
    return text + b"\n" + log.line(text) + witness.line(text, time)


def proof_of(index, hashes, note):
    return b"c2sp.org/tlog-proof@v1\nindex %d\n" % index + b"".join(base64.b64encode(h) + b"\n" for h in hashes) + b"\n" + note


def accept(flag, bundle, entry, size=0, at=bytes(32), time=0, seq=0, leaf=bytes(32), expires=0, growth=b"", between=(), now=NOW, keys=keys,
           channel=0):
    kept = struct.pack("<Q", size) + at + struct.pack("<QQ", time, seq) + leaf + struct.pack("<Q", expires)
    return (b"\4" + bytes([flag]) + part(own) + part(keys) + number(channel) + part(kept) + number(now) + part(bundle) + part(entry) +
            part(growth) + b"".join(map(part, between)))


head2 = head(2, root)
whole = proof_of(1, [leaf1], head2)
note5 = seed("note/checkpoint")
policy5 = seed("quorum/one")
listed = struct.pack(">H", len(one)) + one + struct.pack(">H", 3) + b"abc"
questions |= {
    "head-quorum": b"\0\0" + part(own) + part(head2),
    "head-log": b"\0\1" + part(own) + part(head2),
    "head-other-log": b"\0\1" + part(own) + part(note5),
    "head-five": b"\0\0" + part(policy5) + part(note5),
    "head-no-policy": b"\0\0" + part(b"quorum") + part(note5),
    "head-no-note": b"\0\1" + part(own) + part(b"log\n"),
    "cosignature-own": b"\1\0" + part(witness.vkey.encode()) + part(head2) + part(witness.line(head2[:head2.index(b"\n\n") + 1], NOW)),
    "cosignature-none": b"\1\0" + part(witness.vkey.encode()) + part(head2) + part(log.line(b"x")),
    "entry-signed": b"\2\1" + part(one),
    "entry-long": b"\2\1" + part(b"x" * 65535),
    "entries-two": b"\3\0" + part(own) + part(keys) + part(listed) + number(2),
    "entries-more": b"\3\0" + part(own) + part(keys) + part(listed) + number(3),
    "entries-no-keys": b"\3\0" + part(own) + part(b"key\n") + part(listed) + number(1),
    "accept-first": accept(0, whole, two),
    "accept-at-head": accept(1, whole, two, now=1),
    "accept-no-head": accept(1, b"c2sp.org/tlog-proof@v1\n", two),
    "accept-next": accept(0, whole, two, 1, leaf1, NOW - 5, 1, leaf1, NOW + 1000,
                          b"c2sp.org/tlog-proof@v1\nold 1\n" + base64.b64encode(leaf2) + b"\n"),
    "accept-old": accept(0, whole, one, seq=2, leaf=leaf2),
    "accept-stale": accept(0, whole, two, now=NOW + (1 << 30)),
    "accept-no-channel": accept(0, whole, two, channel=9),
    "changes-release": b"\6\0" + part(one) + part(b"") + part(artefact),
    "changes-untrue": b"\6\0" + part(two) + part(artefact) + part(artefact),
    "changes-gone": b"\6\0" + part(seed("release/change").split(b"\0")[0]) + b"".join(map(part, seed("release/change").split(b"\0")[1:])),
    "changes-no-release": b"\6\0" + part(b"x") + part(b"") + part(b""),
    "chunks-other": b"\5\0" + part(b"x") + number(64) + part(items),
    "items-cut": b"\7\0" + part(items[:-3]),
    "no-question": b"\x09\0",
    "too-much": b"\7\0" + part(items) + b"more",
}


# ---- answers
def seen(by=(0,), time=NOW):
    return b"\x40" + b"".join(struct.pack("<BQ", i in by, time if i in by else 0) for i in range(64))


def said_head(log=0, size=2, by=(0,), time=NOW):
    return bytes([log]) + struct.pack("<Q", size) + root + seen(by, time)


def said_release(seq=2, prev=leaf1, enough=1, name=b"rules.txt", size=1, expires=NOW + 1000, channel=0, n=1):
    return (bytes([channel]) + struct.pack("<QQQ", seq, NOW - 9, expires) + prev + struct.pack("<QQQQ", 1, 1, 0, 0) + bytes([enough, n]) +
            (bytes([len(name)]) + name + struct.pack("<Q", size) + bytes(32)) * n)


def said(index=1, head=None, **release):
    return b"\0\0" + (head or said_head()) + said_release(**release) + struct.pack("<Q", index)


answers |= {
    "said-head": (6, own, b"\0" + said_head()), "said-no-quorum": (6, own, b"\0" + said_head(by=())),
    "said-by-log": (7, own, b"\0" + said_head(by=())), "said-other-log": (7, own, b"\0" + said_head(log=1)),
    "said-stranger": (7, own, b"\0" + said_head(by=(5,))), "said-no-head": (6, own, b"\1no \033[2J head"),
    "said-no-time": (7, own, b"\0" + said_head(by=())[:-1] + b"\1"), "said-nothing": (6, own, b""), "said-io": (6, own, b"\7disk"),
    "said-count": (7, own, b"\0" + said_head().replace(b"\x40\1", b"\x41\1")), "said-head-more": (6, own, b"\0" + said_head() + b"more"),
    "said-line": (12, b"w line\n", b"\0" + struct.pack("<QQ", 2, 5)), "said-line-out": (12, b"w line\n", b"\0" + struct.pack("<QQ", 2, 9)),
    "said-accept": (8, own, said()), "said-accept-next": (9, own, said(prev=bytes(32))), "said-accept-chain": (9, own, said()),
    "said-accept-shrunk": (10, own, said()), "said-accept-back": (9, own, said(seq=1)), "said-accept-same": (10, own, said(head=said_head(size=9))),
    "said-accept-head": (11, own, said(seq=3)), "said-accept-channel": (8, own, said(channel=1, name=b"policies.txt")),
    "said-accept-outside": (8, own, said(index=2)), "said-accept-few": (8, own, said(enough=0)),
    "said-accept-future": (8, own, said(head=said_head(time=NOW + (1 << 20)))), "said-accept-stale": (8, own, said(head=said_head(time=NOW - (1 << 20)))),
    "said-accept-expired": (8, own, said(expires=NOW - 1)), "said-accept-slash": (8, own, said(name=b"a/b.txt")),
    "said-accept-no-main": (8, own, said(name=b"other.txt")), "said-accept-life": (8, own, said(expires=NOW + (1 << 30))),
    "said-refused": (8, own, b"\0\3\2not fresh"), "said-refused-crash": (8, own, b"\0\3\x0ait ended"), "said-no-step": (8, own, b"\0\x20"),
    "said-entry-flag": (5, b"text\n\nsign\n", b"\0" + said_release(enough=2) + struct.pack("<QQ", 5, 5)),
    "said-entry-more": (5, b"text\n\nsign\n", b"\0" + said_release(enough=0) + struct.pack("<QQ", 9, 9)),
    "said-entries-out": (4, b"\0\3abc\0\2de", b"\0" + struct.pack("<QQBB", 2, 3, 0, 0) + struct.pack("<QQBB", 6, 2, 0, 0)),
    "said-entries-why": (4, b"\0\3abc\0\2de", b"\0" + struct.pack("<QQBB", 2, 3, 0, 3) + b"why" + struct.pack("<QQBB", 7, 2, 0, 0)),
    "said-chunks-more": (2, b"12345678", b"\0" + struct.pack("<Q", 1 << 40) + bytes(32) + struct.pack("<Q", 4)),
    "said-items-out": (1, b"a/One b/Two", b"\0" + struct.pack("<QBBQQ", 0, 5, 0, 6, 50)),
    "said-changes-gone": (3, b"a/One", b"\0\0\0" + struct.pack("<QQQQ", 0, 0, 0, 1) + struct.pack("<BQBB", 2, 0, 5, 5) + b"legal"),
    "said-changes-why": (3, b"a/One", b"\0\6\3why" + struct.pack("<QQQQ", 0, 0, 0, 1) + struct.pack("<BQBB", 2, 0, 5, 6) + b"boring"),
    "said-changes-count": (3, b"a/One", b"\0\6\3why" + struct.pack("<QQQQ", 0, 0, 0, 0) + struct.pack("<BQBB", 2, 0, 5, 5) + b"legal"),
    "said-changes-io": (3, b"a/One", b"\0\7\3why" + struct.pack("<QQQQ", 0, 0, 0, 0)),
    "own-entry": (13, one, b""), "own-items": (13, artefact, b""), "own-entries": (13, listed, b""),
}
for name, q in questions.items():
    (corpus / "proofs" / name).write_bytes(b"\0" + q)
for name, (which, text, said) in answers.items():
    (corpus / "proofs" / name).write_bytes(bytes([which]) + struct.pack("<H", len(text)) + text + said)
