#!/usr/bin/env python3
"""Seeds for fuzz_proofs: one question of each kind, of the seeds of the formats that it is about, and answers to four."""
import pathlib
import struct

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
for name, q in questions.items():
    (corpus / "proofs" / name).write_bytes(b"\0" + q)
for name, (which, text, said) in answers.items():
    (corpus / "proofs" / name).write_bytes(bytes([which]) + struct.pack("<H", len(text)) + text + said)
