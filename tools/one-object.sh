#!/bin/sh
# Usage: one-object.sh OUT LIBRARIES...   One object of all members, in which only pel_* can be seen.
set -e
out=$1; shift
ld -r -o "$out" --whole-archive "$@"
objcopy --localize-hidden "$out"
