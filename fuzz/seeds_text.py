# Usage: seeds_text.py CORPUS   Writes seeds of fuzz_note, fuzz_bundle and fuzz_quorum to their folders: what stands there, each
# with one thing that is wrong; and documents for fuzz_json_flat, which writes those that are JSON.
import os, sys

top = sys.argv[1]


def read(room, name):
    with open(os.path.join(top, room, name), "rb") as f:
        return f.read()


def put(room, name, data):
    with open(os.path.join(top, room, name), "wb") as f:
        f.write(data)


note = read("note", "checkpoint")
text, signatures = note.split(b"\n\n", 1)
origin, size, root = text.split(b"\n")
line, key = signatures.split(b"\n")[0], read("note", "vkey")
name, number, rest = key.rstrip(b"\n").split(b"+", 2)

for kind, parts in (("origin", (b"", size, root)), ("control", (b"a\x01b", size, root)), ("size", (origin, b"05", root)),
                    ("root", (origin, size, root[:-4] + b"===\n"[:3])), ("leaves", (origin, b"9" * 19, root)),
                    ("short", (origin, size)), ("more", (origin, size, root, b"extension"))):
    put("note", "checkpoint-" + kind, b"\n".join(parts) + b"\n")
for kind, data in (("dash", text + b"\n\n- name AAAA\n"), ("name", text + b"\n\n" + line.replace(origin, b"a+b") + b"\n"),
                   ("base64", text + b"\n\n" + line[:-3] + b"*==\n"), ("bare", text + b"\n\n" + line.rsplit(b" ", 1)[0] + b"\n"),
                   ("short", text + b"\n\n" + line.rsplit(b" ", 1)[0] + b" AAA=\n"), ("no-end", text + b"\n\n" + line),
                   ("twice", text + b"\n\n" + line + b"\n" + line + b"\n"), ("no-signature", text + b"\n\n"), ("no-text", text),
                   ("changed", note.replace(b"\n5\n", b"\n6\n", 1)), ("many", text + b"\n\n" + (line + b"\n") * 80),
                   ("other", text + b"\n\n" + line.replace(b"/B7d5dM", b"/B7d5dN") + b"\n")):
    put("note", "note-" + kind, data)
for kind, data in (("name", b"+" + number + b"+" + rest), ("number", name + b"+zz+" + rest), ("other", name + b"+00000000+" + rest),
                   ("kind", name + b"+" + number + b"+" + b"CQ" + rest[2:]), ("short", name + b"+" + number + b"+AQ=="),
                   ("base64", name + b"+" + number + b"+*"), ("parts", name + b"+" + number), ("blank", b"a b+" + number + b"+" + rest)):
    put("note", "vkey-" + kind, data)

proof, growth = read("bundle", "extra"), read("bundle", "growth")
lines = proof.split(b"\n")
hashes = [l for l in lines[3:] if len(l) == 44]
for kind, data in (("extra-text", proof.replace(b"extra AAAAAA==", b"extra ****", 1)), ("extra-end", proof.replace(b"AAAAAA==", b"AA==AAAA", 1)),
                   ("extra-none", proof.replace(b"extra AAAAAA==", b"extra ", 1)), ("no-hash", proof.replace(hashes[0], b"nothing", 1)),
                   ("hashes-end", b"\n".join(lines[:4])), ("hashes", proof.replace(hashes[0], b"\n".join([hashes[0]] * 70), 1)),
                   ("no-checkpoint", b"\n".join(lines[:3] + hashes[:2]) + b"\n\n"), ("index", proof.replace(b"index 2", b"index 02", 1)),
                   ("growth-old", growth.replace(b"old ", b"new ", 1)), ("growth-end", growth[:60]),
                   ("large", proof[:proof.index(b"A==")] + b"AAAA" * 20000)):
    put("bundle", kind, data)

for kind, data in (("document", b'{"a":[1,-2.5,null,true,false,"text",{"b":{}}],"c":"","a":[],"d":9223372036854775807}'), ("array", b"[[],[[]],{}]"),
                   ("cut-document", b'{"a":')):
    put("json_flat", kind, data)

policy = read("quorum", "one").split(b"\n")
log, w1, w2, w3 = policy[0], policy[2], policy[3], policy[4]
forged = w1[:-8] + b"AAAAAAA" + w1[-1:]
for kind, text in (("two", [log, w1, w2, w3, b"group g 2 w1 w2 w3", b"quorum g"]), ("all", [log, w1, w2, b"group g all w1 w2", b"quorum g"]),
                   ("too-few", [log, w1, w2, w3, b"group g all w1 w2 w3", b"quorum g"]), ("two-logs", [log, log, w1, b"quorum w1"]),
                   ("no-log", [w1, b"quorum w1"]), ("same-key", [log, w1, w1.replace(b" w1 ", b" w9 "), b"quorum w1"]),
                   ("same-name", [log, w1, w2.replace(b" w2 ", b" w1 "), b"quorum w1"]), ("type", [log.replace(b"log ", b"witness w "), b"quorum w"]),
                   ("forged", [log, forged, b"quorum w1"]), ("undefined", [log, w1, b"group g all w1 w7", b"quorum g"]),
                   ("member-twice", [log, w1, w2, b"group g all w1 w2", b"group h any w1", b"quorum g"]),
                   ("group-name", [log, w1, b"group w1 all w1", b"quorum w1"]), ("group-number", [log, w1, b"group g x w1", b"quorum g"]),
                   ("group-more", [log, w1, b"group g 2 w1", b"quorum g"]), ("quorum-twice", [log, w1, b"quorum w1", b"quorum w1"]),
                   ("nobody", [log, w1, b"quorum none"]), ("quorum-else", [log, w1, b"quorum w4"]), ("line", [log, b"else", w1, b"quorum w1"]),
                   ("control", [log, b"# \x01", w1, b"quorum w1"]), ("other-log", [log.replace(b"/rules+fc1edde5", b"/rules+fc1edde6"), w1, b"quorum w1"]),
                   ("long", [log, b"# " + b"x" * 9000, w1, b"quorum w1"])):
    put("quorum", "policy-" + kind, b"\n".join(text) + b"\n")
put("quorum", "policy-no-end", log)
