#!/usr/bin/env python3
"""Usage: score.py < AUDIT.jsonl   Counts the hostile rules that the audit marked for what they are.

A rule's name ends in what it does (_Never, _When, ...); all others look for documents.
"""
import json
import sys

WANTED = {
    "Where": {"name", "path", "place", "content"},
    "When": {"time"},
    "All": {"broad"},
    "Slow": {"slow", "broad"},
    "Never": {"never"},
    "Digest": {"digest"},
}

caught = 0
for line in sys.stdin:
    rule = json.loads(line)
    marks = {m["mark"] for m in rule["marks"]}
    assert all(m["reason"] for m in rule["marks"])
    if marks & WANTED.get(rule["rule"].split("_")[1], {"content", "broad"}):
        caught += 1
    else:
        print("missed", rule["rule"], sorted(marks))
print(caught)
