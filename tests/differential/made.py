# SPDX-License-Identifier: Apache-2.0
"""Objects made from the rules themselves, so that their conditions come true (nearly): ordinary files hardly match
any rule of a set for malware.  Every object is the same on each run.

objects_of(TEXT) yields (NAME, BYTES), two for each rule of a source text:
NAME.all holds every string behind the file header, exports and size that the condition asks for; NAME.some holds
some of them, some more than once, at odd places.
"""
import base64
import os
import random
import re
import sys

try:
    import re._constants as sre
    import re._parser as sre_parse
except ImportError:  # before Python 3.11
    import sre_constants as sre
    import sre_parse

import yara_text

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "rules"))
import make_fixtures  # noqa: E402

ESCAPES = {"n": b"\n", "t": b"\t", "r": b"\r", '"': b'"', "\\": b"\\"}
MAX_SIZE = 3 << 20
FILLER = bytes(b for b in range(256) if b not in b"\r\n")


# ---- one string

def plain(text):
    """The bytes of a text string as written between its quotes."""
    out, at = b"", 0
    for m in re.finditer(r"\\(?:x([0-9A-Fa-f]{2})|(.))", text):
        out += text[at:m.start()].encode("latin-1")
        out += bytes([int(m[1], 16)]) if m[1] else ESCAPES[m[2]]
        at = m.end()
    return out + text[at:].encode("latin-1")


def wide(data):
    return b"".join(bytes((b, 0)) for b in data)


def other_case(data, rng):
    return bytes(b ^ 0x20 if chr(b).isascii() and chr(b).isalpha() and rng.random() < 0.5 else b for b in data)


def hex_bytes(text, rng):
    """A match of a hex string: free bits at random, gaps at their shortest or a little longer."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text[1:-1], flags=re.S)
    tokens = re.findall(r"~?[0-9A-Fa-f?]{2}|\[[^\]]*\]|[(|)]", text)

    def sequence(at):
        out = b""
        while at < len(tokens) and tokens[at] not in "|)":
            token = tokens[at]
            if token == "(":
                branches = []
                while tokens[at] != ")":
                    branch, at = sequence(at + 1)
                    branches.append(branch)
                out += rng.choice(branches)
            elif token[0] == "[":
                low, dash, high = token[1:-1].partition("-")
                low = int(low or 0)
                high = int(high) if high.strip() else low + 300 * bool(dash)
                out += rng.randbytes(rng.choice((low, min(high, low + 3), min(high, low + 260))))
            else:
                digits = [rng.choice("0123456789ABCDEF") if c == "?" else c for c in token.lstrip("~")]
                out += bytes([int("".join(digits), 16) ^ (0x11 if token[0] == "~" else 0)])
            at += 1
        return out, at

    return sequence(0)[0]


def class_member(items, rng):
    inside = set()
    for op, value in items:
        if op is sre.LITERAL:
            inside.add(value)
        elif op is sre.RANGE:
            inside.update(range(value[0], value[1] + 1))
        elif op is sre.CATEGORY:
            test = re.compile({sre.CATEGORY_DIGIT: rb"\d", sre.CATEGORY_NOT_DIGIT: rb"\D",
                               sre.CATEGORY_SPACE: rb"\s", sre.CATEGORY_NOT_SPACE: rb"\S",
                               sre.CATEGORY_WORD: rb"\w", sre.CATEGORY_NOT_WORD: rb"\W"}[value])
            inside.update(b for b in range(256) if test.match(bytes([b])))
    if items and items[0][0] is sre.NEGATE:
        inside = set(range(256)) - inside - {10}
    return bytes([rng.choice(sorted(b for b in inside if b < 256))])


def expanded(tree, rng):
    """A match of a parsed regular expression."""
    out = b""
    for op, value in tree:
        if op is sre.LITERAL:
            out += bytes([value & 255])
        elif op is sre.NOT_LITERAL:
            out += b"a" if value != ord("a") else b"b"
        elif op is sre.ANY:
            out += rng.choice((b"x", b"0", b" ", b"\xf0"))
        elif op is sre.IN:
            out += class_member(value, rng)
        elif op is sre.BRANCH:
            out += expanded(rng.choice(value[1]), rng)
        elif op is sre.SUBPATTERN:
            out += expanded(value[3], rng)
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            low, high, body = value
            for _ in range(rng.choice((low, min(low + 1, int(high)), min(low + 4, int(high))))):
                out += expanded(body, rng)
    return out


def regex_bytes(text, rng):
    body, _, flags = text[1:].rpartition("/")
    try:
        tree = sre_parse.parse(body.replace("\\/", "/").encode("latin-1"))
    except re.error:
        return b""  # what yara reads and Python does not
    out = expanded(tree, rng)
    return other_case(out, rng) if "i" in flags else out


def forms(string, rng):
    """The byte runs that a string should match, one for each of its forms."""
    if string.kind == "hex":
        return [hex_bytes(string.text, rng)]
    if string.kind == "regex":
        data = regex_bytes(string.text, rng)
    else:
        data = plain(string.text[1:-1])
    names = {m.partition("(")[0]: m for m in string.modifiers}
    if "nocase" in names:
        data = other_case(data, rng)
    out = [wide(data)] if "wide" in names else []
    if "ascii" in names or not out:
        out.append(data)
    if "base64" in names or "base64wide" in names:
        coded = [base64.b64encode(rng.randbytes(rng.randrange(3)) + x + b"--") for x in out]
        out = coded if "base64" in names else []
        out += [wide(x) for x in coded] if "base64wide" in names else []
    if "xor" in names:
        low, _, high = names["xor"][4:-1].partition("-")
        low = int(low or "0", 0)
        key = rng.randint(low, int(high or names["xor"][4:-1] or "255", 0))
        out = [bytes(b ^ key for b in x) for x in out]
    return out


# ---- an object around them

def first_bytes(condition):
    """What uintN(constant) == constant asks for: {offset: byte}."""
    out = {}
    for bits, be, at, value in re.findall(r"uint(8|16|32)(be)?\s*\(\s*(\w+)\s*\)\s*==\s*(0x[0-9A-Fa-f]+|\d+)", condition):
        if at[0].isdigit() and int(at, 0) < 4096:
            size = int(bits) // 8
            value = int(value, 0) & (1 << 8 * size) - 1
            for i, b in enumerate(value.to_bytes(size, "big" if be else "little")):
                out.setdefault(int(at, 0) + i, b)
    return out


def program(condition, inside):
    """A PE file with the exports, imports and version information that the condition names."""
    names = re.findall(r'pe\.exports\s*\(\s*"([^"]+)"', condition)
    calls = re.findall(r'pe\.imports\s*\(\s*"([^"]+)"\s*,\s*"([^"]+)"', condition)
    pairs = re.findall(r'pe\.version_info\["(\w+)"\]\s*(?:==|contains|icontains|startswith)\s*"([^"]*)"', condition)
    wide_file = "is_64bit" in condition or "AMD64" in condition
    data = make_fixtures.exports("made.dll", [(n, 0x1000) for n in dict.fromkeys(names)], 0x2000)
    directories = {0: (0x2000, len(data))} if names else {}
    data = make_fixtures.pad(data, 16)
    if calls:
        imports = make_fixtures.imports32([(dll, [f]) for dll, f in calls], 0x2000 + len(data), wide_file)
        directories[1] = (0x2000 + len(data), len(imports))
        data += imports
    sections = [(b".text", 0x1000, b"\xc3" * 16, 0x60000020), (b".rdata", 0x2000, data, 0x40000040),
                (b".data", 0x100000, inside, 0xc0000040)]
    if pairs:
        tree = make_fixtures.resources([(16, 1, 0x409, make_fixtures.version_info(pairs))], 0x80000)
        sections.append((b".rsrc", 0x80000, tree, 0x40000040))
        directories[2] = (0x80000, len(tree))
    return make_fixtures.pe(wide_file, bool(names), sections, directories, checksum=False)


def bound(sign, condition):
    """The first size that the condition compares filesize with by `sign`, in bytes; 0: none."""
    m = re.search(r"filesize\s*%s=?\s*(\d+)\s*(KB|MB)?" % sign, condition)
    return int(m[1]) * {"KB": 1 << 10, "MB": 1 << 20}.get(m[2], 1) if m else 0


def whole(rule, condition, rng):
    body = b""
    for s in rule.strings:
        for data in forms(s, rng):
            body += data + rng.choice((b"\n", b"\0", b"\0\0", b" ; "))
    head = first_bytes(condition)
    if (head.get(0), head.get(1)) == (0x4d, 0x5a) or "pe." in condition:
        out = bytearray(program(condition, body))
    elif (head.get(0), head.get(1)) == (0x7f, 0x45):
        out = bytearray(make_fixtures.elf(True, False, 62) + body)
    else:
        out = bytearray(max(head, default=-1) + 1) + body
    for at, b in head.items():
        if at < len(out):
            out[at] = b
    for name, at in re.findall(r"(\$\w*)\s+at\s+(\d+)\b", condition):
        for s in rule.strings:
            if s.name == name and int(at) < 4096:
                data = forms(s, rng)[0]
                out[int(at):int(at) + len(data)] = data
    least = bound(">", condition)
    if len(out) <= least < MAX_SIZE:
        out += bytes(least + 1 - len(out))
    return bytes(out)


def part(rule, condition, rng):
    """Some of the strings, in no order, some cut short, among filler."""
    out = b"".join(bytes([b]) for _, b in sorted(first_bytes(condition).items()))
    most = max(4, min(len(rule.strings), 40))
    for s in rng.choices(rule.strings, k=rng.randint(1, most)) if rule.strings else []:
        data = rng.choice(forms(s, rng))
        if rng.random() < 0.1:
            data = data[:-1]
        out += bytes(rng.choices(FILLER, k=rng.choice((0, 1, 2, 7, 64)))) + data
        if rng.random() < 0.1:
            out += data
    return out


def objects_of(text):
    for rule in yara_text.rules_of(text):
        condition = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text[rule.condition:rule.end - 1], flags=re.S)
        rng = random.Random(rule.name)
        yield rule.name + ".all", whole(rule, condition, rng)
        yield rule.name + ".some", part(rule, condition, rng)
