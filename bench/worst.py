# SPDX-License-Identifier: Apache-2.0
"""The worst files and rules that we can think of, each pair by itself.

Beside the bad rule stands a good one whose string is the end of the file.  A pair must be scanned with 50 MB a CPU
second or more, or the bad rule is stopped by its budget: then the object is incomplete, `limit:steps` or
`limit:matches`, with the rule's name.  The good rule must be found in either case.
"""
import json
import os
import random
import subprocess

from measure import run

MUST, AIM = 50, 200  # MB a CPU second
END = b"the end of the object"
BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def some(alphabet, n, seed=1):
    return bytes(random.Random(seed).choices(alphabet, k=n))


def files(size):
    """Their contents, without the end; each repeats what is not longer than a mebibyte."""
    def fill(piece):
        return (piece * (size // len(piece) + 1))[:size]

    return {
        "a": lambda: fill(b"a"),
        "ab": lambda: fill(b"ab"),
        "zeros": lambda: fill(b"\0"),
        "b far apart": lambda: fill(b"a" * 2999 + b"b"),
        "base64": lambda: fill(some(BASE64, 1 << 20)),
        "hexadecimal": lambda: fill(some(b"0123456789abcdef", 1 << 20)),
        "any bytes": lambda: fill(some(bytes(range(256)), 1 << 20)),
        "code": lambda: fill(bytes.fromhex("8b008b4104890e5583c4085dc3")),
        "lines": lambda: fill(b"key=value; other = 12345\n"),
    }


def regex(text):
    return "$x = %s" % text, "$x"


def count(text):
    return "$x = %s" % text, "#x > 2000000000"


def condition(text):
    return None, text


PAIRS = [
    ("a", "a star before a distant end", *regex("/(a|b)*c.{100}d/")),
    ("a", "nested stars", *regex("/((a|aa|b)*(a|ab)*)*c/")),
    ("a", "a long bounded repetition", *regex("/a{1000,2000}z/")),
    ("a", "many dots in a row", *regex("/(.*a){20}b/")),
    ("ab", "exponentially many states", *regex("/(a|b)*a(a|b){14}c/")),
    ("ab", "bounded jumps one behind the other", *regex("/a.{1,100}b.{1,100}a.{1,100}c/")),
    ("a", "jumps between common bytes", *regex("{ 61 [0-200] 61 [0-200] 62 }")),
    ("a", "a chain of long jumps", *regex("{ 61 61 [1000-30000] 61 61 [1000-30000] 7A }")),
    ("zeros", "a chain of unbounded jumps", *regex("{ 00 00 [-] 00 00 [-] 01 02 }")),
    ("zeros", "zeros with holes", *regex("{ 00 ?? 00 ?? 00 ?? 01 }")),
    ("code", "short pieces of code with wildcards", *regex("{ 8B ?? [2-6] 89 ?? [0-4] C3 ?? 90 }")),
    ("code", "nibbles", *regex("{ 8? 4? 0? 8? [2-10] ?5 ?D C? 90 }")),
    ("any bytes", "two bytes", *regex("{ 4? ?? ?? 7F }")),
    ("any bytes", "many alternatives", *regex("/(%s)!/" % "|".join("%c%c" % (x, y) for x in b"abcdefgh" for y in b"rstuvwxy"))),
    ("base64", "a class, repeated", *regex(r"/[A-Za-z0-9+\/]{60,80}==/")),
    ("base64", "groups of a class", *regex(r"/([A-Za-z0-9+\/]{4})*[A-Za-z0-9+\/]{2}==!/")),
    ("hexadecimal", "hexadecimal digits", *regex(r"/(\\x)?([0-9a-f]{2}){30,}g/")),
    ("lines", "any text before a sign", *regex(r"/\w+ *= *[^;\n]{1,500};.{0,200}<\?php/s")),
    ("lines", "a word in either case", *regex(r"/\b(key|value|other)\b.{0,50}\b(password|secret)\b/i")),
    ("b far apart", "each byte begins a match of thousands", *count("/a.{0,4000}b/s")),
    ("a", "a match at each byte", *count('"aa"')),
    ("ab", "a whole word in either case", *regex('"abab" nocase fullword wide ascii')),
    ("zeros", "xor of what is all alike", *regex('"AAAAAAAAB" xor')),
    ("a", "a loop over matches", "$x = \"aa\"", "for any i in (1..#x) : (@x[i] > @x[i] + 1)"),
    ("a", "a loop over all bytes", *condition("for any i in (0..filesize) : (uint8(i) == 0x7a)")),
    ("a", "loops in loops", *condition("for all i in (0..filesize) : (for any k in (0..filesize) : (uint8(k) == 0x7a))")),
    ("a", "a digest of the rest, at each byte", *condition('for any i in (0..filesize) : (hash.md5(i, filesize) == "x")')),
    ("a", "entropy of the rest, at each byte", *condition("for any i in (0..filesize) : (math.entropy(i, filesize) > 9)")),
]


def rule_text(string, text):
    bad = "rule bad { %s condition: %s }" % ("" if string is None else "strings: " + string, text)
    good = 'rule good { strings: $x = "%s" condition: $x }' % END.decode()
    return 'import "hash"\nimport "math"\n%s\n%s\n' % (bad, good)


def judge(verdict):
    """How the bad rule was stopped, or None; an error where what must be there is not."""
    stopped = [i for i in verdict["incomplete"] if i.get("rule") == "bad"]
    if "good" not in [m["rule"] for m in verdict["matches"]]:
        return None, "the other rule did not finish"
    if len(stopped) != len(verdict["incomplete"]):
        return None, "incomplete without the rule's name"
    return (stopped[0]["detail"] if stopped else None), None


def pair(b, path, size, string, text):
    rules = b.path("worst.yar")
    with open(rules, "w", encoding="ascii") as f:
        f.write(rule_text(string, text))
    command = [b.pellucid, "scan", "-q", "--json", "-j", "1", "-r", rules, path]
    cpu, _, out = run(command, (1,), subprocess.PIPE)
    stopped, wrong = judge(json.loads(out))
    return size / 1e6 / cpu, cpu, stopped, wrong


def row(b, size):
    speeds, failed = [], 0
    lines, present = [], None
    made = files(size)
    path = b.path("worst.bin")
    for file, name, string, text in sorted(PAIRS):
        if file != present:
            with open(path, "wb") as f:
                f.write(made[file]() + END)
            present = file
        speed, cpu, stopped, wrong = pair(b, path, size, string, text)
        if stopped is None:
            speeds.append(speed)
        failed += wrong is not None
        said = wrong or ("stopped after %.2f s, %s" % (cpu, stopped) if stopped else "%.0f MB/s" % speed)
        lines.append("%-13s %-40s %s" % (file, name, said))
    b.row("worst rules, the slowest that is not stopped", [min(speeds) if failed == 0 else 0], MUST, AIM, " MB/s")
    for line in lines:
        b.note(line)
    os.unlink(path)
