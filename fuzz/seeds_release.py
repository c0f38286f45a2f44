# Usage: seeds_release.py CORPUS   Writes most of the corpus of fuzz_release beneath CORPUS: releases beside the artefacts that they
# change, and one for each thing that is refused.
import base64, os, sys

top = os.path.join(sys.argv[1], "release")
sign = b"\n\xe2\x80\x94 a " + base64.b64encode(bytes(68)) + b"\n"
hash32, digest = base64.b64encode(b"h" * 32).decode(), "ab" * 32
zero = base64.b64encode(bytes(32)).decode()


def put(name, data):
    with open(os.path.join(top, name), "wb") as f:
        f.write(data)


def items(*rows):
    return b"pellucid/items/v1\n" + b"".join(b"item %s %d %d\n%s" % (i, level, len(text), text) for i, level, text in rows)


base = {
    "kind": "pellucid/release/v1", "channel": "channel rules", "seq": "seq 2", "prev": f"prev 1 {hash32}", "issued": "issued 1000",
    "expires": "expires 2000", "artifact": f"artifact rules.txt 5 {digest}", "count": "count total=3 added=1 changed=1 removed=2",
    "removed": f"removed b/two superseded {digest}\nremoved c legal {digest}", "policy": None, "more": None,
}


def release(**other):
    return "".join(line + "\n" for line in ({**base, **other}).values() if line is not None).encode() + sign


old = items((b"a", 0, b"a\n"), (b"b/one", 1, b"1\n"), (b"b/two", 1, b"2\n"), (b"c", 2, b"3\n"))
new = items((b"a", 0, b"a\n"), (b"b/one", 1, b"other\n"), (b"d", 255, b"4\t\n"))
put("change", release() + b"\0" + old + b"\0" + new)
put("change-silent", release(removed=f"removed b/two superseded {digest}\nremoved d legal {digest}") + b"\0" + old + b"\0" + new)
put("change-miscounted", release(count="count total=4 added=1 changed=1 removed=2") + b"\0" + old + b"\0" + new)
put("change-cut", release() + b"\0" + old + b"\0" + new[:-3])
put("change-all", release() + b"\0\0" + new)
for name, text in {
    "kind": b"pellucid/items/v2\n", "line": b"other a 0 2\na\n", "id": b"item a\\b 0 2\na\n", "level": b"item a 256 2\na\n",
    "size": b"item a 0 99999999999\na\n", "number": b"item a 00 2\na\n", "more": b"item a 0 2 3\na\n", "cut": b"item a 0 9\na\n",
    "order": b"item b 0 2\nb\nitem a 0 2\na\n", "twice": b"item b 0 2\nb\nitem b 0 2\nb\n", "control": b"item a 0 2\n\1\n",
    "no-utf8": b"item a 0 2\n\xff\n", "no-end": b"item a 0 2\naa", "empty": b"item a 0 0\n",
}.items():
    put("items-" + name, text if name == "kind" else b"pellucid/items/v1\n" + text)
for name, line in {
    "kind": {"kind": "pellucid/release/v2"}, "channel": {"channel": "channel virus"}, "no-channel": {"channel": None},
    "seq": {"seq": "seq 0"}, "seq-form": {"seq": "seq 02"}, "seq-more": {"seq": "seq 2 "}, "prev": {"prev": f"prev 2 {hash32}"},
    "prev-hash": {"prev": "prev 1 AAAA"}, "prev-none": {"prev": f"prev 1 {zero}"}, "expired": {"expires": "expires 1000"},
    "long-life": {"expires": "expires 99999999"}, "name": {"artifact": f"artifact .txt 5 {digest}"},
    "digest": {"artifact": "artifact rules.txt 5 abcd"}, "large": {"artifact": f"artifact rules.txt 9999999999 {digest}"},
    "order": {"artifact": f"artifact rules.txt 5 {digest}\nartifact a.txt 5 {digest}"},
    "no-main": {"artifact": f"artifact other.txt 5 {digest}"},
    "many": {"artifact": "\n".join(f"artifact a{i:02} 5 {digest}" for i in range(33)) + f"\n{base['artifact']}"},
    "no-count": {"count": None}, "count": {"count": "count total=3 added=1 removed=2 changed=1"},
    "count-more": {"count": base["count"] + " more=1"}, "reason": {"removed": f"removed b/two boring {digest}\nremoved c legal {digest}"},
    "removed-order": {"removed": f"removed c legal {digest}\nremoved b/two legal {digest}"}, "unexplained": {"removed": None},
    "policy": {"policy": f"replaces-policy {digest}"}, "unknown": {"more": "by nobody"},
    "policy-digest": {"channel": "channel trust", "artifact": f"artifact trust.txt 5 {digest}", "policy": "replaces-policy abcd"},
}.items():
    put("not-" + name, release(**line))
put("not-signed", release()[:-len(sign)])
put("not-small", release(more="x" * (1 << 16)))
