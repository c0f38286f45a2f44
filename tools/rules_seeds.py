#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: rules_seeds.py CORPUS   Writes the seeds of fuzz_yara, fuzz_clam, fuzz_pattern, fuzz_text, fuzz_image and fuzz_icon.

They are made of the tables that the tests hold against yara and clamscan: what is accepted in one file a table, and what is
refused in another, so that every parser's errors are reached too."""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "clamav"))
import cases  # pylint: disable=wrong-import-position
import icons
import nested
import normal
import pictures
import texts
import versions

FAMILIES = {"ign": 0, "ftm": 1, "pdb": 2, "crb": 3, "hdb": 4, "hsb": 4, "mdb": 5, "msb": 5, "fp": 6, "ndb": 7, "db": 8, "idb": 9,
            "ldb": 10, "cdb": 11, "imp": 12, "cfg": 13, "pwdb": 14, "cbc": 15, "csv": 16, "allow": 17}  # enum clam_family - 1
MOST = 60000  # bytes of a seed


def put(corpus, target, name, data):
    folder = os.path.join(corpus, target)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as f:
        f.write(data)


# ---- YARA

def conditions(lines):
    """The rules of a section of conditions: those that are to be accepted, and the others."""
    good, bad, strings, imports = [], [], [], []
    for line in lines:
        if line.startswith("--- with "):
            strings.append(line[9:])
        elif line.startswith("--- import "):
            imports.append('import "%s"\n' % line[11:].strip().strip('"'))
        elif not line.startswith("---") and line.strip():
            word, rest = (line.split(None, 1) + ["true"])[:2]
            rest = rest.replace("%", "%%")
            used = ["%s" % s for s in strings if re.search(r"them|\*|" + re.escape(s.split()[0][1:]), rest)]
            text = "rule r%%d { %scondition: %s }\n" % ("strings: %s " % " ".join(used) if used else "", rest)
            (bad if word == "error" else good).append(text)
    return imports, good, bad


def tables():
    """(name of a table, its accepted rules as one text, its refused ones)"""
    for path in sorted(glob.glob(os.path.join(ROOT, "tests/rules/*.test"))):
        name, imports, good, bad = os.path.basename(path)[:-5], [], [], []
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            sections = f.read().split("\n=== ")[1:]
        for section in sections:
            head, *lines = section.split("\n")
            if head.startswith("conditions"):
                i, g, b = conditions(lines)
                imports, good, bad = imports + i, good + g, bad + b
            elif head.startswith("strings"):
                for line in lines:
                    if line.startswith("error "):
                        bad.append("rule r%%d { strings: $a = %s condition: $a }\n" % line[6:].replace("%", "%%"))
                    elif "  in " in line:
                        good.append("rule r%%d { strings: $a = %s condition: $a }\n" % line.split("  in ")[0].replace("%", "%%"))
            elif head.startswith("case"):
                body = "\n".join(lines).split("\n--- ")[0]
                good.append(body.replace("%", "%%") + "\n" if "rule" in body else "")
        yield name, "".join(dict.fromkeys(imports)), good, bad


def numbered(rules):
    out = []
    for i, r in enumerate(rules):
        try:
            out.append(r % i if "%d" in r else r.replace("%%", "%"))
        except (TypeError, ValueError):
            out.append(r.replace("%d", str(i)))
    return "".join(out)


def yara(corpus):
    for name, imports, good, bad in tables():
        for kind, rules in (("good", good), ("bad", bad)):
            text = (imports + numbered(rules)).encode("utf-8", "surrogateescape")
            if rules:
                put(corpus, "yara", "table_%s_%s" % (name, kind), text[:MOST])


# ---- ClamAV

def bad_lines(kind):
    """What tests/rules/test_clam_*.c has refused."""
    text = ""
    for path in sorted(glob.glob(os.path.join(ROOT, "tests/rules/test_clam_*.c"))):
        with open(path, encoding="utf-8") as f:
            text += f.read()
    for m in re.finditer(r'refuse\("a\.%s", "([^"]*)"' % kind, text):
        for row in re.findall(r'\{ "((?:[^"\\]|\\.)*)", \d+ \}', text[:m.start()].rsplit("struct bad bad[]", 1)[1]):
            yield row


def clam(corpus):
    lines = {}
    for table in (cases, nested, texts, versions):
        for kind, line, _name in table.signatures():
            lines.setdefault(kind, []).append(line)
    for kind, all_lines in lines.items():
        step = max(1, len(all_lines) // 250)
        text = "\n".join(all_lines[::step]).encode()[:MOST]
        put(corpus, "clam", "table_" + kind, bytes([FAMILIES[kind]]) + text + b"\n")
    for kind in ("ndb", "ldb", "hdb", "mdb"):
        text = "\n".join(bad_lines(kind)).encode()
        if text:
            put(corpus, "clam", "bad_" + kind, bytes([FAMILIES[kind]]) + text + b"\n")
    both = "One:G:H:20%s\nTwo:G:I:10%s\nA;IconGroup1:G,Target:1;0;41424344\nB;IconGroup2:I,IconGroup1:*,Target:1;0;41424344\n" \
           "C;IconGroup1:X,Target:1;0;41424344\nD;IconGroup2:,Target:1;0;41424344\n" % ("1" * 122, "0" * 122)
    put(corpus, "clam", "icons_and_logic", bytes([0x80 | FAMILIES["ldb"]]) + both.encode())
    for kind, text in MORE.items():
        put(corpus, "clam", "more_" + kind, bytes([FAMILIES[kind]]) + text)


MD5 = b"0123456789abcdef0123456789ABCDEF"
MORE = {
    "ign": b"# what is ignored\nA.B\r\nA.C:" + MD5 + b"\nmain.db:12:A.D\n\n:x\n",
    "hsb": MD5 + b":12:A (Clam)\n" + MD5 + b":*:A:73\n" + MD5 + b":*:A\n" + MD5 + b":0:A\n" + MD5 + b":x:A\n" + MD5 + b":1:\n" +
           MD5[:31] + b":1:A\n" + MD5[:31] + b"g:1:A\n" + MD5 * 2 + b":5:A:1:999\n" + MD5 + b"01234567:5:A:9999\n" + MD5 + b":5:A:x\n" +
           MD5 + b":5:A:1:x\nA:B\n" + MD5 + b":5:" + b"n" * 300 + b"\n",
    "msb": b"12:" + MD5 + b":A\n*:" + MD5 + b":A:73\nx:" + MD5 + b":A\n12:" + MD5 + b"\n",
    "fp": MD5 + b":12:A\n" + MD5 + b":*:A:73\n",
    "db": b"A=414243\nA\nA=\nA=4142\n=414243\nA=41*\nA=4142??4344\n",
    "imp": MD5 + b":*:A\n" + MD5 + b":12:A:90\n" + MD5 + b":x:A\n" + MD5[:30] + b":1:A\n" + MD5 + b"\n" + MD5 + b":1:\n",
    "idb": b"A:G:H:20" + b"0" * 122 + b"\nA:G:H:10" + b"1f" * 61 + b"\nA:G:H:11" + b"0" * 122 + b"\nA:G:H:20\nA:G\nA::H:20\n:G:H:20\n" +
           b"A:G:H:20" + b"x" * 122 + b"\n",
    "cdb": b"A:X:*:*:*:*:*:*:*:*\nA:*:*:(:*:*:*:*:*:*\nA:*:x:*:*:*:*:*:*:*\nA:*:*:*:*:*:7:*:*:*\nA:CL_TYPE_ZIP:*:*:*:*:*:*:0x12:*\n"
           b"A:CL_TYPE_ZIP:*:*:*:*:*:*:0xg:*\nA:CL_TYPE_ZIP:*:*:*:*:*:*:x:*\nA:*:*:*:*\n:*:*:*:*:*:*:*:*:*\nA:*:*:*:*:*:*:*:*:*:999\n"
           b"A:CL_TYPE_RAR:*:*:*:*:*:*:1234:*\n",
    "cfg": b"PE:0x1:1:2\n",
    "pwdb": b"A;Engine:81-255;0;word\nA;Engine:81-255,Container:CL_TYPE_RAR;1;776f7264\nA;Engine:1-2;0;x\nA;Engine:x;0;y\nA;B:1;0;z\n"
            b"A;Container:X;0;z\nA;Engine:81-255;2;z\nA;Engine:81-255;1;7\nA;Engine:81-255;0;\nA;0\n;Engine:81-255;0;x\n",
    "cbc": b"ClamBCafhdfkkfjbf\nA;Target:0;0;41\nSomething\n",
    "csv": b"# sha256_hash,signature,file_size\n" + MD5 * 2 + b",A name,12\n\"" + MD5 * 2 + b"\",\"A \"\"quoted\"\" name\",*\nx,y\n",
    "allow": MD5 * 2 + b"  known\n" + MD5 + b" *file\n" + MD5[:8] + b"01234567" * 4 + b"\n\n# remark\nno digest\n",
    "ldb": b"\n".join([
        b"A;Engine:81-255,Target:0;0&1;41424344;0(<<4#hl4#=0x10)", b"A;Target:0;0&1;41424344;0(>>017#hbe4#>-5,<100)",
        b"A;Target:0;0&1;41424344;0(0#db18#=99999999999999999999)", b"A;Target:0;0&1;41424344;0(0#q4#=1)",
        b"A;Target:0;0&1;41424344;0(0#hb#=1)", b"A;Target:0;0&1;41424344;0(0#ib16#=1)", b"A;Target:0;0&1;41424344;0(4#ib4#=1)",
        b"A;Target:0;0&1;41424344;0(<<x#ib4#=1)", b"A;Target:0;0&1;41424344;0(0#ab4#=0xg)", b"A;Target:0;0&1;41424344;0(0#ab4#=1,=2,=3)",
        b"A;Target:0;0&1;41424344;0(0#ab4#)", b"A;Target:0;0&1;41424344;9(0#ab4#=1)", b"A;Target:0;0&1;41424344;0(0#ab4#=1",
        b"A;Target:0;1=2;41424344;0(0#ab4#=1)", b"A;Target:0;1>0;41424344;0/x/g", b"A;Target:0;0;414243::w", b"A;Target:0;0;$1$:414243",
        b"A;Target:0;0;414243;", b"A;Target:0;0;::i", b"A;Target:0;0&1;414243;${4-2}1$", b"A;Target:0;0&1;414243;${x-2}1$",
        b"A;Target:0;0&1;414243;${1-2}99$", b"A;Target:5;0=0;fuzzy_img#0123456789ABCDEF#0", b"A;Target:5;0;fuzzy_img#0123456789ABCDEX",
        b"A;Target:5;0;fuzzy_img#0123456789ABCDEF#4", b"A;Target:1;0;VI:41424344", b"A;Target:1;0=0;VI,4:41424344", b"A;X:1;0;41424344",
        b"A;Target;0;41424344", b"A;Engine:x;0;41424344", b"A;Engine:5-4;0;41424344", b"A;FileSize:x-1;0;41424344",
        b"A;EntryPoint:1-x,NumberOfSections:2,Container:CL_TYPE_ANY;0;41424344", b"A;Target:0,Container:CL_TYPE_ZIP;0;41424344",
        b"A;Intermediates:CL_TYPE_ANY>CL_TYPE_ZIP,EntryPoint:1-2;0;41424344", b"A;" + b"Target:0," * 11 + b"Target:0;0;41424344",
        b"A;Intermediates:" + b">".join([b"CL_TYPE_ZIP"] * 17) + b";0;41424344", b"A;Target:0;0;" + b";".join([b"41424344"] * 70),
        b";Target:0;0;41424344", b"A;Target:0;(((((((((((((((((0)))))))))))))))));41424344", b"A;Target:0;0&1;4142;1,2:0/a/i;"]),
}


# ---- patterns: head of six bytes, the text, what is searched

TEXT, HEX, REGEX = 0, 1, 2
NOCASE, WIDE = 1, 2
PATTERNS = [
    (HEX, "{ 61 ?? 6? ?2 ~63 ~6? [2] 64 [1-3] 65 [4-] 66 [-] 67 }"), (HEX, "{ 61 ( 62 | 63 64 | ?? ( 65 | 66 ) ) [0-2] 67 }"),
    (HEX, "{ // one\n 61 /* two */ 62 }"), (HEX, "{ }"), (HEX, "{ 6 }"), (HEX, "{ 61 [2-1] 62 }"), (HEX, "{ 61 [x] 62 }"), (HEX, "{ 61 [2 62 }"),
    (HEX, "{ 61 ( 62 | ) }"), (HEX, "{ 61 ( 62"), (HEX, "{ [2] 61 }"), (HEX, "{ 61 [2] }"), (HEX, "{ ~?? }"), (HEX, "{ 61 ( [300] 62 ) }"), (HEX, "{ 61 } 62"), (HEX + 4, "{ 61 [0x2-0o3] 62 [-3] 63 }"), (HEX, "{ 61 [-] ( 62 [-] 63 ) }"), (HEX, "{ 61 [0] 62 }"), (HEX, "{ 61 [] 62 }"),
    (HEX, "{ 61 /* 62 }"), (HEX, "{ 61 [99999999999] 62 }"), (HEX, "{ " + "( 61 | " * 20 + "62 " + ") " * 20 + "}"),
    (REGEX, "/a(b|c*|d+?|e{2,3}|f{,4}?|g{5,})[^h-j\\d]\\x41\\w\\W\\s\\S\\D\\b\\Bz$/is"), (REGEX, "/^[]a-]\\]?[\\]\\x30-\\x39\\n\\t\\w]/"), (REGEX, "/a**/"),
    (REGEX, "/(a/"), (REGEX, "/a)/"), (REGEX, "/[a/"), (REGEX, "/[z-a]/"), (REGEX, "/a{3,2}/"), (REGEX, "/a{99999}/"), (REGEX, "/*a/"), (REGEX, "/a\\/"),
    (REGEX, "/\\xzz/"), (REGEX, "/a{b}{2/"), (REGEX, "/(?:a|)(?i)b/"), (REGEX, "/a|*/"), (REGEX, "/[\\s-z]/"), (REGEX, "/" + "(" * 70 + "a" + ")" * 70 + "/"),
    (REGEX + 4, "/(?:ab|c)\\A\\z\\u0041\\x{42}[[:alpha:]]\\pL/"), (REGEX + 4, "/a{/"), (REGEX + 4, "/\\q/"), (REGEX, "/a+?b*/"), (REGEX, "/(a+?|b+)/"),
]


def patterns(corpus):
    text = b"abcdefg ABC a1b2 zzz aabbcc"
    for i, (kind, p) in enumerate(PATTERNS):
        b = p.strip("/{}").encode()[:255]
        put(corpus, "pattern", "made_%02d" % i, bytes([kind, (0, NOCASE, WIDE)[i % 3], 0, 0, 0, len(b)]) + b + text)


# ---- texts and pictures

def views(corpus):
    for kind in (0, 1):
        put(corpus, "text", "plain_%d" % kind, bytes([kind]) + "\n".join(normal.PLAIN).encode())
    put(corpus, "text", "wide", b"\0\xff\xfeT\0e\0x\0t\0")
    put(corpus, "text", "long", b"\0" + b"A text of some length. " * 50)
    put(corpus, "text", "page", b"\1" + texts.PAGE)


def images(corpus):
    for name, data in pictures.files().items():
        if name.endswith("-1.png") or name.startswith(("p", "rows", "frame", "cut")):
            put(corpus, "image", name, data[:20000])
    good = pictures.png(9, 9, 2, 8)
    for i, (at, byte) in enumerate(((16, 0xff), (24, 3), (25, 5), (28, 1), (45, 0))):
        put(corpus, "image", "bad_%d.png" % i, good[:at] + bytes([byte]) + good[at + 1:])
    jpeg = pictures.jpeg(16, 16, 1)
    at = jpeg.index(b"\xff\xc0")
    for i, data in enumerate((jpeg[:at + 4], jpeg[:-40], jpeg[:at + 5] + b"\xff\xff\xff\xff" + jpeg[at + 9:], jpeg[:at + 9] + b"\x09" + jpeg[at + 10:])):
        put(corpus, "image", "bad_%d.jpg" % i, data)
    gif = pictures.gif(9, 9)
    for i, cut in enumerate((5, 12, 800, len(gif) - 20)):
        put(corpus, "image", "cut_%d.gif" % i, gif[:cut])


def programs(corpus):
    for name, data in icons.files().items():
        if name.startswith(("i1-16", "i4-24", "i8-32", "i16-16", "i32-16", "size0", "size5", "mask", "clear", "gray8", "two", "cut")):
            put(corpus, "icon", name, data)
    for name, data in versions.files().items():
        put(corpus, "icon", "version_" + name, data)


def main():
    for make in (yara, clam, patterns, views, images, programs):
        make(sys.argv[1])


if __name__ == "__main__":
    main()
