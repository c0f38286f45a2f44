#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# samples.sh DUMP_MODULE: made files, whole and damaged, and programs of this machine, read by our modules
# and by Debian's yara.
set -u
dump=$1
here=$(dirname "$0")
if ! command -v yara > /dev/null; then
	echo "1..0 # SKIP yara is not here"
	exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
echo 1..4
n=0
bad=0
compare() { # what module path...
	n=$((n + 1))
	what=$1
	shift
	if python3 "$here/compare_modules.py" "$dump" "$@" > "$dir/log" 2>&1; then
		echo "ok $n - $what"
	else
		echo "not ok $n - $what"
		bad=1
	fi
	grep '^#' "$dir/log"
}
for format in elf macho dex; do
	python3 "$here/make_samples.py" $format "$dir/$format" 3
	compare "made files: $format" $format "$dir/$format"
done
# every fiftieth program, to keep it short; the whole of a machine takes a quarter of an hour
# shellcheck disable=SC2046
compare "programs of this machine: elf" elf $(find /usr/bin -type f | sort | awk 'NR % 50 == 0')
exit $bad
