# SPDX-License-Identifier: Apache-2.0
"""YARA source text cut into rules, as far as a test of whole rule sets needs it.

rules_of(TEXT) yields Rule objects with the places of what they are made of; nothing is checked, for the text has been
through two compilers before.
"""
import re

SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.S)
TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"')
REGEX = re.compile(r"/(?:[^/\\\n]|\\.)+/[is]*")
HEX = re.compile(r"\{(?:[^}/]|//[^\n]*|/\*.*?\*/)*\}", re.S)
WORD = re.compile(r"\w+")
MODIFIER = re.compile(r'(?:ascii|wide|nocase|fullword|private|xor|base64wide|base64)\b(?:\s*\([^)]*\))?')
ATOM = re.compile("|".join(x.pattern for x in (TEXT, REGEX, WORD)) + r"|//[^\n]*|/\*.*?\*/|.", re.S)


class String:
    """One definition: its name with the $, kind (text, hex, regex), what was written, and its modifiers."""

    def __init__(self, name, kind, text, modifiers):
        self.name, self.kind, self.text, self.modifiers = name, kind, text, modifiers


class Rule:
    """begin..end is the whole rule, condition..end - 1 what follows `condition:`, in the text it came from."""

    def __init__(self, name, begin):
        self.name, self.begin = name, begin
        self.strings, self.condition, self.end = [], 0, 0


def skip(text, at):
    return SPACE.match(text, at).end()


def read_string(text, at):
    """The definition at text[at] == '$', and where it ends."""
    name = re.compile(r"\$\w*").match(text, at)
    at = skip(text, name.end())
    assert text[at] == "=", "a definition without ="
    at = skip(text, at + 1)
    kind, form = {'"': ("text", TEXT), "/": ("regex", REGEX), "{": ("hex", HEX)}[text[at]]
    value = form.match(text, at)
    at = value.end()
    modifiers = []
    while True:
        m = MODIFIER.match(text, skip(text, at))
        if not m:
            return String(name.group(), kind, value.group(), modifiers), at
        modifiers.append(re.sub(r"\s", "", m.group()))
        at = m.end()


def end_of_condition(text, at):
    """The place of the brace that closes the rule.  A slash outside of a comment begins an expression there."""
    depth = 0
    while True:
        m = ATOM.match(text, at)
        if m.group() == "{":
            depth += 1
        elif m.group() == "}":
            if depth == 0:
                return at
            depth -= 1
        at = m.end()


def read_rule(text, begin, at):
    """The rule whose name is at text[at]."""
    name = WORD.match(text, skip(text, at))
    rule = Rule(name.group(), begin)
    at = name.end()
    while True:
        at = skip(text, at)
        m = ATOM.match(text, at)
        if m.group() == "condition":
            at = skip(text, m.end())
            assert text[at] == ":", "a condition without :"
            rule.condition = at + 1
            rule.end = end_of_condition(text, at + 1) + 1
            return rule
        if m.group() == "$":
            string, at = read_string(text, at)
            rule.strings.append(string)
        else:
            at = m.end()


def rules_of(text):
    """All rules of a source text, in order."""
    at, begin = 0, None
    while True:
        at = skip(text, at)
        m = ATOM.match(text, at)
        if not m:
            return
        if m.group() in ("rule", "private", "global"):
            begin = at if begin is None else begin
        if m.group() == "rule":
            rule = read_rule(text, begin, m.end())
            yield rule
            at, begin = rule.end, None
        else:
            at = m.end()
