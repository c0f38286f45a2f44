#!/bin/sh
# Usage: fuzz.sh TARGET CORPUS   Fuzzes for FUZZ_SECONDS (3), from a copy of the corpus.  libFuzzer ends in the first
# second that is more than it was told.
set -e
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/new" "$work/found"
# a library that asks for more than a worker may hold gets nothing, as it would there
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}allocator_may_return_null=1:max_allocation_size_mb=2048"
seconds=${FUZZ_SECONDS:-3}
"$1" -max_total_time="$((seconds > 2 ? seconds - 1 : 1))" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 \
	-artifact_prefix="${FUZZ_ARTIFACTS:-$work}/" "$work/new" "$2"
