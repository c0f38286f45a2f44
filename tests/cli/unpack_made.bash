# Objects that a test makes, and looks at.

# What is packed: a needle, which the rule finds.
archives() {
	PYTHONPATH="$ROOT/tests/unpack" python3 - "$@"
}

# Scans what `archives` wrote: something is found in each.
found_in() {
	for f in "$@"; do
		run "$PELLUCID" scan -q -r one.yar "$f"
		[ "$status" -eq 1 ] || { echo "$f: $status $output"; return 1; }
	done
}
