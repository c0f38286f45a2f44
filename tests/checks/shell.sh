#!/bin/sh
# Usage: shell.sh   shellcheck on every script.
# shellcheck disable=SC2046
exec shellcheck -s sh $(find tests/checks tools .ci bench -name '*.sh' 2>/dev/null | sort) .ci/run
