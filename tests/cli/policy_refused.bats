load helper

@test "each refusal of the checker: one bad policy each, and its words to the letter" {
	python3 "$ROOT/tests/cli/policy_refused.py" > tap.txt
	grep -v '^ok' tap.txt
	if grep -q '^not ok' tap.txt; then false; fi
}
