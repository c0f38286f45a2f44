# SPDX-License-Identifier: Apache-2.0
"""What random_rules.py asks: rules with random conditions, strings, and objects.  All of them follow from `rng`.

Left out is what yara 4.2.3 answers otherwise and the rule tables hold: `for none` and `for 0`, lazy repetitions,
`fullword` on regular expressions, gaps side by side, a dash before or behind a class, a constant shifted to the
right; and `#a in (..)`, on which it fails.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "rules"))
import make_fixtures  # noqa: E402

HEAD = 'import "pe" import "elf" import "math" import "hash" import "macho" import "time"\n'
FIXTURES = list(make_fixtures.build().values())
ALPHABET = "zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA9876543210+/"
POOL = ['"ab"', '"abc"', '"abc" nocase', '"xyz" wide', '"xyz" wide ascii', '"MZ"', '"program"', '"cannot be run"',
        "{ 61 62 [0-4] 63 }", "{ 4D 5A ?0 }", "{ 7F 45 4C 46 }", "/ab+c/", "/x[yz]{1,3}/", "/a.c/s", '"ab" fullword',
        "/a[0-9]*b/", '"aaaa"', '"b" xor', "{ 61 [2-] 63 62 }", "/(ab|cd)+/i", '"zzzzzzzzzz"', "{ 00 00 00 }", "/^ab/",
        "/bc$/", '"qqqq" private', '"KERNEL32.dll" nocase', '"abcabc" base64', "{ (61 | 62 63) 61 }", '"ELF"',
        '"This program cannot be run in DOS mode" xor', "/[a-c]{3}x/", '"hello world"', "{ 62 63 ( 61 | 62 | 63 ) }",
        '"abc" xor(1-32) private', '"hello" base64("%s")' % ALPHABET, "/\\bhello\\b/ wide ascii",
        '"xyz" ascii wide fullword', '"bca" base64wide', '"hello world" xor wide', "{ 61 ( 62 | 62 ( 62 | 63 ) ?? ) 61 }"]
PIECES = [b"ab", b"abc", b"ABC", b"x\0y\0z\0", b"xyz", b"MZ", b"program", b"aaaa", b"abbbc", b"hello world", b"\0\0\0",
          b" ", b"cb", b"aaab", b"This program cannot be run in DOS mode", b"\x7fELF", b"bca", b"abx", b"cabx"]
COMPARE = ["<", ">", "<=", ">=", "==", "!="]


class Condition:
    """Builds one condition and notes which strings it names."""

    def __init__(self, rng, n_before):
        self.rng, self.n_before = rng, n_before  # rules r0.. that it may ask for
        self.used, self.them, self.loops, self.in_of = set(), False, [], False

    def one(self, *choices):
        return self.rng.choice(choices)

    def string(self):
        name = self.rng.choice("abcdef")
        self.used.add(name)
        return name

    def number_leaf(self):
        s, n = self.string, self.rng.randint(1, 3)
        kinds = [lambda: self.one("0", "1", "2", "3", "4", "7", "16", "63", "64", "100", "256", "4096", "0x5a4d"),
                 lambda: "filesize", lambda: "#" + s(), lambda: "@%s[%d]" % (s(), n), lambda: "!%s[%d]" % (s(), n),
                 lambda: "@" + s()]
        if self.loops:
            kinds += 4 * [lambda: self.rng.choice(self.loops)]
        if self.in_of:
            kinds += [lambda: "#", lambda: "@", lambda: "!", lambda: "@[%d]" % n]
        return self.rng.choice(kinds)()

    def field(self):
        i = self.number_leaf
        return self.one("pe.number_of_sections", "pe.entry_point", "elf.number_of_sections", "elf.entry_point",
                        "pe.sections[0].raw_data_size", "pe.sections[%s].virtual_address" % i(), "pe.machine",
                        "pe.overlay.offset", "math.min(%s, %s)" % (i(), i()), "math.max(%s, %s)" % (i(), i()),
                        "math.count(%d)" % self.rng.randint(60, 100), "hash.crc32(0, %s)" % i(),
                        "math.count(%s, %s, %s)" % (i(), i(), i()), "math.mode()", "math.mode(0, %s)" % i(),
                        "math.abs(%s)" % i(), "math.to_number(%s == %s)" % (i(), i()), "hash.checksum32(%s, 64)" % i(),
                        "pe.characteristics & %s" % i(), "pe.rva_to_offset(%s)" % i(), "pe.section_index(%s)" % i(),
                        'pe.section_index(".text")', "pe.number_of_imports", "pe.number_of_exports", "pe.checksum",
                        "pe.calculate_checksum()", "pe.number_of_resources", "pe.linker_version.major",
                        "pe.os_version.minor", "pe.data_directories[%s].size" % i(), "pe.is_32bit()", "pe.is_dll()",
                        "pe.rich_signature.version(%s)" % i(), "pe.rich_signature.length", "pe.imports(%s)" %
                        self.one("pe.IMPORT_ANY, /./", '"kernel32.dll"', '/k/i, /./', 'pe.IMPORT_STANDARD, "kernel32.dll"'),
                        "pe.exports_index(%s)" % self.one("1", '"f"', "/./"), "pe.export_details[%s].ordinal" % i(),
                        "pe.resources[%s].offset" % i(), "pe.timestamp", "pe.sections[%s].characteristics" % i(),
                        "elf.machine", "elf.type", "elf.sections[%s].offset" % i(), "elf.segments[%s].type" % i(),
                        "elf.dynamic[%s].tag" % i(), "elf.symtab[%s].value" % i(), "elf.dynsym_entries",
                        "elf.segments[%s].file_size" % i(), "elf.number_of_segments", "macho.cputype", "macho.ncmds",
                        "macho.segments[%s].fsize" % i(), "macho.number_of_segments", "macho.fat_arch[%s].offset" % i(),
                        "macho.file[%s].entry_point" % i(), "macho.entry_point", "macho.segments[0].sections[%s].size" % i(),
                        "(time.now() * 0)")

    def number(self, depth):
        kind = self.rng.random()
        if depth <= 0 or kind < 0.3:
            return self.number_leaf()
        if kind < 0.4:
            return "%s(%s)" % (self.one("uint8", "uint16", "uint32", "int8", "int16", "int32", "uint16be", "uint32be"),
                               self.number(depth - 1))
        if kind < 0.5:
            return self.field()
        if kind < 0.58:
            return "%s(%s)" % (self.one("-", "~"), self.number(depth - 1))
        if kind < 0.7:
            return "((#%s + %s) %s %s)" % (self.string(), self.number(depth - 1), self.one("<<", ">>"),
                                           self.one("1", "8", "63", "64"))
        return "(%s %s %s)" % (self.number(depth - 1), self.one("+", "-", "*", "\\", "%", "&", "|", "^"),
                               self.number(depth - 1))

    def text(self):
        return self.one('"ab"', '"abc"', '"kernel32.dll"', "pe.sections[%d].name" % self.rng.randint(0, 3), '".text"',
                        'pe.version_info["CompanyName"]', "hash.md5(0, %s)" % self.number_leaf(), "text",
                        "elf.sections[%d].name" % self.rng.randint(0, 3), "pe.dll_name", "pe.imphash()",
                        "elf.telfhash()", "elf.dynsym[%s].name" % self.number_leaf(), "elf.symtab[%d].name" %
                        self.rng.randint(0, 9), 'hash.sha1("abc")', "hash.sha256(%s, %s)" % (
                            self.number_leaf(), self.number_leaf()), "pe.export_details[%d].name" % self.rng.randint(0, 3),
                        "pe.import_details[%d].library_name" % self.rng.randint(0, 2), "pe.pdb_path",
                        "pe.import_details[0].functions[%d].name" % self.rng.randint(0, 3), "pe.rich_signature.clear_data",
                        "pe.resources[%d].type_string" % self.rng.randint(0, 2), "pe.version_info_list[0].key",
                        "macho.segments[%d].segname" % self.rng.randint(0, 2), "pe.sections[%d].full_name" %
                        self.rng.randint(0, 3))

    def float(self):
        return self.one("1.5", "0.0", "math.entropy(0, filesize)", "math.mean(0, %s)" % self.number_leaf(),
                        "math.deviation(0, filesize, 64.0)", "(%s * 1.0)" % self.number_leaf(),
                        "math.serial_correlation(0, %s)" % self.number_leaf(), 'math.entropy("aabc")',
                        "math.monte_carlo_pi(0, filesize)", "math.percentage(%d)" % self.rng.randint(60, 100),
                        "math.entropy(%s, %s)" % (self.number_leaf(), self.number_leaf()), 'math.mean("ab")',
                        "(%s \\ 2.5)" % self.number_leaf(), "(1.5 - %s)" % self.number_leaf(), "-(2.5)", "math.MEAN_BYTES",
                        "math.percentage(0x61, 0, %s)" % self.number_leaf())

    def range(self):
        return "(%s..%s)" % (self.one(self.number_leaf(), "0", "1", "4"),
                             self.one(self.number_leaf(), "filesize", "filesize - 4", "100", "0x10"))

    def set(self):
        if self.rng.random() < 0.4:
            self.them = True
            return "them"
        return "(%s)" % ", ".join("$" + self.string() for _ in range(self.rng.randint(1, 4)))

    def leaf(self):
        s = self.string
        kinds = 6 * [lambda: "$" + s()]
        kinds += [lambda: "$%s at %s" % (s(), self.one("0", "1", "2", "4", self.number_leaf())),
                  lambda: "$%s in %s" % (s(), self.range()),
                  lambda: "filesize %s %s" % (self.rng.choice(COMPARE), self.one("10", "100", "1KB", "4136", "0")),
                  lambda: "uint16(0) == 0x5a4d", lambda: "uint32(0) == 0x464c457f", lambda: "uint8(0) == 0x61",
                  lambda: "uint16(uint32(0x3c)) == 0x4550", lambda: "uint32(0) != 0x464c457f",
                  lambda: self.one("true", "false")]
        if self.in_of:
            kinds += 4 * [lambda: "$"] + [lambda: "$ at " + self.number_leaf(), lambda: "$ in " + self.range()]
        if self.n_before:
            kinds += 2 * [lambda: "r%d" % self.rng.randrange(self.n_before)]
        return self.rng.choice(kinds)()

    def of(self):
        many = self.one("any", "all", "none", "1", "2", "3", "0", "50%", "20%", "(%s)" % self.number_leaf())
        if self.n_before and self.rng.random() < 0.1:
            return "%s of (r%d, r%d)" % (many, self.rng.randrange(self.n_before), self.rng.randrange(self.n_before))
        return "%s of %s%s" % (many, self.set(), self.one("", "", " in " + self.range()))

    def loop(self, depth):
        many = self.one("any", "all", "1", "2", "3", "(#%s + 1)" % self.string())
        if not self.in_of and self.rng.random() < 0.5:
            which = self.set()
            self.in_of = True
            body = self.truth(depth - 1)
            self.in_of = False
            return "for %s of %s : (%s)" % (many, which, body)
        if len(self.loops) == 2:
            return "$" + self.string()
        if self.rng.random() < 0.25:
            return self.walk(many)
        name = "ij"[len(self.loops)]
        over = self.one("(%s..%s)" % (self.one("0", "1"), self.one("3", "5", "#%s & 7" % self.string())),
                        "(%s)" % ", ".join(self.number_leaf() for _ in range(self.rng.randint(1, 3))))
        self.loops.append(name)
        body = self.truth(depth - 1)
        self.loops.pop()
        return "for %s %s in %s : (%s)" % (many, name, over, body)

    def walk(self, many):
        """A loop over what a module lists."""
        i, c = self.number_leaf, self.rng.choice(COMPARE)
        return "for %s %s" % (many, self.one(
            "s in pe.sections : (s.raw_data_size %s %s)" % (c, i()),
            "s in pe.sections : (s.name matches /t/ and s.virtual_address %s %s)" % (c, i()),
            's in elf.sections : (s.name startswith ".s" or s.size %s %s)' % (c, i()),
            "k, v in pe.version_info : (k contains %s or v icontains %s)" % (self.one('"Name"', '"File"'), self.one('"a"', '"m"')),
            "d in pe.import_details : (for any f in d.functions : (f.name icontains %s))" % self.one('"get"', '"x"'),
            "e in pe.export_details : (e.ordinal %s %s)" % (c, i()), "r in pe.resources : (r.length %s %s)" % (c, i()),
            "d in pe.data_directories : (d.size %s %s)" % (c, i()), "s in macho.segments : (s.fsize %s %s)" % (c, i()),
            "s in elf.segments : (s.type %s %s or uint8(s.offset) == 0x7f)" % (c, i()),
            "s in elf.symtab : (s.value %s %s)" % (c, i()), "s in elf.dynamic : (s.val %s %s)" % (c, i())))

    def truth(self, depth):
        kind = self.rng.random()
        if depth <= 0 or kind < 0.22:
            return self.leaf()
        if kind < 0.5:
            return "(%s %s %s)" % (self.truth(depth - 1), self.one("and", "or"), self.truth(depth - 1))
        if kind < 0.58:
            return "not (%s)" % self.truth(depth - 1)
        if kind < 0.68:
            return "%s %s %s" % (self.number(depth - 1), self.rng.choice(COMPARE), self.number(depth - 1))
        if kind < 0.71:
            return "%s %s %s" % (self.float(), self.rng.choice(COMPARE), self.one(self.float(), self.number_leaf()))
        if kind < 0.76:
            return "%s %s %s" % (self.text(), self.one("==", "!=", "contains", "icontains", "startswith", "endswith",
                                                       "iequals", "<", ">="), self.text())
        if kind < 0.78:
            return "%s matches %s" % (self.text(), self.one("/a.c/", "/^\\.t/", "/[0-9a-f]{32}/i", "/x*/"))
        if kind < 0.86:
            return self.of()
        if kind < 0.9:
            return "defined (%s)" % self.one(self.number(depth - 1), self.text(), self.truth(depth - 1))
        return self.loop(depth)


def conditions(rng, n):
    """Rules r0 to r<n-1>, a line each.  Some ask for those before them; some are private."""
    out = []
    for i in range(n):
        c = Condition(rng, 0 if i < 40 else 40)
        truth = c.truth(rng.choice((1, 2, 2, 3, 4)))
        names = "abcdef" if c.them else sorted(c.used)
        strings = "".join("$%s = %s " % (name, rng.choice(POOL)) for name in names)
        out.append("%srule r%d { %scondition: %s }" % (rng.choice(("", "", "", "", "private ")), i,
                                                        "strings: " + strings if strings else "", truth))
    return out


def document(rng):
    """An object for conditions: pieces that the strings are made of, alone or behind a program."""
    body = b"".join(rng.choice(PIECES) for _ in range(rng.choice((0, 1, 2, 4, 10, 40))))
    kind = rng.random()
    if kind < 0.3:
        return rng.choice(FIXTURES) + (body if rng.random() < 0.5 else b"")
    return (b"MZ" if kind < 0.4 else b"\x7fELF" if kind < 0.5 else b"") + body


# ---- strings alone

def regex_class(rng):
    items = "".join(rng.choice(("a", "b", "a-c", "0-9", "\\d", "\\w", "\\s", "\\x00-\\x1f", "_", "\\W", "B-D"))
                    for _ in range(rng.randint(1, 3)))
    return "[" + rng.choice(("", "", "", "^")) + items + "]"


def regex(rng, depth):
    out = ""
    for _ in range(rng.randint(1, 4)):
        kind = rng.random()
        if kind < 0.5:
            atom = rng.choice("abcd01_abab")
        elif kind < 0.58:
            atom = rng.choice((".", "\\w", "\\d", "\\s", "\\W", "\\S", "\\D", "\\x61", "\\x00", "\\.", "\\n"))
        elif kind < 0.7:
            atom = regex_class(rng)
        elif kind < 0.74:
            out += rng.choice(("\\b", "\\B", "^", "$"))
            continue
        else:
            atom = "(" + "|".join(regex(rng, depth - 1) for _ in range(rng.randint(1, 3))) + ")" if depth else "ab"
        out += atom
        if rng.random() < 0.3:
            out += rng.choice(("*", "+", "?", "{2}", "{1,3}", "{0,2}", "{,2}", "{2,}", "{3,9}"))
    return out


def hexadecimal(rng, depth, bytes_, gaps):
    out, n = [], rng.randint(2, 7)
    for k in range(n):
        kind = rng.random()
        if k in (0, n - 1) or kind < 0.6 or out[-1][0] in "[?":
            out.append(rng.choice(bytes_))
        elif kind < 0.7:
            out.append("??")
        elif kind < 0.9:
            out.append(rng.choice(gaps))
        elif depth:
            out.append("( %s )" % " | ".join(hexadecimal(rng, 0, bytes_, ["[1]"]) for _ in range(2)))
        else:
            out.append("62")
    return " ".join(out)


def hexadecimal_string(rng):
    """With free bits or with gaps of several lengths: with both, yara's length depends on its choice of atoms."""
    bytes_ = ["61", "62", "63", "64", "30", "31", "00", "0A", "61", "62"]
    if rng.random() < 0.5:
        return "{ %s }" % hexadecimal(rng, 1, bytes_ + ["6?", "3?", "?1"], ["[1]", "[2]"])
    gaps = ["[1]", "[0-2]", "[1-4]", "[0-]", "[3-]", "[2-300]", "[200-]", "[0-500]"]
    return "{ %s }" % hexadecimal(rng, 0, bytes_, gaps)


def strings(rng, n):
    """Rules s0 to s<n-1>, a line and a string each; a regular expression is $r."""
    out = []
    for i in range(n):
        kind = rng.random()
        if kind < 0.4:
            modifiers = rng.choice(("", "", "wide", "nocase", "ascii"))
            name, string = "r", "/%s/%s %s" % (regex(rng, 2), rng.choice(("", "", "i", "s", "is")), modifiers)
        elif kind < 0.7:
            name, string = "h", hexadecimal_string(rng)
        else:
            text = "".join(rng.choice("abcdABz01 _") for _ in range(rng.randint(1, 8)))
            name, string = "t", '"%s" %s' % (text, rng.choice((
                "", "nocase", "wide", "fullword", "wide ascii", "xor", "xor(1-3)", "xor wide", "base64", "xor fullword",
                "wide fullword", "ascii wide fullword nocase", "base64wide")))
        out.append("rule s%d { strings: $%s = %s condition: $%s }" % (i, name, string, name))
    return out


def noise(rng):
    """An object for strings: few different bytes, so that most occur."""
    data = bytes(rng.choice(b"abcdabcdABCD01_ -\n\0") for _ in range(rng.choice((5, 20, 60, 200, 800))))
    kind = rng.random()
    if kind < 0.2:
        return b"".join(bytes((b, 0)) for b in data)
    if kind < 0.3:
        key = rng.randint(1, 3)
        return bytes(b ^ key for b in data)
    if kind < 0.4:
        return data + b"".join(bytes((b, 0)) for b in data[:40]) + data
    return data
