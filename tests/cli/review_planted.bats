load helper

@test "what each shipped policy entry knows its product by is found with status, strength and scope under each profile; look-alikes are not" {
	python3 "$ROOT/tests/cli/planted.py" > tap.txt
	cat tap.txt
	if grep -q '^not ok' tap.txt; then false; fi
	grep -q '^1\.\.15$' tap.txt
}
