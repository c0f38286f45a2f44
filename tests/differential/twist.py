# SPDX-License-Identifier: Apache-2.0
"""A rule set under other conditions and modifiers than its author's: the same strings, asked other questions.

opened(TEXT): every condition is `any of them`, so that a scan with -s lists every match of every string.
twisted(TEXT): the same, and every text string and regular expression has other modifiers, the same on each run.
"""
import random
import re

import yara_text

TEXT = ["", "nocase", "wide", "ascii wide", "fullword", "nocase fullword", "wide fullword", "wide nocase",
        "ascii wide nocase fullword", "ascii nocase", "ascii fullword"]
RARE = ["xor", "xor(1-255)", "xor wide", "xor(0x20-0x30)", "xor fullword", "xor ascii wide", "base64", "base64wide",
        "base64 wide", "base64 base64wide"]  # each costs yara many entries
REGEX = ["", "nocase", "wide", "fullword", "nocase fullword", "wide fullword", "wide nocase"]


def modifiers(string, rng):
    if string.kind == "hex":
        return ""
    if string.kind == "regex":
        return rng.choice(REGEX)
    return rng.choice(RARE if len(string.text) > 8 and rng.random() < 0.05 else TEXT)


def opened(text):
    """Rules without strings are left out; everything else stands where it stood."""
    out, at = [], 0
    for rule in yara_text.rules_of(text):
        out.append(text[at:rule.begin])
        if rule.strings:
            head = re.match(r"(?:private|global|rule|\s)+", text[rule.begin:]).end()
            out.append("rule " + text[rule.begin + head:rule.condition] + " any of them }")
        at = rule.end
    out.append(text[at:])
    return "".join(out)


def twisted(text):
    out = []
    for rule in yara_text.rules_of(text):
        rng = random.Random(rule.name)
        strings = ["%s = %s %s\n" % (s.name, s.text, modifiers(s, rng)) for s in rule.strings]
        if strings:
            out.append("rule %s {\nstrings:\n%scondition: any of them }\n" % (rule.name, "".join(strings)))
    return "".join(out)
