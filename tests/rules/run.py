#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks Debian's yara and `pellucid yara` the same questions, and compares both to the tables.

Usage: run.py [--only-oracle | --only-ours] [--fill] [--case TEXT] [FILE.test]...

Environment: PELLUCID (default: pellucid), YARA (default: yara).  Output is TAP, a line a case.

A .test file is a list of sections; each begins with `=== `.  `#` in the first column is a comment
(not inside the rules and the answers of a case).  A line that begins with white space continues
the line above it in a table.

=== conditions: NAME        each line one expression and what it is:
--- import pe               true EXPR     `EXPR` holds
--- with $a = "abc"         false EXPR    `not (EXPR)` holds
--- define n=1              undef EXPR    neither does
--- input SPEC              error EXPR    it is refused
true #a == 1                (`--- input`, `with`, `import` and `define` add to what was said before)

=== strings: NAME           each line one string and where it matches:
"abc" nocase  in "xABC"  gives 1:ABC
/a+/  in 70 * "a"  gives 0+70 ...       offset:text or offset+length; `-` nothing matches,
error /a{2,1}/                          `private` the rule matches and shows nothing;
                                        yara shows 512 bytes of a match at most

=== rules: PATH...          rule files, as seen from the root of the tree, one line an input:
fires NAME...  in SPEC      these rules and no others match
quiet  in SPEC              no rule matches

=== case: NAME              anything else: rules, then
--- input SPEC
--- options -s -e
--- file NAME               (text of another file, up to the next `---`)
--- gives                   the exact output (the scanned file's name is left out at the end of a
t                           line and written FILE elsewhere); or `--- error`: refused
===

`--- differs REASON`, in any section: yara 4.2.3 answers otherwise, so that only we are asked.

SPEC: "text\\x00" | hex 00 41 | fixture NAME | empty | bytes A..B, joined by `+`, each with an
optional `N *` before it.
"""

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import make_fixtures  # noqa: E402

SECONDS = 60


ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", '"': '"', "\\": "\\"}
SPEC_TOKEN = re.compile(r'\s*(?:(?P<n>\d+)\s*\*\s*)?(?:"(?P<text>(?:[^"\\]|\\.)*)"'
                        r'|hex(?P<hex>(?:\s+[0-9A-Fa-f]{2})+)|fixture\s+(?P<fix>[\w.]+)|(?P<empty>empty)'
                        r'|bytes\s+(?P<lo>\d+)\.\.(?P<hi>\d+))\s*(?P<plus>\+?)')


class Wrong(Exception):
    """A mistake in a .test file."""


def unescape(text):
    def one(m):
        s = m.group(1)
        if s[0] == "x":
            return chr(int(s[1:], 16)).encode("latin-1").decode("latin-1")
        if s not in ESCAPES:
            raise Wrong("unknown escape \\" + s)
        return ESCAPES[s]
    out = bytearray()
    at = 0
    for m in re.finditer(r"\\(x[0-9A-Fa-f]{2}|.)", text):
        out += text[at:m.start()].encode() + one(m).encode("latin-1")
        at = m.end()
    return bytes(out + text[at:].encode())


def spec_bytes(spec, fixtures):
    out, at = b"", 0
    while True:
        m = SPEC_TOKEN.match(spec, at)
        if not m:
            raise Wrong("input is not understood: " + spec[at:])
        n = int(m["n"] or 1)
        if m["text"] is not None:
            piece = unescape(m["text"])
        elif m["hex"]:
            piece = bytes.fromhex(m["hex"])
        elif m["fix"]:
            if m["fix"] not in fixtures:
                raise Wrong("no fixture " + m["fix"])
            piece = fixtures[m["fix"]]
        elif m["lo"]:
            piece = bytes(range(int(m["lo"]), int(m["hi"]) + 1))
        else:
            piece = b""
        out += n * piece
        at = m.end()
        if not m["plus"]:
            if spec[at:].strip():
                raise Wrong("input is not understood: " + spec[at:])
            return out


# ---- the cases

class Case:
    def __init__(self, place, name, line):
        self.place, self.name, self.line = place, name, line
        self.differs = None
        self.want = None          # what the table says; each kind compares its own form
        self.got = {}             # engine -> the same form
        self.fill = None          # how to write an answer into the file: f(got) -> new lines


class Group:
    """Cases that one process can answer.  run(engine) sets case.got[engine]."""

    def __init__(self, cases, differs):
        self.cases, self.differs = cases, differs
        for c in cases:
            c.differs = differs


class Engine:
    def __init__(self, name, command):
        self.name, self.command = name, command

    def run(self, args, cwd):
        try:
            p = subprocess.run(self.command + args, cwd=cwd, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return -1, "", "no answer within %d s" % SECONDS
        if p.returncode < 0:
            return p.returncode, "", "died of signal %d" % -p.returncode
        return (p.returncode, p.stdout.decode("utf-8", "surrogateescape"),
                p.stderr.decode("utf-8", "surrogateescape"))


def write(path, data):
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape"))


def first_line(text):
    lines = [x for x in text.splitlines() if "error" in x] or text.splitlines() or ["no message"]
    return lines[0]


# ---- conditions

def used(strings, expression):
    """The definitions that an expression needs: an unused string would be refused."""
    if re.search(r"\bthem\b", expression):
        return strings
    out = []
    for s in strings:
        name = re.match(r"\$(\w*)", s).group(1)
        stars = re.findall(r"\$(\w*)\*", expression)
        if any(name.startswith(x) for x in stars):
            out.append(s)
        elif name and re.search(r"[$#@!]" + name + r"\b", re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)):
            out.append(s)
    return out


class Conditions(Group):
    def __init__(self, cases, differs, imports, strings, defines, data):
        super().__init__(cases, differs)
        self.imports, self.strings, self.defines, self.data = imports, strings, defines, data

    def text(self, cases):
        out = ["import \"%s\"\n" % m for m in self.imports]
        for i, c in enumerate(cases):
            strings = used(self.strings, c.expression)
            strings = "strings: %s\n" % "\n".join(strings) if strings else ""
            out.append("rule t%d { %scondition: %s\n}\n" % (i, strings, c.expression))
            out.append("rule f%d { %scondition: not (%s\n)}\n" % (i, strings, c.expression))
        return "".join(out)

    def ask(self, engine, tmp, cases):
        write(os.path.join(tmp, "rules.yar"), self.text(cases))
        args = [x for d in self.defines for x in ("-d", d)]
        return engine.run(args + ["-w", "rules.yar", "input"], tmp)

    def answer(self, engine, tmp, cases):
        rc, out, err = self.ask(engine, tmp, cases)
        if rc != 0:
            if len(cases) > 1:
                for c in cases:
                    self.answer(engine, tmp, [c])
            else:
                cases[0].got[engine.name] = "error" if rc > 0 else "crash"
                cases[0].note[engine.name] = first_line(err)
            return
        seen = {line.split(" ")[0] for line in out.splitlines() if line.endswith(" input")}
        for i, c in enumerate(cases):
            t, f = "t%d" % i in seen, "f%d" % i in seen
            c.got[engine.name] = "both" if t and f else "true" if t else "false" if f else "undef"

    def run(self, engine):
        with tempfile.TemporaryDirectory(prefix="rules") as tmp:
            write(os.path.join(tmp, "input"), self.data)
            together = [c for c in self.cases if c.want != "error"]
            if together:
                self.answer(engine, tmp, together)
            for c in self.cases:
                if c.want == "error":
                    self.answer(engine, tmp, [c])


# ---- strings

def matches_want(text, data):
    """"0:ab 3+7" -> [(0, 2), (3, 7)]; None: no match; []: a match that shows nothing"""
    if text == "-":
        return None
    if text == "private":
        return []
    out = []
    for w in text.split():
        m = re.fullmatch(r"(\d+)(?:\+(\d+)|:(.+))", w)
        if not m:
            raise Wrong("match is not understood: " + w)
        at = int(m[1])
        n = int(m[2]) if m[2] else len(unescape(m[3]))
        if m[3] and data[at:at + n] != unescape(m[3]):
            raise Wrong("the input does not hold %s at %d" % (m[3], at))
        out.append((at, n))
    return out


def matches_text(got, data):
    if got is None:
        return "-"
    if got == []:
        return "private"
    out = []
    for at, n in got:
        piece = data[at:at + n]
        if 0 < n <= 24 and re.fullmatch(rb"[\x21-\x5b\x5d-\x7e]+", piece):
            out.append("%d:%s" % (at, piece.decode()))
        else:
            out.append("%d+%d" % (at, n))
    return " ".join(out)


def shown(pattern, data, at, n):
    """A match as yara prints it: bytes for hex strings, escaped text for the others."""
    piece = data[at:at + n]
    if pattern.startswith("{"):
        text = " ".join("%02X" % b for b in piece[:64]) + (" ..." if len(piece) > 64 else "")
    else:
        text = "".join(chr(b) if 32 <= b < 127 else "\\x%02X" % b for b in piece)
    return "0x%x:%d:$a: %s" % (at, n, text)


class Strings(Group):
    def text(self, cases):
        return "".join("rule t%d { strings: $a = %s\ncondition: $a }\n" % (i, c.pattern)
                       for i, c in enumerate(cases))

    def answer(self, engine, tmp, cases):
        write(os.path.join(tmp, "rules.yar"), self.text(cases))
        numbers = {}
        for c in cases:
            if c.data not in numbers:
                numbers[c.data] = "i%d" % len(numbers)
                write(os.path.join(tmp, "in", numbers[c.data]), c.data)
        rc, out, err = engine.run(["-w", "-s", "-L", "-p", "1", "rules.yar", "in"], tmp)
        if rc != 0:
            if len(cases) > 1:
                for c in cases:
                    self.answer(engine, tmp, [c])
            else:
                cases[0].got[engine.name] = "error" if rc > 0 else "crash"
                cases[0].note[engine.name] = first_line(err)
            return
        seen, last = {}, None
        for line in out.splitlines():
            if line.startswith("0x"):
                if last is not None:
                    last.append(line)
            else:
                rule, _, path = line.partition(" ")
                last = seen.setdefault((rule, os.path.basename(path)), [])
        for i, c in enumerate(cases):
            lines = seen.get(("t%d" % i, numbers[c.data]))
            c.got[engine.name] = lines

    def run(self, engine):
        with tempfile.TemporaryDirectory(prefix="rules") as tmp:
            os.mkdir(os.path.join(tmp, "in"))
            together = [c for c in self.cases if c.want != "error"]
            if together:
                self.answer(engine, tmp, together)
            for c in self.cases:
                if c.want == "error":
                    self.answer(engine, tmp, [c])


# ---- rule files and their inputs

class RuleFiles(Group):
    def __init__(self, cases, differs, paths):
        super().__init__(cases, differs)
        self.paths = paths

    def run(self, engine):
        with tempfile.TemporaryDirectory(prefix="rules") as tmp:
            os.mkdir(os.path.join(tmp, "in"))
            for i, c in enumerate(self.cases):
                write(os.path.join(tmp, "in", str(i)), c.data)
            rc, out, err = engine.run(["-w", "-p", "1"] + [os.path.join(ROOT, p) for p in self.paths] +
                                      ["in"], tmp)
            for i, c in enumerate(self.cases):
                c.got[engine.name] = sorted(x.split(" ")[0] for x in out.splitlines()
                                            if x.endswith("/" + str(i))) if rc == 0 else "error"
                c.note[engine.name] = first_line(err) if rc != 0 else ""


# ---- whole cases

class Whole(Group):
    def __init__(self, case, differs, rules, options, files, data):
        super().__init__([case], differs)
        self.rules, self.options, self.files, self.data = rules, options, files, data

    def run(self, engine):
        case = self.cases[0]
        with tempfile.TemporaryDirectory(prefix="rules") as tmp:
            write(os.path.join(tmp, "rules.yar"), self.rules)
            write(os.path.join(tmp, "input.bin"), self.data)
            for name, text in self.files.items():
                path = os.path.join(tmp, name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                write(path, text)
            sources = [] if any(o.endswith(".yar") for o in self.options) else ["rules.yar"]
            rc, out, err = engine.run(["-w"] + self.options + sources + ["input.bin"], tmp)
        lines = [re.sub(r" input\.bin$", "", x).replace("input.bin", "FILE") for x in out.splitlines()]
        case.got[engine.name] = lines if rc == 0 else "error" if rc > 0 else "crash"
        case.note[engine.name] = first_line(err) if rc != 0 else ""


# ---- reading the tables

class Reader:
    def __init__(self, path, fixtures):
        self.path, self.fixtures = path, fixtures
        self.lines = open(path, encoding="utf-8", errors="surrogateescape").read().split("\n")
        self.groups, self.cases = [], []
        self.base = os.path.splitext(os.path.basename(path))[0]

    def case(self, name, line):
        c = Case("%s:%d" % (self.path, line + 1), name, line)
        c.note = {}
        self.cases.append(c)
        return c

    def read(self):
        at = 0
        while at < len(self.lines):
            m = re.match(r"=== (conditions|strings|rules|case): *(.*)$", self.lines[at])
            if not m:
                if self.lines[at].strip() and not re.match(r"#|===$", self.lines[at]):
                    raise Wrong("%s:%d: outside any section" % (self.path, at + 1))
                at += 1
                continue
            end = at + 1
            while end < len(self.lines) and not self.lines[end].startswith("==="):
                end += 1
            try:
                getattr(self, "read_" + m[1])(m[2], at + 1, end)
            except Wrong as e:
                raise Wrong("%s:%d: %s" % (self.path, at + 1, e))
            at = end
        return self

    def table(self, at, end):
        """Logical lines: (number, text), continued ones joined, comments and empty ones left out."""
        out = []
        for i in range(at, end):
            line = self.lines[i]
            if not line.strip() or line.startswith("#"):
                continue
            if line[0] in " \t" and out:
                out[-1] = (out[-1][0], out[-1][1] + "\n" + line)
            else:
                out.append((i, line))
        return out

    def read_conditions(self, name, at, end):
        imports, strings, defines, data, differs = [], [], [], b"", None
        cases = []

        def flush():
            nonlocal cases
            if cases:
                self.groups.append(Conditions(cases, differs, list(imports), list(strings),
                                              list(defines), data))
            cases = []
        for number, line in self.table(at, end):
            m = re.match(r"--- (\w+) ?(.*)$", line, re.S)
            if m:
                flush()
                if m[1] == "import":
                    imports.append(m[2])
                elif m[1] == "with":
                    strings = [s for s in strings if s.split(" ")[0] != m[2].split(" ")[0]] + [m[2]]
                elif m[1] == "define":
                    defines.append(m[2])
                elif m[1] == "input":
                    data = spec_bytes(m[2], self.fixtures)
                elif m[1] == "differs":
                    differs = m[2]
                else:
                    raise Wrong("unknown directive " + m[1])
                continue
            m = re.match(r"(true|false|undef|error|\?) +(.*)$", line, re.S)
            if not m:
                raise Wrong("line %d is not understood" % (number + 1))
            c = self.case("%s: %s" % (name, " ".join(m[2].split())), number)
            c.want, c.expression = m[1], m[2]
            c.fill = lambda got, c=c: "%-5s" % got + self.lines[c.line][self.lines[c.line].index(" "):]
            c.compare = lambda got, c=c: got == c.want
            c.show = str
            cases.append(c)
        flush()

    def read_strings(self, name, at, end):
        cases, differs = [], None
        for number, line in self.table(at, end):
            if line.startswith("--- differs "):
                differs = line[12:]
                continue
            m = re.match(r"error (.*)$", line, re.S)
            if m:
                c = self.case("%s: refused: %s" % (name, m[1]), number)
                c.pattern, c.data, c.want = m[1], b"", "error"
                c.compare = lambda got: got == "error"
                c.show = str
                cases.append(c)
                continue
            m = re.match(r"(.*?)\s\s+in (.*?)\s\s+gives ?(.*)$", line, re.S)
            if not m:
                raise Wrong("line %d is not understood" % (number + 1))
            c = self.case("%s: %s in %s" % (name, m[1], m[2]), number)
            c.pattern, c.data = m[1], spec_bytes(m[2], self.fixtures)
            c.want = matches_want(m[3], c.data) if m[3].strip() else "?"

            def lines(c):
                return None if c.want is None else [shown(c.pattern, c.data, a, n) for a, n in c.want]

            def fill(got, c):
                if got == "error":
                    return "error " + c.pattern
                if got is not None:
                    got = [(int(x.split(":")[0], 16), int(x.split(":")[1])) for x in got]
                return re.sub(r"gives.*$", "gives", self.lines[c.line]).rstrip() + " " + matches_text(got, c.data)
            c.compare = lambda got, c=c: c.want not in ("?", "error") and got == lines(c)
            c.show = lambda got: got if isinstance(got, str) else "no match" if got is None else "; ".join(got)
            c.fill = lambda got, c=c: fill(got, c)
            cases.append(c)
        self.groups.append(Strings(cases, differs))

    def read_rules(self, paths, at, end):
        cases, differs = [], None
        for number, line in self.table(at, end):
            if line.startswith("--- differs "):
                differs = line[12:]
                continue
            m = re.match(r"(fires|quiet)((?: \w+)*)\s\s+in (.*)$", line, re.S)
            if not m:
                raise Wrong("line %d is not understood" % (number + 1))
            text = " ".join(m[3].split())
            c = self.case("%s%s in %s" % (m[1], m[2], text[:60] + ("..." if len(text) > 60 else "")), number)
            c.data, c.want = spec_bytes(m[3], self.fixtures), sorted(m[2].split())
            c.compare = lambda got, c=c: got == c.want
            c.show = lambda got: got if isinstance(got, str) else " ".join(got) or "no rule"
            cases.append(c)
        if cases:
            self.groups.append(RuleFiles(cases, differs, paths.split()))

    def read_case(self, name, at, end):
        start, rules, files, options, data, differs, want = at, [], {}, [], b"", None, None
        where, into, gives_at = "rules", rules, None
        for i in range(at, end):
            m = re.match(r"--- (\w+) ?(.*)$", self.lines[i])
            if not m:
                into.append(self.lines[i])
                continue
            into = []
            if m[1] == "input":
                data = spec_bytes(m[2], self.fixtures)
            elif m[1] == "options":
                options += m[2].split()
            elif m[1] == "file":
                files[m[2]] = into
            elif m[1] == "gives":
                want, into, gives_at = [], [], i
                want = into
                if m[2] == "?":
                    want = "?"
            elif m[1] == "error":
                want = "error"
            elif m[1] == "differs":
                differs = m[2]
            else:
                raise Wrong("unknown directive " + m[1])
        if want is None:
            raise Wrong("a case without an answer")
        if isinstance(want, list):
            while want and not want[-1].strip():
                want.pop()
        c = self.case(name, start - 1)
        c.want = want
        c.compare = lambda got, c=c: got == c.want
        c.show = lambda got: got if isinstance(got, str) else "\n".join(got) or "nothing"

        def fill(got):
            c.line = gives_at
            return "--- error" if got == "error" else "\n".join(["--- gives"] + got)
        c.fill = fill
        self.groups.append(Whole(c, differs, "\n".join(rules) + "\n", options,
                                 {k: "\n".join(v) + "\n" for k, v in files.items()}, data))


# ---- the run

def report(number, case, engines):
    if case.differs and not any(e.name == "pellucid" for e in engines):
        print("ok %d - %s # SKIP yara differs: %s" % (number, case.label, case.differs))
        return True
    asked = [e.name for e in engines if e.name in case.got]
    bad = [e for e in asked if not case.compare(case.got[e])]
    note = " # we differ: %s" % case.differs if case.differs else ""
    print("%s %d - %s%s" % ("not ok" if bad or not asked else "ok", number, case.label, note))
    for e in bad:
        want = case.want if isinstance(case.want, str) else case.show_want()
        for line in ("%s\n%s: %s\nexpected: %s\n%s" % (case.place, e, case.show(case.got[e]), want,
                                                      case.note.get(e, ""))).strip().split("\n"):
            print("#   " + line)
    return not bad and bool(asked)


def show_want(case):
    if case.want is None:
        return "no match"
    if hasattr(case, "pattern"):
        return "; ".join(shown(case.pattern, case.data, a, n) for a, n in case.want) or "a match that shows nothing"
    return case.show(case.want)


def fill_in(reader):
    changed = 0
    for c in sorted(reader.cases, key=lambda c: -c.line):
        if c.want == "?" and not c.differs and "yara" in c.got:
            text = c.fill(c.got["yara"])
            self_line = c.line
            reader.lines[self_line] = text
            changed += 1
    if changed:
        write(reader.path, "\n".join(reader.lines))
    return changed


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--only-oracle", action="store_true", help="ask yara alone")
    p.add_argument("--only-ours", action="store_true", help="ask pellucid alone")
    p.add_argument("--fill", action="store_true", help="write yara's answers where a table has `?` or none")
    p.add_argument("--case", metavar="TEXT", help="only cases whose name holds TEXT")
    p.add_argument("file", nargs="*")
    a = p.parse_args()
    engines = []
    if not a.only_ours:
        engines.append(Engine("yara", [os.environ.get("YARA", "yara")]))
    if not a.only_oracle and not a.fill:
        engines.append(Engine("pellucid", [os.environ.get("PELLUCID", "pellucid"), "yara"]))
    paths = a.file
    if not paths:
        for d in ("rules", "starter"):
            d = os.path.join(os.path.dirname(HERE), d)
            if os.path.isdir(d):
                paths += sorted(os.path.join(d, f) for f in os.listdir(d) if f.endswith(".test"))
    fixtures = make_fixtures.build()
    try:
        readers = [Reader(os.path.relpath(p), fixtures).read() for p in paths]
    except Wrong as e:
        print("Bail out! %s" % e)
        return 2
    for e in engines:
        if not shutil.which(e.command[0]):
            print("Bail out! no %s: install it, or name it in %s" % (e.command[0], e.name.upper()))
            return 2
    groups = [g for r in readers for g in r.groups]
    if a.case:
        groups = [g for g in groups if any(a.case in c.name for c in g.cases)]
    wanted = {id(c) for g in groups for c in g.cases}
    jobs = [(g, e) for g in groups for e in engines if not (g.differs and e.name == "yara")]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for job in [pool.submit(g.run, e) for g, e in jobs]:
            job.result()
    number, good = 0, 0
    for r in readers:
        if a.fill:
            print("# %s: %d answers written" % (r.path, fill_in(r)))
            continue
        for c in r.cases:
            if id(c) not in wanted or (a.case and a.case not in c.name):
                continue
            number += 1
            c.label = (r.base + ": " + c.name).replace("#", "\\#").replace("\n", " ")
            c.show_want = lambda c=c: show_want(c)
            good += report(number, c, engines)
    print("1..%d" % number)
    print("# %d passed, %d failed" % (good, number - good))
    return 0 if good == number else 1


if __name__ == "__main__":
    sys.exit(main())
