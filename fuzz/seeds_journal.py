# Usage: seeds_journal.py CORPUS   Writes the corpus of fuzz_journal beneath CORPUS: what recover's journals say, and what they would if
# a line were changed, taken out, or cut off.
import hashlib, json, os, sys

top = os.path.join(sys.argv[1], "journal")
os.makedirs(top, exist_ok=True)


def put(name, data):
    with open(os.path.join(top, name), "wb") as f:
        f.write(data)


def chain(*rows):
    last, out = "0" * 64, b""
    for row in rows:
        line = json.dumps({"prev": last, **row}, separators=(",", ":")).encode()
        last = hashlib.sha256(line).hexdigest()
        out += line + b"\n"
    return out


paths = ({"path": "a/b", "state": "done"}, {"path": "one/more"}, {"path_hex": "612fff62"}, {"begun": True}, {"path_hex": "6"})
whole = chain(*paths)
put("empty", b"")
put("whole", whole)
put("one", chain(paths[0]))
put("other", chain({"path": "a"}))
put("cut", whole[:-20])
put("taken-out", b"\n".join(whole.split(b"\n")[1:]))
put("changed", whole.replace(b"one/more", b"one/less"))
put("no-json", chain(paths[0]) + b"{\n")
put("no-link", b'{"path":"a"}\n')
put("long", chain(paths[0]) + b'{"prev":"' + b"0" * (1 << 16) + b'"}\n')
