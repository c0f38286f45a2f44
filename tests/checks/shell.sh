#!/bin/sh
# Usage: shell.sh   shellcheck on every script.

# `[ a ] && [ b ]` as a line of a test goes on where a is false: each stands on a line of its own.
if grep -nE '^[[:space:]]*\[\[? .* \]\]? && \[\[? .* \]\]?$' tests/cli/*.bats tests/cli/*.bash | grep -v '||'; then
	echo "shell: a check that cannot fail" >&2
	exit 1
fi
# Nor does `! command` end a test, for `set -e` does not see what is inverted, unless `|| false` follows.
if grep -nE '^[[:space:]]*! ' tests/cli/*.bats tests/cli/*.bash | grep -vE '\|\| [^]]*$'; then
	echo "shell: a check that cannot fail" >&2
	exit 1
fi
# shellcheck disable=SC2046
exec shellcheck -s sh $(find tests/checks tools .ci bench -name '*.sh' 2>/dev/null | sort) .ci/run
