#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: bench/run.sh   Pellucid and its peers on the same files, in one run each.  The public rule set is looked for
# at PELLUCID_RULESETS, or beside the repository.
set -eu
cd "$(dirname "$0")/.."
rules=${PELLUCID_RULESETS:-../shared/rulesets}/signature-base
if [ ! -d "$rules" ]; then
	echo "skipped: no rule set at $rules; set PELLUCID_RULESETS"
	exit 0
fi
python3 bench/scan.py build/pellucid "$rules" "${ROUNDS:-3}"
