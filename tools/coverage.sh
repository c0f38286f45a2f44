#!/bin/sh
# Usage: coverage.sh [TARGET...]   For each parser of fuzz/parsers the share of its lines that the corpus of its fuzz
# target reaches, lowest first, and how many are below 85 per cent.
set -e
export LLVM_PROFILE_FILE=/dev/null
if [ ! -f build-coverage/build.ninja ]; then
	CC=clang meson setup build-coverage -Dbuildtype=debug -Dstatic=disabled \
		-Dc_args="-fprofile-instr-generate -fcoverage-mapping" -Dc_link_args=-fprofile-instr-generate > /dev/null
fi
targets=${*:-$(awk '!/[#|]/ { print $1 }' fuzz/parsers)}
ninja -C build-coverage replay > build-coverage.log 2>&1 || { tail -30 build-coverage.log; exit 1; }
for t in $targets; do
	raw=build-coverage/$t.profraw
	LLVM_PROFILE_FILE=$raw build-coverage/replay "$t" "fuzz/corpus/$t" > /dev/null
	llvm-profdata merge -o "$raw.data" "$raw"
	llvm-cov export -summary-only -instr-profile="$raw.data" build-coverage/replay |
		jq -r --arg t "$t" '.data[0].files[] | "\(.summary.lines.covered) \(.summary.lines.count) \($t) \(.filename)"'
done | awk '
FILENAME != "-" && /[#|]/ { next }
FILENAME != "-" { for (i = 2; i <= NF; i++) wanted[$1, $i] = 1; next }
{
	sub(/.*\/src\//, "src/", $4); share = $2 ? 100 * $1 / $2 : 100
	if (!(($3, $4) in wanted))
		next
	printf "%5.1f %% of %4d lines  %-14s %s\n", share, $2, $3, $4
	covered += $1; all += $2; low += share < 85
} END { printf "%5.1f %% of %d lines in all; %d parsers below 85 %%\n", 100 * covered / all, all, low }' fuzz/parsers - | sort -n
