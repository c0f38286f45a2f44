#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: bench/run.sh [BUILD]   Pellucid and its peers on the same files, in one run each.  The public rule set is looked
# for at PELLUCID_RULESETS, or beside the repository; ROUNDS, BENCH_MB and BENCH_FILES say how long it all takes.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
rules=${PELLUCID_RULESETS:-../shared/rulesets}/signature-base
case ${BENCH_ONLY:-review} in
review) python3 bench/review.py "$build/pellucid" ;;
esac
[ "${BENCH_ONLY:-}" != review ] || exit 0
ninja -C "$build" bench/recovering > /dev/null
case ${BENCH_ONLY:-recover} in
recover) python3 bench/recover.py "$build/pellucid" "$build/bench/recovering" ;;
esac
[ "${BENCH_ONLY:-}" != recover ] || exit 0
if [ ! -d "$rules" ]; then
	echo "skipped: no rule set at $rules; set PELLUCID_RULESETS"
	exit 77
fi
ninja -C "$build" bench/uncaged > /dev/null
# the first configuration may have been made before Vectorscan was installed
ninja -C "$build" bench/literals > /dev/null 2>&1 ||
	{ meson setup --reconfigure "$build" && ninja -C "$build" bench/literals; } > /dev/null 2>&1 || :
case ${BENCH_ONLY:-} in
clamav | archives | hashes) ;;
*) python3 bench/bench.py "$build/pellucid" "$build/bench/literals" "$rules" ;;
esac
case ${BENCH_ONLY:-archives} in
archives) python3 bench/archives.py "$build/pellucid" ;;
esac
# shellcheck disable=SC2086 # three numbers
case ${BENCH_ONLY:-clamav} in
clamav) python3 bench/clamav.py "$build/pellucid" ${CLAM_DB:-} ;;
esac
case ${BENCH_ONLY:-hashes} in
hashes) python3 bench/hashes.py "$build/pellucid" "${HASHES:-10000000}" ;;
esac
