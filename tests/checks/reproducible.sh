#!/bin/sh
# Usage: reproducible.sh   The programs of this build, made again elsewhere, otherwise, by another: the same bytes.
exec sh "$ROOT/tools/reproducible.sh" --against="$BUILD"
