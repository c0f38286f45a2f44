#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Usage: blind.py RULES < AUDIT.jsonl   Counts what the audit caught of rules by somebody who had not read it.

A rule's metadata, which the audit does not look at, says what it is for: `aim`.  Those of aim "honest" are what an
analyst writes; marked as content, or by name, place or time, they are false alarms.
"""
import json
import re
import sys

WANTED = {
    "document": {"content", "broad"},
    "place": {"name", "path", "place", "content"},
    "time": {"time"},
    "everything": {"broad"},
    "slow": {"slow", "broad"},
    "never": {"never"},
    "digest": {"digest"},
}
FALSE = {"content", "name", "path", "place", "time"}

with open(sys.argv[1], encoding="utf-8") as f:
    aims = dict(re.findall(r'^(?:private |global )*rule (\w+)[^{]*\{\s*meta:.*?aim *= *"(\w+)"', f.read(), re.S | re.M))
caught, false = {}, 0
for line in sys.stdin:
    rule = json.loads(line)
    aim = aims.pop(rule["rule"])
    marks = {m["mark"] for m in rule["marks"]}
    if aim == "honest":
        false += bool(marks & FALSE)
        continue
    of = caught.setdefault(aim, [0, 0])
    of[0] += bool(marks & WANTED[aim])
    of[1] += 1
assert not aims, "the audit says nothing of " + ", ".join(aims)
print(" ".join("%s %d/%d" % (aim, *n) for aim, n in sorted(caught.items())))
print(sum(n for n, _ in caught.values()), sum(n for _, n in caught.values()), false)
