#!/bin/sh
# Usage: style.sh   The laws of the house that a program can read; and base names are unique.
rc=0
# shellcheck disable=SC2046
awk -f tests/checks/style.awk $(find src include fuzz examples -name '*.[ch]' | sort) || rc=1
twice=$(find src -name '*.[ch]' -printf '%f\n' | sort | uniq -d)
[ -z "$twice" ] || { echo "base names that occur twice: $twice"; rc=1; }
exit $rc
