#!/bin/sh
# Usage: layers.sh   Every file includes only rooms beneath its own (src/LAYERS).
# shellcheck disable=SC2046
exec awk -f tests/checks/layers.awk src/LAYERS $(find src -name '*.[ch]' | sort)
