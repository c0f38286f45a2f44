#!/bin/sh
# Usage: format.sh   Every C file is as clang-format has it (`make format` does it).
# shellcheck disable=SC2046
if clang-format --dry-run -Werror $(find src include tests fuzz examples -name '*.[ch]' | sort) 2> "${TMPDIR:-/tmp}/format.$$"; then
	rc=0
else
	grep -h 'error:' "${TMPDIR:-/tmp}/format.$$" | sed 's/:.*//' | sort | uniq -c
	rc=1
fi
rm -f "${TMPDIR:-/tmp}/format.$$"
exit $rc
