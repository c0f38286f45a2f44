#!/bin/sh
# Usage: format.sh   Every C file is as clang-format has it (`make format` does it).
rc=0
for f in $(find src include tests fuzz examples -name '*.[ch]' | sort); do
	clang-format --style=file "$f" | cmp -s - "$f" || { echo "not formatted: $f"; rc=1; }
done
exit $rc
